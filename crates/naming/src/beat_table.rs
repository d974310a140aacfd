//! When each beating publication was last heard of, and which of them have been silent for too long.
//!
//! A slot takes 64 bytes and one entry of 4 bytes in the wheel. A beat writes one field. A second's tick costs what
//! comes due in that second: a beating instance is looked at once per its timeout, not once per beat.
//! Times here are *active* time, which stands still while the process is paused (see [`crate::pulse`]).

use std::{num::NonZeroU32, time::Duration};

use navaid_core::{ClientId, Endpoint, Lifetime, Moment, ServiceKey};

use crate::wheel::{Tick, TimerWheel};

/// Place of a publication in the table, from 1, so that there being none costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BeatSlot(NonZeroU32);

impl BeatSlot {
    fn at(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// Whose beats a slot follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BeatOwner {
    pub(crate) service: ServiceKey,
    pub(crate) endpoint: Endpoint,
}

impl BeatOwner {
    /// The client: who beats is an ephemeral address.
    pub(crate) fn client(&self) -> ClientId {
        ClientId::Address(self.endpoint.clone(), Lifetime::Ephemeral)
    }
}

#[derive(Debug)]
struct Entry {
    last: Moment,
    /// Silence, in milliseconds, after which the owner must be looked at.
    patience: u32,
    /// The tick of the one wheel entry that counts; others of this slot are left over and ignored.
    armed: Tick,
    /// None once removed: the slot is free when its wheel entry comes out.
    owner: Option<BeatOwner>,
}

impl Entry {
    fn deadline(&self) -> Moment {
        self.last + Duration::from_millis(u64::from(self.patience))
    }
}

#[derive(Debug)]
pub(crate) struct BeatTable {
    entries: Vec<Entry>,
    free: Vec<u32>,
    wheel: TimerWheel<u32>,
}

impl BeatTable {
    pub(crate) fn new() -> Self {
        Self { entries: Vec::new(), free: Vec::new(), wheel: TimerWheel::new() }
    }

    /// Starts following a publication heard of at `last`.
    pub(crate) fn insert(&mut self, owner: BeatOwner, last: Moment, patience: Duration) -> BeatSlot {
        let patience = millis(patience);
        let deadline = last + Duration::from_millis(u64::from(patience));
        let armed = self.wheel.tick_of(deadline);
        let entry = Entry { last, patience, armed, owner: Some(owner) };
        let slot = if let Some(slot) = self.free.pop() {
            self.entries[slot as usize] = entry;
            slot
        } else {
            self.entries.push(entry);
            u32::try_from(self.entries.len() - 1).expect("2^32 instances fit in no memory")
        };
        self.wheel.arm(deadline, slot);
        BeatSlot(NonZeroU32::MIN.saturating_add(slot))
    }

    /// Notes a sign of life.
    pub(crate) fn touch(&mut self, slot: BeatSlot, now: Moment) {
        self.entries[slot.at()].last = now;
    }

    /// When the publication was last heard of.
    pub(crate) fn last(&self, slot: BeatSlot) -> Moment {
        self.entries[slot.at()].last
    }

    /// Changes the silence that is borne from now on.
    pub(crate) fn set_patience(&mut self, slot: BeatSlot, patience: Duration) {
        let entry = &mut self.entries[slot.at()];
        entry.patience = millis(patience);
        let deadline = entry.deadline();
        let tick = self.wheel.tick_of(deadline);
        if tick < entry.armed {
            entry.armed = self.wheel.arm(deadline, slot.0.get() - 1);
        }
    }

    /// Stops following.
    pub(crate) fn remove(&mut self, slot: BeatSlot) {
        self.entries[slot.at()].owner = None;
    }

    /// The owners whose silence has lasted longer than they bear. Each stays followed, and is named again a second
    /// later unless it is heard of, removed, or given more patience.
    pub(crate) fn overdue(&mut self, now: Moment) -> Vec<BeatOwner> {
        let mut overdue = Vec::new();
        for (tick, slot) in self.wheel.advance(now) {
            let entry = &mut self.entries[slot as usize];
            if entry.armed != tick {
                continue;
            }
            let Some(owner) = &entry.owner else {
                self.free.push(slot);
                continue;
            };
            let deadline = entry.deadline();
            if now > deadline {
                overdue.push(owner.clone());
            }
            entry.armed = self.wheel.arm(deadline, slot);
        }
        overdue
    }

    /// How many publications are followed or await the reuse of their slot.
    #[cfg(test)]
    fn slots(&self) -> usize {
        self.entries.len()
    }
}

/// Capped at 49 days.
fn millis(span: Duration) -> u32 {
    u32::try_from(span.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use navaid_core::{GroupName, NamespaceId, ServiceName};

    use super::*;

    fn owner(port: u16) -> BeatOwner {
        let name = ServiceName::parse("s").unwrap();
        BeatOwner {
            service: ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name),
            endpoint: Endpoint { ip: "1.1.1.1".into(), port },
        }
    }

    fn secs(secs: u64) -> Moment {
        Moment(secs * 1000)
    }

    #[test]
    fn entry_is_small_because_there_are_as_many_as_beating_instances() {
        assert_eq!(size_of::<Entry>(), 64);
    }

    const PATIENCE: Duration = Duration::from_secs(15);

    #[test]
    fn silent_owner_is_named_within_a_second_and_again_until_heard() {
        let mut table = BeatTable::new();
        let slot = table.insert(owner(1), secs(0), PATIENCE);
        assert_eq!(table.overdue(secs(15)), []);
        assert_eq!(table.overdue(secs(16)), [owner(1)]);
        assert_eq!(table.overdue(secs(17)), [owner(1)]);
        table.touch(slot, secs(17));
        assert_eq!(table.overdue(secs(32)), []);
        assert_eq!(table.overdue(secs(33)), [owner(1)]);
    }

    #[test]
    fn beating_owner_is_never_named() {
        let mut table = BeatTable::new();
        let slot = table.insert(owner(1), secs(0), PATIENCE);
        for now in 1..200 {
            if now % 5 == 0 {
                table.touch(slot, secs(now));
            }
            assert_eq!(table.overdue(secs(now)), [], "{now}");
        }
    }

    #[test]
    fn shorter_patience_counts_at_once() {
        let mut table = BeatTable::new();
        let slot = table.insert(owner(1), secs(0), Duration::from_secs(3600));
        table.set_patience(slot, Duration::from_secs(3));
        assert_eq!(table.overdue(secs(4)), [owner(1)]);
    }

    #[test]
    fn removed_slot_is_reused_and_its_owner_never_named() {
        let mut table = BeatTable::new();
        let slot = table.insert(owner(1), secs(0), PATIENCE);
        table.remove(slot);
        assert_eq!(table.overdue(secs(16)), []);
        table.insert(owner(2), secs(16), PATIENCE);
        assert_eq!(table.slots(), 1);
        assert_eq!(table.overdue(secs(32)), [owner(2)]);
    }
}
