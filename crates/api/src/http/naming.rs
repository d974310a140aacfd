//! Discovery over HTTP: every call once, for all generations that have it.
//!
//! Generations differ in how a service is named, how a missing parameter is told, what stands around an answer, and
//! in some shapes: all this is the [`dialect`] that a route gives its handler. The route tables lie with their
//! generations. Reading parameters: [`service_params`], [`instance_params`]; refusals: [`failure`]; what v1 is
//! stopped by: [`gate`].

pub(crate) mod dialect;
pub(crate) mod gate;

mod failure;
mod instance_params;
pub(crate) mod service_params;
mod shown;

pub(crate) mod beat;
pub(crate) mod catalog;
pub(crate) mod clients;
pub(crate) mod dns;
pub(crate) mod first_servers;
pub(crate) mod health;
pub(crate) mod instance;
pub(crate) mod operator;
pub(crate) mod overrides;
pub(crate) mod probes;
pub(crate) mod prometheus;
pub(crate) mod service;
pub(crate) mod subscribers;
pub(crate) mod trace;
pub(crate) mod unconfirmed;
pub(crate) mod upgrade;

#[cfg(test)]
mod tests {
    use http::Method;
    use navaid_core::access::Action;

    use crate::http::{route::Router, v1, v2, v3};

    #[test]
    fn calls_of_discovery_write_unless_they_get() {
        let router = Router::new([v1::routes(), v2::routes(), v3::routes()].into_iter().flatten());
        let routes: Vec<_> = router.iter().filter(|route| route.path.contains("/ns/")).collect();
        assert!(routes.len() > 100, "{} routes", routes.len());
        for route in routes {
            // The DNS plugins beat by GET.
            let reads = route.method == Method::GET && route.path != "/v1/ns/api/clientBeat";
            let expected = if reads { Action::Read } else { Action::Write };
            assert_eq!(route.action, expected, "{} {}", route.method, route.path);
        }
    }
}
