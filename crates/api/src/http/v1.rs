//! HTTP v1: what 1.x clients and most scripts speak.

pub(super) mod config;
mod console;
mod core;
mod naming;

use super::route::Route;

pub(crate) fn routes() -> Vec<Vec<Route>> {
    [config::routes(), naming::routes(), console::routes(), core::routes()].into_iter().collect()
}
