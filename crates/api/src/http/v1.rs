//! HTTP v1: what 1.x clients and most scripts speak.

pub(super) mod config;
mod console;
mod core;
mod first;
mod naming;

use super::route::Route;

pub(crate) fn routes() -> Vec<Vec<Route>> {
    vec![config::routes(), naming::routes(), first::routes(), console::routes(), core::routes()]
}
