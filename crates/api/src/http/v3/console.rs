//! `/v3/console` and `/v3/auth`: what the console of 3.x asks beside configuration and discovery (recorded:
//! `core-v3-state-cluster`, `nsp-v3-console-cycle`).

use navaid_wire::http::{Envelope, ErrorCode};

use crate::http::{
    call::Call,
    failure::{Costume, Failure, Missing},
    login::login,
    reply::Reply,
    route::{Route, Routes, Touches},
    state,
};

use super::core::{
    self, list_members, list_namespaces, liveness, readiness, remove_namespace, show_namespace,
    update_namespace,
};

pub(crate) fn routes() -> Vec<Route> {
    Routes::new(Costume::Envelope, Touches::Nothing)
        .get("/v3/console/health/liveness", liveness)
        .get("/v3/console/health/readiness", readiness)
        .get("/v3/console/server/state", server_state)
        .get("/v3/console/server/announcement", show_announcement)
        .get("/v3/console/server/guide", show_guide)
        .touching(Touches::Operation("core/cluster"))
        .get("/v3/console/core/cluster/nodes", list_members)
        .touching(Touches::Operation("core/namespace"))
        .get("/v3/console/core/namespace/list", list_namespaces)
        .get("/v3/console/core/namespace/exist", namespace_exists)
        .get("/v3/console/core/namespace", show_namespace)
        .post("/v3/console/core/namespace", create_namespace)
        .put("/v3/console/core/namespace", update_namespace)
        .delete("/v3/console/core/namespace", remove_namespace)
        .costume(Costume::Caused)
        .touching(Touches::Nothing)
        .post("/v3/auth/user/login", login)
        .into_routes()
}

/// The same map as the admin API's, without its envelope.
async fn server_state(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::json(&state::server_state(&call.node)))
}

/// What the console shows above its pages: nothing.
async fn show_announcement(call: Call) -> Result<Reply, Failure> {
    if let Err(language) = state::announcement_language(&call.params) {
        let message = format!("Unsupported language: {language}");
        return Ok(Reply::json(&Envelope { code: ErrorCode::SERVER_ERROR.code, message, data: () }));
    }
    Ok(Reply::success(&()))
}

/// What the console shows where it is switched off: nothing, since it is not.
async fn show_guide(_: Call) -> Result<Reply, Failure> {
    Ok(Reply::success(&()))
}

async fn namespace_exists(call: Call) -> Result<Reply, Failure> {
    let id = call.params.present("customNamespaceId", Missing::Request("String"))?;
    Ok(Reply::success(&core::exists(&call, id)?))
}

/// The console calls the id `customNamespaceId`, and may leave it out.
async fn create_namespace(call: Call) -> Result<Reply, Failure> {
    core::create(&call, call.params.get("customNamespaceId").unwrap_or_default()).await
}
