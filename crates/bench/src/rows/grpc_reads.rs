//! Reads over gRPC, several at once on each connection.

use anyhow::{Result, ensure};

use crate::grpc::Message;
use crate::load::drive;
use crate::outcome::Outcome;
use crate::requests::{config, naming};
use crate::stage::Stage;

/// Connections of the gRPC rows, unless they say otherwise.
pub(crate) const CONNECTIONS: usize = 50;
/// Requests at once on each of them.
pub(crate) const IN_FLIGHT: usize = 4;
/// What an instance takes at least in an answer, in bytes.
const INSTANCE_LENGTH_MIN: u64 = 100;

/// A service of that many instances, registered by one client.
pub(crate) async fn query(stage: &Stage<'_>, instances: u64) -> Result<Outcome> {
    let service = stage.service(0);
    let provider = stage.connections(1).await?;
    provider[0].call().unary(&naming::register_batch(&service, 0..instances)).await?;
    reads(stage, &naming::query(&service), usize::try_from(instances * INSTANCE_LENGTH_MIN)?).await
}

/// One item of 1 KiB.
pub(crate) async fn config_get(stage: &Stage<'_>) -> Result<Outcome> {
    let item = stage.item(0);
    let writer = stage.connections(1).await?;
    writer[0].call().unary(&config::publish(&item, 0)).await?;
    reads(stage, &config::query(&item), config::CONTENT_LENGTH).await
}

async fn reads(stage: &Stage<'_>, request: &Message, length_min: usize) -> Result<Outcome> {
    let connections = stage.connections(CONNECTIONS).await?;
    let lanes = connections.iter().flat_map(|connection| std::iter::repeat_n(connection.call(), IN_FLIGHT));
    let lane = |mut call: crate::grpc::Call| {
        async move |_number| {
            let length = call.unary(request).await?.len();
            ensure!(length >= length_min, "the answer has {length} bytes");
            Ok(())
        }
    };
    drive(stage, lanes.map(lane).collect()).await.map(Outcome::Load)
}
