//! `/v2/core`: members (`spec/http-naming-core` §12; recorded: `core-v2-cluster-ops`).

use crate::http::{
    call::Call,
    failure::{Costume, Failure},
    reply::Reply,
    route::{Route, Routes, Touches},
    state,
};

pub(crate) fn routes() -> Vec<Route> {
    Routes::new(Costume::Envelope, Touches::Operation("core/cluster"))
        .get("/v2/core/cluster/node/self", own_member)
        .get("/v2/core/cluster/node/list", list_members)
        .get("/v2/core/cluster/node/self/health", own_health)
        .into_routes()
}

async fn own_member(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::success(&state::own_member(&call.node)))
}

async fn list_members(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::success(&state::members(&call)?))
}

async fn own_health(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::success(&state::own_member(&call.node).state))
}
