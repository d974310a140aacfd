//! `/v1/core`: members, ids and log level (`spec/http-naming-core` §12; recorded: `core-v1-cluster-ops`).

use navaid_wire::http::RestResult;

use crate::http::{
    call::Call,
    failure::{Costume, Failure},
    reply::Reply,
    route::{Route, Routes, Touches},
    state,
};

pub(crate) fn routes() -> Vec<Route> {
    Routes::new(Costume::Caused, Touches::Operation("core/cluster"))
        .get("/v1/core/cluster/self", own_member)
        .get("/v1/core/cluster/nodes", list_members)
        .get("/v1/core/cluster/simple/nodes", list_addresses)
        .get("/v1/core/cluster/health", own_health)
        .into_routes()
}

async fn own_member(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::json(&RestResult::success(&state::own_member(&call.node))))
}

async fn list_members(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::json(&RestResult::success(&state::members(&call)?)))
}

async fn list_addresses(call: Call) -> Result<Reply, Failure> {
    let addresses: Vec<_> = state::members(&call)?.into_iter().map(|member| member.address).collect();
    Ok(Reply::json(&RestResult::success(&addresses)))
}

async fn own_health(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::json(&RestResult::success(&state::own_member(&call.node).state)))
}
