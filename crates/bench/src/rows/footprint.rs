//! What a server takes while it has nothing to do.

use anyhow::Result;
use tokio::time::{Instant, sleep, sleep_until};

use crate::outcome::Outcome;
use crate::stage::Stage;
use crate::subject::Subject;

const MEBIBYTE: f64 = 1024.0 * 1024.0;
/// How often an SDK checks an idle connection.
const CHECK_EVERY: std::time::Duration = std::time::Duration::from_secs(5);

/// From process start to the first 200 on readiness, the median of several starts on empty directories.
pub(crate) async fn start(stage: &Stage<'_>) -> Result<Outcome> {
    let Subject::Started(binary) = stage.subject else {
        return Ok(Outcome::NotMeasured("it runs already"));
    };
    let mut times = Vec::with_capacity(stage.pace.starts);
    for _ in 0..stage.pace.starts {
        times.push(binary.start().await?.ready_after());
    }
    times.sort_unstable();
    Ok(Outcome::quantity(times[times.len() / 2].as_secs_f64() * 1e3, "ms"))
}

/// Of the program's file.
pub(crate) fn binary_size(stage: &Stage<'_>) -> Result<Outcome> {
    match stage.subject {
        Subject::Started(binary) => Ok(Outcome::quantity(binary.size()? as f64 / MEBIBYTE, "MiB")),
        Subject::Running(_) => Ok(Outcome::NotMeasured("its file is not known")),
    }
}

/// Some time after the start; of a running server, now.
pub(crate) async fn resident(stage: &Stage<'_>) -> Result<Outcome> {
    sleep(stage.pace.settle).await;
    Ok(Outcome::quantity(stage.seat.process.resident()? as f64 / MEBIBYTE, "MiB"))
}

/// Share of a core for idle connections with the checks that SDKs send, spread evenly over their interval.
pub(crate) async fn idle_cpu(stage: &Stage<'_>) -> Result<Outcome> {
    let connections = stage.connections(stage.pace.idle_connections).await?;
    sleep(stage.pace.settle).await;
    let (before, begun) = (stage.server_cpu()?, Instant::now());
    let between = CHECK_EVERY / u32::try_from(connections.len())?;
    let mut next = begun;
    for connection in connections.iter().cycle() {
        if begun.elapsed() >= stage.pace.idle {
            break;
        }
        connection.call().health_check().await?;
        next += between;
        sleep_until(next).await;
    }
    let used = stage.server_cpu()? - before;
    Ok(Outcome::quantity(100.0 * used.as_secs_f64() / begun.elapsed().as_secs_f64(), "% of a core"))
}
