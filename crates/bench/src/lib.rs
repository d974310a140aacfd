//! The end-to-end bench: measures servers from outside and prints what an operation costs.
//!
//! It speaks to the server as clients do and reads `/proc` for what the server's process used. It knows nothing of the
//! server's insides, so any server of the Nacos protocols can stand beside Navaid in the same run.
//!
//! ```text
//! options ─▶ subjects (own server per row, or running peers) ─▶ rows ─▶ outcomes ─▶ report (table, JSON)
//!                                                      │
//!                                          load (closed loop) or rounds of changes
//! ```
//!
//! The number that counts is the server's processor time per operation: rates depend on what else the machine does, and
//! the load generator has a share of the same cores. It never sends to anything but a loopback address.

mod figures;
mod filesystem;
mod grpc;
mod http;
mod load;
mod mesh;
mod options;
mod outcome;
mod pace;
mod process;
mod report;
mod requests;
mod row;
mod rows;
mod run;
mod server;
mod stage;
mod subject;
mod target;

pub use options::Options;
pub use report::Report;
pub use run::{row_names, run};
