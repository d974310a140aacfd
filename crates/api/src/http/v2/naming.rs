//! `/v2/ns`: discovery of 2.2 and later (`spec/http-naming-core` §10; recorded: `ns2-*`).

use http::Method;
use navaid_core::access::Action;

use crate::http::{
    call::Call,
    failure::Costume,
    naming::{
        beat, catalog, clients,
        dialect::{V2, V2_BARE, V2_BOUND, V2_REST},
        health, instance, operator, service,
    },
    route::{Route, Routes, Touches},
};

/// 2.0 had the service in the path.
fn named_by_path(mut call: Call) -> Call {
    let name = call.segment();
    call.params.prefer("serviceName", name);
    call
}

pub(crate) fn routes() -> Vec<Route> {
    Routes::new(Costume::Envelope, Touches::Service)
        .post("/v2/ns/instance", |call| instance::register(call, V2))
        .delete("/v2/ns/instance", |call| instance::deregister(call, V2))
        .put("/v2/ns/instance", |call| instance::update(call, V2))
        .on(Method::PATCH, "/v2/ns/instance", Action::Write, |call| instance::patch_all(call, V2_BARE))
        .get("/v2/ns/instance", |call| instance::show(call, V2_BOUND))
        .get("/v2/ns/instance/list", |call| instance::list(call, V2_BOUND))
        .put("/v2/ns/instance/beat", |call| beat::beat(call, V2_BARE))
        .get("/v2/ns/instance/statuses/{}", |call| instance::statuses_by_path(call, V2_BARE))
        .put("/v2/ns/instance/metadata/batch", |call| instance::put_metadata(call, V2))
        .delete("/v2/ns/instance/metadata/batch", |call| instance::remove_metadata(call, V2))
        .post("/v2/ns/service", |call| service::create_any(call, V2))
        .delete("/v2/ns/service", |call| service::remove(call, V2_BOUND))
        .put("/v2/ns/service", |call| service::update_any(call, V2))
        .get("/v2/ns/service", |call| service::show(call, V2_BOUND))
        .get("/v2/ns/service/list", |call| service::list_page(call, V2_BOUND))
        .costume(Costume::Rest)
        .touching(Touches::ServiceByPath)
        .post("/v2/ns/service/{}", |call| service::create_any(named_by_path(call), V2_REST))
        .delete("/v2/ns/service/{}", |call| service::remove(named_by_path(call), V2_REST))
        .put("/v2/ns/service/{}", |call| service::update_any(named_by_path(call), V2_REST))
        .get("/v2/ns/service/{}", |call| service::show(named_by_path(call), V2_REST))
        .costume(Costume::Envelope)
        .touching(Touches::Service)
        .get("/v2/ns/catalog/instances", |call| catalog::list_all_instances(call, V2_BOUND))
        .put("/v2/ns/health", |call| health::set(call, V2))
        .put("/v2/ns/health/instance", |call| health::set(call, V2))
        .touching(Touches::Operation("naming/clients"))
        .get("/v2/ns/client/list", |call| clients::list(call, V2))
        .get("/v2/ns/client", |call| clients::show(call, V2_BOUND))
        .get("/v2/ns/client/publish/list", |call| clients::published(call, V2_BOUND))
        .get("/v2/ns/client/subscribe/list", |call| clients::subscribed(call, V2_BOUND))
        .get("/v2/ns/client/service/publisher/list", |call| clients::publishers(call, V2_BOUND))
        .get("/v2/ns/client/service/subscriber/list", |call| clients::subscribers(call, V2_BOUND))
        .touching(Touches::Nothing)
        .get("/v2/ns/operator/metrics", |call| operator::metrics(call, V2))
        .get("/v2/ns/ops/metrics", |call| operator::metrics(call, V2))
        .get("/v2/ns/operator/switches", |call| operator::show_switches(call, V2))
        .get("/v2/ns/ops/switches", |call| operator::show_switches(call, V2))
        .touching(Touches::Operation("naming/switches"))
        .put("/v2/ns/operator/switches", |call| operator::set_switch(call, V2))
        .put("/v2/ns/ops/switches", |call| operator::set_switch(call, V2))
        .into_routes()
}
