//! What happened in a trial.

use std::fmt::{self, Display, Formatter};
use std::ops::AddAssign;
use std::time::Duration;

/// Counts of a trial.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    pub rounds: u64,
    pub publishes: u64,
    pub removals: u64,
    /// Publishes with the md5 of an older content, which were refused.
    pub conflicts: u64,
    /// Acknowledged changes of namespaces and persistent instances.
    pub others: u64,
    /// Changes in flight at a kill that took effect …
    pub in_flight_stored: u64,
    /// … and that did not.
    pub in_flight_lost: u64,
    pub kills_while_starting: u64,
    pub slowest_round: Duration,
}

impl Figures {
    /// The count of one settled change.
    pub(super) fn of_in_flight(took_effect: Option<bool>) -> Self {
        Self {
            in_flight_stored: u64::from(took_effect == Some(true)),
            in_flight_lost: u64::from(took_effect == Some(false)),
            ..Self::default()
        }
    }
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.rounds += other.rounds;
        self.publishes += other.publishes;
        self.removals += other.removals;
        self.conflicts += other.conflicts;
        self.others += other.others;
        self.in_flight_stored += other.in_flight_stored;
        self.in_flight_lost += other.in_flight_lost;
        self.kills_while_starting += other.kills_while_starting;
        self.slowest_round = self.slowest_round.max(other.slowest_round);
    }
}

impl Display for Figures {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} rounds (slowest {} ms, {} more kills while starting): acknowledged {} publishes, {} removals, {} changes \
             of namespaces and instances, refused {} conflicts; in flight at a kill {}, of which {} took effect",
            self.rounds,
            self.slowest_round.as_millis(),
            self.kills_while_starting,
            self.publishes,
            self.removals,
            self.others,
            self.conflicts,
            self.in_flight_stored + self.in_flight_lost,
            self.in_flight_stored,
        )
    }
}
