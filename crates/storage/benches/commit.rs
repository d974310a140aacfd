//! What a durable publish costs the store: wall time and CPU of the whole process, at 1, 64 and 200 in flight.
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
    let (mut pending, mut count) = (VecDeque::new(), 0_usize);
    while started.elapsed() < SPAN {
        while pending.len() < in_flight {
            // A stride through the items, so that neighbours in time are none in the tree.
            pending.push_back(commit.commit(publish(&format!("item-{}", count * 7919 % ITEMS), &content)));
            count += 1;
        }
        wait(pending.pop_front().expect("something is in flight")).expect("the store commits");
    }
    count -= pending.len();
    pending.into_iter().for_each(|rest| drop(wait(rest)));
    let (wall, cpu) = (started.elapsed(), cpu() - cpu_before);
    let per = |span: Duration| span.as_secs_f64() * 1e6 / count as f64;
    let rate = count as f64 / wall.as_secs_f64();
    format!("{rate:.0}/s, {:.0} µs wall, {:.0} µs CPU a publish", per(wall), per(cpu))
}

/// User and system time of this process so far.
fn cpu() -> Duration {
    const TICKS_A_SECOND: u64 = 100;
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok());
    Duration::from_millis(ticks.sum::<u64>() * 1000 / TICKS_A_SECOND)
}
