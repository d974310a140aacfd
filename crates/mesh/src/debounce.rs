//! When a changed service is built anew: once it is quiet, or has been waited for long enough.
//!
//! Each service by itself: one that changes all the time delays no other.

use std::{collections::BTreeSet, time::Duration};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use navaid_core::Moment;

use crate::{catalog::Owner, settings::PushTiming};

/// One entry for each owner that changed and is not built yet: bounded by their number.
#[derive(Debug)]
pub(crate) struct Debounce {
    quiet: Duration,
    quiet_max: Duration,
    waiting: HashMap<Owner, Waiting, RandomState>,
    by_turn: BTreeSet<(Moment, Owner)>,
}

#[derive(Debug, Clone, Copy)]
struct Waiting {
    since: Moment,
    turn: Moment,
}

impl Debounce {
    pub(crate) fn new(timing: PushTiming) -> Self {
        Self {
            quiet: timing.quiet,
            quiet_max: timing.quiet_max,
            waiting: HashMap::default(),
            by_turn: BTreeSet::new(),
        }
    }

    /// Notes a change.
    pub(crate) fn changed(&mut self, owner: Owner, now: Moment) {
        let since = match self.waiting.get(&owner) {
            Some(waiting) => {
                self.by_turn.remove(&(waiting.turn, owner.clone()));
                waiting.since
            }
            None => now,
        };
        let turn = (now + self.quiet).min(since + self.quiet_max);
        self.by_turn.insert((turn, owner.clone()));
        self.waiting.insert(owner, Waiting { since, turn });
    }

    /// The next whose turn it is, and since when it waits.
    pub(crate) fn take_due(&mut self, now: Moment) -> Option<(Owner, Moment)> {
        let (turn, owner) = self.by_turn.first().filter(|(turn, _)| *turn <= now).cloned()?;
        let since = self.waiting.remove(&owner).map_or(turn, |waiting| waiting.since);
        self.by_turn.remove(&(turn, owner.clone()));
        Some((owner, since))
    }

    /// When [`Debounce::take_due`] has something next.
    pub(crate) fn next_turn(&self) -> Option<Moment> {
        self.by_turn.first().map(|(turn, _)| *turn)
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::{GroupName, NamespaceId, ServiceKey, ServiceName};

    use super::*;

    fn owner(name: &str) -> Owner {
        let name = ServiceName::parse(name).unwrap();
        Owner::Service(ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name))
    }

    #[test]
    fn service_is_due_when_quiet_and_at_the_latest_after_the_maximum() {
        let timing = PushTiming { quiet_max: Duration::from_millis(250), ..PushTiming::default() };
        let mut debounce = Debounce::new(timing);
        debounce.changed(owner("calm"), Moment(0));
        for at in [0, 60, 120, 180, 240] {
            debounce.changed(owner("restless"), Moment(at));
        }
        assert_eq!(debounce.next_turn(), Some(Moment(100)));
        assert_eq!(debounce.take_due(Moment(99)), None);
        assert_eq!(debounce.take_due(Moment(100)), Some((owner("calm"), Moment(0))));
        assert_eq!(debounce.take_due(Moment(249)), None);
        assert_eq!(debounce.take_due(Moment(250)), Some((owner("restless"), Moment(0))));
        assert_eq!(debounce.next_turn(), None);
    }
}
