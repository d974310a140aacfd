//! Listening to what is absent. Most keys that frameworks listen to never exist, so they must cost next to nothing.
//!
//! Each connection listens to a hundred keys of its own, of which one in twenty exists and is held as it is.

use anyhow::{Context, Result};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::fan_out::NOTICE_DEADLINE;
use crate::figures::{Figures, Latencies, Spent};
use crate::grpc::{GrpcConnection, Message, Push, PushSink};
use crate::load::drive;
use crate::outcome::Outcome;
use crate::process::Process;
use crate::requests::config;
use crate::stage::Stage;

/// Keys of one connection.
const KEYS: u64 = 100;
/// The first of that many keys exists.
const PRESENT_EVERY: u64 = 20;
/// Lists that are sent at once.
pub(crate) const LANES: usize = 8;
/// Absent keys that come to be, in [`told`].
const PUBLISHED: usize = 500;

/// Growth of the process while connections that are there already listen, per key.
pub(crate) async fn memory(stage: &Stage<'_>) -> Result<Outcome> {
    let connections = stage.connections(stage.pace.idle_connections).await?;
    publish_present(stage, &connections).await?;
    sleep(stage.pace.settle).await;
    let before = stage.seat.process.resident()?;
    listen(stage, &connections).await?;
    sleep(stage.pace.settle).await;
    let grown = stage.seat.process.resident()?.saturating_sub(before);
    Ok(Outcome::quantity(grown as f64 / (connections.len() as u64 * KEYS) as f64, "bytes"))
}

/// The list of all keys that SDKs repeat every few minutes, by all connections in turns.
pub(crate) async fn full_listen(stage: &Stage<'_>) -> Result<Outcome> {
    let connections = stage.connections(stage.pace.idle_connections).await?;
    publish_present(stage, &connections).await?;
    listen(stage, &connections).await?;
    let lists: Vec<_> =
        connections.iter().enumerate().map(|(number, one)| (one.call(), list(stage, number))).collect();
    let lane = |first: usize| {
        let mut turns = lists.iter().skip(first).step_by(LANES).cycle();
        async move |_number| {
            let (call, list) = turns.next().context("there are no connections")?;
            call.clone().unary(list).await.map(drop)
        }
    };
    drive(stage, (0..LANES).map(lane).collect()).await.map(Outcome::Load)
}

/// From the begin of a publish of an absent key until the only client that listens to it has read its notice, one
/// publish after the other.
pub(crate) async fn told(stage: &Stage<'_>) -> Result<Outcome> {
    let (queue, mut pushes) = mpsc::channel(PUBLISHED);
    let mut connections = Vec::with_capacity(stage.pace.idle_connections);
    for connection in 0..stage.pace.idle_connections {
        let sink = PushSink { connection, queue: queue.clone() };
        connections.push(GrpcConnection::open(stage.seat.address, Some(sink)).await?);
    }
    publish_present(stage, &connections).await?;
    listen(stage, &connections).await?;
    sleep(stage.pace.settle).await;
    let writer = stage.connections(1).await?;
    let (mut call, mut latencies) = (writer[0].call(), Latencies::default());
    let (server, bench) = (stage.seat.process, Process::own());
    let (server_before, bench_before, begun) = (server.cpu()?, bench.cpu()?, Instant::now());
    for connection in (0..connections.len()).cycle().step_by(3).take(PUBLISHED.min(connections.len())) {
        let (key, written) = (key(stage, connection, 1), std::time::Instant::now());
        call.unary(&config::publish(&key, 0)).await?;
        let notice = timeout(NOTICE_DEADLINE, notice(&mut pushes, connection, &key)).await;
        let notice = notice.with_context(|| format!("the listener of {key} was not told"))??;
        latencies.record(notice.received.saturating_duration_since(written));
    }
    let spent = Spent {
        elapsed: begun.elapsed(),
        server_cpu: server.cpu()? - server_before,
        bench_cpu: bench.cpu()? - bench_before,
    };
    Ok(Outcome::FanOut(Figures::new(latencies, spent)))
}

/// Waits for what tells that connection of that key; others may be told again of older ones.
async fn notice(pushes: &mut mpsc::Receiver<Push>, connection: usize, key: &str) -> Result<Push> {
    loop {
        let push = pushes.recv().await.context("the connections are gone")?;
        if push.connection == connection && push.names(key) {
            return Ok(push);
        }
    }
}

/// Writes the keys that exist.
async fn publish_present(stage: &Stage<'_>, connections: &[GrpcConnection]) -> Result<()> {
    let mut call = connections.first().context("there are no connections")?.call();
    for connection in 0..connections.len() {
        for number in (0..KEYS).step_by(PRESENT_EVERY as usize) {
            call.unary(&config::publish(&key(stage, connection, number), 0)).await?;
        }
    }
    Ok(())
}

async fn listen(stage: &Stage<'_>, connections: &[GrpcConnection]) -> Result<()> {
    for (number, connection) in connections.iter().enumerate() {
        connection.call().unary(&list(stage, number)).await?;
    }
    Ok(())
}

/// All keys of a connection.
fn list(stage: &Stage<'_>, connection: usize) -> Message {
    let held = |number: u64| number.is_multiple_of(PRESENT_EVERY).then_some(0);
    config::listen_to_all((0..KEYS).map(|number| (key(stage, connection, number), held(number))))
}

fn key(stage: &Stage<'_>, connection: usize, number: u64) -> String {
    stage.item(connection as u64 * KEYS + number)
}
