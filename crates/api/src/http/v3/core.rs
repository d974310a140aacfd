//! `/v3/admin/core`: state, members, namespaces (`spec/http-naming-core` §12; recorded: `core-v3-*`, `nsp-v3-*`).

use navaid_config::NamespaceError;
use navaid_core::{NamespaceId, name::InvalidName};

use crate::http::{
    call::Call,
    failure::{Costume, Failure, Missing},
    namespaces,
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
