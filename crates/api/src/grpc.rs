//! The gRPC edge: two methods, many payloads (`spec/grpc`).
//!
//! ```text
//!   unary call ─▶ payload ─▶ route ─▶ registered? ─▶ body ─▶ access ─▶ handler ─▶ answer
//!   stream     ─▶ setup ─▶ connection (mailbox) ─▶ pushes out, acknowledgements in ─▶ end: everything taken back
//! ```
//!
//! Reading order: [`dispatch`] (the pipeline of a unary call) and the route tables of [`lifecycle`], [`naming`],
//! [`config`] and [`pattern_watch`]; then [`stream`] (the pipeline of a stream), [`connection`], [`mailbox`] and [`outbox`].

mod answer;
mod asked;
mod codec;
mod config;
mod connection;
mod dispatch;
pub(crate) mod holding;
mod lifecycle;
mod mailbox;
mod naming;
mod outbox;
mod pattern_sync;
mod pattern_watch;
mod refusal;
mod registry;
mod spellings;
mod stream;
mod sweep;
mod transport;
mod unproven;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::CONTENT_TYPE};
use hyper::body::Incoming;
use tonic::{Status, Streaming};

pub use self::outbox::PushTiming;
pub(crate) use self::{
    answer::AnswerBody,
    connection::Connection,
    outbox::{Control, NoticeState, Redirect},
    registry::Registry,
    transport::Transport,
};
use self::{codec::BytesDecoder, dispatch::Routes, mailbox::RequestIds, stream::converse};
use crate::node::Node;

const GRPC_CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/grpc");

/// The two methods that the reference registers, without a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Unary,
    Stream,
}

/// The gRPC edge of a node.
pub(crate) struct GrpcEdge {
    node: Arc<Node>,
    routes: Routes,
    registry: Arc<Registry>,
    request_ids: Arc<RequestIds>,
}

impl GrpcEdge {
    pub(crate) fn new(node: Arc<Node>) -> Self {
        let tables = [lifecycle::routes(), naming::routes(), config::routes(), pattern_watch::routes()];
        Self {
            node,
            routes: Routes::new(tables.into_iter().flatten()),
            registry: Arc::default(),
            request_ids: Arc::default(),
        }
    }

    /// The gRPC method that a request calls, if it calls one.
    pub(crate) fn method_of(request: &Request<Incoming>) -> Option<Method> {
        match request.uri().path() {
            "/Request/request" => Some(Method::Unary),
            "/BiRequestStream/requestBiStream" => Some(Method::Stream),
            _ => None,
        }
    }

    /// The answer to a method that does not exist.
    pub(crate) fn unknown_method() -> Response<AnswerBody> {
        Status::unimplemented("no such method").into_http()
    }

    /// Every registered connection, for those who ask about them.
    pub(crate) fn registry(&self) -> Arc<Registry> {
        self.registry.clone()
    }

    /// Open connections.
    pub(crate) fn connections(&self) -> usize {
        self.registry.len()
    }

    pub(crate) async fn answer(
        self: &Arc<Self>,
        method: Method,
        request: Request<Incoming>,
        transport: Arc<Transport>,
    ) -> Response<AnswerBody> {
        let limit = Some(self.node.limits.grpc_message);
        let mut incoming = Streaming::new_request(BytesDecoder, request.into_body(), None, limit);
        let body = match method {
            Method::Unary => match only_message(&mut incoming).await {
                Ok(message) => AnswerBody::Unary(Some(self.dispatch(&transport, message).await)),
                Err(status) => return status.into_http(),
            },
            Method::Stream => {
                let pushes = Box::new(converse(self.clone(), transport, incoming));
                AnswerBody::Stream { pushes, ended: false }
            }
        };
        let mut response = Response::new(body);
        response.headers_mut().insert(CONTENT_TYPE, GRPC_CONTENT_TYPE);
        response
    }

    /// Takes back whatever the transport registered. Called once, when the transport has ended for whatever reason.
    pub(crate) fn transport_ended(&self, transport: &Transport) {
        let Some(connection) = transport.connection() else { return };
        connection.mailbox.close();
        self.registry.remove(connection.id());
        self.node.configs.forget_patterns(connection.id());
        tracing::debug!(client = %connection.id(), "connection unregistered");
        if self.node.stopping.is_cancelled() {
            // What a server that stops lets go of is served by the one that starts in its place.
            return;
        }
        let now = self.node.clock.now();
        if connection.ended_by_moving(now.mono) {
            self.node.naming.disconnect_moved(connection.id(), now);
        } else {
            self.node.naming.disconnect(&connection.client(), now);
        }
    }
}

/// The message of a unary call, whose body is read to its end.
async fn only_message(incoming: &mut Streaming<Bytes>) -> Result<Bytes, Status> {
    let message = incoming.message().await?;
    incoming.trailers().await?;
    message.ok_or_else(|| Status::internal("the request has no message"))
}
