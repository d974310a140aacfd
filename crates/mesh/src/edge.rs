//! The listener of the mesh: ports and connections, the three methods, and the body that a stream is.
//!
//! Reading order: [`listener`] (sockets, TLS, connections), [`service`] (which method, who may call), [`conversation`]
//! (one stream: requests in, answers out).

mod conversation;
mod listener;
mod service;
mod tls;

pub use listener::{ListenError, MeshListener};
pub use tls::TlsError;
