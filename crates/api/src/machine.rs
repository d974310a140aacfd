//! How busy the machine and this process are, as Linux tells it in `/proc`. Elsewhere, and where a figure cannot be
//! read, it is not known. Reading takes some 50 µs and touches no disk.

use std::{fs, time::Duration};

use navaid_core::Moment;
use parking_lot::Mutex;

/// The processors' share is measured over this long at least.
const CPU_SPAN_MIN: Duration = Duration::from_secs(1);
/// Ticks of a second in `/proc/*/stat`: `USER_HZ`, 100 on every Linux that Navaid is built for.
const TICKS_PER_SECOND: f64 = 100.0;

/// See the module.
#[derive(Debug)]
pub struct Machine(Mutex<CpuWatch>);

/// Measures between two readings.
#[derive(Debug, Default)]
struct CpuWatch {
    last: CpuTime,
    read_at: Moment,
    share: Option<f64>,
}

/// Ticks of all processors since the machine was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct CpuTime {
    busy: u64,
    total: u64,
}

/// What this process takes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct ProcessUse {
    pub(crate) cpu_seconds: f64,
    pub(crate) resident_bytes: u64,
    pub(crate) threads: u64,
}

impl Default for Machine {
    fn default() -> Self {
        let last = read("/proc/stat").as_deref().and_then(cpu_time).unwrap_or_default();
        Self(Mutex::new(CpuWatch { last, ..CpuWatch::default() }))
    }
}

impl Machine {
    /// Share of all processors that was busy since this was last asked, or over the last second or more; 0 to 1.
    pub(crate) fn cpu(&self, now: Moment) -> Option<f64> {
        let mut watch = self.0.lock();
        if now.since(watch.read_at) >= CPU_SPAN_MIN {
            let time = read("/proc/stat").as_deref().and_then(cpu_time)?;
            watch.look(time, now);
        }
        watch.share
    }

    /// Processes that run or wait to run, mean of a minute.
    pub(crate) fn load(&self) -> Option<f64> {
        read("/proc/loadavg")?.split_whitespace().next()?.parse().ok()
    }

    /// Share of the memory that programs cannot have; 0 to 1.
    pub(crate) fn memory(&self) -> Option<f64> {
        memory_share(&read("/proc/meminfo")?)
    }

    pub(crate) fn process(&self) -> Option<ProcessUse> {
        let cpu_seconds = process_seconds(&read("/proc/self/stat")?)?;
        let status = read("/proc/self/status")?;
        let resident_bytes = number_of(&status, "VmRSS:")? * 1024;
        Some(ProcessUse { cpu_seconds, resident_bytes, threads: number_of(&status, "Threads:")? })
    }
}

impl CpuWatch {
    fn look(&mut self, time: CpuTime, now: Moment) {
        let total = time.total.saturating_sub(self.last.total);
        if total > 0 {
            self.share = Some(share(time.busy.saturating_sub(self.last.busy).min(total), total));
        }
        self.last = time;
        self.read_at = now;
    }
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// The line of all processors: user, nice, system, idle, iowait, and more, of which guest time is in user already.
fn cpu_time(stat: &str) -> Option<CpuTime> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Vec<u64> = line.split_whitespace().take(8).map_while(|ticks| ticks.parse().ok()).collect();
    let (idle, waiting) = (ticks.get(3)?, ticks.get(4)?);
    let total = ticks.iter().sum();
    Some(CpuTime { busy: total - idle - waiting, total })
}

fn memory_share(meminfo: &str) -> Option<f64> {
    let total = number_of(meminfo, "MemTotal:")?;
    let free = number_of(meminfo, "MemAvailable:").or_else(|| number_of(meminfo, "MemFree:"))?;
    (total > 0).then(|| share(total.saturating_sub(free), total))
}

/// User and system time. The name of the process, which may hold anything, ends at the last parenthesis.
fn process_seconds(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system) = (fields.next()?.parse::<u32>().ok()?, fields.next()?.parse::<u32>().ok()?);
    Some((f64::from(user) + f64::from(system)) / TICKS_PER_SECOND)
}

fn number_of(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

#[expect(clippy::cast_precision_loss, reason = "a share is shown, not counted with")]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_share_is_of_the_time_between_two_looks() {
        let first = cpu_time("cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 1 1 1 1\n").unwrap();
        assert_eq!(first, CpuTime { busy: 200, total: 1000 });
        let mut watch = CpuWatch { last: first, ..CpuWatch::default() };
        watch.look(first, Moment(1));
        assert_eq!(watch.share, None, "no time has passed");
        watch.look(CpuTime { busy: 225, total: 1100 }, Moment(1000));
        assert_eq!(watch.share, Some(0.25));
    }

    #[test]
    fn memory_that_programs_cannot_have_counts() {
        assert_eq!(memory_share("MemTotal: 1000 kB\nMemFree: 10 kB\nMemAvailable: 250 kB\n"), Some(0.75));
        assert_eq!(memory_share("MemTotal: 1000 kB\nMemFree: 500 kB\n"), Some(0.5));
    }

    #[test]
    fn process_time_is_found_behind_any_name() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 4 0 1 1 1";
        assert_eq!(process_seconds(stat), Some(2.0));
    }

    #[test]
    fn what_cannot_be_read_is_not_known() {
        for text in
            ["", "cpu ", "cpu 1 2", "MemTotal: x", "MemTotal: 0 kB\nMemFree: 0 kB", "7 (a) S 1", "7 (a"]
        {
            assert_eq!(
                (cpu_time(text), memory_share(text), process_seconds(text)),
                (None, None, None),
                "{text}"
            );
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn linux_tells_all() {
        let machine = Machine::default();
        let own = machine.process().unwrap();
        assert!(own.resident_bytes > 100_000 && own.threads > 0 && own.cpu_seconds >= 0.0, "{own:?}");
        assert!(machine.memory().is_some_and(|share| (0.0..=1.0).contains(&share)));
        assert!(machine.load().is_some_and(|load| load >= 0.0));
    }
}
