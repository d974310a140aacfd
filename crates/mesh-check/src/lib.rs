//! Black-box tests of the mesh edge, seen from those that it serves.
//!
//! * [`Pilot14Sink`], [`SyntheticSink`] and [`IstiodSink`] are sinks of our own, written from the specification habit by
//!   habit: what they ask for, when, and what they keep of an answer. They hold a [`Registry`] of what the mesh would
//!   route to, and note everything that the source must not do.
//! * [`Bed`] starts a server with its mesh edge, registers services over HTTP and compares what sinks hold with what
//!   the server itself lists.
//!
//! ```text
//! source ─ Stream ─ bytes ─▶ Peer::receive ─▶ View {entries, registry, faults, lost} ─▶ test
//!             ◀─ bytes ─ ACK, NACK ◀─┘
//! ```
//!
//! Nothing here knows the encoder of the server: messages are written down a second time in [`wire`].

pub mod wire;

mod dice;
mod registry;
mod rules;
mod stream;
mod view;

mod sink;

mod istiod;
mod pilot;
mod synthetic;

mod bed;

pub use bed::{Bed, Instance, Pairs, Truth, free_ports, run};
pub use istiod::{Age, IstiodSink};
pub use pilot::{COLLECTIONS, MESSAGE_MAX, Pilot14Sink, SERVICE_ENTRIES};
pub use registry::{Endpoint, Entries, Port, Registry, Service, Stored};
pub use rules::Rules;
pub use sink::{DEADLINE, Peer, Sink};
pub use stream::{Ended, Room, Stream};
pub use synthetic::{SYNTHETIC, SyntheticSink};
pub use view::View;
