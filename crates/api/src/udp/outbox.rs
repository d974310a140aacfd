//! What waits to be sent to datagram clients, and what waits to be acknowledged: newest wins, one slot for each
//! client and service.
//!
//! Plain state: no I/O, no clock, no wire format. Bounded by [`SLOTS_MAX`]: while that many wait, further pushes are
//! dropped, because a datagram only hastens what the client's next poll tells it anyway.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    time::Duration,
};

use navaid_core::{Moment, ServiceKey};

use crate::push_tally::Delivery;

/// Pushes that may wait for their turn or their acknowledgement.
pub(super) const SLOTS_MAX: usize = 16 * 1024;
/// How long a push may stay unacknowledged before it is sent once more, and then before it is given up
/// (`spec/naming-semantics` §9.3).
const ACK_WAIT: Duration = Duration::from_secs(10);
/// How often a push is sent.
const SENDS_MAX: u8 = 2;

type SlotKey = (SocketAddr, ServiceKey);

/// A push on its way; `S` is what is sent of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parcel<S> {
    pub(super) to: SocketAddr,
    pub(super) selection: S,
    /// What the client's acknowledgement will repeat, the same at each send.
    pub(super) number: u64,
}

#[derive(Debug)]
struct Slot<S> {
    selection: S,
    /// When what it tells began to wait for being told.
    since: Moment,
    number: u64,
    sends: u8,
    /// Whether it has a turn to come.
    waits: bool,
    /// When it was sent first, and last; none while it never was.
    sent: Option<(Moment, Moment)>,
}

#[derive(Debug)]
pub(super) struct Outbox<S> {
    slots: HashMap<SlotKey, Slot<S>>,
    /// The order in which slots are sent; numbers tell a slot from one that replaced it.
    turns: VecDeque<(SlotKey, u64)>,
    /// The slot that each number stands for.
    numbers: HashMap<u64, SlotKey>,
    last_number: u64,
}

impl<S> Default for Outbox<S> {
    fn default() -> Self {
        Self { slots: HashMap::new(), turns: VecDeque::new(), numbers: HashMap::new(), last_number: 0 }
    }
}

impl<S: Clone> Outbox<S> {
    /// Offers the newest state of a service to a client; says whether there was room.
    pub(super) fn offer(&mut self, to: SocketAddr, key: &ServiceKey, selection: S, since: Moment) -> bool {
        let slot_key = (to, key.clone());
        let is_full = self.slots.len() >= SLOTS_MAX;
        match self.slots.get_mut(&slot_key) {
            // It still waits for its first turn, and takes it with what is new.
            Some(slot) if slot.sent.is_none() => {
                slot.selection = selection;
                slot.since = slot.since.min(since);
                return true;
            }
            Some(slot) => {
                self.numbers.remove(&slot.number);
            }
            None if is_full => return false,
            None => {}
        }
        self.last_number += 1;
        let number = self.last_number;
        self.numbers.insert(number, slot_key.clone());
        self.turns.push_back((slot_key.clone(), number));
        self.slots.insert(slot_key, Slot { selection, since, number, sends: 0, waits: true, sent: None });
        true
    }

    /// The next push to send.
    pub(super) fn next(&mut self, now: Moment) -> Option<Parcel<S>> {
        while let Some((slot_key, number)) = self.turns.pop_front() {
            let Some(slot) = self.slots.get_mut(&slot_key).filter(|slot| slot.number == number) else {
                continue;
            };
            slot.sends += 1;
            slot.waits = false;
            slot.sent = Some((slot.sent.map_or(now, |(first, _)| first), now));
            return Some(Parcel { to: slot_key.0, selection: slot.selection.clone(), number });
        }
        None
    }

    /// Takes an acknowledgement that came from `from`; says what arrived. One from elsewhere than where the push went
    /// does nothing.
    pub(super) fn acknowledge(&mut self, from: SocketAddr, number: u64, now: Moment) -> Option<Delivery<S>> {
        let slot_key = self.numbers.get(&number).filter(|(to, _)| *to == from)?.clone();
        let (first, _) = self.slots.get(&slot_key)?.sent?;
        self.numbers.remove(&number);
        let Slot { selection, since, .. } = self.slots.remove(&slot_key)?;
        Some(Delivery { selection, network: now.since(first), total: now.since(since) })
    }

    /// Drops a push that cannot be sent.
    pub(super) fn give_up(&mut self, number: u64) {
        if let Some(slot_key) = self.numbers.remove(&number) {
            self.slots.remove(&slot_key);
        }
    }

