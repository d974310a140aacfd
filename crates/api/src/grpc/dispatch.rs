//! The pipeline of a unary call; the order of its checks is part of the contract (`spec/grpc` §4).

use std::{collections::HashMap, future::Future, pin::Pin, sync::Arc};

use bytes::Bytes;
use futures_util::{TryFuture, TryFutureExt};
use navaid_core::{
    Now,
    access::{Action, Resource},
};
use navaid_wire::grpc::{
    Body, Exchange, Headers, Payload, PayloadType, Request, Response, SharedPayload, code,
    connection::{ErrorResponse, ServerCheckResponse},
};

use super::{GrpcEdge, connection::Connection, refusal::Refusal, transport::Transport};
use crate::node::Node;

/// Who calls, and by what headers.
pub(crate) struct Caller {
    pub(crate) node: Arc<Node>,
    pub(crate) connection: Arc<Connection>,
    pub(crate) headers: Headers,
}

impl Caller {
    pub(crate) fn now(&self) -> Now {
        self.node.clock.now()
    }
}

type Answer = Pin<Box<dyn Future<Output = SharedPayload> + Send>>;
type Handler = Box<dyn Fn(Caller, Bytes) -> Answer + Send + Sync>;

/// One payload type: what it touches, whether it writes, and who handles it.
pub(crate) struct Route {
    payload: PayloadType,
    handler: Handler,
}

impl Route {
    /// A route for requests `Q`, refused in the type `A`. `touches` says what a request points at, after its names
    /// were checked.
    pub(crate) fn new<Q, A, R>(
        action: Action,
        touches: fn(&Q) -> Result<Resource, Refusal>,
        handler: impl Fn(Caller, Q) -> R + Send + Sync + Clone + 'static,
    ) -> Self
    where
        Q: Body + Default + Send + 'static,
        A: Body + Default,
        R: TryFuture<Error = Refusal, Ok: Into<SharedPayload>> + Send + 'static,
    {
        let handler: Handler = Box::new(move |mut caller, body| {
            let handler = handler.clone();
            Box::pin(async move {
                let outcome: Result<R::Ok, Refusal> = async {
                    let request = Request::<Q>::read(&body)?;
                    caller.headers = caller.headers.with_body_headers(request.headers);
                    let resource = touches(&request.body)?;
                    caller
                        .node
                        .guard
                        .decide(&resource, action)
                        .map_err(|denied| Refusal::Typed { code: code::NO_RIGHT, message: denied.0 })?;
                    TryFutureExt::into_future(handler(caller, request.body)).await
                }
                .await;
                match outcome {
                    Ok(answer) => answer.into(),
                    Err(refusal) => refusal.encode::<A>().into(),
                }
            })
        });
        Self { payload: Q::TYPE, handler }
    }
}

/// The routes of all payloads, by type.
pub(crate) struct Routes(HashMap<PayloadType, Handler>);

impl Routes {
    pub(crate) fn new(routes: impl IntoIterator<Item = Route>) -> Self {
        Self(routes.into_iter().map(|route| (route.payload, route.handler)).collect())
    }
}

fn reject(code: i32, message: &str) -> SharedPayload {
    Response::<ErrorResponse>::rejected(code, message).encode().into()
}

impl GrpcEdge {
    /// Answers one unary call. The transport's status is always OK: SDKs take any other for a broken connection.
    pub(crate) async fn dispatch(&self, transport: &Transport, message: Bytes) -> SharedPayload {
        let payload = match Payload::decode(message) {
            Ok(payload) => payload,
            Err(malformed) => return reject(code::BAD_GATEWAY, &malformed.to_string()),
        };
        let known = payload.payload_type();
        if known.is_some_and(|payload| payload.exchange() == Exchange::MemberCall) {
            let message = format!(" invoke {} from sdk is forbidden", payload.type_name);
            return reject(code::BAD_GATEWAY, &message);
        }
        if !self.node.readiness.is_ready() {
            return reject(code::STARTING, "Server is starting,please try later.");
        }
        if known == Some(PayloadType::ServerCheckRequest) {
            return server_check(transport);
        }
        let Some(handler) = known.and_then(|payload| self.routes.0.get(&payload)) else {
            return reject(code::NO_HANDLER, "RequestHandler Not Found");
        };
        let Some(connection) = transport.registered().await else {
            return reject(unregistered_code(transport, known), "Connection is unregistered.");
        };
        connection.touch(self.node.clock.now().mono);
        let caller =
            Caller { node: self.node.clone(), connection: connection.clone(), headers: payload.headers };
        handler(caller, payload.body).await
    }
}

/// What a call on a transport without a registered connection is told.
///
/// A repeated health check hears of a plain failure instead: Python SDKs take any code from 300 to 399 there for
/// healthy, and gRPC connects their channel again by itself, so one that came back to a server restarted between two
/// of its checks would stay unregistered for ever (seen with nacos-sdk-python 2.0.11).
fn unregistered_code(transport: &Transport, known: Option<PayloadType>) -> i32 {
    let health_check = known == Some(PayloadType::HealthCheckRequest);
    if health_check && transport.checked_unregistered() { code::FAIL } else { code::UNREGISTERED }
}

fn server_check(transport: &Transport) -> SharedPayload {
    let body = ServerCheckResponse {
        connection_id: transport.id().as_str().to_owned(),
        support_ability_negotiation: true,
    };
    Response::ok(body).encode().into()
}
