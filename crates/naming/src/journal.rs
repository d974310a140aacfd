//! The latest events of discovery, in memory, for operators who ask what happened (`spec/naming-semantics` §15.2).
//!
//! ```text
//! changes ─▶ ring of the latest n ─┐
//!                                  ├─ by sequence ─▶ pages, newest first
//! pushes  ─▶ ring of the latest n ─┘
//! ```
//!
//! Pushes have a ring of their own: a change that a thousand subscribers are told of must not push out what changed.
//! When a ring is full its oldest event goes. Nothing is stored: a restart begins anew.
//!
//! Costs at most two events of [`EVENT_BYTES`] for each entry that it may hold, and keeps the names of what it tells
//! of alive, which are shared with the registry while that knows them. Noting costs some 150 ns, a tenth of what a
//! registration does (`benches/registry.rs`), under one lock; a reader takes it for [`SCAN_STEP`] events at a time.

use std::collections::VecDeque;

use navaid_core::{
    GroupName, NamespaceId, ServiceKey, ServiceName, Timestamp,
    event::{Event, EventKind, Noted},
};
use parking_lot::Mutex;

/// Bytes of one event, without the texts that it shares.
pub const EVENT_BYTES: usize = 112;
/// Events that a page looks at before it is given as it is; the next page goes on from there.
const SCAN_MAX: usize = 100_000;
/// Events that are looked at under one lock.
const SCAN_STEP: usize = 1_000;

/// See the module.
#[derive(Debug)]
pub struct Journal {
    /// Events that each ring holds; 0 for none at all.
    capacity: usize,
    rings: Mutex<Rings>,
}

#[derive(Debug, Default)]
struct Rings {
    /// Sequence of the latest event.
    latest: u64,
    changes: VecDeque<Noted>,
    pushes: VecDeque<Noted>,
}

/// Which events to show; what is none does not narrow.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    pub kind: Option<EventKind>,
    pub namespace: Option<NamespaceId>,
    pub group: Option<GroupName>,
    /// Name of the service, exactly.
    pub service: Option<ServiceName>,
    /// Of the client or of the instance, exactly.
    pub ip: Option<String>,
    /// Not before that time.
    pub since: Option<Timestamp>,
}

/// Part of the journal, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventPage {
    pub events: Vec<Noted>,
    /// Where the next page begins: give it to [`Journal::page`]. None if nothing older is left.
    pub next: Option<u64>,
}

/// How many events each ring holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JournalSize {
    pub changes: usize,
    pub pushes: usize,
}

impl Journal {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, rings: Mutex::default() }
    }

    /// Notes an event, unless the journal is off; `event` is asked for only then.
    pub fn note(&self, at: Timestamp, key: &ServiceKey, event: impl FnOnce() -> Event) {
        if self.capacity == 0 {
            return;
        }
        let (key, event) = (key.clone(), event());
        let mut rings = self.rings.lock();
        rings.latest += 1;
        let sequence = rings.latest;
        let ring = match event.kind() {
            EventKind::Pushed => &mut rings.pushes,
            _ => &mut rings.changes,
        };
        let oldest = if ring.len() >= self.capacity { ring.pop_front() } else { None };
        ring.push_back(Noted { sequence, at, key, event });
        drop(rings);
        // Its texts may be freed with it: not under the lock.
        drop(oldest);
    }

    /// Up to `length` events that the filter lets through and that came before the event `before`, or the latest.
    /// While events are noted, pages that follow one another neither repeat nor miss any, but for those that have
    /// gone. A page looks at 100 000 events at most and may thus hold less than it could, even nothing, and still
    /// have a next one.
    pub fn page(&self, filter: &EventFilter, before: Option<u64>, length: usize) -> EventPage {
        let mut page = EventPage { events: Vec::new(), next: before.or(Some(u64::MAX)) };
        let mut seen = 0;
        while seen < SCAN_MAX && page.events.len() < length {
            let Some(before) = page.next else { break };
            let rings = self.rings.lock();
            let mut older = rings.older_than(before).peekable();
            let mut step = 0;
            while step < SCAN_STEP
                && page.events.len() < length
                && let Some(noted) = older.next()
            {
                step += 1;
                page.next = Some(noted.sequence);
                if filter.lets_through(noted) {
                    page.events.push(noted.clone());
                }
            }
            seen += step;
            if older.peek().is_none() {
                page.next = None;
            }
        }
        page
    }

    /// Events that each of both rings may hold; 0 while the journal is off.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many events there are to page through.
    pub fn size(&self) -> JournalSize {
        let rings = self.rings.lock();
        JournalSize { changes: rings.changes.len(), pushes: rings.pushes.len() }
    }
}

