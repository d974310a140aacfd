//! `/v1/cs`: configuration of 1.x and 2.x (`spec/http-config-auth` §8.1; recorded: `cs1-*`).

mod capacity;
mod history;
mod item;
mod listeners;
mod operations;
mod poll;
mod search;
mod transfer;

use http::Method;
use navaid_core::access::Action;

pub(in crate::http) use search::search;

use crate::http::{
    config::dialect::V1,
    failure::Costume,
    reply::{JSON_UTF8, Reply},
    route::{Route, Routes, Touches},
};

pub(crate) fn routes() -> Vec<Route> {
    Routes::new(Costume::Caused, Touches::Config(&V1))
        .get("/v1/cs/configs", item::read)
        .post("/v1/cs/configs", item::publish)
        .delete("/v1/cs/configs", item::remove)
        .get("/v1/cs/configs/catalog", item::describe)
        .on(Method::POST, "/v1/cs/configs/listener", Action::Read, poll::listen)
        .get("/v1/cs/configs/listener", listeners::of_item)
        .get("/v1/cs/listener", listeners::of_ip)
        .get("/v1/cs/history", history::read)
        .get("/v1/cs/history/previous", history::previous)
        .get("/v1/cs/history/configs", history::items)
        .touching(Touches::Operation("config/members"))
        .get("/v1/cs/communication/configWatchers", listeners::sample_of_item)
        .get("/v1/cs/communication/watcherConfigs", listeners::sample_of_ip)
        .touching(Touches::Operation("config/capacity"))
        .get("/v1/cs/capacity", capacity::read)
        .post("/v1/cs/capacity", capacity::change)
        .touching(Touches::Operation("config/ops"))
        .post("/v1/cs/ops/localCache", operations::reload)
        .put("/v1/cs/ops/log", operations::set_log_level)
        .get("/v1/cs/ops/derby", operations::refuse_database)
        .post("/v1/cs/ops/data/removal", operations::refuse_database)
        .touching(Touches::Operation("config/metrics"))
        .get("/v1/cs/metrics/current", operations::holding)
        .get("/v1/cs/metrics/cluster", operations::holding)
        .touching(Touches::Nothing)
        .get("/v1/cs/health", operations::health)
        .into_routes()
}

/// The usual answer of a write.
fn done() -> Reply {
    Reply::ok("true").with_type(JSON_UTF8)
}

/// The answer where there is nothing to show.
fn nothing() -> Reply {
    Reply::ok("").with_type(JSON_UTF8)
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;
    use crate::http::{failure::Failure, route::Router};

    /// Old clients of Go publish parts of an item (`datumId`) there, and no server of Nacos has ever taken them
    /// (`spec/config-semantics` §9; recorded: `cs1-operations`).
    #[test]
    fn aggregates_have_no_path() {
        let router = Router::new([routes()]);
        for path in ["/v1/cs/datum.do", "/v1/cs/datum"] {
            let Err((_, failure)) = router.find(&Method::POST, path, path).map(|_| ()) else {
                panic!("{path} was found")
            };
            assert!(matches!(failure, Failure::NoRoute { status: StatusCode::NOT_FOUND, .. }), "{failure:?}");
        }
    }
}
