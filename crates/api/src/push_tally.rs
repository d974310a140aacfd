//! How pushes to subscribers fare, as operators and metrics ask it (`spec/naming-semantics` §9.4, §15.1).

use std::time::Duration;

use navaid_core::{Moment, Now};
use parking_lot::Mutex;
use prometheus_client::metrics::histogram::Histogram;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// How long costs are summed up before they begin anew.
const COSTS_SPAN: Duration = Duration::from_secs(60);
/// Seconds from a change to the acknowledgement of its push; the push delay is half a second unless set otherwise.
const DELAY_BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Counts pushes of this server. As in Nacos, counts begin anew at midnight (UTC) or when an operator says so, and
/// costs each minute; this is done when somebody counts or asks, and needs no task.
#[derive(Debug)]
pub struct PushTally {
    counting: Mutex<Counting>,
    /// Since the start.
    delays: Histogram,
}

#[derive(Debug, Default)]
struct Counting {
    /// Days since 1970.
    day: u64,
    costs_since: Moment,
    counts: PushCounts,
}

/// What a [`PushTally`] holds at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PushCounts {
    /// Written to their clients, each time that they were.
    pub(crate) sent: u64,
    /// Of those sent, the ones that told of no instance.
    pub(crate) empty: u64,
    pub(crate) acknowledged: u64,
    /// Refused, not acknowledged in time, or impossible to send.
    pub(crate) failed: u64,
    pub(crate) costs: PushCosts,
}

/// Milliseconds from sending to acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PushCosts {
    pub(crate) count: u64,
    pub(crate) sum_ms: u64,
    pub(crate) max_ms: u64,
}

/// A push that was acknowledged; `S` is what was sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Delivery<S> {
    pub(crate) selection: S,
    /// From sending to acknowledgement.
    pub(crate) network: Duration,
    /// From the change, or the subscription, to acknowledgement.
    pub(crate) total: Duration,
}

impl Default for PushTally {
    fn default() -> Self {
        Self { counting: Mutex::default(), delays: Histogram::new(DELAY_BUCKETS) }
    }
}

impl PushTally {
    /// A push was written to its connection.
    pub(crate) fn sent(&self, is_empty: bool, now: Now) {
        self.count(now, |counts| {
            counts.sent += 1;
            counts.empty += u64::from(is_empty);
        });
    }

    pub(crate) fn acknowledged<S>(&self, delivery: &Delivery<S>, now: Now) {
        let cost = u64::try_from(delivery.network.as_millis()).unwrap_or(u64::MAX);
        self.count(now, |counts| {
            counts.acknowledged += 1;
            counts.costs.count += 1;
            counts.costs.sum_ms = counts.costs.sum_ms.saturating_add(cost);
            counts.costs.max_ms = counts.costs.max_ms.max(cost);
        });
        self.delays.observe(delivery.total.as_secs_f64());
    }

    pub(crate) fn failed(&self, pushes: usize, now: Now) {
        self.count(now, |counts| counts.failed += pushes as u64);
    }

    pub(crate) fn read(&self, now: Now) -> PushCounts {
        self.count(now, |counts| *counts)
    }

    /// Begins anew. Pushes that end meanwhile may be counted on either side.
    pub(crate) fn reset(&self, now: Now) {
        self.count(now, |counts| *counts = PushCounts::default());
    }

    /// Time from change to acknowledgement.
    pub(crate) fn delays(&self) -> &Histogram {
        &self.delays
    }

    fn count<T>(&self, now: Now, count: impl FnOnce(&mut PushCounts) -> T) -> T {
        let mut counting = self.counting.lock();
        let today = now.wall.as_millis() / DAY_MS;
        if counting.day != today {
            counting.day = today;
            counting.counts = PushCounts { costs: counting.counts.costs, ..PushCounts::default() };
        }
        if now.mono.since(counting.costs_since) >= COSTS_SPAN {
            counting.costs_since = now.mono;
            counting.counts.costs = PushCosts::default();
        }
        count(&mut counting.counts)
    }
}

impl PushCosts {
    /// The mean; -1 while there is none.
    pub(crate) fn average_ms(self) -> i64 {
        self.sum_ms.checked_div(self.count).map_or(-1, shown)
    }

    /// -1 while there is none.
    pub(crate) fn worst_ms(self) -> i64 {
        if self.count == 0 { -1 } else { shown(self.max_ms) }
    }
}

fn shown(millis: u64) -> i64 {
    i64::try_from(millis).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use navaid_core::Timestamp;

    use super::*;

    fn at(seconds: u64) -> Now {
        Now { wall: Timestamp(seconds * 1000), mono: Moment(seconds * 1000) }
    }

    fn delivery(network_ms: u64) -> Delivery<()> {
        let network = Duration::from_millis(network_ms);
        Delivery { selection: (), network, total: network }
    }

    #[test]
    fn a_tally_counts_sums_and_begins_anew() {
        let tally = PushTally::default();
        tally.sent(true, at(1));
        tally.sent(false, at(1));
        tally.acknowledged(&delivery(5), at(1));
        tally.acknowledged(&delivery(2), at(1));
        tally.failed(3, at(1));
        let counts = tally.read(at(1));
        let costs = PushCosts { count: 2, sum_ms: 7, max_ms: 5 };
        assert_eq!(counts, PushCounts { sent: 2, empty: 1, acknowledged: 2, failed: 3, costs });
        assert_eq!((costs.average_ms(), costs.worst_ms()), (3, 5));
        tally.reset(at(1));
        assert_eq!(tally.read(at(1)), PushCounts::default());
    }

    #[test]
    fn costs_are_those_of_a_minute_and_counts_those_of_a_day() {
        let tally = PushTally::default();
        tally.sent(false, at(90));
        tally.acknowledged(&delivery(5), at(90));
        assert_eq!(tally.read(at(149)).costs.count, 1);
        let later = tally.read(at(150));
        assert_eq!((later.acknowledged, later.costs.average_ms(), later.costs.worst_ms()), (1, -1, -1));
        assert_eq!(tally.read(at(24 * 60 * 60)), PushCounts::default());
    }
}
