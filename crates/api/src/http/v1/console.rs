//! `/v1/console` and `/v1/auth`: state, health, namespaces, login (`spec/http-naming-core` §13,
//! `spec/http-config-auth` §7.6; recorded: `core-v1-state-health`, `nsp-v1-*`).

use http::StatusCode;
use navaid_config::NamespaceError;
use navaid_core::NamespaceId;
use navaid_wire::http::RestResult;

use crate::http::{
    call::Call,
    failure::{Costume, Failure, Missing},
    login::login,
    namespaces,
    reply::{JSON, Reply},
    route::{Route, Routes, Touches},
    state,
};

pub(crate) fn routes() -> Vec<Route> {
    Routes::new(Costume::Caused, Touches::Nothing)
        .get("/v1/console/server/state", server_state)
        .get("/v1/console/server/announcement", show_announcement)
        .get("/v1/console/server/guide", show_guide)
        .get("/v1/console/health/liveness", liveness)
        .costume(Costume::Text)
        .get("/v1/console/health/readiness", readiness)
        .costume(Costume::Caused)
        .post("/v1/auth/login", login)
        .post("/v1/auth/users/login", login)
        .touching(Touches::Operation("console/namespaces"))
        .get("/v1/console/namespaces", read_namespaces)
        .post("/v1/console/namespaces", create_namespace)
        .put("/v1/console/namespaces", update_namespace)
        .delete("/v1/console/namespaces", remove_namespace)
        .into_routes()
}

async fn server_state(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::json(&state::server_state(&call.node)))
}

/// What the console shows above its pages: nothing.
async fn show_announcement(call: Call) -> Result<Reply, Failure> {
    state::announcement_language(&call.params).map_err(|_| Failure::illegal("Invalid filename"))?;
    Ok(Reply::json(&RestResult::success(())))
}

/// What the console shows where it is switched off: nothing, since it is not.
async fn show_guide(_: Call) -> Result<Reply, Failure> {
    Ok(Reply::json(&RestResult::success(())))
}

async fn liveness(_: Call) -> Result<Reply, Failure> {
    Ok(Reply::ok("OK"))
}

async fn readiness(call: Call) -> Result<Reply, Failure> {
    state::ready(&call)?;
    Ok(Reply::ok("OK"))
}

/// Three questions on one path: all, one (`show=all`), and whether an id is taken (`checkNamespaceIdExist=true`).
async fn read_namespaces(call: Call) -> Result<Reply, Failure> {
    if call.params.text("show") == Some("all") {
        return show_namespace(&call);
    }
    if call.params.strict_flag("checkNamespaceIdExist", false) {
        let id = call.params.text("customNamespaceId").unwrap_or_default();
        return Ok(flag(!id.is_empty() && call.node.namespaces.contains(&NamespaceId::parse(id)?)));
    }
    let all = call.node.namespaces.list();
    let shown: Vec<_> = all.iter().map(namespaces::answer_1x_2x).collect();
    Ok(Reply::json(&RestResult::success(&shown)))
}

fn show_namespace(call: &Call) -> Result<Reply, Failure> {
    let id = call.params.text("namespaceId").unwrap_or_default();
    let found = call.node.namespaces.get(&NamespaceId::parse(id)?);
    let found = found.ok_or_else(|| Failure::Runtime {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        text: format!("namespaceId [ {id} ] not exist"),
    })?;
    Ok(Reply::json(&namespaces::answer_1x_2x(&found)))
}

/// A taken id is answered `false`, with status 200.
async fn create_namespace(call: Call) -> Result<Reply, Failure> {
    let id = call.params.present("customNamespaceId", Missing::Request("String"))?;
    let name = call.params.present("namespaceName", Missing::Request("String"))?;
    let id = namespaces::new_id(id)?;
    match call.node.namespaces.create(id, name, namespaces::desc(&call.params)).await {
        Ok(_) => Ok(flag(true)),
        Err(NamespaceError::Exists(_)) => Ok(flag(false)),
        Err(error) => Err(namespaces::checked(error)),
    }
}

async fn update_namespace(call: Call) -> Result<Reply, Failure> {
    let id = call.params.present("namespace", Missing::Request("String"))?;
    let name = call.params.present("namespaceShowName", Missing::Request("String"))?;
    let id = NamespaceId::parse(id)?;
    let updated = call.node.namespaces.update(id, name, namespaces::desc(&call.params)).await;
    updated.map_err(namespaces::checked)?;
    Ok(flag(true))
}

async fn remove_namespace(call: Call) -> Result<Reply, Failure> {
    let id = NamespaceId::parse(call.params.present("namespaceId", Missing::Request("String"))?)?;
    call.node.namespaces.remove(id).await.map_err(namespaces::checked)?;
    Ok(flag(true))
}

/// A bare JSON boolean.
fn flag(value: bool) -> Reply {
    Reply::ok(if value { "true" } else { "false" }).with_type(JSON)
}
