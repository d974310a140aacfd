//! Payloads of the connection itself (`spec/grpc` §5.5).

use bytes::Bytes;
use navaid_core::access::{Action, Resource};
use navaid_wire::grpc::{
    Response,
    connection::{HealthCheckRequest, HealthCheckResponse},
};

use super::{
    dispatch::{Caller, Route},
    refusal::Refusal,
};

pub(crate) fn routes() -> Vec<Route> {
    vec![Route::new::<HealthCheckRequest, HealthCheckResponse, _>(
        Action::Read,
        |_| Ok(Resource::Open),
        health_check,
    )]
}

/// That the call got here has renewed the connection already.
async fn health_check(_: Caller, _: HealthCheckRequest) -> Result<Bytes, Refusal> {
    Ok(Response::ok(HealthCheckResponse::default()).encode())
}
