//! What a series of operations came to.

use std::time::Duration;

/// How long single operations took; percentiles are exact, every operation is kept.
#[derive(Debug, Default)]
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(crate) fn record(&mut self, latency: Duration) {
        self.0.push(latency);
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// The least latency that at least `percent` of the operations did not exceed (nearest rank), so 0 is the shortest
    /// and 100 the longest; zero when there are none.
    fn percentiles<const N: usize>(mut self, percents: [usize; N]) -> [Duration; N] {
        self.0.sort_unstable();
        percents.map(|percent| {
            let rank = (self.0.len() * percent).div_ceil(100);
            self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default()
        })
    }
}

/// The figures of a load, or of the notices of a fan-out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figures {
    pub(crate) operations: u64,
    pub(crate) elapsed: Duration,
    /// User and system time of the whole server process.
    pub(crate) server_cpu: Duration,
    /// The same of the bench: near `elapsed`, the bench was the bottleneck.
    pub(crate) bench_cpu: Duration,
    pub(crate) first: Duration,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    pub(crate) last: Duration,
}

/// What both processes used and how long it took, without the latencies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spent {
    pub(crate) elapsed: Duration,
    pub(crate) server_cpu: Duration,
    pub(crate) bench_cpu: Duration,
}

impl Figures {
    pub(crate) fn new(latencies: Latencies, spent: Spent) -> Self {
        let Spent { elapsed, server_cpu, bench_cpu } = spent;
        let operations = latencies.count();
        let [first, p50, p99, last] = latencies.percentiles([0, 50, 99, 100]);
        Self { operations, elapsed, server_cpu, bench_cpu, first, p50, p99, last }
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.operations as f64 / self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// Microseconds of the server process per operation.
    pub(crate) fn server_us(&self) -> f64 {
        self.per_operation(self.server_cpu)
    }

    /// Microseconds of the bench per operation.
    pub(crate) fn bench_us(&self) -> f64 {
        self.per_operation(self.bench_cpu)
    }

    fn per_operation(&self, spent: Duration) -> f64 {
        spent.as_secs_f64() * 1e6 / self.operations.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percentiles(milliseconds: impl IntoIterator<Item = u64>) -> [u128; 4] {
        let mut latencies = Latencies::default();
        milliseconds.into_iter().for_each(|ms| latencies.record(Duration::from_millis(ms)));
        latencies.percentiles([0, 50, 99, 100]).map(|latency| latency.as_millis())
    }

    #[test]
    fn percentile_is_the_nearest_rank() {
        assert_eq!(percentiles((1..=100).rev()), [1, 50, 99, 100]);
        assert_eq!(percentiles(1..=1000), [1, 500, 990, 1000]);
        assert_eq!(percentiles([7]), [7, 7, 7, 7]);
        assert_eq!(percentiles([1, 9]), [1, 1, 9, 9]);
        assert_eq!(percentiles([]), [0, 0, 0, 0]);
    }

    #[test]
    fn processor_time_is_shared_among_the_operations() {
        let mut latencies = Latencies::default();
        (0..4).for_each(|_| latencies.record(Duration::from_millis(3)));
        let spent = Spent {
            elapsed: Duration::from_secs(2),
            server_cpu: Duration::from_micros(100),
            bench_cpu: Duration::from_micros(20),
        };
        let figures = Figures::new(latencies, spent);
        assert_eq!(
            (figures.per_second(), figures.server_us().round(), figures.bench_us().round()),
            (2.0, 25.0, 5.0)
        );
    }

    #[test]
    fn figures_of_nothing_are_finite() {
        let spent = Spent { elapsed: Duration::ZERO, server_cpu: Duration::ZERO, bench_cpu: Duration::ZERO };
        let figures = Figures::new(Latencies::default(), spent);
        assert_eq!((figures.per_second(), figures.server_us()), (0.0, 0.0));
    }
}