impl Rings {
    /// Events of both rings before a sequence, newest first.
    fn older_than(&self, before: u64) -> impl Iterator<Item = &Noted> {
        let older = |ring: &VecDeque<Noted>| ring.partition_point(|noted| noted.sequence < before);
        let mut changes = self.changes.range(..older(&self.changes)).rev().peekable();
        let mut pushes = self.pushes.range(..older(&self.pushes)).rev().peekable();
        std::iter::from_fn(move || match (changes.peek(), pushes.peek()) {
            (Some(change), Some(push)) if push.sequence > change.sequence => pushes.next(),
            (Some(_), _) => changes.next(),
            (None, _) => pushes.next(),
        })
    }
}

impl EventFilter {
    fn lets_through(&self, noted: &Noted) -> bool {
        let Noted { sequence: _, at, key, event } = noted;
        self.kind.is_none_or(|kind| kind == event.kind())
            && self.since.is_none_or(|since| *at >= since)
            && self.namespace.as_ref().is_none_or(|namespace| namespace.as_str() == key.namespace())
            && self.group.as_ref().is_none_or(|group| group.as_str() == key.group())
            && self.service.as_ref().is_none_or(|service| service.as_str() == key.name())
            && self.ip.as_ref().is_none_or(|ip| event.is_about(ip))
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::{
        ClientId, ConnectionId,
        event::{Departure, Push},
    };

    use super::*;

    fn key(name: &str) -> ServiceKey {
        ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &service(name))
    }

    fn service(name: &str) -> ServiceName {
        ServiceName::parse(name).unwrap()
    }

    fn client() -> ClientId {
        ClientId::Connection(ConnectionId::new("1_10.0.0.1_2"))
    }

    fn subscribed() -> Event {
        Event::Subscribed { client: client() }
    }

    fn pushed() -> Event {
        Event::Pushed(Push { client: client(), instances: 1, network_ms: 2, total_ms: 3 })
    }

    /// A journal in which services `0..n` were subscribed to, at these times.
    fn journal(capacity: usize, n: u64) -> Journal {
        let journal = Journal::new(capacity);
        for number in 0..n {
            journal.note(Timestamp(number), &key(&number.to_string()), subscribed);
        }
        journal
    }

    fn names(page: &EventPage) -> Vec<&str> {
        page.events.iter().map(|noted| noted.key.name()).collect()
    }

    #[test]
    fn event_is_as_big_as_it_says() {
        assert_eq!(size_of::<Noted>(), EVENT_BYTES);
    }

    #[test]
    fn full_journal_keeps_the_latest() {
        let journal = journal(3, 5);
        let page = journal.page(&EventFilter::default(), None, 10);
        assert_eq!((names(&page), page.next), (vec!["4", "3", "2"], None));
        assert_eq!(journal.size(), JournalSize { changes: 3, pushes: 0 });
    }

    #[test]
    fn journal_of_no_entries_asks_for_no_event() {
        let journal = Journal::new(0);
        journal.note(Timestamp(0), &key("s"), || panic!("nobody will read it"));
        assert_eq!(journal.page(&EventFilter::default(), None, 10), EventPage::default());
    }

