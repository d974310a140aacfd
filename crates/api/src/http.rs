//! The HTTP edge: one path from bytes to bytes for every generation.
//!
//! ```text
//!   request ─▶ path below the context ─▶ route ─▶ parameters and body ─▶ access ─▶ handler ─▶ reply
//!                                          └──────────── failure ─▶ the route's costume ──────┘
//! ```
//!
//! Handlers live in [`v1`], [`v2`] and [`v3`], one file per subject, each with its route table on top;
//! [`actuator`] is the same in all. A handler
//! extracts, calls one engine method, and encodes; rules are behind the call.

pub(crate) mod call;
pub(crate) mod config;
pub(crate) mod failure;
pub(crate) mod params;
pub(crate) mod reply;
pub(crate) mod route;

mod actuator;
mod body;
mod cluster;
mod loader;
mod log_level;
mod login;
mod namespaces;
mod naming;
mod state;

mod v1;
mod v2;
mod v3;

use std::{net::IpAddr, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, Uri, header::CONTENT_TYPE, request::Parts};
use http_body_util::Full;
use hyper::body::Incoming;
use navaid_core::Now;

use self::{
    call::Call,
    failure::{Costume, Failure},
    params::{Params, Upload},
    reply::Reply,
    route::Router,
};
use crate::{grpc::Registry, node::Node, repeats::Answering};

/// Fields that a multipart body may have.
const MULTIPART_FIELDS_MAX: usize = 64;

/// The HTTP edge of a node.
pub(crate) struct HttpEdge {
    node: Arc<Node>,
    /// Of the gRPC edge, for operators.
    connections: Arc<Registry>,
    router: Router,
}

impl HttpEdge {
    pub(crate) fn new(node: Arc<Node>, connections: Arc<Registry>) -> Self {
        let tables = [v1::routes(), v2::routes(), v3::routes(), vec![actuator::routes()]];
        let router = Router::new(tables.into_iter().flatten());
        Self { node, connections, router }
    }

    /// Answers one request. `query` is its query where the target was too long for the library; `contexts` are the
    /// prefixes under which this port serves, longest first.
    pub(crate) async fn answer(
        &self,
        request: Request<Incoming>,
        query: Option<Bytes>,
        peer: IpAddr,
        contexts: &[String],
    ) -> Response<Full<Bytes>> {
        let full_path = request.uri().path().to_owned();
        let mut asked = Asked::of(&request, query, peer);
        let (costume, outcome) = match below_context(&full_path, contexts) {
            Some(path) => self.route(request, &mut asked, path, &full_path).await,
            None => (Costume::Text, Err(no_endpoint(&full_path))),
        };
        let now = self.node.clock.now();
        let reply = outcome.unwrap_or_else(|failure| failure.reply(costume, &full_path, now.wall));
        self.node.traffic.answered(reply.status);
        if matches!(reply.status, StatusCode::FORBIDDEN | StatusCode::INTERNAL_SERVER_ERROR) {
            self.hold_repeats(&asked, contexts, reply.status, now).await;
        }
        reply.into_response()
    }

    /// Holds the answer to a call that was refused alike a moment ago, and tells of it once for each client and path.
    async fn hold_repeats(&self, asked: &Asked, contexts: &[String], status: StatusCode, now: Now) {
        let Answering::Held(pause) = self.node.repeats.refused((asked, status.as_u16()), now.mono) else {
            return;
        };
        self.node.traffic.held();
        // What clients write into a path beside the path stays out of the log.
        let path = below_context(asked.uri.path(), contexts).unwrap_or_default();
        let client = asked.peer;
        if self.node.repeats.is_news((client, &path, status.as_u16())) {
            tracing::info!(%client, path, status = status.as_u16(), "a refused call is repeated; its answers are held");
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.node.stopping.cancelled() => {}
        }
    }

    async fn route(
        &self,
        request: Request<Incoming>,
        asked: &mut Asked,
        path: String,
        full_path: &str,
    ) -> (Costume, Result<Reply, Failure>) {
        let (method, uri, headers) = (request.method(), request.uri(), request.headers());
        if let Some(reply) = naming::gate::stop(&self.node.naming.switches(), method, uri, &path, headers) {
            return (Costume::Text, Ok(reply));
        }
        let route = match self.router.find(method, &path, full_path) {
            Ok(route) => route,
            Err((costume, failure)) => return (costume, Err(failure)),
        };
        let call = match self.read(request, asked, path, full_path.to_owned()).await {
            Ok(call) => call,
            Err(failure) => return (route.costume, Err(failure)),
        };
        if let Err(denied) = self.node.guard.admit_http(route, &call) {
            return (route.costume, Err(denied));
        }
        (route.costume, route.handle(call).await)
    }

