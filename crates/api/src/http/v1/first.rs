//! Paths of `/v1/ns` that 1.x and 2.0 had and later servers dropped (`spec/http-naming-core` §9.2 to §9.8; recorded:
//! `ns1-operator-legacy`, `ns1-api-dns` on 1.4.8, `ns1-upgrade-ops` on 2.0.4). They word their errors as those servers
//! did.

use http::Method;
use navaid_core::access::Action;

use crate::http::{
    failure::Costume,
    naming::{
        beat,
        dialect::{V1, V1_REQUEST},
        dns, first_servers, instance, service,
        upgrade::{self, check_version},
    },
    route::{Route, Routes, Touches},
};

pub(crate) fn routes() -> Vec<Route> {
    [operator_routes(), raft_routes(), dns_routes(), upgrade_routes()].into_iter().flatten().collect()
}

fn operator_routes() -> Vec<Route> {
    Routes::new(Costume::First, Touches::Nothing)
        .get("/v1/ns/operator/servers", |call| first_servers::list_servers(call, V1))
        .get("/v1/ns/ops/servers", |call| first_servers::list_servers(call, V1))
        .get("/v1/ns/operator/cluster/state", |call| first_servers::own_peer(call, V1))
        .get("/v1/ns/ops/cluster/state", |call| first_servers::own_peer(call, V1))
        .get("/v1/ns/operator/cluster/states", |call| first_servers::list_states(call, V1))
        .get("/v1/ns/ops/cluster/states", |call| first_servers::list_states(call, V1))
        .get("/v1/ns/operator/server/status", |call| first_servers::take_status(call, V1_REQUEST))
        .get("/v1/ns/ops/server/status", |call| first_servers::take_status(call, V1_REQUEST))
        .get("/v1/ns/operator/distro/status", |call| first_servers::show_distro(call, V1))
        .get("/v1/ns/ops/distro/status", |call| first_servers::show_distro(call, V1))
        .get("/v1/ns/operator/distro/server", |call| first_servers::responsible_server(call, V1))
        .get("/v1/ns/ops/distro/server", |call| first_servers::responsible_server(call, V1))
        .put("/v1/ns/service/checksum", |call| first_servers::service_checksum(call, V1))
        .get("/v1/ns/catalog/rt/service", |call| first_servers::probe_times(call, V1))
        .post("/v1/ns/service/status", first_servers::refuse_checksums)
        .put("/v1/ns/distro/datum", first_servers::refuse_distro)
        .get("/v1/ns/distro/datum", first_servers::refuse_distro)
        .get("/v1/ns/distro/datums", first_servers::refuse_distro)
        .put("/v1/ns/distro/checksum", first_servers::refuse_distro)
        .into_routes()
}

/// The old Raft; its paths are there twice, as they are in the reference.
fn raft_routes() -> Vec<Route> {
    Routes::new(Costume::First, Touches::Nothing)
        .get("/v1/ns/raft/leader", |call| first_servers::raft_leader(call, V1))
        .get("/nacos/v1/ns/raft/leader", |call| first_servers::raft_leader(call, V1))
        .get("/v1/ns/raft/state", |call| first_servers::raft_state(call, V1))
        .get("/nacos/v1/ns/raft/state", |call| first_servers::raft_state(call, V1))
        .get("/v1/ns/raft/peer", |call| first_servers::own_peer(call, V1))
        .get("/nacos/v1/ns/raft/peer", |call| first_servers::own_peer(call, V1))
        .get("/v1/ns/raft/listeners", |call| first_servers::raft_listeners(call, V1))
        .get("/nacos/v1/ns/raft/listeners", |call| first_servers::raft_listeners(call, V1))
        .get("/v1/ns/raft/datum", first_servers::refuse_raft)
        .get("/nacos/v1/ns/raft/datum", first_servers::refuse_raft)
        .post("/v1/ns/raft/datum", first_servers::refuse_raft)
        .post("/nacos/v1/ns/raft/datum", first_servers::refuse_raft)
        .delete("/v1/ns/raft/datum", first_servers::refuse_raft)
        .delete("/nacos/v1/ns/raft/datum", first_servers::refuse_raft)
        .put("/v1/ns/raft/datum/reload", first_servers::refuse_raft)
        .put("/nacos/v1/ns/raft/datum/reload", first_servers::refuse_raft)
        .post("/v1/ns/raft/datum/commit", first_servers::refuse_raft)
        .post("/nacos/v1/ns/raft/datum/commit", first_servers::refuse_raft)
        .delete("/v1/ns/raft/datum/commit", first_servers::refuse_raft)
        .delete("/nacos/v1/ns/raft/datum/commit", first_servers::refuse_raft)
        .post("/v1/ns/raft/vote", first_servers::refuse_raft)
        .post("/nacos/v1/ns/raft/vote", first_servers::refuse_raft)
        .post("/v1/ns/raft/beat", first_servers::refuse_raft)
        .post("/nacos/v1/ns/raft/beat", first_servers::refuse_raft)
        .into_routes()
}

