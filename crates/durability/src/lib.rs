//! Black-box tests of a running server: what it keeps when it is killed, and what it withstands.
//!
//! * [`kill`] lets publishers write over HTTP and gRPC, kills the server (`SIGKILL`) at a random moment, starts it
//!   again and compares what is stored with what was acknowledged. `tests/kill.rs` runs it.
//! * [`deliver`] lets clients listen while items change and the server is killed, and looks whether any misses
//!   something. `tests/deliver.rs` runs it.
//! * [`warm`] kills and starts a server over and over while clients publish and subscribe, and looks whether anybody is
//!   shown a service smaller than it is. `tests/warm_restart.rs` runs it.
//! * `tests/operator.rs` looks whether what operators set outlives the server, and what one client may hold.
//! * `tests/abuse.rs` sends what no client should send, and looks whether the server still serves others.
//! * `tests/labels.rs` changes, breaks and mends the labels of addresses that a server follows.
//! * `tests/transfer` exports, imports and clones, and compares what comes of it; it also sends broken archives.
//! * `tests/compare_and_set.rs` lets many writers race for one item and compares its history with who won.
//!
//! [`HttpClient`] and [`GrpcClient`] are clients of the plainest kind, one TCP connection each.

mod dice;
mod grpc;
mod http;
mod session;

pub mod deliver;
pub mod kill;
pub mod warm;

pub use dice::Dice;
pub use grpc::{GrpcAnswer, GrpcClient, Pushes, Room, message};
pub use http::{HttpAnswer, HttpClient, Pairs};
