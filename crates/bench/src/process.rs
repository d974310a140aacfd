//! What a process used, from `/proc`.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// A process on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process {
    pid: u32,
}

impl Process {
    /// # Errors
    /// There is no such process.
    pub(crate) fn new(pid: u32) -> Result<Self> {
        let process = Self { pid };
        process.cpu().map(|_| process)
    }

    /// A child of ours, which exists at least until it is waited for.
    pub(crate) fn of(child: &std::process::Child) -> Self {
        Self { pid: child.id() }
    }

    /// The process that asks.
    pub(crate) fn own() -> Self {
        Self { pid: std::process::id() }
    }

    /// User and system time since its start, all threads, those that ended included. The kernel tells it in ticks of
    /// usually 10 ms, so what is measured with it must take long beside that.
    ///
    /// # Errors
    /// The process is gone.
    pub(crate) fn cpu(self) -> Result<Duration> {
        let stat = self.read("stat")?;
        let ticks = cpu_ticks(&stat).with_context(|| format!("read processor time in {stat:?}"))?;
        Ok(Duration::from_secs(ticks) / u32::try_from(rustix::param::clock_ticks_per_second())?)
    }

    /// Resident memory in bytes.
    ///
    /// # Errors
    /// The process is gone.
    pub(crate) fn resident(self) -> Result<u64> {
        let status = self.read("status")?;
        resident_bytes(&status).context("no VmRSS in the status of the process")
    }

    fn read(self, file: &str) -> Result<String> {
        fs::read_to_string(format!("/proc/{}/{file}", self.pid))
            .with_context(|| format!("look at process {}", self.pid))
    }
}

/// Fields 14 (user) and 15 (system) of `proc_pid_stat(5)`. Field 2, the name, may hold spaces and brackets.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace().skip(11).map(str::parse::<u64>);
    Some(fields.next()?.ok()? + fields.next()?.ok()?)
}

fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_ticks_are_found_behind_any_name() {
        for name in ["navaid", "a b", "x) R 1 (y"] {
            let stat =
                format!("31517 ({name}) S 1 2 3 4 -1 4194304 100 0 5 0 700 34 9 9 20 0 5 0 123456 7 8");
            assert_eq!(cpu_ticks(&stat), Some(734), "{name}");
        }
        assert_eq!(cpu_ticks("31517 (navaid) S 1 2"), None);
    }

    #[test]
    fn resident_memory_is_read_in_bytes() {
        let status = "Name:\tnavaid\nVmHWM:\t  9999 kB\nVmRSS:\t   12345 kB\nThreads:\t3\n";
        assert_eq!(resident_bytes(status), Some(12345 * 1024));
        assert_eq!(resident_bytes("Name:\tkthreadd\n"), None);
    }

    #[test]
    fn own_process_is_seen_to_work() {
        let own = Process::new(std::process::id()).unwrap();
        let before = own.cpu().unwrap();
        let mut sum = 0_u64;
        while own.cpu().unwrap() == before {
            sum = std::hint::black_box((0..100_000_u64).fold(sum, u64::wrapping_add));
        }
        assert!(own.resident().unwrap() > 100 * 1024);
    }

    #[test]
    fn process_that_is_not_there_is_an_error() {
        assert!(Process::new(u32::MAX).is_err());
    }
}
