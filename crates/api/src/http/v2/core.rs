//! `/v2/core`: members, operations and the loader (`spec/http-naming-core` §12; recorded: `core-v2-cluster-ops`,
//! `core-v2-loader`).

use http::Method;
use navaid_core::access::Action;
use navaid_wire::{console::IdRow, http::RestResult};
use serde_json::Value;

use crate::http::{
    call::Call,
    cluster,
    failure::{Costume, Failure, Missing},
    loader, log_level,
    reply::Reply,
    route::{Route, Routes, Touches},
    state,
};

pub(crate) fn routes() -> Vec<Route> {
    Routes::new(Costume::Envelope, Touches::Operation("core/cluster"))
        .get("/v2/core/cluster/node/self", own_member)
        .get("/v2/core/cluster/node/list", list_members)
        .get("/v2/core/cluster/node/self/health", own_health)
        .put("/v2/core/cluster/node/list", take_members)
        .put("/v2/core/cluster/lookup", look_up)
        .delete("/v2/core/cluster/nodes", remove_members)
        .costume(Costume::Rest)
        .get("/v2/core/cluster/nodes", list_members_2_0)
        .put("/v2/core/cluster/nodes", take_members)
        .get("/v2/core/cluster/nodes/self", own_member_2_0)
        .costume(Costume::Envelope)
        .touching(Touches::Operation("core/ops"))
        .post("/v2/core/ops/raft", command_raft)
        .get("/v2/core/ops/ids", show_ids)
        .put("/v2/core/ops/log", set_log_level)
        .touching(Touches::Operation("core/loader"))
        .costume(Costume::Rest)
        .get("/v2/core/loader/current", show_connections)
        .get("/v2/core/loader/cluster", show_load)
        .on(Method::GET, "/v2/core/loader/reloadCurrent", Action::Write, reload_current)
        .on(Method::GET, "/v2/core/loader/smartReloadCluster", Action::Write, balance)
        .on(Method::GET, "/v2/core/loader/reloadClient", Action::Write, reload_client)
        .into_routes()
}

async fn own_member(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::success(&state::own_member(&call.node)))
}

async fn list_members(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::success(&state::members(&call)?))
}

/// As 2.0 had it, under another path and in another envelope.
async fn own_member_2_0(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::json(&RestResult::success(&state::own_member(&call.node))))
}

/// Likewise.
async fn list_members_2_0(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::json(&RestResult::success(&state::members(&call)?)))
}

async fn own_health(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::success(&state::own_member(&call.node).state))
}

async fn take_members(call: Call) -> Result<Reply, Failure> {
    Err(cluster::refuse_members(&call))
}

async fn look_up(call: Call) -> Result<Reply, Failure> {
    let body = cluster::json(&call)?;
    let kind = body.get("type").and_then(Value::as_str).filter(|kind| !kind.trim().is_empty());
    let kind = kind.ok_or(Failure::Missing { name: "type", missing: Missing::Plain })?;
    Err(cluster::look_up(kind))
}

/// Closed in the reference, too, since 2.5.
async fn remove_members(_: Call) -> Result<Reply, Failure> {
    let text = "DELETE /v2/core/cluster/nodes API not allow to use temporarily.";
    Ok(Reply::json(&RestResult::failure(405, text, ())))
}

async fn command_raft(call: Call) -> Result<Reply, Failure> {
    let refusal = cluster::raft_refusal(&call)?.to_string();
    Ok(Reply::json(&RestResult::failure(500, refusal, ())))
}

async fn show_ids(call: Call) -> Result<Reply, Failure> {
    let rows: Vec<_> = cluster::ids(&call.node).map(IdRow::of_instances).into_iter().collect();
    Ok(Reply::json(&RestResult::success(&rows)))
}

async fn set_log_level(call: Call) -> Result<Reply, Failure> {
    let (name, level) = cluster::log_level(&call)?;
    log_level::set(&call, &name, &level)?;
    Ok(Reply::json(&RestResult::success(())))
}

async fn show_connections(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::json(&loader::shown(&call.connections.all(), call.now())))
}

async fn show_load(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::json(&loader::cluster(&call).v2()))
}

async fn reload_current(call: Call) -> Result<Reply, Failure> {
    loader::reload_current(&call)?;
    Ok(Reply::ok("success"))
}

/// A cluster of one is in balance.
async fn balance(_: Call) -> Result<Reply, Failure> {
    Ok(Reply::ok("Ok"))
}

async fn reload_client(call: Call) -> Result<Reply, Failure> {
    loader::reload_client(&call)?;
    Ok(Reply::ok("success"))
}