    #[test]
    fn pages_go_on_where_they_ended_while_events_come() {
        let journal = journal(100, 5);
        let first = journal.page(&EventFilter::default(), None, 2);
        assert_eq!(names(&first), ["4", "3"]);
        journal.note(Timestamp(9), &key("new"), subscribed);
        let second = journal.page(&EventFilter::default(), first.next, 2);
        assert_eq!(names(&second), ["2", "1"]);
        let last = journal.page(&EventFilter::default(), second.next, 2);
        assert_eq!((names(&last), last.next), (vec!["0"], None));
    }

    #[test]
    fn page_after_what_has_gone_is_empty() {
        let journal = journal(2, 2);
        let first = journal.page(&EventFilter::default(), None, 1);
        for number in 0..5 {
            journal.note(Timestamp(9), &key(&format!("n{number}")), subscribed);
        }
        assert_eq!(journal.page(&EventFilter::default(), first.next, 9), EventPage::default());
    }

    #[test]
    fn pushes_do_not_push_out_changes_and_are_shown_between_them() {
        let journal = journal(2, 1);
        for number in 0..9 {
            journal.note(Timestamp(1), &key(&format!("p{number}")), pushed);
        }
        journal.note(Timestamp(2), &key("1"), subscribed);
        assert_eq!(names(&journal.page(&EventFilter::default(), None, 9)), ["1", "p8", "p7", "0"]);
    }

    #[test]
    fn filters_narrow_and_sparse_finds_are_all_there() {
        let journal = journal(10_000, 5_000);
        let reason = Departure::Requested;
        journal.note(Timestamp(7), &key("77"), || Event::Unsubscribed { client: client(), reason });
        let found = |filter: EventFilter| names(&journal.page(&filter, None, 9)).join(",");
        let default = EventFilter::default;
        assert_eq!(found(EventFilter { kind: Some(EventKind::Unsubscribed), ..default() }), "77");
        assert_eq!(found(EventFilter { service: Some(service("77")), ..default() }), "77,77");
        assert_eq!(found(EventFilter { since: Some(Timestamp(4998)), ..default() }), "4999,4998");
        let other = NamespaceId::parse("other").unwrap();
        assert_eq!(found(EventFilter { namespace: Some(other), ..default() }), "");
        let group = GroupName::parse("other").unwrap();
        assert_eq!(found(EventFilter { group: Some(group), ..default() }), "");
        assert_eq!(found(EventFilter { ip: Some("10.0.0.9".into()), ..default() }), "");
        let (one, ip) = (Some(service("1")), Some("10.0.0.1".into()));
        assert_eq!(found(EventFilter { service: one, ip, ..default() }), "1");
    }

    #[test]
    fn page_gives_up_looking_and_says_where_to_go_on() {
        let journal = journal(SCAN_MAX + 10, SCAN_MAX as u64 + 10);
        let filter = EventFilter { service: Some(service("3")), ..EventFilter::default() };
        let first = journal.page(&filter, None, 1);
        assert!(first.events.is_empty() && first.next == Some(11), "{:?}", first.next);
        assert_eq!(names(&journal.page(&filter, first.next, 1)), ["3"]);
    }

    proptest::proptest! {
        #[test]
        fn pages_put_together_are_the_journal(kinds: Vec<bool>, capacity in 1_usize..20, length in 1_usize..7) {
            let journal = Journal::new(capacity);
            for is_push in &kinds {
                journal.note(Timestamp(0), &key("s"), if *is_push { pushed } else { subscribed });
            }
            let whole = journal.page(&EventFilter::default(), None, usize::MAX).events;
            let mut paged = Vec::new();
            let mut next = None;
            loop {
                let page = journal.page(&EventFilter::default(), next, length);
                paged.extend(page.events);
                next = page.next;
                if next.is_none() {
                    break;
                }
            }
            proptest::prop_assert_eq!(&paged, &whole);
            proptest::prop_assert!(whole.is_sorted_by(|newer, older| newer.sequence > older.sequence));
            let size = journal.size();
            proptest::prop_assert_eq!(whole.len(), size.changes + size.pushes);
        }
    }
}
