//! Calls that are refused again and again: told once, and answered slowly.
//!
//! Some clients repeat a refused call without a pause: Node's configuration client thousands of times a second, each on a
//! connection of its own, until it gets a slow answer (`spec/clients-on-the-wire` B §3). The second equal refusal within a
//! second is held for a second; nothing is held for it but a timer.

use std::{hash::BuildHasher, time::Duration};

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashSet};
use navaid_core::Moment;
use parking_lot::Mutex;

/// How long an answer is held, and within which time of the last one a refusal is a repeat.
const PAUSE: Duration = Duration::from_secs(1);
/// Refusals that are remembered; while as many are younger than [`PAUSE`], further ones are answered at once.
const RECENT_MAX: usize = 16_384;
/// Causes that are remembered as told; beyond them all are forgotten, and told again.
const TOLD_MAX: usize = 16_384;

/// What was refused lately. Memory: 24 bytes for each refusal of the last second, and 8 for each cause that was told.
#[derive(Debug, Default)]
pub struct Repeats {
    hasher: RandomState,
    /// When the answer to each goes out.
    recent: Mutex<HashMap<u64, Moment, RandomState>>,
    told: Mutex<HashSet<u64, RandomState>>,
}

/// How a refusal is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answering {
    AtOnce,
    /// After that pause.
    Held(Duration),
}

impl Repeats {
    /// Notes a refusal. `call` is all that makes it equal to another one: who, what and with which words.
    pub(crate) fn refused(&self, call: impl std::hash::Hash, now: Moment) -> Answering {
        let call = self.hasher.hash_one(call);
        let mut recent = self.recent.lock();
        let last = recent.get(&call).copied().filter(|answered| now.since(*answered) <= PAUSE);
        if recent.len() >= RECENT_MAX {
            recent.retain(|_, answered| now.since(*answered) <= PAUSE);
        }
        if recent.len() >= RECENT_MAX && last.is_none() {
            return Answering::AtOnce;
        }
        let (answering, answered) = match last {
            None => (Answering::AtOnce, now),
            Some(_) => (Answering::Held(PAUSE), now + PAUSE),
        };
        recent.insert(call, answered);
        answering
    }

    /// Whether a cause was not told before.
    pub(crate) fn is_news(&self, cause: impl std::hash::Hash) -> bool {
        let mut told = self.told.lock();
        if told.len() >= TOLD_MAX {
            told.clear();
        }
        told.insert(self.hasher.hash_one(cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_equal_refusal_within_a_second_is_held() {
        let repeats = Repeats::default();
        let held = Answering::Held(PAUSE);
        assert_eq!(repeats.refused("a", Moment(0)), Answering::AtOnce);
        assert_eq!(repeats.refused("b", Moment(1)), Answering::AtOnce);
        assert_eq!(repeats.refused("a", Moment(1000)), held);
        // Its answer went out at 2000: the client that waits for it comes back then.
        assert_eq!(repeats.refused("a", Moment(2001)), held);
        assert_eq!(repeats.refused("a", Moment(4002)), Answering::AtOnce);
    }

    #[test]
    fn more_refusals_than_are_remembered_are_answered_at_once() {
        let repeats = Repeats::default();
        for call in 0..RECENT_MAX {
            assert_eq!(repeats.refused(call, Moment(0)), Answering::AtOnce);
        }
        assert_eq!(repeats.refused("one more", Moment(1)), Answering::AtOnce);
        assert_eq!(repeats.refused("one more", Moment(1)), Answering::AtOnce);
        assert_ne!(repeats.refused(0_usize, Moment(1)), Answering::AtOnce);
        assert_eq!(repeats.refused("one more", Moment(2000)), Answering::AtOnce);
        assert!(repeats.recent.lock().len() <= 2);
    }

    #[test]
    fn cause_is_news_once() {
        let repeats = Repeats::default();
        assert!(repeats.is_news(("client", "service")));
        assert!(!repeats.is_news(("client", "service")));
        assert!(repeats.is_news(("client", "other")));
    }
}
