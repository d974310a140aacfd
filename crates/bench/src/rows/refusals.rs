//! A client that repeats a refused call without a pause, as Node's SDK does, and what it costs the server and others.

use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::http_reads;
use crate::http::HttpConnection;
use crate::outcome::Outcome;
use crate::requests::config;
use crate::stage::Stage;
use crate::target::Address;

/// Connections of the client.
const CONNECTIONS: usize = 4;
/// Until a server may have noticed that calls repeat.
const NOTICING: Duration = Duration::from_secs(1);
/// A condition that never holds.
const CONDITION: (&str, &str) = ("casMd5", "wrong");

/// Share of a core while the client repeats.
pub(crate) async fn processor_share(stage: &Stage<'_>) -> Result<Outcome> {
    publish(stage).await?;
    let Some(_storm) = storm(stage).await? else { return Ok(NOT_REFUSED) };
    let (before, begun) = (stage.server_cpu()?, Instant::now());
    sleep(stage.pace.measured).await;
    let used = stage.server_cpu()? - before;
    Ok(Outcome::quantity(100.0 * used.as_secs_f64() / begun.elapsed().as_secs_f64(), "% of a core"))
}

/// Another client's reads, without a storm.
pub(crate) async fn config_get_alone(stage: &Stage<'_>) -> Result<Outcome> {
    publish(stage).await?;
    reads(stage).await
}

/// The same in a storm.
pub(crate) async fn config_get_beside(stage: &Stage<'_>) -> Result<Outcome> {
    publish(stage).await?;
    let Some(_storm) = storm(stage).await? else { return Ok(NOT_REFUSED) };
    reads(stage).await
}

const NOT_REFUSED: Outcome = Outcome::NotMeasured("it does not refuse the call");

/// The client after [`NOTICING`]; it ends when this is dropped. Nothing if its call is not refused.
async fn storm(stage: &Stage<'_>) -> Result<Option<JoinSet<Result<()>>>> {
    let (address, item) = (stage.seat.address, stage.item(0));
    let mut first = HttpConnection::open(address).await?;
    if first.status_of(config::POST_PATH, config::publish_form(&item, 1), CONDITION).await?.is_success() {
        return Ok(None);
    }
    let mut storm = JoinSet::new();
    for _ in 0..CONNECTIONS {
        storm.spawn(repeat(address, item.clone()));
    }
    sleep(NOTICING).await;
    Ok(Some(storm))
}

async fn repeat(address: Address, item: String) -> Result<()> {
    let mut connection = HttpConnection::open(address).await?;
    loop {
        let form = config::publish_form(&item, 1);
        let status = connection.status_of(config::POST_PATH, form, CONDITION).await?;
        ensure!(!status.is_success(), "a condition that does not hold was answered {status}");
    }
}

async fn publish(stage: &Stage<'_>) -> Result<()> {
    let writer = stage.connections(1).await?;
    writer[0].call().unary(&config::publish(&stage.item(0), 0)).await.map(drop)
}

async fn reads(stage: &Stage<'_>) -> Result<Outcome> {
    http_reads::reads(stage, 1, &config::get_path(&stage.item(0)), config::CONTENT_LENGTH).await
}