    async fn read(
        &self,
        request: Request<Incoming>,
        asked: &mut Asked,
        path: String,
        full_path: String,
    ) -> Result<Call, Failure> {
        let (Parts { headers, .. }, body) = request.into_parts();
        let mut params = Params::default();
        params.read_encoded(asked.query())?;
        let limits = &self.node.limits;
        let body = body::read(body, limits.http_body, limits.body_pause).await?;
        asked.body = body.clone();
        let peer = asked.peer;
        match media_type(&headers) {
            "application/x-www-form-urlencoded" => params.read_encoded(&body)?,
            "multipart/form-data" => read_multipart(&headers, body.clone(), &mut params).await?,
            _ => {}
        }
        let (node, connections) = (self.node.clone(), self.connections.clone());
        Ok(Call { node, connections, path, full_path, headers, params, body, peer })
    }
}

/// What makes two calls equal.
#[derive(Debug, Hash)]
struct Asked {
    peer: IpAddr,
    method: http::Method,
    uri: Uri,
    /// The query, where the target was too long for the library.
    cut: Option<Bytes>,
    body: Bytes,
}

impl Asked {
    fn of(request: &Request<Incoming>, cut: Option<Bytes>, peer: IpAddr) -> Self {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        Self { peer, method, uri, cut, body: Bytes::new() }
    }

    fn query(&self) -> &[u8] {
        self.cut.as_deref().unwrap_or(self.uri.query().unwrap_or_default().as_bytes())
    }
}

/// The path below the context, without doubled slashes, path parameters (`;jsessionid=…`) or a slash at the end.
fn below_context(full_path: &str, contexts: &[String]) -> Option<String> {
    let path = contexts.iter().find_map(|context| {
        let rest = full_path.strip_prefix(context.as_str())?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    })?;
    let mut clean = String::with_capacity(path.len());
    for segment in path.split('/').map(|segment| segment.split(';').next().unwrap_or_default()) {
        if !segment.is_empty() {
            clean.push('/');
            clean.push_str(segment);
        }
    }
    Some(clean)
}

fn no_endpoint(full_path: &str) -> Failure {
    let message = format!("No endpoint {full_path}.");
    Failure::NoRoute { status: StatusCode::NOT_FOUND, message }
}

fn media_type(headers: &HeaderMap) -> &str {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}

/// Reads text fields into parameters and keeps the files. The body's size is limited already.
async fn read_multipart(headers: &HeaderMap, body: Bytes, params: &mut Params) -> Result<(), Failure> {
    let refuse = |error: multer::Error| Failure::illegal(format!("cannot read the multipart body: {error}"));
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(content_type).map_err(refuse)?;
    let chunks = tokio_stream::once(Ok::<_, std::convert::Infallible>(body));
    let mut multipart = multer::Multipart::new(chunks, boundary);
    let mut fields = 0;
    while let Some(field) = multipart.next_field().await.map_err(refuse)? {
        fields += 1;
        if fields > MULTIPART_FIELDS_MAX {
            return Err(Failure::illegal(format!(
                "a multipart body may have at most {MULTIPART_FIELDS_MAX} fields"
            )));
        }
        let name = field.name().unwrap_or_default().to_owned();
        if field.file_name().is_some() {
            params.push_upload(Upload { name, content: field.bytes().await.map_err(refuse)? });
        } else {
            params.push(name, field.text().await.map_err(refuse)?)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use navaid_core::access::Action;

    use super::*;

    /// A route that is there twice would panic; one that writes without saying so would be open to readers.
    #[test]
    fn every_route_is_there_once_and_says_whether_it_writes() {
        let actuator = || vec![actuator::routes()];
        let tables = || [v1::routes(), v2::routes(), v3::routes(), actuator()].into_iter().flatten();
        // Refuses two routes for one path and method.
        Router::new(tables());
        let polls = ["/v1/cs/configs/listener"];
        let writing_gets = [
            "/v2/core/loader/reloadCurrent",
            "/v2/core/loader/smartReloadCluster",
            "/v2/core/loader/reloadClient",
            "/v1/ns/api/clientBeat",
        ];
        for route in tables().flatten() {
            let writes = writing_gets.contains(&route.path);
            let reads = route.method == http::Method::GET && !writes || polls.contains(&route.path);
            let expected = if reads { Action::Read } else { Action::Write };
            assert_eq!(route.action, expected, "{} {}", route.method, route.path);
        }
    }

    #[test]
    fn paths_are_cleaned_below_their_context() {
        let contexts = ["/nacos".to_owned()];
        let clean = |path| below_context(path, &contexts);
        assert_eq!(clean("/nacos/v1/ns//instance/").as_deref(), Some("/v1/ns/instance"));
        assert_eq!(clean("/nacos/v1/ns;jsessionid=1/instance").as_deref(), Some("/v1/ns/instance"));
        assert_eq!(clean("/nacos").as_deref(), Some(""));
        assert_eq!(clean("/nacosx/v1"), None);
        assert_eq!(below_context("/v1/x", &["/nacos".to_owned(), String::new()]).as_deref(), Some("/v1/x"));
    }
}
