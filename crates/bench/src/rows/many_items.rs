//! Many configuration items of 5 KB on average in one namespace: what they take, and what a page of a search costs.

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use tokio::time::sleep;

use crate::grpc::{GrpcConnection, Message};
use crate::http::HttpConnection;
use crate::load::drive;
use crate::outcome::Outcome;
use crate::process::Process;
use crate::requests::config;
use crate::server::Server;
use crate::stage::Stage;
use crate::subject::Subject;
use crate::target::Address;

/// Publishes at once while a server is filled.
const WRITERS: u64 = 32;
/// Makes the request that publishes the content of that number under that data id.
type Publish = fn(&str, u64) -> Message;

const NEEDS_A_START: Outcome = Outcome::NotMeasured("it runs already");

/// Growth of the process while the items are published, per item, contents included.
pub(crate) async fn memory(stage: &Stage<'_>, publish: Publish) -> Result<Outcome> {
    sleep(stage.pace.settle).await;
    let before = stage.seat.process.resident()?;
    fill(stage, stage.seat.address, publish).await?;
    per_item(stage, before, stage.seat.process).await
}

/// The same of a process that loaded them, beside the one that was started empty.
pub(crate) async fn memory_restarted(stage: &Stage<'_>) -> Result<Outcome> {
    let Some(server) = restarted(stage).await? else { return Ok(NEEDS_A_START) };
    per_item(stage, stage.seat.process.resident()?, server.process()).await
}

/// From process start to readiness, with all items to load.
pub(crate) async fn start(stage: &Stage<'_>) -> Result<Outcome> {
    let Some(server) = restarted(stage).await? else { return Ok(NEEDS_A_START) };
    Ok(Outcome::quantity(server.ready_after().as_secs_f64() * 1e3, "ms"))
}

/// The last page of ten of a search by data id that all items match, one request after the other.
pub(crate) async fn blur_search(stage: &Stage<'_>) -> Result<Outcome> {
    fill(stage, stage.seat.address, config::publish_settings).await?;
    let pattern = format!("*{}*properties", stage.scope);
    let path = config::search_path(&pattern, stage.pace.items / 10);
    let total = format!("\"totalCount\":{}", stage.pace.items);
    let mut connection = HttpConnection::open(stage.seat.address).await?;
    let lane = async move |_number| {
        let answer = connection.get(&path).await?;
        let is_whole = answer.len() > 10 * config::SETTINGS_LENGTH_MIN;
        let head = String::from_utf8_lossy(&answer[..answer.len().min(200)]).into_owned();
        ensure!(is_whole && head.contains(&total), "answered {head}");
        Ok(())
    };
    drive(stage, vec![lane]).await.map(Outcome::Load)
}

/// A server of the row's own that was filled, and then started again.
async fn restarted(stage: &Stage<'_>) -> Result<Option<Server>> {
    let Subject::Started(binary) = stage.subject else { return Ok(None) };
    let mut server = binary.start().await?;
    fill(stage, server.address(), config::publish_settings).await?;
    server.restart(binary).await?;
    Ok(Some(server))
}

async fn fill(stage: &Stage<'_>, address: Address, publish: Publish) -> Result<()> {
    let connection = GrpcConnection::open(address, None).await?;
    let writer = |first: u64| {
        let mut call = connection.call();
        async move {
            for number in (first..stage.pace.items).step_by(WRITERS as usize) {
                call.unary(&publish(&stage.item(number), number)).await?;
            }
            anyhow::Ok(())
        }
    };
    try_join_all((0..WRITERS).map(writer)).await.map(drop)
}

async fn per_item(stage: &Stage<'_>, before: u64, process: Process) -> Result<Outcome> {
    sleep(stage.pace.settle).await;
    let grown = process.resident()?.saturating_sub(before);
    Ok(Outcome::quantity(grown as f64 / stage.pace.items as f64, "bytes"))
}
