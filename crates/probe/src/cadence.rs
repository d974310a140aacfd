//! How often a target is probed: an interval that follows what probes cost (`spec/naming-semantics` §7.1).

use std::time::Duration;

use navaid_core::switches::ProbePace;

use crate::finding::Cost;

/// Before the first probe of a target, at least.
const FIRST_DELAY_MIN: Duration = Duration::from_secs(2);
/// The shortest interval, whatever the switches say: an operator's mistake must not turn into a flood.
const INTERVAL_FLOOR: Duration = Duration::from_millis(100);

/// The longest interval, whatever the switches say: a slip there must not stop probing, and is over soon after it is
/// taken back.
const INTERVAL_CEILING: Duration = Duration::from_secs(60);

/// The current interval of one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cadence {
    interval: Duration,
}

impl Cadence {
    /// A first interval of 2 s plus a random part, mostly a short one, below `longest`: targets that come together are
    /// not probed together, and a short outage right after registration is not seen.
    pub(crate) fn starting(seed: u64, longest: Duration) -> Self {
        let (high, low) = (seed >> 32, seed & 0xffff_ffff);
        let longest = u64::try_from(longest.min(INTERVAL_CEILING).as_millis()).unwrap_or(u64::MAX);
        let bound = high.checked_rem(longest).unwrap_or(0);
        let extra = low.checked_rem(bound).unwrap_or(0);
        Self { interval: FIRST_DELAY_MIN + Duration::from_millis(extra) }
    }

    pub(crate) fn interval(self) -> Duration {
        self.interval
    }

    /// Moves the interval towards what the last probe cost; `took` is what it did take.
    pub(crate) fn follow(&mut self, cost: Cost, took: Duration, pace: &ProbePace) {
        let cost = match cost {
            Cost::Measured => took,
            Cost::Double => self.interval * 2,
            Cost::Longest => pace.max,
        };
        let factor = f64::from(pace.factor).clamp(0.0, 1.0);
        let millis = |span: Duration| span.as_secs_f64() * 1000.0;
        let next = factor * millis(self.interval) + (1.0 - factor) * millis(cost);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
        let next = Duration::from_millis(next as u64);
        // Not `clamp`: an operator may have set a minimum above the maximum.
        self.interval = next.min(pace.max).max(pace.min).clamp(INTERVAL_FLOOR, INTERVAL_CEILING);
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::Switches;
    use proptest::prelude::*;

    use super::*;

    fn tcp() -> ProbePace {
        Switches::default().tcp_probes
    }

    fn follow(start_ms: u64, cost: Cost, probes: usize) -> Vec<u128> {
        let mut cadence = Cadence { interval: Duration::from_millis(start_ms) };
        let mut step = || {
            cadence.follow(cost, Duration::from_millis(3), &tcp());
            cadence.interval().as_millis()
        };
        (0..probes).map(|_| step()).collect()
    }

    #[test]
    fn interval_of_a_healthy_target_falls_to_the_minimum() {
        assert_eq!(follow(4000, Cost::Measured, 6), [3000, 2250, 1688, 1266, 1000, 1000]);
    }

    #[test]
    fn interval_of_a_silent_target_grows_by_a_quarter_up_to_the_maximum() {
        assert_eq!(follow(2000, Cost::Double, 5), [2500, 3125, 3906, 4882, 5000]);
    }

    #[test]
    fn interval_of_a_refusing_target_is_pulled_to_the_maximum() {
        let intervals = follow(1000, Cost::Longest, 40);
        assert_eq!(intervals[..2], [2000, 2750]);
        assert!(intervals[39] > 4900, "{intervals:?}");
    }

    proptest! {
        #[test]
        fn first_delay_is_between_two_and_seven_seconds(seed: u64) {
            let delay = Cadence::starting(seed, tcp().max).interval();
            prop_assert!((Duration::from_secs(2)..Duration::from_secs(7)).contains(&delay));
        }

        #[test]
        fn interval_has_bounds_whatever_the_switches_say(max: u64, min: u64, factor: f32, took: u32) {
            let [max, min] = [max, min].map(Duration::from_millis);
            let mut cadence = Cadence::starting(u64::MAX - 1, max);
            prop_assert!(cadence.interval() <= FIRST_DELAY_MIN + INTERVAL_CEILING);
            for cost in [Cost::Measured, Cost::Double, Cost::Longest] {
                cadence.follow(cost, Duration::from_millis(took.into()), &ProbePace { max, min, factor });
                prop_assert!((INTERVAL_FLOOR..=INTERVAL_CEILING).contains(&cadence.interval()));
            }
        }
    }

    #[test]
    fn first_delay_without_a_span_is_the_minimum() {
        assert_eq!(Cadence::starting(u64::MAX, Duration::ZERO).interval(), FIRST_DELAY_MIN);
    }
}
