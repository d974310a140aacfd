//! HTTP v3: clients, operators and console of 3.x.

mod config;
mod console;
mod core;
mod mesh;
mod naming;

use super::route::Route;

pub(crate) fn routes() -> Vec<Vec<Route>> {
    [config::routes(), naming::routes(), console::routes(), core::routes(), mesh::routes()]
        .into_iter()
        .collect()
}
