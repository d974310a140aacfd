//! `/v3/client/ns`, `/v3/admin/ns` and `/v3/console/ns`: discovery of 3.x for clients, operators and the console
//! (`spec/http-naming-core` §11; recorded: `ns3-*`).

use crate::http::{
    failure::Costume,
    naming::{
        beat, catalog, clients,
        dialect::{V3, V3_BOUND},
        health, instance, operator, overrides, probes, service, subscribers, trace, unconfirmed,
    },
    route::{Route, Routes, Touches},
};

pub(crate) fn routes() -> Vec<Route> {
    [client_routes(), admin_routes(), console_routes()].into_iter().flatten().collect()
}

fn client_routes() -> Vec<Route> {
    Routes::new(Costume::Envelope, Touches::Service)
        .post("/v3/client/ns/instance", |call| beat::register_or_beat(call, V3))
        .delete("/v3/client/ns/instance", |call| instance::deregister(call, V3))
        .get("/v3/client/ns/instance/list", |call| instance::list_hosts(call, V3))
        .into_routes()
}

fn admin_routes() -> Vec<Route> {
    Routes::new(Costume::Envelope, Touches::Service)
        .post("/v3/admin/ns/instance", |call| instance::register(call, V3))
        .delete("/v3/admin/ns/instance", |call| instance::deregister(call, V3))
        .put("/v3/admin/ns/instance", |call| instance::update(call, V3))
        .put("/v3/admin/ns/instance/partial", |call| instance::patch_partly(call, V3))
        .get("/v3/admin/ns/instance", |call| instance::show(call, V3))
        .get("/v3/admin/ns/instance/override", |call| overrides::show(call, V3))
        .delete("/v3/admin/ns/instance/override", |call| overrides::clear(call, V3))
        .get("/v3/admin/ns/instance/unconfirmed", |call| unconfirmed::list(call, V3))
        .get("/v3/admin/ns/instance/list", |call| catalog::list_cluster(call, V3))
        .put("/v3/admin/ns/instance/metadata/batch", |call| instance::put_metadata(call, V3))
        .delete("/v3/admin/ns/instance/metadata/batch", |call| instance::remove_metadata(call, V3))
        .post("/v3/admin/ns/service", |call| service::create_any(call, V3))
        .delete("/v3/admin/ns/service", |call| service::remove(call, V3))
        .put("/v3/admin/ns/service", |call| service::update_any(call, V3))
        .get("/v3/admin/ns/service", |call| service::show(call, V3))
        .get("/v3/admin/ns/service/list", |call| catalog::page_services(call, V3))
        .get("/v3/admin/ns/service/subscribers", |call| subscribers::list(call, V3))
        .put("/v3/admin/ns/cluster", |call| health::put_cluster(call, V3))
        .put("/v3/admin/ns/health/instance", |call| health::set(call, V3))
        .get("/v3/admin/ns/health/probes", |call| probes::list(call, V3))
        .touching(Touches::Operation("naming/clients"))
        .get("/v3/admin/ns/client/list", |call| clients::list(call, V3))
        .get("/v3/admin/ns/client", |call| clients::show(call, V3_BOUND))
        .get("/v3/admin/ns/client/publish/list", |call| clients::published(call, V3_BOUND))
        .get("/v3/admin/ns/client/subscribe/list", |call| clients::subscribed(call, V3_BOUND))
        .get("/v3/admin/ns/client/service/publisher/list", |call| clients::publishers(call, V3))
        .get("/v3/admin/ns/client/service/subscriber/list", |call| clients::subscribers(call, V3))
        .get("/v3/admin/ns/client/distro", |call| clients::responsible_server(call, V3_BOUND))
        .touching(Touches::Operation("naming/ops"))
        .get("/v3/admin/ns/ops/metrics", |call| operator::metrics(call, V3))
        .get("/v3/admin/ns/ops/switches", |call| operator::show_switches(call, V3))
        .put("/v3/admin/ns/ops/switches", |call| operator::set_switch(call, V3))
        .put("/v3/admin/ns/ops/log", |call| operator::set_log_level(call, V3_BOUND))
        .touching(Touches::Operation("naming/trace"))
        .get("/v3/admin/ns/trace", |call| trace::list(call, V3))
        .touching(Touches::Nothing)
        .get("/v3/admin/ns/service/selector/types", |call| service::selector_types(call, V3))
        .get("/v3/admin/ns/health/checkers", |call| health::checkers(call, V3))
        .into_routes()
}

fn console_routes() -> Vec<Route> {
    Routes::new(Costume::Envelope, Touches::Service)
        .put("/v3/console/ns/instance", |call| instance::update(call, V3))
        .get("/v3/console/ns/instance/list", |call| catalog::page_cluster(call, V3))
        .post("/v3/console/ns/service", |call| service::create_any(call, V3))
        .delete("/v3/console/ns/service", |call| service::remove(call, V3))
        .put("/v3/console/ns/service", |call| service::update_any(call, V3))
        .get("/v3/console/ns/service", |call| service::show_in_console(call, V3))
        .get("/v3/console/ns/service/list", |call| catalog::page_services(call, V3))
        .get("/v3/console/ns/service/subscribers", |call| subscribers::list(call, V3))
        .put("/v3/console/ns/service/cluster", |call| health::put_cluster(call, V3))
        .touching(Touches::Nothing)
        .get("/v3/console/ns/service/selector/types", |call| service::selector_types(call, V3))
        .into_routes()
}
