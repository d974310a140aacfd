//! Readings of this process: processor time and resident memory, and how they are printed.
#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Processor time of the calling thread between two points.
pub(crate) struct Meter(Duration);

impl Meter {
    pub(crate) fn start() -> Self {
        Self(thread_time())
    }

    pub(crate) fn spent(&self) -> Duration {
        thread_time() - self.0
    }
}

fn thread_time() -> Duration {
    let read = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(read.tv_sec).expect("never negative"),
        u32::try_from(read.tv_nsec).expect("below 10^9"),
    )
}

/// Resident set of this process in bytes; 0 where the system does not tell.
pub(crate) fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}

/// Prints what each of `count` operations took of `spent`.
pub(crate) fn each(what: &str, count: usize, spent: Duration) {
    println!("{what:<56} {:>10.3} µs", spent.as_secs_f64() * 1e6 / count as f64);
}

pub(crate) fn millis(what: &str, spent: Duration) {
    println!("{what:<56} {:>10.3} ms", spent.as_secs_f64() * 1e3);
}

pub(crate) fn bytes(what: &str, bytes: usize) {
    println!("{what:<56} {bytes:>10} bytes");
}
