//! How pushes to subscribers fare, as operators ask it (`spec/naming-semantics` §9.4).

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Counts pushes of this server since its start, or since an operator reset it.
#[derive(Debug, Default)]
pub struct PushTally {
    sent: AtomicU64,
    acknowledged: AtomicU64,
    cost_sum_ms: AtomicU64,
    cost_max_ms: AtomicU64,
}

/// What a [`PushTally`] holds at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PushCounts {
    pub(crate) sent: u64,
    pub(crate) acknowledged: u64,
    pub(crate) cost_sum_ms: u64,
    pub(crate) cost_max_ms: u64,
}

impl PushTally {
    /// A push was written to its connection.
    pub(crate) fn sent(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    /// A push was acknowledged so long after it was sent.
    pub(crate) fn acknowledged(&self, cost: Duration) {
        let cost = u64::try_from(cost.as_millis()).unwrap_or(u64::MAX);
        self.acknowledged.fetch_add(1, Ordering::Relaxed);
        self.cost_sum_ms.fetch_add(cost, Ordering::Relaxed);
        self.cost_max_ms.fetch_max(cost, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> PushCounts {
        PushCounts {
            sent: self.sent.load(Ordering::Relaxed),
            acknowledged: self.acknowledged.load(Ordering::Relaxed),
            cost_sum_ms: self.cost_sum_ms.load(Ordering::Relaxed),
            cost_max_ms: self.cost_max_ms.load(Ordering::Relaxed),
        }
    }

    /// Begins anew. Pushes that end meanwhile may be counted on either side.
    pub(crate) fn reset(&self) {
        for counter in [&self.sent, &self.acknowledged, &self.cost_sum_ms, &self.cost_max_ms] {
            counter.store(0, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_counts_sums_and_begins_anew() {
        let tally = PushTally::default();
        tally.sent();
        tally.sent();
        tally.acknowledged(Duration::from_millis(5));
        tally.acknowledged(Duration::from_millis(3));
        let counts = PushCounts { sent: 2, acknowledged: 2, cost_sum_ms: 8, cost_max_ms: 5 };
        assert_eq!(tally.read(), counts);
        tally.reset();
        assert_eq!(tally.read(), PushCounts::default());
    }
}
