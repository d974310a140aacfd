//! Black-box tests with the official, unmodified Nacos SDKs.
//!
//! Each program below `tests/clients/` acts out one script with one SDK against a `navaid` process of its own, which
//! is killed and started again in the middle. This crate builds the programs, runs the processes, plays the other
//! application of the script over HTTP and checks from outside what the programs claim. A second script is about
//! contents that clients encrypt. In a storm, programs of two SDKs hold hundreds of clients that must all come to hold
//! what the server holds. Scenarios are small systems of applications written with frameworks. Scripts, storm,
//! scenarios and protocol are told in `tests/clients/README.md`. It knows nothing of Navaid's crates: it drives the
//! binary.
//!
//! Workshop, toolchains and [`Program`] serve other tests that run programs in other languages as well.

mod cipher;
mod frameworks;
mod http;
mod maven;
mod neighbour;
mod ports;
mod program;
mod run;
mod script;
mod sdk;
mod server;
mod storm;
mod toolchain;
mod transcript;
mod workshop;

pub use frameworks::{Scenario, play, scenarios};
pub use program::Program;
pub use run::{check, cipher, storm};
pub use sdk::Sdk;
pub use toolchain::{Tool, go_program, python_environment, unless_lacking};
pub use transcript::{Transcript, tail};
pub use workshop::Workshop;
