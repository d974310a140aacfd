//! Registrations over gRPC.

use anyhow::Result;

use super::grpc_reads::{CONNECTIONS, IN_FLIGHT};
use crate::load::drive;
use crate::outcome::Outcome;
use crate::requests::naming;
use crate::stage::Stage;

/// Services among which single registrations take turns.
const SERVICES: u64 = 1_000;
/// Instances of a batch.
pub(crate) const BATCH: u64 = 10;
/// Addresses in use at once by batches, well below what [`naming`] tells apart.
const BATCHES_MAX: u64 = 1_000_000;

/// Each request registers another address. A client has one instance in a service, so the server holds at most
/// connections × services of them.
pub(crate) async fn single(stage: &Stage<'_>) -> Result<Outcome> {
    let connections = stage.connections(CONNECTIONS).await?;
    let lanes = connections.iter().flat_map(|connection| std::iter::repeat_n(connection.call(), IN_FLIGHT));
    let lane = |mut call: crate::grpc::Call| {
        async move |number| {
            let service = naming::service_name(number % SERVICES);
            call.unary(&naming::register(&service, number)).await.map(drop)
        }
    };
    drive(stage, lanes.map(lane).collect()).await.map(Outcome::Load)
}

/// Each request makes a service of ten instances; one client, one request at once.
pub(crate) async fn batch(stage: &Stage<'_>) -> Result<Outcome> {
    let connections = stage.connections(1).await?;
    let mut call = connections[0].call();
    let lane = async move |number| {
        let first = number % BATCHES_MAX * BATCH;
        call.unary(&naming::register_batch(&naming::service_name(number), first..first + BATCH))
            .await
            .map(drop)
    };
    drive(stage, vec![lane]).await.map(Outcome::Load)
}
