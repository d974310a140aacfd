//! What no client should send, sent to a running server. Whatever comes, the server neither panics nor ends, it answers
//! or closes the connection, it holds no more memory than it should, and it goes on serving others.
//!
//! `NAVAID_ABUSE_SEED` asks for other choices than the usual ones, `NAVAID_STALL_SECONDS` for a longer stall.

mod as_seen;
mod connections;
mod grpc;
mod http;
mod recorded;
mod repeated;
mod stalled;
mod subject;
