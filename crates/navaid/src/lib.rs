//! The server process: settings, command line, log, life cycle, and the place where all parts are joined.
//!
//! Nothing imports this crate but its own binary and the tests that start a whole server.

pub mod cli;
pub mod clock;
pub mod engines;
mod labelling;
pub mod lifecycle;
pub mod probing;
pub mod serve;
pub mod settings;
pub mod telemetry;
mod warm_restart;
