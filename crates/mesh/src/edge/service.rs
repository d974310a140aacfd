//! Which method is called, and whether its caller may.

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body::Body;
use http_body_util::{Empty, combinators::UnsyncBoxBody};
use navaid_core::mesh::MeshProtocol;
use tokio_util::sync::CancellationToken;
use tonic::{Status, Streaming};

use super::conversation::{Conversation, RequestDecoder};
use crate::{
    stream::{Machine, delta::Delta, mcp::Mcp, world::World},
    switchboard::Switchboard,
};

const MCP: &str = "/istio.mcp.v1alpha1.ResourceSource/EstablishResourceStream";
const WORLD: &str = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";
const DELTA: &str = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";

/// The body of an answer.
pub(crate) type AnswerBody = UnsyncBoxBody<Bytes, std::convert::Infallible>;

/// Answers the calls of all connections.
#[derive(Clone)]
pub(crate) struct MeshService {
    board: Arc<Switchboard>,
    stopping: CancellationToken,
}

impl MeshService {
    pub(crate) fn new(board: Arc<Switchboard>, stopping: CancellationToken) -> Self {
        Self { board, stopping }
    }

    /// Answers at once: with a stream, or with the reason why not.
    pub(crate) fn answer<B>(&self, request: Request<B>, peer: SocketAddr) -> Response<AnswerBody>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if let Err(status) = self.admit(&request) {
            return refusal(&status);
        }
        let settings = &self.board.settings;
        let (suffix, limits, timing) =
            (settings.translation.suffix.clone(), settings.limits, settings.timing);
        match request.uri().path() {
            MCP => self.converse(Mcp::new(limits, timing), request, (MeshProtocol::Mcp, peer)),
            WORLD => self.converse(World::new(suffix, limits, timing), request, (MeshProtocol::World, peer)),
            DELTA => self.converse(Delta::new(suffix, limits, timing), request, (MeshProtocol::Delta, peer)),
            path => refusal(&Status::unimplemented(format!("the mesh port does not know the method {path}"))),
        }
    }

    fn admit<B>(&self, request: &Request<B>) -> Result<(), Status> {
        let settings = &self.board.settings;
        let is_admitted = settings.token.as_ref().is_none_or(|token| {
            token.admits(request.headers().get(header::AUTHORIZATION).map(HeaderValue::as_bytes))
        });
        if !is_admitted {
            return Err(Status::unauthenticated("`authorization` is not the token of the mesh port"));
        }
        let max = settings.limits.streams;
        if self.board.streams.lock().len() >= max {
            return Err(Status::resource_exhausted(format!("cannot open more than {max} streams")));
        }
        Ok(())
    }

    fn converse<M, B>(
        &self,
        machine: M,
        request: Request<B>,
        who: (MeshProtocol, SocketAddr),
    ) -> Response<AnswerBody>
    where
        M: Machine + Unpin,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let max = self.board.settings.limits.request;
        let decoder = RequestDecoder::<M::Request>::default();
        let incoming = Streaming::new_request(decoder, request.into_body(), None, Some(max));
        let body = Conversation::new(machine, incoming, self.board.clone(), who, self.stopping.clone());
        response(AnswerBody::new(body))
    }
}

fn response(body: AnswerBody) -> Response<AnswerBody> {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}

/// An answer that is a status only.
fn refusal(status: &Status) -> Response<AnswerBody> {
    let mut response = response(AnswerBody::new(Empty::new()));
    if status.add_header(response.headers_mut()).is_err() {
        response.headers_mut().insert(Status::GRPC_STATUS, HeaderValue::from(status.code() as i32));
    }
    response
}
