//! What a durable publish costs the store: rate, latency and CPU of the whole process, at 1, 64 and 200 in flight.
//!
//! `cargo bench -p navaid-storage --bench commit [-- <directory>]`; the directory (default: the system's temporary
//! one) should lie on the disk that matters. CPU is read from `/proc/self/stat`, so only Linux shows it.

#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]

use std::{
    collections::VecDeque,
    fs,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use navaid_core::seam::{Clock, Commit};
use navaid_storage::{
    Storage,
    contract::{CountingClock, Ledger, publish, wait},
};

const CONTENT_BYTES: usize = 1024;
const ITEMS: usize = 10_000;
const SPAN: Duration = Duration::from_secs(5);

fn main() {
    let parent = std::env::args().skip(1).find(|arg| !arg.starts_with("--")).map(PathBuf::from);
    let parent = parent.unwrap_or_else(std::env::temp_dir);
    for in_flight in [1, 64, 200] {
        let dir = tempfile::tempdir_in(&parent).expect("a directory for the bench");
        let started = Instant::now();
        let storage = Storage::open(dir.path()).expect("an empty directory opens");
        let opened = started.elapsed();
        let clock: Arc<dyn Clock> = Arc::new(CountingClock::default());
        let (commit, history) = storage.start(Arc::new(Ledger::default()), clock).expect("threads start");
        let figures = measure(&*commit, in_flight);
        commit.stop().expect("the store is healthy");
        drop((commit, history));
        let reopening = Instant::now();
        drop(Storage::open(dir.path()).expect("it opens again"));
        println!(
            "{in_flight:>3} in flight: {figures}; empty start {opened:.1?}, state of {} MiB, reopened in {:.1?}",
            fs::metadata(dir.path().join("state.redb")).map_or(0, |state| state.len() >> 20),
            reopening.elapsed(),
        );
    }
}

fn measure(commit: &dyn Commit, in_flight: usize) -> String {
    let content = "x".repeat(CONTENT_BYTES);
    let (started, cpu_before) = (Instant::now(), cpu());
    let (mut pending, mut latencies, mut proposed) = (VecDeque::new(), Vec::new(), 0_usize);
    while started.elapsed() < SPAN {
        while pending.len() < in_flight {
            // A stride through the items, so that neighbours in time are none in the tree.
            let command = publish(&format!("item-{}", proposed * 7919 % ITEMS), &content);
            pending.push_back((Instant::now(), commit.commit(command)));
            proposed += 1;
        }
        let (since, oldest) = pending.pop_front().expect("something is in flight");
        wait(oldest).expect("the store commits");
        latencies.push(since.elapsed());
    }
    let (wall, cpu) = (started.elapsed(), cpu() - cpu_before);
    pending.into_iter().for_each(|(_, rest)| drop(wait(rest)));
    latencies.sort();
    let share = |percent: usize| latencies[latencies.len() * percent / 100];
    format!(
        "{:.0}/s, p50 {:.1?}, p99 {:.1?}, {:.0} µs CPU a publish",
        latencies.len() as f64 / wall.as_secs_f64(),
        share(50),
        share(99),
        cpu.as_secs_f64() * 1e6 / latencies.len() as f64,
    )
}

/// User and system time of this process so far.
fn cpu() -> Duration {
    const TICKS_A_SECOND: u64 = 100;
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok());
    Duration::from_millis(ticks.sum::<u64>() * 1000 / TICKS_A_SECOND)
}
