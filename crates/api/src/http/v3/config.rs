//! `/v3/client/cs`, `/v3/admin/cs` and `/v3/console/cs` (`spec/http-config-auth` §8.5, §8.7; recorded: `cs3-*`).
//!
//! The console asks the same questions as administrators do; two answers differ where there is nothing to show.

mod capacity;
mod client;
mod delivery;
mod diff;
mod gray;
mod history;
mod item;
mod listeners;
mod operations;
mod search;
mod transfer;

use crate::http::{
    config::dialect::V3,
    failure::Costume,
    route::{Route, Routes, Touches},
};

pub(crate) fn routes() -> Vec<Route> {
    let mut routes = Routes::new(Costume::CausedPlain, Touches::Config(&V3))
        .get("/v3/client/cs/config", client::read)
        .into_routes();
    routes.extend(admin());
    routes.extend(console());
    routes
}

fn admin() -> Vec<Route> {
    Routes::new(Costume::Envelope, Touches::Config(&V3))
        .get("/v3/admin/cs/config", item::read)
        .post("/v3/admin/cs/config", item::publish)
        .delete("/v3/admin/cs/config", item::remove)
        .delete("/v3/admin/cs/config/batch", item::remove_ids)
        .put("/v3/admin/cs/config/metadata", item::describe)
        .get("/v3/admin/cs/config/export", transfer::export)
        .post("/v3/admin/cs/config/import", transfer::import)
        .post("/v3/admin/cs/config/clone", transfer::clone)
        .get("/v3/admin/cs/config/list", search::list)
        .get("/v3/admin/cs/config/beta", item::beta)
        .delete("/v3/admin/cs/config/beta", item::remove_beta)
        .get("/v3/admin/cs/config/diff", diff::show)
        .get("/v3/admin/cs/config/gray/list", gray::list)
        .get("/v3/admin/cs/config/gray", gray::read)
        .delete("/v3/admin/cs/config/gray", gray::remove)
        .get("/v3/admin/cs/config/listener", listeners::of_item)
        .get("/v3/admin/cs/config/delivery", delivery::of_item)
        .get("/v3/admin/cs/listener", listeners::of_ip)
        .get("/v3/admin/cs/history", history::row)
        .get("/v3/admin/cs/history/list", history::list)
        .get("/v3/admin/cs/history/previous", history::previous)
        .get("/v3/admin/cs/history/configs", history::items)
        .touching(Touches::Operation("config/capacity"))
        .get("/v3/admin/cs/capacity", capacity::read)
        .post("/v3/admin/cs/capacity", capacity::change)
        .touching(Touches::Operation("config/ops"))
        .post("/v3/admin/cs/ops/localCache", operations::reload)
        .put("/v3/admin/cs/ops/log", operations::set_log_level)
        .get("/v3/admin/cs/ops/derby", operations::refuse_database)
        .post("/v3/admin/cs/ops/derby/import", operations::refuse_database)
        .touching(Touches::Operation("config/metrics"))
        .get("/v3/admin/cs/metrics/ip", operations::holding)
        .get("/v3/admin/cs/metrics/cluster", operations::holding)
        .into_routes()
}

fn console() -> Vec<Route> {
    Routes::new(Costume::Envelope, Touches::Config(&V3))
        .get("/v3/console/cs/config", item::read_or_null)
        .post("/v3/console/cs/config", item::publish)
        .delete("/v3/console/cs/config", item::remove)
        .delete("/v3/console/cs/config/batchDelete", item::remove_ids)
        .get("/v3/console/cs/config/export2", transfer::export)
        .post("/v3/console/cs/config/import", transfer::import)
        .post("/v3/console/cs/config/clone", transfer::clone_from_console)
        .get("/v3/console/cs/config/list", search::list)
        .get("/v3/console/cs/config/searchDetail", search::list)
        .get("/v3/console/cs/config/beta", item::beta_or_null)
        .delete("/v3/console/cs/config/beta", item::remove_beta)
        .get("/v3/console/cs/config/diff", diff::show)
        .get("/v3/console/cs/config/listener", listeners::of_item)
        .get("/v3/console/cs/config/listener/ip", listeners::of_ip)
        .get("/v3/console/cs/history", history::row)
        .get("/v3/console/cs/history/list", history::list)
        .get("/v3/console/cs/history/previous", history::previous)
        .get("/v3/console/cs/history/configs", history::items)
        .into_routes()
}
