//! The HTTP and gRPC edges: extract, decode, convert, authorise, call, convert, encode. No business rule.
//!
//! ```text
//!   sockets ─▶ server ─┬─▶ http (v1, v2, v3) ─┐
//!                      ├─▶ grpc ──────────────┴─▶ guard ─▶ naming, config (engines)
//!                      └── udp ◀── pushes to clients of the 1.x age
//! ```
//!
//! [`Node`] is what the binary builds for the edges; [`Server`] owns the ports and every task of theirs.

mod agent;
mod grpc;
mod guard;
mod http;
mod log_control;
mod machine;
mod metrics;
mod node;
mod pieces;
mod push_tally;
mod repeats;
mod server;
#[cfg(test)]
mod testbed;
mod traffic;
mod udp;
mod views;

pub use grpc::PushTiming;
pub use guard::Guard;
pub use log_control::{LogControl, LogUnchanged};
pub use machine::Machine;
pub use node::{Facts, Limits, Node, Readiness};
pub use push_tally::PushTally;
pub use repeats::Repeats;
pub use server::{Bound, Port, Server};
pub use traffic::Traffic;
pub use udp::Datagrams;