/// The DNS plugins' paths; in 1.x every call about instances was below them, too.
fn dns_routes() -> Vec<Route> {
    Routes::new(Costume::First, Touches::Dom)
        .get("/v1/ns/api/srvIPXT", |call| dns::list_hosts(call, V1))
        .on(Method::GET, "/v1/ns/api/clientBeat", Action::Write, |call| beat::beat_of_dom(call, V1))
        .touching(Touches::Operation("naming/names"))
        .get("/v1/ns/api/allDomNames", |call| dns::list_names(call, V1))
        .touching(Touches::Nothing)
        .get("/v1/ns/api/hello", dns::greet)
        .touching(Touches::Service)
        .post("/v1/ns/api", |call| instance::register(call, V1))
        .delete("/v1/ns/api", |call| instance::deregister(call, V1))
        .put("/v1/ns/api", |call| instance::update(call, V1))
        .on(Method::PATCH, "/v1/ns/api", Action::Write, |call| instance::patch(call, V1))
        .get("/v1/ns/api", |call| instance::show(call, V1))
        .get("/v1/ns/api/list", |call| instance::list(call, V1))
        .put("/v1/ns/api/beat", |call| beat::beat(call, V1))
        .get("/v1/ns/api/statuses", |call| instance::statuses(call, V1_REQUEST))
        .put("/v1/ns/api/metadata/batch", |call| instance::put_metadata(call, V1))
        .delete("/v1/ns/api/metadata/batch", |call| instance::remove_metadata(call, V1))
        .into_routes()
}

fn upgrade_routes() -> Vec<Route> {
    Routes::new(Costume::First, Touches::Service)
        .post("/v1/ns/upgrade/ops/service", async |call| {
            service::create_by_default(check_version(call)?, V1_REQUEST).await
        })
        .delete("/v1/ns/upgrade/ops/service", async |call| {
            service::remove(check_version(call)?, V1_REQUEST).await
        })
        .put("/v1/ns/upgrade/ops/service", async |call| service::update(check_version(call)?, V1).await)
        .get("/v1/ns/upgrade/ops/service", |call| service::show(call, V1_REQUEST))
        .get("/v1/ns/upgrade/ops/service/list", |call| service::list(call, V1))
        .get("/v1/ns/upgrade/ops/service/names", |call| service::names(call, V1))
        .post("/v1/ns/upgrade/ops/instance", async |call| instance::register(check_version(call)?, V1).await)
        .delete("/v1/ns/upgrade/ops/instance", async |call| {
            instance::deregister(check_version(call)?, V1).await
        })
        .put("/v1/ns/upgrade/ops/instance", async |call| instance::update(check_version(call)?, V1).await)
        .get("/v1/ns/upgrade/ops/instance", |call| instance::show(call, V1))
        .get("/v1/ns/upgrade/ops/instance/list", |call| instance::list(call, V1))
        .touching(Touches::Nothing)
        .get("/v1/ns/upgrade/ops/metrics", upgrade::metrics)
        .into_routes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::route::Router;

    /// In the reference the paths of the old Raft are there below the context twice, and `ops` is `operator`.
    #[test]
    fn paths_that_have_two_names_answer_under_both() {
        let router = Router::new([routes()]);
        let is_there = |method: &Method, path: &str| router.find(method, path, path).is_ok();
        for route in routes() {
            let other = if route.path.starts_with("/v1/ns/raft/") {
                format!("/nacos{}", route.path)
            } else {
                route.path.replace("/operator/", "/ops/")
            };
            assert!(is_there(&route.method, &other), "{} {other}", route.method);
        }
    }
}
