//! To be written.

use crate::http::route::Route;

pub(crate) fn routes() -> Vec<Route> {
    Vec::new()
}
