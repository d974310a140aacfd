//! `/v1/core`, `/v1/cmdb` and what has no version: members, ids, log level, labels, targets of Prometheus (`spec/http-naming-core` §12, §14.2; recorded:
//! `core-v1-cluster-ops`, `core-v1-state-health`).

use http::StatusCode;
use navaid_wire::{console::IdsV1, http::RestResult};

use crate::http::{
    call::Call,
    cluster,
    failure::{Costume, Failure, Missing},
    log_level,
    naming::prometheus,
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
        .post("/v1/core/cluster/switch/lookup", look_up)
        .post("/v1/core/cluster/server/leave", leave)
        .post("/v1/core/cluster/report", take_report)
        .touching(Touches::Operation("core/ops"))
        .post("/v1/core/ops/raft", command_raft)
        .get("/v1/core/ops/idInfo", show_ids)
        .put("/v1/core/ops/log", set_log_level)
        .touching(Touches::Operation("core/cmdb"))
        .costume(Costume::CausedPlain)
        .get("/v1/cmdb/ops/label", show_label)
        .touching(Touches::Nothing)
        .get("/serverlist", list_servers)
        .touching(Touches::Operation("naming/prometheus"))
        .get("/prometheus", prometheus::list_all)
        .get("/prometheus/namespaceId/{}", prometheus::list_namespace)
        .get("/prometheus/namespaceId/{}/service/{}", prometheus::list_service)
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

async fn look_up(call: Call) -> Result<Reply, Failure> {
    let kind = call.params.present("type", Missing::Request("String"))?;
    Ok(refused(500, cluster::look_up(kind).text()))
}

/// Closed in the reference, too, since 2.5.
async fn leave(_: Call) -> Result<Reply, Failure> {
    Ok(refused(405, "POST /v1/core/cluster/server/leave API not allow to use temporarily."))
}

/// What a member tells of itself; alone, nobody is one.
async fn take_report(call: Call) -> Result<Reply, Failure> {
    Ok(match cluster::refuse_report(&call.body) {
        Some(failure) => refused(500, failure.text()),
        None => refused(400, "Node information is illegal"),
    })
}

/// Where the servers are, one a line, for clients that look them up at `<endpoint>/nacos/serverlist`
/// (`spec/http-naming-core` §14.1).
async fn list_servers(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::text(StatusCode::OK, format!("{}\n", state::own_member(&call.node).address)))
}

async fn command_raft(call: Call) -> Result<Reply, Failure> {
    Ok(refused(500, cluster::raft_refusal(&call)?.to_string()))
}

async fn show_ids(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::json(&RestResult::success(&IdsV1 { instance: cluster::ids(&call.node) })))
}

async fn set_log_level(call: Call) -> Result<Reply, Failure> {
    let given = |name| call.params.present(name, Missing::Request("String"));
    log_level::set(&call, given("logName")?, given("logLevel")?)?;
    Ok(Reply::ok("200"))
}

/// Without such a label, the text is empty.
async fn show_label(call: Call) -> Result<Reply, Failure> {
    let entry = call.params.required("entry", Missing::Param)?;
    let label = call.params.required("label", Missing::Param)?;
    let value = call.node.naming.label(entry, label);
    Ok(Reply::text(StatusCode::OK, value.as_deref().unwrap_or_default().to_owned()))
}

/// What v1 does not do is said in a body whose HTTP status is 200.
fn refused(code: i32, message: impl Into<String>) -> Reply {
    Reply::json(&RestResult::failure(code, message, ()))
}
