//! Forgets history rows that are older than the retention (`spec/config-semantics` §7), unless the clock that says so
//! has just jumped.

use std::{sync::Arc, time::Duration};

use navaid_core::{
    command::{Command, ConfigCommand},
    seam::Clock,
    time::{Moment, Now},
};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::configs::Configs;

/// Time before the first purge, and between two of them.
const PURGE_EVERY: Duration = Duration::from_secs(10 * 60);
/// How far the two clocks may part between two purges before the wall clock counts as having jumped.
const JUMP: Duration = Duration::from_secs(60);
/// How long after a jump nothing is purged: time to set a clock right again.
const TRUST_AGAIN_AFTER: Duration = Duration::from_secs(60 * 60);

/// Runs until it is dropped.
pub(super) async fn run(configs: Arc<Configs>, clock: Arc<dyn Clock>) {
    let mut trust = ClockTrust::new(clock.now());
    let mut ticks = interval_at(Instant::now() + PURGE_EVERY, PURGE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let now = clock.now();
        if !trust.is_trusted(now) {
            tracing::warn!("config history is not purged: the clock has jumped");
            continue;
        }
        let before = now.wall - configs.settings().history_retention;
        let purge = Command::Config(ConfigCommand::PurgeHistory { before });
        if let Err(error) = configs.commit().commit(purge).await {
            tracing::warn!(%error, "cannot purge config history");
        }
    }
}

/// Notices that the wall clock went another way than the monotonic one.
struct ClockTrust {
    last: Now,
    from: Moment,
}

impl ClockTrust {
    fn new(now: Now) -> Self {
        Self { last: now, from: now.mono }
    }

    fn is_trusted(&mut self, now: Now) -> bool {
        let expected = self.last.wall.as_millis() + millis(now.mono.since(self.last.mono));
        if now.wall.as_millis().abs_diff(expected) > millis(JUMP) {
            self.from = now.mono + TRUST_AGAIN_AFTER;
        }
        self.last = now;
        now.mono >= self.from
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use navaid_core::time::Timestamp;

    use super::*;

    fn at(wall_minutes: u64, mono_minutes: u64) -> Now {
        Now { wall: Timestamp(wall_minutes * 60_000), mono: Moment(mono_minutes * 60_000) }
    }

    #[test]
    fn clock_that_jumped_is_trusted_again_after_an_hour() {
        let mut trust = ClockTrust::new(at(1_000, 0));
        assert!(trust.is_trusted(at(1_010, 10)));
        assert!(!trust.is_trusted(at(900_000, 20)), "forth");
        assert!(!trust.is_trusted(at(900_059, 79)));
        assert!(trust.is_trusted(at(900_060, 80)));
        assert!(!trust.is_trusted(at(1_070, 90)), "and back");
        assert!(trust.is_trusted(at(1_130, 150)));
    }
}
