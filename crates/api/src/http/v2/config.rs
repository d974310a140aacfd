//! `/v2/cs`: configuration of 2.2 and later (`spec/http-config-auth` §8.4; recorded: `cs2-*`).

mod history;
mod item;

use crate::http::{
    config::dialect::{V1, V2},
    failure::Costume,
    route::{Route, Routes, Touches},
};

pub(crate) fn routes() -> Vec<Route> {
    Routes::new(Costume::Envelope, Touches::Config(&V2))
        .get("/v2/cs/config", item::read)
        .post("/v2/cs/config", item::publish)
        .delete("/v2/cs/config", item::remove)
        .get("/v2/cs/history", history::row)
        .get("/v2/cs/history/list", history::list)
        .get("/v2/cs/history/detail", history::compare)
        .get("/v2/cs/history/previous", history::previous)
        .get("/v2/cs/history/configs", history::items)
        .touching(Touches::Config(&V1))
        .get("/v2/cs/config/searchDetail", item::search)
        .into_routes()
}
