//! HTTP v2: 2.2 and later.

mod config;
mod console;
mod core;
mod naming;

use super::route::Route;

pub(crate) fn routes() -> Vec<Vec<Route>> {
    [config::routes(), naming::routes(), console::routes(), core::routes()].into_iter().collect()
}
