//! `/v1/ns`: discovery for 1.x clients and scripts (`spec/http-naming-core` §9; recorded: `ns1-*`).

use http::Method;
use navaid_core::access::Action;

use crate::http::{
    failure::Costume,
    naming::{
        beat, catalog, clients,
        dialect::{V1, V1_BOUND},
        health, instance, operator, service, subscribers,
    },
    route::{Route, Routes, Touches},
};

pub(crate) fn routes() -> Vec<Route> {
    Routes::new(Costume::Text, Touches::Service)
        .post("/v1/ns/instance", |call| instance::register(call, V1))
        .delete("/v1/ns/instance", |call| instance::deregister(call, V1))
        .put("/v1/ns/instance", |call| instance::update(call, V1))
        .on(Method::PATCH, "/v1/ns/instance", Action::Write, |call| instance::patch(call, V1))
        .get("/v1/ns/instance", |call| instance::show(call, V1))
        .get("/v1/ns/instance/list", |call| instance::list(call, V1))
        .put("/v1/ns/instance/beat", |call| beat::beat(call, V1))
        .get("/v1/ns/instance/statuses", |call| instance::statuses(call, V1_BOUND))
        .put("/v1/ns/instance/metadata/batch", |call| instance::put_metadata(call, V1))
        .delete("/v1/ns/instance/metadata/batch", |call| instance::remove_metadata(call, V1))
        .post("/v1/ns/service", |call| service::create(call, V1_BOUND))
        .delete("/v1/ns/service", |call| service::remove(call, V1_BOUND))
        .put("/v1/ns/service", |call| service::update(call, V1))
        .get("/v1/ns/service", |call| service::show(call, V1_BOUND))
        .get("/v1/ns/service/list", |call| service::list(call, V1))
        .get("/v1/ns/service/names", |call| service::names(call, V1))
        .get("/v1/ns/service/subscribers", |call| subscribers::search(call, V1))
        .get("/v1/ns/catalog/service", |call| catalog::show_service(call, V1))
        .get("/v1/ns/catalog/instances", |call| catalog::list_instances(call, V1_BOUND))
        .get("/v1/ns/catalog/services", |call| catalog::list_services(call, V1_BOUND))
        .put("/v1/ns/cluster", |call| health::put_cluster(call, V1))
        .put("/v1/ns/health", |call| health::set(call, V1))
        .put("/v1/ns/health/instance", |call| health::set(call, V1))
        .touching(Touches::Nothing)
        .get("/v1/ns/service/selector/types", service::selector_types_v1)
        .get("/v1/ns/health/server", |call| health::server(call, V1))
        .get("/v1/ns/health/checkers", |call| health::checkers(call, V1))
        .get("/v1/ns/operator/metrics", |call| operator::metrics(call, V1))
        .get("/v1/ns/ops/metrics", |call| operator::metrics(call, V1))
        .get("/v1/ns/operator/switches", |call| operator::show_switches(call, V1))
        .get("/v1/ns/ops/switches", |call| operator::show_switches(call, V1))
        .get("/v1/ns/operator/distro/client", |call| clients::responsible_server(call, V1_BOUND))
        .get("/v1/ns/ops/distro/client", |call| clients::responsible_server(call, V1_BOUND))
        .touching(Touches::Operation("naming/push"))
        .get("/v1/ns/operator/push/state", |call| operator::push_state(call, V1))
        .get("/v1/ns/ops/push/state", |call| operator::push_state(call, V1))
        .touching(Touches::Operation("naming/switches"))
        .put("/v1/ns/operator/switches", |call| operator::set_switch(call, V1_BOUND))
        .put("/v1/ns/ops/switches", |call| operator::set_switch(call, V1_BOUND))
        .touching(Touches::Operation("naming/log"))
        .put("/v1/ns/operator/log", |call| operator::set_log_level(call, V1_BOUND))
        .put("/v1/ns/ops/log", |call| operator::set_log_level(call, V1_BOUND))
        .into_routes()
}
