//! The closed loop: lanes that send their next request when the last was answered.
//!
//! Under a closed loop a slow server is asked less, so its latencies flatter it; they tell servers apart under the same
//! load, and are no promise of what a client sees at a given rate.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures_util::future::try_join_all;
use tokio::time::timeout;

use crate::figures::{Figures, Latencies, Spent};
use crate::process::Process;
use crate::stage::Stage;

/// Beyond the time of a load, how long the last answers may take.
const LAST_ANSWERS: Duration = Duration::from_secs(30);

/// Drives the lanes through warm-up and measured part. A lane is given the number of its request, which no other
/// request of the row has, and ends when the answer was seen to be right.
///
/// # Errors
/// A request failed, was answered wrongly or not at all.
pub(crate) async fn drive<L>(stage: &Stage<'_>, mut lanes: Vec<L>) -> Result<Figures>
where
    L: AsyncFnMut(u64) -> Result<()>,
{
    let next = Cell::new(0);
    let (pace, server, bench) = (stage.pace, stage.seat.process, Process::own());
    closed_loop(&mut lanes, &next, Bounds { time: pace.warm_up, requests: pace.requests_max }).await?;
    let (server_before, bench_before, begun) = (server.cpu()?, bench.cpu()?, Instant::now());
    let latencies =
        closed_loop(&mut lanes, &next, Bounds { time: pace.measured, requests: pace.requests_max }).await?;
    let elapsed = begun.elapsed();
    let spent =
        Spent { elapsed, server_cpu: server.cpu()? - server_before, bench_cpu: bench.cpu()? - bench_before };
    Ok(Figures::new(latencies, spent))
}

/// When a loop ends: whichever comes first.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    time: Duration,
    requests: u64,
}

async fn closed_loop<L>(lanes: &mut [L], next: &Cell<u64>, bounds: Bounds) -> Result<Latencies>
where
    L: AsyncFnMut(u64) -> Result<()>,
{
    let (end, last) = (Instant::now() + bounds.time, next.get() + bounds.requests);
    let latencies = RefCell::new(Latencies::default());
    let run = |lane| one_lane(lane, next, (end, last), &latencies);
    timeout(bounds.time + LAST_ANSWERS, try_join_all(lanes.iter_mut().map(run)))
        .await
        .context("a request was not answered")??;
    Ok(latencies.into_inner())
}

async fn one_lane<L>(
    lane: &mut L,
    next: &Cell<u64>,
    (end, last): (Instant, u64),
    latencies: &RefCell<Latencies>,
) -> Result<()>
where
    L: AsyncFnMut(u64) -> Result<()>,
{
    loop {
        let (number, begun) = (next.get(), Instant::now());
        if begun >= end || number >= last {
            return Ok(());
        }
        next.set(number + 1);
        lane(number).await?;
        latencies.borrow_mut().record(begun.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(requests: u64, fails_at: u64) -> (Result<u64>, Vec<u64>) {
        let seen = RefCell::new(Vec::new());
        let lane = async |number: u64| {
            seen.borrow_mut().push(number);
            tokio::task::yield_now().await;
            anyhow::ensure!(number != fails_at, "refused");
            Ok(())
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let bounds = Bounds { time: Duration::from_secs(60), requests };
        let mut lanes = vec![lane, lane];
        let ran = runtime.block_on(closed_loop(&mut lanes, &Cell::new(0), bounds));
        (ran.map(|latencies| latencies.count()), seen.into_inner())
    }

    #[test]
    fn lanes_share_the_numbers_up_to_the_bound() {
        let (count, seen) = run(7, u64::MAX);
        assert_eq!((count.unwrap(), seen), (7, (0..7).collect()));
    }

    #[test]
    fn failed_request_ends_the_load() {
        let (count, _) = run(1_000_000, 3);
        assert_eq!(count.unwrap_err().to_string(), "refused");
    }
}
