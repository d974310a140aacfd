//! Black-box conformance: replays exchanges that were recorded from real Nacos servers and compares the answers.
//!
//! A *recording* is a scenario (steps a client takes over HTTP, gRPC or UDP) together with what the reference server
//! answered at each step. `tests/recordings.rs` makes every recording a test of its own, against a fresh server process;
//! the binary `replay` does the same by hand, also against a server that already runs.
//!
//! The flow of one scenario:
//!
//! ```text
//! recording ─ Scenario ─ step ─ Variables::substitute ─ Runner ─ exchange ─ answer
//!                                                          │                   │
//!                                     Outcome ◄─ Verdict ◄─┴─ compare_answer ◄─┘
//! ```
//!
//! The crate knows the wire and nothing of the server behind it: it imports none of the workspace's libraries, so that a
//! mistake of theirs cannot hide itself. What it does not do: record. Recordings are facts about other servers and are
//! never edited.

mod json;
mod path;
mod variables;

mod compare;
mod scenario;
mod target;

mod archive;
mod grpc;
mod http;
mod inbox;
mod payload;
mod udp;

mod replay;
mod report;
mod runner;

mod client;

mod ports;
mod server;

mod examination;
mod lists;
mod recording;

pub use client::{Acknowledging, Datagram, GrpcAnswer, GrpcClient, HttpAnswer, HttpClient, PushPort};
pub use compare::{Difference, Severity};
pub use examination::{Examination, examine};
pub use grpc::{Frames, framed};
pub use lists::{Entry, Listing, Lists};
pub use ports::{Ports, ServerPorts};
pub use recording::{Recording, recordings, recordings_in};
pub use replay::{Depth, Outcome, StepDifference, replay};
pub use report::Report;
pub use scenario::Scenario;
pub use server::{Server, binary};
pub use target::Target;
