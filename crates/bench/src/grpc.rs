//! gRPC as the SDKs speak it: unary requests and one stream of pushes on a TCP connection of their own.

mod call;
mod connection;
mod outgoing;
mod pushes;
mod stalled;

pub(crate) use call::{Call, Message};
pub(crate) use connection::GrpcConnection;
pub(crate) use outgoing::Outgoing;
pub(crate) use pushes::{Push, PushSink};
pub(crate) use stalled::StalledReader;
