//! The gRPC edge: two methods, many payloads (`spec/grpc`).
//!
//! ```text
//!   unary call ─▶ payload ─▶ route ─▶ registered? ─▶ body ─▶ access ─▶ handler ─▶ answer
//!   stream     ─▶ setup ─▶ connection (mailbox) ─▶ pushes out, acknowledgements in ─▶ end: everything taken back
//! ```
//!
//! Reading order: [`dispatch`] (the pipeline of a unary call) and the route tables of [`lifecycle`], [`naming`],
//! [`config`] and [`pattern_watch`]; then [`stream`] (the pipeline of a stream), [`connection`], [`mailbox`] and [`outbox`].

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
mod stream;
mod sweep;
mod transport;

use std::{future::Future, pin::Pin, sync::Arc};

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use tonic::{
    Status,
    body::Body,
    codec::EnabledCompressionEncodings,
    server::{Grpc, StreamingService, UnaryService},
};

pub use self::outbox::PushTiming;
use self::{
    codec::BytesCodec,
    dispatch::Routes,
    mailbox::RequestIds,
    stream::{Pushes, converse},
};
pub(crate) use self::{
    connection::Connection,
    outbox::{Control, Redirect},
    registry::Registry,
    transport::Transport,
};
use crate::node::Node;

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
    pub(crate) fn unknown_method() -> Response<Body> {
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
    ) -> Response<Body> {
        let accepted = EnabledCompressionEncodings::default();
        let limit = self.node.limits.grpc_message;
        let mut grpc = Grpc::new(BytesCodec)
            .apply_compression_config(accepted, EnabledCompressionEncodings::default())
            .apply_max_message_size_config(Some(limit), Some(usize::MAX));
        let service = Service { edge: self.clone(), transport };
        match method {
            Method::Unary => grpc.unary(service, request).await,
            Method::Stream => grpc.streaming(service, request).await,
        }
    }

    /// Takes back whatever the transport registered. Called once, when the transport has ended for whatever reason.
    pub(crate) fn transport_ended(&self, transport: &Transport) {
        let Some(connection) = transport.connection() else { return };
        connection.mailbox.close();
        self.registry.remove(connection.id());
        self.node.configs.forget_patterns(connection.id());
        self.node.naming.disconnect(&connection.client(), self.node.clock.now());
        tracing::debug!(client = %connection.id(), "connection unregistered");
    }
}

struct Service {
    edge: Arc<GrpcEdge>,
    transport: Arc<Transport>,
}

type Answered<T> = Pin<Box<dyn Future<Output = Result<tonic::Response<T>, Status>> + Send>>;

impl UnaryService<Bytes> for Service {
    type Response = Bytes;
    type Future = Answered<Bytes>;

    fn call(&mut self, request: tonic::Request<Bytes>) -> Self::Future {
        let (edge, transport) = (self.edge.clone(), self.transport.clone());
        Box::pin(
            async move { Ok(tonic::Response::new(edge.dispatch(&transport, request.into_inner()).await)) },
        )
    }
}

impl StreamingService<Bytes> for Service {
    type Response = Bytes;
    type ResponseStream = Pushes;
    type Future = Answered<Pushes>;

    fn call(&mut self, request: tonic::Request<tonic::Streaming<Bytes>>) -> Self::Future {
        let (edge, transport) = (self.edge.clone(), self.transport.clone());
        Box::pin(async move { Ok(tonic::Response::new(converse(edge, transport, request.into_inner()))) })
    }
}
