//! Clients for tests that are written out in Rust, where a recording cannot say what is meant: in how long, how often,
//! never. They speak through the same code as the replay, with values of `serde_json` instead of ordered ones.

mod grpc;
mod http;
mod push_port;

pub use grpc::{Acknowledging, GrpcAnswer, GrpcClient};
pub use http::{HttpAnswer, HttpClient};
pub use push_port::{Datagram, PushPort};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::json::Json;

fn value(json: &Json) -> Result<Value> {
    serde_json::from_str(&json.to_unicode()).context("read the answer")
}
