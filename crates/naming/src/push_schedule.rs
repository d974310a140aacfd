//! When which service is pushed.
//!
//! The first change of a quiet service is pushed at once. Each push opens a window in which further changes gather;
//! they go out together at its end, which opens a longer one, up to the push delay. A window without a change makes
//! the service quiet again. Changes never move a push that is planned, so a churning service is pushed regularly.
//! The push that follows a subscription waits for the whole delay: it repeats what the answer has just said.
//!
//! ```text
//! change ─▶ push · window ─┬─ changed meanwhile ─▶ push · longer window ─▶ …
//!                          └─ no change ─▶ quiet
//! ```

use std::{collections::BTreeSet, time::Duration};

use hashbrown::HashMap;
use navaid_core::{Moment, ServiceKey};

/// The window after the first push of a quiet service. A burst of registrations, as when a deployment starts, mostly
/// fits in: the subscriber hears of its first and of its end (`spec/naming-semantics` §20.88).
const FIRST_WINDOW: Duration = Duration::from_millis(320);

/// See the module. Memory is held for services that are not quiet only.
#[derive(Debug)]
pub struct PushSchedule {
    /// Window of a churning service (`nacos.naming.push.pushTaskDelay`).
    delay: Duration,
    paces: HashMap<ServiceKey, Pace, foldhash::fast::RandomState>,
    turns: BTreeSet<(Moment, ServiceKey)>,
}

/// A service whose turn to be pushed has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuePush {
    pub key: ServiceKey,
    /// When the oldest change, or subscription, that it tells of came.
    pub since: Moment,
}

/// A service that is not quiet.
#[derive(Debug)]
struct Pace {
    /// When its turn comes, to be pushed or to become quiet.
    turn: Moment,
    /// Since when there is something to push; none if there is not.
    due: Option<Moment>,
    /// The window that the last push opened; none if it was not pushed lately.
    window: Option<Duration>,
}

impl PushSchedule {
    pub fn new(delay: Duration) -> Self {
        Self { delay, paces: HashMap::default(), turns: BTreeSet::new() }
    }

    /// Notes that the service changed. Says whether its turn came nearer.
    pub fn changed(&mut self, key: &ServiceKey, now: Moment) -> bool {
        match self.paces.get_mut(key) {
            Some(pace) if pace.window.is_some() => {
                pace.due.get_or_insert(now);
                false
            }
            Some(pace) => {
                self.turns.remove(&(pace.turn, key.clone()));
                pace.turn = pace.turn.min(now);
                self.turns.insert((pace.turn, key.clone()));
                true
            }
            None => self.plan(key, now, now),
        }
    }

    /// Notes that somebody who subscribed is owed a push. Says whether its turn came nearer.
    pub fn subscribed(&mut self, key: &ServiceKey, now: Moment) -> bool {
        match self.paces.get_mut(key) {
            Some(pace) => {
                pace.due.get_or_insert(now);
                false
            }
            None => self.plan(key, now + self.delay, now),
        }
    }

    fn plan(&mut self, key: &ServiceKey, turn: Moment, since: Moment) -> bool {
        self.paces.insert(key.clone(), Pace { turn, due: Some(since), window: None });
        self.turns.insert((turn, key.clone()))
    }

    /// Services that have something to be pushed. Looks at every service that is not quiet.
    pub fn due(&self) -> usize {
        self.paces.values().filter(|pace| pace.due.is_some()).count()
    }

    /// When to call [`PushSchedule::take_due`] next.
    pub fn next_turn(&self) -> Option<Moment> {
        self.turns.first().map(|(turn, _)| *turn)
    }

    /// The services to push now.
    pub fn take_due(&mut self, now: Moment) -> Vec<DuePush> {
        let mut due = Vec::new();
        while self.next_turn().is_some_and(|turn| turn <= now) {
            let Some((_, key)) = self.turns.pop_first() else { break };
            let Some(pace) = self.paces.get_mut(&key) else { continue };
            let Some(since) = pace.due else {
                self.paces.remove(&key);
                continue;
            };
            let window = if pace.window.is_none() { FIRST_WINDOW.min(self.delay) } else { self.delay };
            // A window of nothing would bring the turn back at once, for ever.
            let window = window.max(Duration::from_millis(1));
            *pace = Pace { turn: now + window, due: None, window: Some(window) };
            self.turns.insert((pace.turn, key.clone()));
            due.push(DuePush { key, since });
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::{GroupName, NamespaceId, ServiceName};

    use super::*;

    fn key() -> ServiceKey {
        ServiceKey::new(
            &NamespaceId::default(),
            &GroupName::default(),
            &ServiceName::parse("s").expect("a legal name"),
        )
    }

    /// Milliseconds at which a service that changes at `changes` is pushed.
    fn pushes(changes: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let changes: BTreeSet<u64> = changes.into_iter().collect();
        let mut schedule = PushSchedule::new(Duration::from_millis(500));
        let mut pushed = Vec::new();
        for now in 0..10_000 {
            if changes.contains(&now) {
                schedule.changed(&key(), Moment(now));
            }
            if !schedule.take_due(Moment(now)).is_empty() {
                pushed.push(now);
            }
        }
        assert_eq!(schedule.next_turn(), None, "a quiet service is forgotten");
        pushed
    }

    #[test]
    fn change_of_a_quiet_service_is_pushed_at_once() {
        assert_eq!(pushes([0, 2000, 4000]), [0, 2000, 4000]);
    }

    #[test]
    fn burst_is_pushed_twice() {
        assert_eq!(pushes((0..20).map(|n| n * 15)), [0, 320]);
    }

    #[test]
    fn continuous_changes_are_pushed_at_least_every_delay() {
        assert_eq!(pushes((0..30).map(|n| n * 100)), [0, 320, 820, 1320, 1820, 2320, 2820, 3320]);
    }

    #[test]
    fn push_after_subscribing_waits_for_the_delay_unless_a_change_comes() {
        let mut schedule = PushSchedule::new(Duration::from_millis(500));
        assert!(schedule.subscribed(&key(), Moment(100)));
        assert_eq!(schedule.next_turn(), Some(Moment(600)));
        assert!(schedule.changed(&key(), Moment(200)));
        assert_eq!(schedule.due(), 1);
        assert_eq!(schedule.take_due(Moment(200)), [DuePush { key: key(), since: Moment(100) }]);
        assert_eq!(schedule.due(), 0);
        assert_eq!(schedule.take_due(Moment(600)), []);
    }
}
