//! What operators ask of the configuration module as a whole (recorded: `cs1-operations`,
//! `grpc-cs-client-metrics`).

use crate::http::{
    call::Call,
    config::{dialect::V1, holding},
    failure::{Failure, Missing},
    log_level,
    reply::Reply,
    state,
};

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

pub(super) async fn set_log_level(call: Call) -> Result<Reply, Failure> {
    let given = |name| call.params.present(name, Missing::Request("String"));
    log_level::set(&call, given("logName")?, given("logLevel")?)?;
    Ok(Reply::ok("200"))
}

/// What the clients at an address hold of an item; the whole cluster knows no more than this server.
pub(super) async fn holding(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::json(&holding::of_ip(&call, &V1).await?))
}
