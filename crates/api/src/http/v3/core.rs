//! `/v3/admin/core`: state, members, operations, the loader and namespaces (`spec/http-naming-core` §12; recorded: `core-v3-*`, `nsp-v3-*`).

use navaid_config::NamespaceError;
use navaid_core::{NamespaceId, name::InvalidName};
use navaid_wire::console::IdRow;

use crate::http::{
    call::Call,
    cluster::{self, RaftRefusal},
    failure::{Costume, Failure, Missing},
    loader, log_level, namespaces,
    reply::Reply,
    route::{Route, Routes, Touches},
    state,
};

pub(crate) fn routes() -> Vec<Route> {
    Routes::new(Costume::Envelope, Touches::Nothing)
        .get("/v3/admin/core/state", server_state)
        .get("/v3/admin/core/state/liveness", liveness)
        .get("/v3/admin/core/state/readiness", readiness)
        .touching(Touches::Operation("core/cluster"))
        .get("/v3/admin/core/cluster/node/self", own_member)
        .get("/v3/admin/core/cluster/node/self/health", own_health)
        .get("/v3/admin/core/cluster/node/list", list_members)
        .put("/v3/admin/core/cluster/node/list", take_members)
        .put("/v3/admin/core/cluster/lookup", look_up)
        .touching(Touches::Operation("core/ops"))
        .post("/v3/admin/core/ops/raft", command_raft)
        .get("/v3/admin/core/ops/ids", show_ids)
        .put("/v3/admin/core/ops/log", set_log_level)
        .touching(Touches::Operation("core/loader"))
        .get("/v3/admin/core/loader/current", show_connections)
        .get("/v3/admin/core/loader/cluster", show_load)
        .post("/v3/admin/core/loader/reloadCurrent", reload_current)
        .post("/v3/admin/core/loader/smartReloadCluster", balance)
        .post("/v3/admin/core/loader/reloadClient", reload_client)
        .touching(Touches::Operation("core/namespace"))
        .get("/v3/admin/core/namespace/list", list_namespaces)
        .get("/v3/admin/core/namespace/check", count_namespace)
        .get("/v3/admin/core/namespace", show_namespace)
        .post("/v3/admin/core/namespace", create_namespace)
        .put("/v3/admin/core/namespace", update_namespace)
        .delete("/v3/admin/core/namespace", remove_namespace)
        .into_routes()
}

async fn server_state(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::success(&state::server_state(&call.node)))
}

pub(super) async fn liveness(_: Call) -> Result<Reply, Failure> {
    Ok(Reply::success(&state::ALIVE))
}

pub(super) async fn readiness(call: Call) -> Result<Reply, Failure> {
    state::ready(&call)?;
    Ok(Reply::success(&state::ALIVE))
}

async fn own_member(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::success(&state::own_member(&call.node)))
}

async fn own_health(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::success(&state::own_member(&call.node).state))
}

pub(super) async fn list_members(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::success(&state::members(&call)?))
}

async fn take_members(call: Call) -> Result<Reply, Failure> {
    Err(cluster::refuse_members(&call))
}

async fn look_up(call: Call) -> Result<Reply, Failure> {
    Err(cluster::look_up(call.params.required("type", Missing::Plain)?))
}

/// The reference does not tell of a group or command that it does not know (recorded: `core-v3-ops-loader`).
async fn command_raft(call: Call) -> Result<Reply, Failure> {
    match cluster::raft_refusal(&call)? {
        RaftRefusal::UnknownGroup(_) | RaftRefusal::UnknownCommand(_) => Ok(done()),
        RaftRefusal::Alone => Err(cluster::alone("has no raft to command")),
    }
}

async fn show_ids(call: Call) -> Result<Reply, Failure> {
    let rows: Vec<_> = cluster::ids(&call.node).map(IdRow::of_instances).into_iter().collect();
    Ok(Reply::success(&rows))
}

async fn set_log_level(call: Call) -> Result<Reply, Failure> {
    let (name, level) = cluster::log_level(&call)?;
    log_level::set(&call, &name, &level)?;
    Ok(done())
}

