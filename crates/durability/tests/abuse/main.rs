//! What no client should send, sent to a running server. Whatever comes, the server neither panics nor ends, it answers
//! or closes the connection, it holds no more memory than it should, and it goes on serving others.
//!
//! `NAVAID_ABUSE_SEED` repeats the choices of an earlier run.
#![expect(clippy::print_stdout, reason = "the seed belongs to the outcome of a test")]

mod connections;
mod grpc;
mod http;
mod recorded;
mod subject;