    /// Has overdue pushes sent again, and gives up those that were; says how many.
    pub(super) fn sweep(&mut self, now: Moment) -> usize {
        let before = self.slots.len();
        let overdue =
            |slot: &Slot<S>| !slot.waits && slot.sent.is_some_and(|(_, last)| now.since(last) >= ACK_WAIT);
        let (numbers, turns) = (&mut self.numbers, &mut self.turns);
        self.slots.retain(|slot_key, slot| {
            if !overdue(slot) {
                return true;
            }
            if slot.sends >= SENDS_MAX {
                numbers.remove(&slot.number);
                return false;
            }
            slot.waits = true;
            turns.push_back((slot_key.clone(), slot.number));
            true
        });
        before - self.slots.len()
    }

    #[cfg(test)]
    fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::{GroupName, NamespaceId, ServiceName};

    use super::*;

    fn service(name: &str) -> ServiceKey {
        ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &ServiceName::parse(name).unwrap())
    }

    fn client(port: u16) -> SocketAddr {
        ([127, 0, 0, 1], port).into()
    }

    fn at(seconds: u64) -> Moment {
        Moment(seconds * 1000)
    }

    fn drain(outbox: &mut Outbox<&'static str>, now: Moment) -> Vec<String> {
        std::iter::from_fn(|| outbox.next(now))
            .map(|parcel| format!("{} {} to {}", parcel.number, parcel.selection, parcel.to.port()))
            .collect()
    }

    #[test]
    fn a_newer_push_replaces_the_one_that_waits() {
        let mut outbox = Outbox::default();
        outbox.offer(client(1), &service("a"), "r1", at(0));
        outbox.offer(client(2), &service("a"), "r1", at(0));
        outbox.offer(client(1), &service("a"), "r2", at(0));
        assert_eq!(drain(&mut outbox, at(0)), ["1 r2 to 1", "2 r1 to 2"]);
    }

    #[test]
    fn an_unacknowledged_push_is_sent_twice_and_given_up() {
        let mut outbox = Outbox::default();
        outbox.offer(client(1), &service("a"), "r1", at(0));
        assert_eq!(drain(&mut outbox, at(0)), ["1 r1 to 1"]);
        outbox.sweep(at(9));
        assert!(drain(&mut outbox, at(9)).is_empty());
        outbox.sweep(at(10));
        outbox.sweep(at(10));
        assert_eq!(drain(&mut outbox, at(10)), ["1 r1 to 1"]);
        assert_eq!(outbox.sweep(at(20)), 1);
        assert!(outbox.is_empty() && drain(&mut outbox, at(20)).is_empty());
    }

    #[test]
    fn an_acknowledgement_counts_from_the_first_send_and_ends_the_push() {
        let mut outbox = Outbox::default();
        outbox.offer(client(1), &service("a"), "r1", at(0));
        assert_eq!(outbox.acknowledge(client(1), 1, at(0)), None, "nothing was sent yet");
        drain(&mut outbox, at(0));
        outbox.sweep(at(10));
        drain(&mut outbox, at(10));
        assert_eq!(
            outbox.acknowledge(client(1), 1, at(11)).map(|arrived| arrived.network.as_secs()),
            Some(11)
        );
        assert!(outbox.is_empty() && outbox.numbers.is_empty());
    }

    #[test]
    fn an_acknowledgement_from_elsewhere_does_nothing() {
        let mut outbox = Outbox::default();
        outbox.offer(client(1), &service("a"), "r1", at(0));
        drain(&mut outbox, at(0));
        assert_eq!(outbox.acknowledge(client(2), 1, at(1)), None);
        assert_eq!(outbox.acknowledge(client(1), 7, at(1)), None);
        assert!(!outbox.is_empty());
    }

    #[test]
    fn an_acknowledgement_of_an_older_push_does_not_end_the_newer_one() {
        let mut outbox = Outbox::default();
        outbox.offer(client(1), &service("a"), "r1", at(0));
        drain(&mut outbox, at(0));
        outbox.offer(client(1), &service("a"), "r2", at(0));
        assert_eq!(drain(&mut outbox, at(1)), ["2 r2 to 1"]);
        assert_eq!(outbox.acknowledge(client(1), 1, at(2)), None);
        assert!(!outbox.is_empty());
    }

    #[test]
    fn a_full_outbox_takes_no_further_client() {
        let mut outbox = Outbox::default();
        for port in 0..SLOTS_MAX {
            assert!(outbox.offer(client(u16::try_from(port).unwrap()), &service("a"), "r1", at(0)));
        }
        assert!(!outbox.offer(client(60_000), &service("a"), "r1", at(0)));
        assert!(outbox.offer(client(0), &service("a"), "r2", at(0)), "what has a slot is still replaced");
        outbox.next(at(0));
        outbox.give_up(1);
        assert!(outbox.offer(client(60_000), &service("a"), "r1", at(0)));
    }
}