async fn show_connections(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::success(&loader::shown(&call.connections.all(), call.now())))
}

async fn show_load(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::success(&loader::cluster(&call).v3()))
}

async fn reload_current(call: Call) -> Result<Reply, Failure> {
    loader::reload_current(&call)?;
    Ok(done())
}

/// A cluster of one is in balance.
async fn balance(_: Call) -> Result<Reply, Failure> {
    Ok(done())
}

async fn reload_client(call: Call) -> Result<Reply, Failure> {
    loader::reload_client(&call)?;
    Ok(done())
}

/// The answer of what has nothing to tell.
fn done() -> Reply {
    Reply::success(&())
}

pub(super) async fn list_namespaces(call: Call) -> Result<Reply, Failure> {
    let all = call.node.namespaces.list();
    Ok(Reply::success(&all.iter().map(namespaces::answer_3x).collect::<Vec<_>>()))
}

/// 1 when an operator has created it, 0 otherwise.
async fn count_namespace(call: Call) -> Result<Reply, Failure> {
    let id = call.params.present("namespaceId", Missing::Request("String"))?;
    Ok(Reply::success(&u8::from(exists(&call, id)?)))
}

pub(super) async fn show_namespace(call: Call) -> Result<Reply, Failure> {
    let id = call.params.present("namespaceId", Missing::Request("String"))?;
    let found = call.node.namespaces.get(&NamespaceId::parse(id)?).ok_or_else(|| namespaces::absent(id))?;
    Ok(Reply::success(&namespaces::answer_3x(&found)))
}

/// The parameter must be there, but blank asks for a generated id.
async fn create_namespace(call: Call) -> Result<Reply, Failure> {
    let id = call.params.present("namespaceId", Missing::Plain)?;
    create(&call, id).await
}

pub(super) async fn update_namespace(call: Call) -> Result<Reply, Failure> {
    let id = NamespaceId::parse(call.params.required("namespaceId", Missing::Plain)?)?;
    let name = call.params.required("namespaceName", Missing::Plain)?;
    let updated = call.node.namespaces.update(id, name, namespaces::desc(&call.params)).await;
    updated.map_err(|error| refusal(error, name))?;
    Ok(Reply::success(&true))
}

pub(super) async fn remove_namespace(call: Call) -> Result<Reply, Failure> {
    let id = NamespaceId::parse(call.params.present("namespaceId", Missing::Request("String"))?)?;
    call.node.namespaces.remove(id).await.map_err(|error| refusal(error, ""))?;
    Ok(Reply::success(&true))
}

pub(super) fn exists(call: &Call, id: &str) -> Result<bool, Failure> {
    Ok(!id.trim().is_empty() && call.node.namespaces.contains(&NamespaceId::parse(id)?))
}

pub(super) async fn create(call: &Call, id: &str) -> Result<Reply, Failure> {
    let name = call.params.required("namespaceName", Missing::Plain)?;
    let mismatch =
        |_: InvalidName| namespaces::illegal_namespace(format!("namespaceId [{id}] mismatch the pattern"));
    let id = if id.trim().is_empty() { None } else { Some(NamespaceId::parse(id.trim()).map_err(mismatch)?) };
    let created = call.node.namespaces.create(id, name, namespaces::desc(&call.params)).await;
    created.map_err(|error| refusal(error, name))?;
    Ok(Reply::success(&true))
}

/// Refusals in the words of 3.x.
fn refusal(error: NamespaceError, name: &str) -> Failure {
    match error {
        NamespaceError::Exists(id) if id.is_default() => {
            namespaces::taken(format!("namespaceId [{id}] is default namespace id and already exist."))
        }
        NamespaceError::Exists(id) => namespaces::taken(format!("namespaceId [{id}] already exist.")),
        NamespaceError::IllegalName => {
            namespaces::illegal_namespace(format!("namespaceName [{name}] contains illegal char"))
        }
        other => namespaces::checked(other),
    }
}
