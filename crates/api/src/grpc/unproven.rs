//! Notices that were acknowledged by clients which have not shown yet that they hold what was told of.
//!
//! An acknowledgement says that a notice arrived, not that it was heeded: the Go SDK acknowledges, and when it is just
//! taking in an earlier change it marks the item as in step afterwards and looks again five minutes later
//! (`tests/clients/go`). So an acknowledged notice is kept in mind until the client reads the item, which it mostly
//! does at once. When it does not the sweeper looks, after a pause, whether the client holds what it would be given; if
//! not, the notice is sent again, after pauses that double, and at most [`REPEATS_MAX`] times: some clients have reasons
//! of their own not to read.
//!
//! Plain state, like the outbox that it is a part of. Nothing is kept of items in step.

use std::{collections::HashMap, time::Duration};

use foldhash::fast::RandomState;
use navaid_core::{ConfigKey, Moment};

/// How often one notice is repeated. With a first pause of 2 s the last repeat comes after a minute.
const REPEATS_MAX: u32 = 5;

/// See the module. At most one entry for each item that the connection listens to.
#[derive(Debug, Default)]
pub(super) struct UnprovenNotices(HashMap<ConfigKey, Unproven, RandomState>);

#[derive(Debug)]
struct Unproven {
    acknowledged: Moment,
    /// When to look; none while the notice is under way again.
    due: Option<Moment>,
    repeats: u32,
}

impl UnprovenNotices {
    /// The client has acknowledged a notice; it has `pause` to act on it, longer for each repeat.
    pub(super) fn acknowledged(&mut self, key: &ConfigKey, now: Moment, pause: Duration) {
        let unproven =
            self.0.entry(key.clone()).or_insert(Unproven { acknowledged: now, due: None, repeats: 0 });
        unproven.acknowledged = now;
        unproven.due = Some(now + pause * 2_u32.pow(unproven.repeats));
    }

    /// Items of which it is time to look whether the client holds them.
    pub(super) fn due(&self, now: Moment) -> Vec<ConfigKey> {
        let is_due = |unproven: &Unproven| unproven.due.is_some_and(|due| due <= now);
        self.0.iter().filter(|(_, unproven)| is_due(unproven)).map(|(key, _)| key.clone()).collect()
    }

    /// Whether the notice of an item that the client does not hold shall be sent again; if not, it is forgotten.
    pub(super) fn repeat(&mut self, key: &ConfigKey) -> bool {
        let Some(unproven) = self.0.get_mut(key) else { return false };
        unproven.due = None;
        unproven.repeats += 1;
        let goes_on = unproven.repeats <= REPEATS_MAX;
        if !goes_on {
            self.0.remove(key);
        }
        goes_on
    }

    /// Forgets an item: the client reads or holds it, listens no more, or is told of another change.
    pub(super) fn forget(&mut self, key: &ConfigKey) {
        if !self.0.is_empty() {
            self.0.remove(key);
        }
    }

    /// When the client acknowledged the notice of an item that it has not been seen to hold.
    pub(super) fn acknowledged_at(&self, key: &ConfigKey) -> Option<Moment> {
        self.0.get(key).map(|unproven| unproven.acknowledged)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
