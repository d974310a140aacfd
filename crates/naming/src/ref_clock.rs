//! The clock of `lastRefTime`: the wall clock, but for never going back.
//!
//! Clients drop what is not newer than what they have, so a wall clock that is set back must not be followed: from then
//! on time passes as the monotonic clock says, as far ahead as it was. What was reached before a restart is brought by
//! [`RefClock::begin_at`].

use std::sync::atomic::{AtomicU64, Ordering};

use navaid_core::{Now, Timestamp};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct RefClock {
    /// Milliseconds from the monotonic clock to this one: the most that it ever was to the wall clock.
    lead: AtomicU64,
}

impl RefClock {
    pub(crate) fn read(&self, now: Now) -> Timestamp {
        let lead = now.wall.0.saturating_sub(now.mono.0);
        let mut most = self.lead.load(Ordering::Relaxed);
        if lead > most {
            most = self.lead.fetch_max(lead, Ordering::Relaxed).max(lead);
        }
        Timestamp(now.mono.0 + most)
    }

    /// Makes all readings from now on at least this.
    pub(crate) fn begin_at(&self, reached: Timestamp, now: Now) {
        self.lead.fetch_max(reached.0.saturating_sub(now.mono.0), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::Moment;

    use super::*;

    fn at(wall: u64, mono: u64) -> Now {
        Now { wall: Timestamp(wall), mono: Moment(mono) }
    }

    #[test]
    fn clock_follows_the_wall_clock_forward_and_never_back() {
        let clock = RefClock::default();
        assert_eq!(clock.read(at(1_000, 0)), Timestamp(1_000));
        assert_eq!(clock.read(at(1_010, 10)), Timestamp(1_010));
        assert_eq!(clock.read(at(5_000, 20)), Timestamp(5_000), "set forward");
        assert_eq!(clock.read(at(100, 30)), Timestamp(5_010), "set back: time passes on");
        assert_eq!(clock.read(at(5_040, 50)), Timestamp(5_040), "caught up");
    }

    #[test]
    fn clock_begins_after_what_was_reached_before_a_restart() {
        let clock = RefClock::default();
        clock.begin_at(Timestamp(9_000), at(1_000, 5));
        assert_eq!(clock.read(at(1_001, 6)), Timestamp(9_001));
        clock.begin_at(Timestamp(8_000), at(1_002, 7));
        assert_eq!(clock.read(at(1_003, 8)), Timestamp(9_003), "not back");
    }
}
