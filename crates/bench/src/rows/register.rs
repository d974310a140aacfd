//! Registrations over gRPC.

use anyhow::{Context, Result};

use super::grpc_reads::{CONNECTIONS, IN_FLIGHT};
use crate::load::drive;
use crate::outcome::Outcome;
use crate::requests::naming;
use crate::stage::Stage;

/// Services among which single registrations take turns.
const SERVICES: u64 = 1_000;
/// Instances of a batch.
pub(crate) const BATCH: u64 = 10;
/// Clients that take turns at batches: a server may bound what one client registers.
const PROVIDERS: usize = 50;

/// Each request registers another address. A client has one instance in a service, so the server holds at most
/// connections × services of them.
pub(crate) async fn single(stage: &Stage<'_>) -> Result<Outcome> {
    let connections = stage.connections(CONNECTIONS).await?;
    let lanes = connections.iter().flat_map(|connection| std::iter::repeat_n(connection.call(), IN_FLIGHT));
    let lane = |mut call: crate::grpc::Call| {
        async move |number| {
            let service = stage.service(number % SERVICES);
            call.unary(&naming::register(&service, number)).await.map(drop)
        }
    };
    drive(stage, lanes.map(lane).collect()).await.map(Outcome::Load)
}

/// Each request makes a service of ten instances; one request at once.
pub(crate) async fn batch(stage: &Stage<'_>) -> Result<Outcome> {
    let connections = stage.connections(PROVIDERS).await?;
    let mut calls = connections.iter().map(|connection| connection.call()).cycle();
    let lane = async move |number| {
        let (service, first) = (stage.service(number), number * BATCH);
        let mut call = calls.next().context("there are no clients")?;
        call.unary(&naming::register_batch(&service, first..first + BATCH)).await.map(drop)
    };
    drive(stage, vec![lane]).await.map(Outcome::Load)
}
