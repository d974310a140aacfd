//! Resident memory per thing held: the growth of the process, divided.

use anyhow::Result;
use tokio::time::sleep;

use super::fan_out::Churning;
use super::register::BATCH;
use crate::outcome::Outcome;
use crate::requests::naming;
use crate::stage::Stage;

/// Clients that share the services of [`per_instance`] among them.
const PROVIDERS: usize = 50;

/// Of connections that were set up and have said nothing since.
pub(crate) async fn per_connection(stage: &Stage<'_>) -> Result<Outcome> {
    sleep(stage.pace.settle).await;
    let before = stage.seat.process.resident()?;
    let connections = stage.connections(stage.pace.idle_connections).await?;
    sleep(stage.pace.settle).await;
    let grown = stage.seat.process.resident()?.saturating_sub(before);
    Ok(Outcome::quantity(grown as f64 / connections.len() as f64 / 1024.0, "KiB"))
}

/// Of subscribers that read nothing while their service changes, beyond what they cost before it did.
pub(crate) async fn per_stalled_reader(stage: &Stage<'_>, readers: usize, instances: u64) -> Result<Outcome> {
    let service = Churning::begin(stage, instances).await?;
    let stalled = service.stalled_readers(stage, readers).await?;
    sleep(stage.pace.settle).await;
    let before = stage.seat.process.resident()?;
    service.changes(stage, 1).await?;
    let grown = stage.seat.process.resident()?.saturating_sub(before);
    Ok(Outcome::quantity(grown as f64 / stalled.len() as f64 / 1024.0, "KiB"))
}

/// Of instances with two metadata pairs, one of which no other has, ten a service, registered in batches one after
/// the other.
pub(crate) async fn per_instance(stage: &Stage<'_>, services: u64) -> Result<Outcome> {
    let services = services.min(stage.pace.services_max);
    let providers = stage.connections(PROVIDERS).await?;
    sleep(stage.pace.settle).await;
    let before = stage.seat.process.resident()?;
    for (number, provider) in (0..services).zip(providers.iter().cycle()) {
        let instances = number * BATCH..(number + 1) * BATCH;
        let batch = naming::register_batch(&stage.service(number), instances);
        provider.call().unary(&batch).await?;
    }
    sleep(stage.pace.settle).await;
    let grown = stage.seat.process.resident()?.saturating_sub(before);
    Ok(Outcome::quantity(grown as f64 / (services * BATCH) as f64, "bytes"))
}
