//! `/v2/console`: health and namespaces (`spec/http-config-auth` §7.6; recorded: `nsp-v2-*`, `core-v2-cluster-ops`).

use navaid_core::NamespaceId;

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
        .get("/v2/console/health/liveness", liveness)
        .get("/v2/console/health/readiness", readiness)
        .touching(Touches::Operation("console/namespaces"))
        .get("/v2/console/namespace/list", list_namespaces)
        .get("/v2/console/namespace", show_namespace)
        .post("/v2/console/namespace", create_namespace)
        .put("/v2/console/namespace", update_namespace)
        .delete("/v2/console/namespace", remove_namespace)
        .into_routes()
}

async fn liveness(_: Call) -> Result<Reply, Failure> {
    Ok(Reply::success(&state::ALIVE))
}

async fn readiness(call: Call) -> Result<Reply, Failure> {
    state::ready(&call)?;
    Ok(Reply::success(&state::ALIVE))
}

async fn list_namespaces(call: Call) -> Result<Reply, Failure> {
    let all = call.node.namespaces.list();
    Ok(Reply::success(&all.iter().map(namespaces::answer_1x_2x).collect::<Vec<_>>()))
}

/// The default namespace is found under its empty id only (recorded: `nsp-v2-refused`).
async fn show_namespace(call: Call) -> Result<Reply, Failure> {
    let text = call.params.present("namespaceId", Missing::Request("String"))?;
    let id = NamespaceId::parse(text)?;
    let named_default = id.is_default() && !text.trim().is_empty();
    let found = if named_default { None } else { call.node.namespaces.get(&id) };
    let found = found.ok_or_else(|| namespaces::absent(text))?;
    Ok(Reply::success(&namespaces::answer_1x_2x(&found)))
}

async fn create_namespace(call: Call) -> Result<Reply, Failure> {
    let name = call.params.required("namespaceName", Missing::Plain)?;
    let id = namespaces::new_id(call.params.get("namespaceId").unwrap_or_default())?;
    let created = call.node.namespaces.create(id, name, namespaces::desc(&call.params)).await;
    created.map_err(namespaces::checked)?;
    Ok(Reply::success(&true))
}

async fn update_namespace(call: Call) -> Result<Reply, Failure> {
    let id = NamespaceId::parse(call.params.required("namespaceId", Missing::Plain)?)?;
    let name = call.params.required("namespaceName", Missing::Plain)?;
    let updated = call.node.namespaces.update(id, name, namespaces::desc(&call.params)).await;
    updated.map_err(namespaces::checked)?;
    Ok(Reply::success(&true))
}

async fn remove_namespace(call: Call) -> Result<Reply, Failure> {
    let id = NamespaceId::parse(call.params.present("namespaceId", Missing::Request("String"))?)?;
    call.node.namespaces.remove(id).await.map_err(namespaces::checked)?;
    Ok(Reply::success(&true))
}
