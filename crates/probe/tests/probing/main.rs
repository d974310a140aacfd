//! Probes of real servers of this machine, judged by the runner.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod http;
mod mariadb;
mod rig;
mod runner;
