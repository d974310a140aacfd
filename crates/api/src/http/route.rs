//! Routes are data: every path and method names its handler, what it touches, whether it writes, and how its
//! generation words an error. One table per generation and subject; [`Router`] is a hash map over all of them.

use std::{collections::HashMap, future::Future, pin::Pin};

use http::{Method, StatusCode};
use navaid_core::access::Action;

use super::{
    call::Call,
    config::Dialect,
    failure::{Costume, Failure},
    reply::Reply,
};

pub(crate) type Answer = Pin<Box<dyn Future<Output = Result<Reply, Failure>> + Send>>;
type Handler = Box<dyn Fn(Call) -> Answer + Send + Sync>;

/// How the resource of a call is found in its parameters; the name says which fields count
/// (`spec/http-naming-core` §6, `spec/auth` §5).
#[derive(Debug, Clone, Copy)]
pub(crate) enum Touches {
    /// The item that the names of a generation name; without one the whole namespace.
    Config(&'static Dialect),
    /// `namespaceId`, `groupName` and `serviceName`; without a service the whole namespace.
    Service,
    /// The service that the last segment of the path names, in the namespace and group of the parameters.
    ServiceByPath,
    /// The service of the default group that `dom` names.
    Dom,
    /// An operator's function, by area.
    Operation(&'static str),
    /// Nothing that needs protection.
    Nothing,
}

/// One method of one path.
pub(crate) struct Route {
    pub(crate) method: Method,
    /// Below the context path. A last segment `{}` stands for any one segment, see [`Call::segment`], and so does the
    /// one two before it.
    pub(crate) path: &'static str,
    pub(crate) touches: Touches,
    pub(crate) action: Action,
    pub(crate) costume: Costume,
    handler: Handler,
}

impl Route {
    pub(crate) fn handle(&self, call: Call) -> Answer {
        (self.handler)(call)
    }
}

/// Builds the routes of one family, which share costume and kind of resource.
pub(crate) struct Routes {
    costume: Costume,
    touches: Touches,
    routes: Vec<Route>,
}

impl Routes {
    pub(crate) fn new(costume: Costume, touches: Touches) -> Self {
        Self { costume, touches, routes: Vec::new() }
    }

    /// The routes that follow touch something else.
    pub(crate) fn touching(mut self, touches: Touches) -> Self {
        self.touches = touches;
        self
    }

    /// The routes that follow word their errors differently.
    pub(crate) fn costume(mut self, costume: Costume) -> Self {
        self.costume = costume;
        self
    }

    pub(crate) fn on<F, R>(mut self, method: Method, path: &'static str, action: Action, handler: F) -> Self
    where
        F: Fn(Call) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Reply, Failure>> + Send + 'static,
    {
        let handler: Handler = Box::new(move |call| Box::pin(handler(call)));
        let (touches, costume) = (self.touches, self.costume);
        self.routes.push(Route { method, path, touches, action, costume, handler });
        self
    }

    pub(crate) fn get<F, R>(self, path: &'static str, handler: F) -> Self
    where
        F: Fn(Call) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Reply, Failure>> + Send + 'static,
    {
        self.on(Method::GET, path, Action::Read, handler)
    }

    pub(crate) fn post<F, R>(self, path: &'static str, handler: F) -> Self
    where
        F: Fn(Call) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Reply, Failure>> + Send + 'static,
    {
        self.on(Method::POST, path, Action::Write, handler)
    }

    pub(crate) fn put<F, R>(self, path: &'static str, handler: F) -> Self
    where
        F: Fn(Call) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Reply, Failure>> + Send + 'static,
    {
        self.on(Method::PUT, path, Action::Write, handler)
    }

    pub(crate) fn delete<F, R>(self, path: &'static str, handler: F) -> Self
    where
        F: Fn(Call) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Reply, Failure>> + Send + 'static,
    {
        self.on(Method::DELETE, path, Action::Write, handler)
    }

    pub(crate) fn into_routes(self) -> Vec<Route> {
        self.routes
    }
}

/// Finds the route of a request. Paths are static but for an open last segment, so a hash map is all it takes.
pub(crate) struct Router {
    routes: HashMap<&'static str, Vec<Route>>,
}

impl Router {
    pub(crate) fn new(tables: impl IntoIterator<Item = Vec<Route>>) -> Self {
        let mut routes: HashMap<&'static str, Vec<Route>> = HashMap::new();
        for route in tables.into_iter().flatten() {
            let methods = routes.entry(route.path).or_default();
            debug_assert!(
                methods.iter().all(|other| other.method != route.method),
                "two routes for {}",
                route.path
            );
            methods.push(route);
        }
        Self { routes }
    }

    /// The route of a method and a path below the context, or the answer of the reference for one that is not there
    /// (`spec/http-naming-core` §7.2 for `/v1/ns`). `HEAD` is a `GET` whose body is not sent, as probes expect, except
    /// below `/v1/ns`, where the reference has none.
    pub(crate) fn find(
        &self,
        method: &Method,
        path: &str,
        full_path: &str,
    ) -> Result<&Route, (Costume, Failure)> {
        let methods = self.routes.get(path).or_else(|| self.open_route(path));
        let is_head = method == Method::HEAD && !is_v1_naming(path);
        let wanted = if is_head { &Method::GET } else { method };
        let found = methods.and_then(|methods| methods.iter().find(|route| route.method == *wanted));
        found.ok_or_else(|| absent(method, path, full_path, methods.is_some()))
    }

    /// The routes of the pattern that a path fits: with its last segment open, or with the one two before as well.
    fn open_route(&self, path: &str) -> Option<&Vec<Route>> {
        let (rest, _) = path.rsplit_once('/')?;
        let once = self.routes.get(format!("{rest}/{{}}").as_str());
        once.or_else(|| {
            let (rest, fixed) = rest.rsplit_once('/')?;
            let (rest, _) = rest.rsplit_once('/')?;
            self.routes.get(format!("{rest}/{{}}/{fixed}/{{}}").as_str())
        })
    }

    /// Every route, for tests that look at all of them.
    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Route> {
        self.routes.values().flatten()
    }
}

fn is_v1_naming(path: &str) -> bool {
    path == "/v1/ns" || path.starts_with("/v1/ns/")
}

fn absent(method: &Method, path: &str, full_path: &str, other_methods: bool) -> (Costume, Failure) {
    if is_v1_naming(path) {
        let message = format!("no such api:{method}:{full_path}");
        return (Costume::Text, Failure::NoRoute { status: StatusCode::NOT_IMPLEMENTED, message });
    }
    let is_v3 = path.starts_with("/v3/");
    if other_methods && !path.starts_with("/v1/") {
        let message = format!("Method '{method}' is not supported.");
        return (Costume::Envelope, Failure::NoRoute { status: StatusCode::METHOD_NOT_ALLOWED, message });
    }
    if other_methods {
        return (Costume::Caused, Failure::Internal(format!("Request method '{method}' not supported")));
    }
    let message =
        if is_v3 { format!("No endpoint {method} {full_path}.") } else { "No message available".to_owned() };
    (Costume::Text, Failure::NoRoute { status: StatusCode::NOT_FOUND, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router() -> Router {
        async fn handler(_: Call) -> Result<Reply, Failure> {
            Ok(Reply::ok("ok"))
        }
        let routes = Routes::new(Costume::Text, Touches::Service)
            .get("/v1/ns/instance", handler)
            .get("/v1/cs/configs", handler)
            .touching(Touches::Nothing)
            .get("/v2/cs/config", handler)
            .get("/v2/ns/instance/statuses/{}", handler)
            .get("/prometheus/namespaceId/{}/service/{}", handler)
            .costume(Costume::Envelope)
            .get("/v3/admin/ns/service", handler);
        Router::new([routes.into_routes()])
    }

    /// Status and message of a request that no route takes.
    fn absent(method: Method, path: &str) -> String {
        let full_path = format!("/nacos{path}");
        let Err((costume, failure)) = router().find(&method, path, &full_path).map(|_| ()) else {
            panic!("{path} was found")
        };
        let reply = failure.reply(costume, &full_path, navaid_core::Timestamp(0));
        format!("{} {}", reply.status.as_u16(), String::from_utf8_lossy(&reply.body))
    }

    #[test]
    fn an_open_last_segment_takes_any_one_segment() {
        let router = router();
        assert!(router.find(&Method::GET, "/v2/ns/instance/statuses/a@@b", "").is_ok());
        assert!(router.find(&Method::GET, "/v2/ns/instance/statuses/a/b", "").is_err());
        assert!(router.find(&Method::GET, "/prometheus/namespaceId/n/service/s", "").is_ok());
        assert!(router.find(&Method::GET, "/prometheus/namespaceId/n/services/s", "").is_err());
    }

    #[test]
    fn head_finds_the_route_of_get_but_for_v1_naming() {
        let router = router();
        assert!(router.find(&Method::HEAD, "/v1/cs/configs", "").is_ok());
        assert!(absent(Method::HEAD, "/v1/ns/instance").contains("no such api:HEAD:/nacos/v1/ns/instance"));
    }

    #[test]
    fn a_route_carries_what_it_touches_and_how_it_words_errors() {
        let router = router();
        let Ok(route) = router.find(&Method::GET, "/v3/admin/ns/service", "") else { panic!("not found") };
        assert!(matches!(route.touches, Touches::Nothing));
        assert_eq!((route.costume, route.action), (Costume::Envelope, Action::Read));
    }

    /// Recorded: `ns1-wrong-methods`, `core-v1-state-health` and `cs1-operations` on 2.5.1, `ns3-admin-instance-errors`
    /// on 3.1. Of v2 nothing is recorded: it says what v3 says.
    #[test]
    fn each_generation_says_in_its_own_way_that_there_is_no_route() {
        let no_such_api = absent(Method::PUT, "/v1/ns/instance");
        assert!(
            no_such_api.starts_with("501 ") && no_such_api.contains("no such api:PUT:/nacos/v1/ns/instance")
        );
        let wrong_method = absent(Method::PUT, "/v1/cs/configs");
        assert_eq!(wrong_method, "500 caused: Request method &#39;PUT&#39; not supported;");
        let v3_method = absent(Method::PATCH, "/v3/admin/ns/service");
        assert!(v3_method.starts_with("405 ") && v3_method.contains("Method 'PATCH' is not supported."));
        let v2_method = absent(Method::PUT, "/v2/cs/config");
        assert!(v2_method.starts_with("405 ") && v2_method.contains("Method 'PUT' is not supported."));
        let v3_path = absent(Method::GET, "/v3/admin/ns/nosuch");
        assert!(
            v3_path.starts_with("404 ") && v3_path.contains("No endpoint GET /nacos/v3/admin/ns/nosuch.")
        );
        assert!(absent(Method::GET, "/v9/anything").contains("No message available"));
    }
}
