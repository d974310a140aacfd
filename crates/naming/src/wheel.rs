//! Deadlines by the second. An entry costs nothing until its second comes, whatever the number of entries.
//!
//! The wheel reaches 64 s ahead. An entry due later comes out early, and its owner, who knows the true deadline,
//! puts it back: so deadlines may also be moved later without touching the wheel ("lazy re-arming").

use std::time::Duration;

use navaid_core::Moment;

const REACH: u32 = 64;
const TICK_MILLIS: u64 = 1000;
/// Between a deadline and what it fires: a tick of the wheel, and one until somebody advances it.
pub(crate) const LATE_MAX: Duration = Duration::from_secs(2);

/// A ring of 64 one-second buckets.
#[derive(Debug)]
pub(crate) struct TimerWheel<T> {
    buckets: Box<[Vec<T>]>,
    /// The next tick to fire; every earlier one is empty.
    next: u32,
}

/// Number of the second at whose end a bucket fires: enough for 136 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tick(u32);

impl<T> TimerWheel<T> {
    pub(crate) fn new() -> Self {
        Self { buckets: (0..REACH).map(|_| Vec::new()).collect(), next: 0 }
    }

    /// The tick at which an entry armed now for `at` comes out: after `at` by at most a second, or early if `at` is
    /// beyond the reach.
    pub(crate) fn tick_of(&self, at: Moment) -> Tick {
        Tick(Self::after(at).clamp(self.next, self.next + REACH - 1))
    }

    pub(crate) fn arm(&mut self, at: Moment, item: T) -> Tick {
        let tick = self.tick_of(at);
        self.buckets[Self::slot(tick.0)].push(item);
        tick
    }

    /// Takes out what fires until `now`, with the tick that it was armed for.
    pub(crate) fn advance(&mut self, now: Moment) -> Vec<(Tick, T)> {
        let until = Self::after(now);
        let last = until.min(self.next + REACH);
        let mut fired = Vec::new();
        for tick in self.next..last {
            // Taken, not drained: the room of a crowded second is given back.
            let bucket = std::mem::take(&mut self.buckets[Self::slot(tick)]);
            fired.extend(bucket.into_iter().map(|item| (Tick(tick), item)));
        }
        self.next = self.next.max(until);
        fired
    }

    /// The first tick whose second begins after that moment.
    fn after(at: Moment) -> u32 {
        u32::try_from(at.0 / TICK_MILLIS + 1).unwrap_or(u32::MAX - REACH)
    }

    fn slot(tick: u32) -> usize {
        (tick % REACH) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fired(wheel: &mut TimerWheel<&'static str>, now: u64) -> Vec<&'static str> {
        wheel.advance(Moment(now)).into_iter().map(|(_, item)| item).collect()
    }

    #[test]
    fn entry_fires_within_a_second_after_its_deadline_and_never_before() {
        let mut wheel = TimerWheel::new();
        wheel.arm(Moment(15_000), "a");
        assert_eq!(fired(&mut wheel, 15_000), [""; 0]);
        assert_eq!(fired(&mut wheel, 15_999), [""; 0]);
        assert_eq!(fired(&mut wheel, 16_000), ["a"]);
        assert_eq!(fired(&mut wheel, 90_000), [""; 0]);
    }

    #[test]
    fn entry_beyond_the_reach_comes_out_early_for_its_owner_to_put_back() {
        let mut wheel = TimerWheel::new();
        wheel.arm(Moment(600_000), "far");
        assert_eq!(fired(&mut wheel, 63_000), ["far"]);
    }

    #[test]
    fn entry_armed_in_the_past_fires_at_the_next_advance() {
        let mut wheel = TimerWheel::new();
        assert_eq!(fired(&mut wheel, 1_000_000), [""; 0]);
        wheel.arm(Moment(5), "late");
        assert_eq!(fired(&mut wheel, 1_000_500), [""; 0]);
        assert_eq!(fired(&mut wheel, 1_001_000), ["late"]);
    }

    #[test]
    fn long_pause_fires_everything_once() {
        let mut wheel = TimerWheel::new();
        for second in 0..60 {
            wheel.arm(Moment(second * 1000), "x");
        }
        assert_eq!(fired(&mut wheel, 10_000_000).len(), 60);
        wheel.arm(Moment(10_000_000), "y");
        assert_eq!(fired(&mut wheel, 10_002_000), ["y"]);
    }
}
