//! Peers of the mesh port, lean enough to leave the machine to the server: of an answer they read the first bytes, which
//! say what it is about, and count the rest; what they send again and again is encoded once.

mod heads;
mod peer;
mod stream;
mod wire;

pub(crate) use peer::{Names, Peer};
pub(crate) use stream::{Heard, MeshStream, Sink};
