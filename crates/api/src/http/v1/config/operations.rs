//! What operators ask of the configuration module as a whole (recorded: `cs1-operations`).

use crate::http::{call::Call, failure::Failure, reply::Reply, state};

/// Reads of Nacos come from a cache that can be filled anew; ours come from the state itself, which never needs it.
pub(super) async fn reload(_: Call) -> Result<Reply, Failure> {
    Ok(Reply::ok("200"))
}

pub(super) async fn health(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::ok(if state::ready(&call).is_ok() {
        "UP"
    } else {
        "DOWN:the server is starting or stopping. "
    }))
}
