//! What waits to be sent on one connection's stream: newest wins, one slot for each thing that can be told.
//!
//! ```text
//!   offers ──▶ slots (service → newest selection, notices by key, control messages)
//!                 │ next()                       ▲ retry after a pause
//!                 ▼                              │
//!              awaited (request id → slot) ── ack ──▶ done
//!                          └── deadline or refusal ──┘
//! ```
//!
//! Plain state: no I/O, no clock, no wire format. The stream asks [`Outbox::next`] when the transport can take more,
//! so a peer that does not read costs its slots and nothing else; the sweeper asks [`Outbox::sweep`] for what is
//! overdue. Every table here is bounded by what the connection subscribes to, listens to and watches, which the
//! engines limit.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    time::Duration,
};

use foldhash::fast::RandomState;
use navaid_core::{ConfigKey, Moment, ServiceKey};

use super::{pattern_sync::WatchId, unproven::UnprovenNotices};
use crate::{node::Facts, push_tally::Delivery};

/// Control messages that may wait on one connection; more than that means that the peer does not read.
const CONTROL_MAX: usize = 16;

/// How pushes are acknowledged and repeated (`spec/grpc` §9.4, §10.4).
#[derive(Debug, Clone, Copy)]
pub struct PushTiming {
    /// How long a service push may stay unacknowledged; then it is repeated after `naming_retry`.
    pub naming_ack: Duration,
    pub naming_retry: Duration,
    /// How long a notice may stay unacknowledged; it is repeated after tries × `config_retry`.
    pub config_ack: Duration,
    pub config_retry: Duration,
    /// How long a client has from acknowledging a notice to holding what it told of; then it is told again.
    pub config_proof: Duration,
    /// Notices of one key that may fail in a row before the connection is cut.
    pub config_tries_max: u32,
    /// How long something may wait for a peer that does not read before the connection is cut.
    pub stall_max: Duration,
}

impl Default for PushTiming {
    fn default() -> Self {
        Self {
            naming_ack: Duration::from_secs(5),
            naming_retry: Duration::from_secs(1),
            config_ack: Duration::from_secs(3),
            config_retry: Duration::from_secs(2),
            config_proof: Duration::from_secs(2),
            config_tries_max: 50,
            stall_max: Duration::from_secs(30),
        }
    }
}

/// Where a client is told to connect; it must find the address in its own list (`spec/grpc` §5.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redirect {
    pub(crate) ip: String,
    /// Main port of that server.
    pub(crate) port: u16,
}

impl Redirect {
    /// To this server, which a client that finds no other tries again.
    pub(crate) fn to_this(facts: &Facts) -> Self {
        Self { ip: facts.ip.to_string(), port: facts.port }
    }
}

/// A message that the server sends on its own account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Control {
    /// Tells an ability-aware client what the server can do; not acknowledged.
    SetupAck,
    /// Asks whether the client is still there.
    Detect,
    /// Tells the client to connect there. (!) Always with an address: without one Go stays, and so does Python
    /// (`spec/clients-on-the-wire` A §3).
    Reset(Redirect),
    /// Asks a configuration client what it holds of an item.
    AskHolding(ConfigKey),
}

/// What a notice is about. A notice holds nothing more: what it says is looked up when it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum NoticeKey {
    /// An item that the connection listens to has changed.
    Listened(ConfigKey),
    /// A service, or an item, that the connection watches by pattern appeared or went.
    Service(ServiceKey),
    Item(ConfigKey),
    /// A watch has something to be brought up to date.
    Sync(WatchId),
}

/// What an acknowledgement has ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Acknowledged<S> {
    /// The push of a service arrived.
    Push(Delivery<S>),
    /// The push of a service was refused; it is repeated.
    PushRefused,
    Notice(NoticeKey),
    /// The client was told to move, and has taken note.
    Reset,
}

/// What to send next, with the id that its acknowledgement will carry.
#[derive(Debug)]
pub(crate) enum Outgoing<S> {
    Control(Control, u64),
    Service(S, u64),
    Notice(NoticeKey, u64),
}

/// What the sweeper must do about a connection.
#[derive(Debug, Default)]
pub(crate) struct Overdue {
    /// Services whose push must be offered again, with fresh data.
    pub(crate) services: Vec<ServiceKey>,
    /// Pushes whose acknowledgement has not come in time.
    pub(crate) unanswered: usize,
    /// Items whose notice was acknowledged a while ago: see [`Outbox::settle`].
    pub(crate) unproven: Vec<ConfigKey>,
    /// The peer does not read, does not answer, or refuses for ever.
    pub(crate) cut: Option<CutReason>,
}

/// How far the notice of a change has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoticeState {
    /// It waits to be sent, or to be sent again.
    Waiting,
    /// It was sent then and is not acknowledged.
    Sent(Moment),
    /// It was acknowledged then; the client has not been seen to hold what it told of.
    Acknowledged(Moment),
}

/// Why a connection is cut by the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CutReason {
    /// Something waited longer than `stall_max` for the peer to read.
    Stalled,
    /// A notice failed `config_tries_max` times in a row.
    NoticesRefused,
    /// As many control messages wait as may wait.
    ControlOverflow,
    /// A detection went unanswered.
    Silent,
}

#[derive(Debug)]
enum Slot<T> {
    /// Waits to be sent since then.
    Queued(T),
    /// Sent; a failure may still bring it back.
    Sent { id: u64, deadline: Moment, tries: u32 },
    /// Failed; to be offered again at that time.
    Pausing { until: Moment, tries: u32 },
}

/// What is to be told of a service. The selection is kept until it is acknowledged, so that the acknowledgement can be
/// told of; connections share it.
#[derive(Debug)]
struct Told<S> {
    selection: S,
    /// When what it tells began to wait for being told.
    since: Moment,
    slot: Slot<()>,
}

#[derive(Debug, Clone)]
enum Awaited {
    Service(ServiceKey),
    Notice(NoticeKey),
    Detection,
}

#[derive(Debug, Clone)]
enum Turn {
    Service(ServiceKey),
    Notice(NoticeKey),
}

type Map<K, V> = HashMap<K, V, RandomState>;

/// The outbox of one connection; `S` is what is sent of a service.
#[derive(Debug)]
pub(crate) struct Outbox<S> {
    control: VecDeque<Control>,
    /// The order in which queued slots are sent; each queued slot stands in it once.
    turns: VecDeque<Turn>,
    services: Map<ServiceKey, Told<S>>,
    notices: Map<NoticeKey, Slot<u32>>,
    unproven: UnprovenNotices,
    awaited: Map<u64, Awaited>,
    detection: Option<(u64, Moment)>,
    /// Id of the last reset, until it is answered.
    reset: Option<u64>,
    /// Since when something has waited without the peer taking anything.
    waiting_since: Option<Moment>,
    cut: Option<CutReason>,
}

impl<S> Default for Outbox<S> {
    fn default() -> Self {
        Self {
            control: VecDeque::new(),
            turns: VecDeque::new(),
            services: Map::default(),
            notices: Map::default(),
            unproven: UnprovenNotices::default(),
            awaited: Map::default(),
            detection: None,
            reset: None,
            waiting_since: None,
            cut: None,
        }
    }
}

impl<S: Clone> Outbox<S> {
    /// Offers the newest state of a service; replaces one that still waits, and then tells of what that one would have
    /// told as well, so `since` it waited.
    pub(crate) fn offer_service(&mut self, key: ServiceKey, selection: S, since: Moment, now: Moment) {
        let slot = Slot::Queued(());
        match self.services.entry(key) {
            Entry::Occupied(mut known) => {
                let waited = known.get().since.min(since);
                let since = match known.get().slot {
                    Slot::Queued(()) => waited,
                    Slot::Sent { id, .. } => {
                        self.awaited.remove(&id);
                        self.turns.push_back(Turn::Service(known.key().clone()));
                        since
                    }
                    Slot::Pausing { .. } => {
                        self.turns.push_back(Turn::Service(known.key().clone()));
                        waited
                    }
                };
                known.insert(Told { selection, since, slot });
            }
            Entry::Vacant(place) => {
                self.turns.push_back(Turn::Service(place.key().clone()));
                place.insert(Told { selection, since, slot });
            }
        }
        self.waiting_since.get_or_insert(now);
    }

    /// Notes that an item has changed to which the connection listens.
    pub(crate) fn offer_change(&mut self, key: ConfigKey, now: Moment) {
        self.unproven.forget(&key);
        self.offer_notice(NoticeKey::Listened(key), now);
    }

    /// Notes that there is something to tell; one notice is enough for any number of changes that it precedes.
    pub(crate) fn offer_notice(&mut self, key: NoticeKey, now: Moment) {
        let tries = match self.notices.get(&key) {
            Some(Slot::Queued(_)) => return,
            Some(Slot::Sent { id, .. }) => {
                self.awaited.remove(id);
                0
            }
            Some(Slot::Pausing { tries, .. }) => *tries,
            None => 0,
        };
        self.turns.push_back(Turn::Notice(key.clone()));
        self.notices.insert(key, Slot::Queued(tries));
        self.waiting_since.get_or_insert(now);
    }

    /// Forgets a service that the connection no longer subscribes to.
    pub(crate) fn forget_service(&mut self, key: &ServiceKey) {
        if let Some(Told { slot: Slot::Sent { id, .. }, .. }) = self.services.remove(key) {
            self.awaited.remove(&id);
        }
    }

    /// As [`Outbox::offer_notice`], but not before that time; replaces what waits or is awaited.
    pub(crate) fn offer_notice_at(&mut self, key: NoticeKey, until: Moment) {
        self.forget_notice(&key);
        self.notices.insert(key, Slot::Pausing { until, tries: 0 });
    }

    /// Forgets a notice that has become pointless.
    pub(crate) fn forget_notice(&mut self, key: &NoticeKey) {
        if let NoticeKey::Listened(item) = key {
            self.unproven.forget(item);
        }
        if let Some(Slot::Sent { id, .. }) = self.notices.remove(key) {
            self.awaited.remove(&id);
        }
    }

    /// Puts a control message before everything else.
    pub(crate) fn control(&mut self, message: Control, now: Moment) {
        if self.control.len() >= CONTROL_MAX {
            self.cut = Some(CutReason::ControlOverflow);
            return;
        }
        self.control.push_back(message);
        self.waiting_since.get_or_insert(now);
    }

    /// Asks the peer whether it is there, unless it is being asked already; no answer by `deadline` cuts it.
    pub(crate) fn detect(&mut self, deadline: Moment, now: Moment) {
        if self.detection.is_none() {
            self.detection = Some((0, deadline));
            self.control(Control::Detect, now);
        }
    }

    /// The next message for a transport that can take one. `number` numbers it.
    pub(crate) fn next(
        &mut self,
        now: Moment,
        timing: &PushTiming,
        number: impl Fn() -> u64,
    ) -> Option<Outgoing<S>> {
        let message = self.take(now, timing, number);
        self.waiting_since = self.has_waiting().then_some(now);
        message
    }

    fn take(&mut self, now: Moment, timing: &PushTiming, number: impl Fn() -> u64) -> Option<Outgoing<S>> {
        if let Some(message) = self.control.pop_front() {
            let id = number();
            if let (Control::Detect, Some((waiting, _))) = (&message, &mut self.detection) {
                *waiting = id;
                self.awaited.insert(id, Awaited::Detection);
            }
            if matches!(message, Control::Reset(_)) {
                self.reset = Some(id);
            }
            return Some(Outgoing::Control(message, id));
        }
        while let Some(turn) = self.turns.pop_front() {
            // A slot that was forgotten, or offered and sent meanwhile, has lost its turn.
            match turn {
                Turn::Service(key) => {
                    let Some(told) = self.services.get_mut(&key) else { continue };
                    let Slot::Queued(()) = told.slot else { continue };
                    let id = number();
                    told.slot = Slot::Sent { id, deadline: now + timing.naming_ack, tries: 0 };
                    self.awaited.insert(id, Awaited::Service(key));
                    return Some(Outgoing::Service(told.selection.clone(), id));
                }
                Turn::Notice(key) => {
                    let Some(slot) = self.notices.get_mut(&key) else { continue };
                    let Slot::Queued(tries) = *slot else { continue };
                    let id = number();
                    *slot = Slot::Sent { id, deadline: now + timing.config_ack, tries: tries + 1 };
                    self.awaited.insert(id, Awaited::Notice(key.clone()));
                    return Some(Outgoing::Notice(key, id));
                }
            }
        }
        None
    }

    /// Takes the peer's answer to message `id`; says what was taken by it. Answers to messages that are no longer
    /// awaited do nothing.
    pub(crate) fn acknowledge(
        &mut self,
        id: u64,
        success: bool,
        now: Moment,
        timing: &PushTiming,
    ) -> Option<Acknowledged<S>> {
        // (!) Go answers a reset with `success:false`; any answer says that it was read.
        if self.reset.take_if(|reset| *reset == id).is_some() {
            return Some(Acknowledged::Reset);
        }
        match self.awaited.remove(&id) {
            None => {}
            Some(Awaited::Detection) if success => self.detection = None,
            // Refused: the deadline of the detection will cut the connection.
            Some(Awaited::Detection) => {}
            Some(Awaited::Service(key)) if success => {
                let told = self.services.remove(&key);
                if let Some(Told { selection, since, slot: Slot::Sent { deadline, .. } }) = told {
                    let network = timing.naming_ack.saturating_sub(deadline.since(now));
                    return Some(Acknowledged::Push(Delivery {
                        selection,
                        network,
                        total: now.since(since),
                    }));
                }
            }
            Some(Awaited::Notice(key)) if success => {
                self.notices.remove(&key);
                if let NoticeKey::Listened(item) = &key {
                    self.unproven.acknowledged(item, now, timing.config_proof);
                }
                return Some(Acknowledged::Notice(key));
            }
            Some(Awaited::Service(key)) => {
                self.pause_service(&key, now, timing);
                return Some(Acknowledged::PushRefused);
            }
            Some(Awaited::Notice(key)) => self.pause_notice(key, now, timing),
        }
        None
    }

    fn pause_service(&mut self, key: &ServiceKey, now: Moment, timing: &PushTiming) {
        if let Some(told) = self.services.get_mut(key) {
            told.slot = Slot::Pausing { until: now + timing.naming_retry, tries: 0 };
        }
    }

    fn pause_notice(&mut self, key: NoticeKey, now: Moment, timing: &PushTiming) {
        let Some(Slot::Sent { tries, .. }) = self.notices.get(&key) else { return };
        let tries = *tries;
        if tries >= timing.config_tries_max {
            self.cut = Some(CutReason::NoticesRefused);
        }
        self.notices.insert(key, Slot::Pausing { until: now + timing.config_retry * tries, tries });
    }

    /// Whether a sweep could find anything: lets the sweeper pass over idle connections.
    pub(crate) fn is_idle(&self) -> bool {
        self.services.is_empty()
            && self.notices.is_empty()
            && self.unproven.is_empty()
            && self.detection.is_none()
            && self.waiting_since.is_none()
            && self.cut.is_none()
    }

    /// Turns what is overdue into retries, and says what only the caller can do.
    pub(crate) fn sweep(&mut self, now: Moment, timing: &PushTiming) -> Overdue {
        let late: Vec<u64> = self.sent_before(now);
        let mut unanswered = 0;
        for id in late {
            let refused = self.acknowledge(id, false, now, timing);
            unanswered += usize::from(matches!(refused, Some(Acknowledged::PushRefused)));
        }
        let services = due(self.services.iter().map(|(key, told)| (key, &told.slot)), now);
        for key in due(self.notices.iter(), now) {
            self.offer_notice_again(key, now);
        }
        let stalled = self.waiting_since.is_some_and(|since| now.since(since) > timing.stall_max);
        let silent = self.detection.is_some_and(|(_, deadline)| deadline < now);
        let cut = self.cut.or(stalled.then_some(CutReason::Stalled)).or(silent.then_some(CutReason::Silent));
        Overdue { services, unanswered, unproven: self.unproven.due(now), cut }
    }

    /// The client is about to be given what there is of an item, so what it was told of before needs no other proof.
    pub(crate) fn reads(&mut self, key: &ConfigKey) {
        self.unproven.forget(key);
    }

    /// Whether something waits for the transport to take it.
    pub(crate) fn has_waiting(&self) -> bool {
        !(self.control.is_empty() && self.turns.is_empty())
    }

    /// Ends the wait for a proof that the client holds an item whose notice it acknowledged: it does, or it is told
    /// again, or it has been told often enough. Says whether it is told again.
    pub(crate) fn settle(&mut self, key: ConfigKey, is_in_step: bool, now: Moment) -> bool {
        if is_in_step {
            self.unproven.forget(&key);
            return false;
        }
        let is_told = self.unproven.repeat(&key);
        if is_told {
            self.offer_notice(NoticeKey::Listened(key), now);
        }
        is_told
    }

    /// How far the notice of an item's last change has come; none when there is none under way.
    pub(crate) fn notice_state(&self, key: &ConfigKey, timing: &PushTiming) -> Option<NoticeState> {
        match self.notices.get(&NoticeKey::Listened(key.clone())) {
            Some(Slot::Sent { deadline, .. }) => {
                let ack_ms = u64::try_from(timing.config_ack.as_millis()).unwrap_or(u64::MAX);
                Some(NoticeState::Sent(Moment(deadline.0.saturating_sub(ack_ms))))
            }
            Some(Slot::Queued(_) | Slot::Pausing { .. }) => Some(NoticeState::Waiting),
            None => self.unproven.acknowledged_at(key).map(NoticeState::Acknowledged),
        }
    }

    fn offer_notice_again(&mut self, key: NoticeKey, now: Moment) {
        let Some(Slot::Pausing { tries, .. }) = self.notices.get(&key) else { return };
        let tries = *tries;
        self.turns.push_back(Turn::Notice(key.clone()));
        self.notices.insert(key, Slot::Queued(tries));
        self.waiting_since.get_or_insert(now);
    }

    fn sent_before(&self, now: Moment) -> Vec<u64> {
        let services = self.services.values().filter_map(|told| late(&told.slot, now));
        services.chain(self.notices.values().filter_map(|slot| late(slot, now))).collect()
    }
}

fn late<T>(slot: &Slot<T>, now: Moment) -> Option<u64> {
    match slot {
        Slot::Sent { id, deadline, .. } if *deadline < now => Some(*id),
        Slot::Sent { .. } | Slot::Queued(_) | Slot::Pausing { .. } => None,
    }
}

/// The keys whose pause is over.
fn due<'a, K: Clone + 'a, T: 'a>(slots: impl Iterator<Item = (&'a K, &'a Slot<T>)>, now: Moment) -> Vec<K> {
    let over = |slot: &Slot<T>| matches!(slot, Slot::Pausing { until, .. } if *until <= now);
    slots.filter(|(_, slot)| over(slot)).map(|(key, _)| key.clone()).collect()
}

#[cfg(test)]
mod tests {
    use navaid_core::{DataId, GroupName, NamespaceId, ServiceName};

    use super::*;

    const TIMING: PushTiming = PushTiming {
        naming_ack: Duration::from_secs(5),
        naming_retry: Duration::from_secs(1),
        config_ack: Duration::from_secs(3),
        config_retry: Duration::from_secs(2),
        config_proof: Duration::from_secs(2),
        config_tries_max: 2,
        stall_max: Duration::from_secs(30),
    };

    fn service(name: &str) -> ServiceKey {
        ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &ServiceName::parse(name).unwrap())
    }

    fn key(name: &str) -> ConfigKey {
        ConfigKey::new(&NamespaceId::default(), &GroupName::default(), &DataId::parse(name).unwrap())
    }

    fn item(name: &str) -> NoticeKey {
        NoticeKey::Listened(key(name))
    }

    fn at(seconds: u64) -> Moment {
        Moment(seconds * 1000)
    }

    /// Everything that waits, as text, numbered from `first`.
    fn drain(outbox: &mut Outbox<&str>, first: u64, now: Moment) -> Vec<String> {
        let ids = std::cell::Cell::new(first);
        let mut sent = Vec::new();
        while let Some(message) = outbox.next(now, &TIMING, || ids.replace(ids.get() + 1)) {
            sent.push(match message {
                Outgoing::Control(control, id) => format!("{id} {control:?}"),
                Outgoing::Service(revision, id) => format!("{id} {revision}"),
                Outgoing::Notice(NoticeKey::Listened(key), id) => format!("{id} {}", key.data_id()),
                Outgoing::Notice(key, id) => format!("{id} {key:?}"),
            });
        }
        sent
    }

    #[test]
    fn a_newer_selection_replaces_the_one_that_waits() {
        let mut outbox = Outbox::default();
        outbox.offer_service(service("a"), "a r1", at(0), at(0));
        outbox.offer_service(service("b"), "b r1", at(0), at(0));
        outbox.offer_service(service("a"), "a r2", at(0), at(0));
        assert_eq!(drain(&mut outbox, 1, at(0)), ["1 a r2", "2 b r1"]);
    }

    fn reset() -> Control {
        Control::Reset(Redirect { ip: "10.0.0.2".into(), port: 8848 })
    }

    #[test]
    fn reset_is_taken_note_of_by_any_answer_to_the_last_one() {
        let mut outbox = Outbox::<&str>::default();
        outbox.control(reset(), at(0));
        outbox.control(reset(), at(0));
        let ids: Vec<u64> = (1..=2)
            .map(|number| match outbox.next(at(0), &TIMING, || number) {
                Some(Outgoing::Control(Control::Reset(_), id)) => id,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(outbox.acknowledge(ids[0], true, at(1), &TIMING), None);
        assert_eq!(outbox.acknowledge(ids[1], false, at(1), &TIMING), Some(Acknowledged::Reset));
        assert_eq!(outbox.acknowledge(ids[1], true, at(1), &TIMING), None);
    }

    #[test]
    fn control_goes_first_and_overflow_cuts() {
        let mut outbox = Outbox::default();
        outbox.offer_service(service("a"), "a r1", at(0), at(0));
        outbox.control(Control::SetupAck, at(0));
        assert_eq!(drain(&mut outbox, 1, at(0)), ["1 SetupAck", "2 a r1"]);
        for _ in 0..=CONTROL_MAX {
            outbox.control(reset(), at(0));
        }
        assert_eq!(outbox.sweep(at(0), &TIMING).cut, Some(CutReason::ControlOverflow));
    }

    #[test]
    fn an_unacknowledged_push_is_due_again_after_deadline_and_pause() {
        let mut outbox = Outbox::default();
        outbox.offer_service(service("a"), "a r1", at(0), at(0));
        drain(&mut outbox, 1, at(0));
        assert!(outbox.sweep(at(5), &TIMING).services.is_empty());
        assert!(outbox.sweep(at(5) + Duration::from_millis(1), &TIMING).services.is_empty());
        assert_eq!(outbox.sweep(at(7), &TIMING).services, [service("a")]);
        outbox.acknowledge(1, true, at(7), &TIMING);
        assert!(!outbox.is_idle(), "a late acknowledgement of a failed push does not count");
    }

    #[test]
    fn an_acknowledged_push_leaves_nothing_behind() {
        let mut outbox = Outbox::default();
        outbox.offer_service(service("a"), "a r1", at(0), at(0));
        outbox.offer_notice(item("i"), at(0));
        drain(&mut outbox, 1, at(0));
        let pushed = outbox.acknowledge(1, true, at(1), &TIMING);
        let delivery =
            Delivery { selection: "a r1", network: Duration::from_secs(1), total: Duration::from_secs(1) };
        assert_eq!(pushed, Some(Acknowledged::Push(delivery)));
        let noticed = outbox.acknowledge(2, true, at(1), &TIMING);
        assert_eq!(noticed, Some(Acknowledged::Notice(item("i"))));
        outbox.settle(key("i"), true, at(1));
        assert!(outbox.is_idle());
    }

    /// Of a push that is acknowledged at second 9, what its acknowledgement says of it.
    fn total(outbox: &mut Outbox<&str>, id: u64) -> Option<u64> {
        match outbox.acknowledge(id, true, at(9), &TIMING) {
            Some(Acknowledged::Push(delivery)) => Some(delivery.total.as_secs()),
            _ => None,
        }
    }

    #[test]
    fn a_push_waits_since_the_oldest_change_that_was_not_told() {
        let mut outbox = Outbox::default();
        outbox.offer_service(service("a"), "a r1", at(1), at(1));
        outbox.offer_service(service("a"), "a r2", at(2), at(2));
        drain(&mut outbox, 1, at(2));
        outbox.offer_service(service("a"), "a r3", at(4), at(4));
        drain(&mut outbox, 2, at(4));
        assert_eq!(outbox.acknowledge(2, false, at(4), &TIMING), Some(Acknowledged::PushRefused));
        outbox.offer_service(service("a"), "a r3", at(5), at(5));
        drain(&mut outbox, 3, at(5));
        assert_eq!(total(&mut outbox, 3), Some(5), "of r3, which was refused first");
        outbox.offer_service(service("b"), "b r1", at(1), at(1));
        outbox.offer_service(service("b"), "b r2", at(2), at(2));
        drain(&mut outbox, 4, at(2));
        assert_eq!(total(&mut outbox, 4), Some(8), "of r1, which r2 replaced");
    }

    #[test]
    fn an_unanswered_push_is_counted_once() {
        let mut outbox = Outbox::default();
        outbox.offer_service(service("a"), "a r1", at(0), at(0));
        outbox.offer_notice(item("i"), at(0));
        drain(&mut outbox, 1, at(0));
        assert_eq!(outbox.sweep(at(6), &TIMING).unanswered, 1);
        assert_eq!(outbox.sweep(at(6), &TIMING).unanswered, 0);
    }

    #[test]
    fn an_acknowledgement_of_an_older_push_does_not_end_the_newer_one() {
        let mut outbox = Outbox::default();
        outbox.offer_service(service("a"), "a r1", at(0), at(0));
        drain(&mut outbox, 1, at(0));
        outbox.offer_service(service("a"), "a r2", at(1), at(1));
        assert_eq!(drain(&mut outbox, 2, at(1)), ["2 a r2"]);
        outbox.acknowledge(1, true, at(1), &TIMING);
        assert_eq!(outbox.sweep(at(8), &TIMING).services, [] as [ServiceKey; 0]);
        assert_eq!(outbox.sweep(at(9), &TIMING).services, [service("a")]);
    }

    #[test]
    fn a_notice_that_fails_too_often_cuts_the_connection() {
        let mut outbox: Outbox<&str> = Outbox::default();
        outbox.offer_notice(item("i"), at(0));
        assert_eq!(drain(&mut outbox, 1, at(0)), ["1 i"]);
        outbox.acknowledge(1, false, at(1), &TIMING);
        assert!(outbox.sweep(at(3), &TIMING).cut.is_none());
        assert_eq!(drain(&mut outbox, 2, at(3)), ["2 i"]);
        outbox.acknowledge(2, false, at(3), &TIMING);
        assert_eq!(outbox.sweep(at(3), &TIMING).cut, Some(CutReason::NoticesRefused));
    }

    #[test]
    fn a_notice_for_later_waits_until_then() {
        let mut outbox: Outbox<&str> = Outbox::default();
        outbox.offer_notice(item("i"), at(0));
        drain(&mut outbox, 1, at(0));
        outbox.offer_notice_at(item("i"), at(2));
        assert_eq!(outbox.acknowledge(1, true, at(1), &TIMING), None, "the notice that was sent is replaced");
        outbox.sweep(at(1), &TIMING);
        assert!(drain(&mut outbox, 2, at(1)).is_empty());
        outbox.sweep(at(2), &TIMING);
        assert_eq!(drain(&mut outbox, 2, at(2)), ["2 i"]);
    }

    /// The client acknowledges whatever it is sent in a sweep at that second; says whether anything was.
    fn is_told(outbox: &mut Outbox<&str>, second: u64) -> bool {
        for unproven in outbox.sweep(at(second), &TIMING).unproven {
            outbox.settle(unproven, false, at(second));
        }
        let sent = drain(outbox, second, at(second));
        outbox.acknowledge(second, true, at(second), &TIMING);
        !sent.is_empty()
    }

    #[test]
    fn a_notice_that_is_acknowledged_and_not_heeded_is_repeated_with_growing_pauses() {
        let mut outbox: Outbox<&str> = Outbox::default();
        outbox.offer_change(key("i"), at(1));
        let told: Vec<u64> = (1..300).filter(|&second| is_told(&mut outbox, second)).collect();
        assert_eq!(told, [1, 3, 7, 15, 31, 63]);
        assert!(outbox.is_idle(), "then the client is left alone");
    }

    #[test]
    fn a_client_that_holds_what_it_was_told_of_is_not_told_again() {
        let mut outbox: Outbox<&str> = Outbox::default();
        outbox.offer_change(key("i"), at(1));
        assert!(is_told(&mut outbox, 1));
        assert!(outbox.sweep(at(2), &TIMING).unproven.is_empty(), "it has its time");
        assert_eq!(outbox.sweep(at(3), &TIMING).unproven, [key("i")]);
        outbox.settle(key("i"), true, at(3));
        assert!(outbox.is_idle());
    }

    #[test]
    fn a_client_that_reads_leaves_nothing_behind_and_is_told_of_the_next_change() {
        let mut outbox: Outbox<&str> = Outbox::default();
        outbox.offer_change(key("i"), at(1));
        assert!(is_told(&mut outbox, 1));
        outbox.reads(&key("i"));
        assert!(outbox.is_idle());
        outbox.offer_change(key("i"), at(1));
        let told: Vec<u64> = (2..6).filter(|&second| is_told(&mut outbox, second)).collect();
        assert_eq!(told, [2, 4], "acknowledged while it reads: it may forget that one");
    }

    #[test]
    fn another_change_or_the_end_of_listening_ends_the_repeats_of_the_one_before() {
        let mut outbox: Outbox<&str> = Outbox::default();
        outbox.offer_change(key("i"), at(1));
        let told = |outbox: &mut Outbox<&str>, seconds: std::ops::Range<u64>| -> Vec<u64> {
            seconds.filter(|&second| is_told(outbox, second)).collect()
        };
        assert_eq!(told(&mut outbox, 1..6), [1, 3]);
        outbox.offer_change(key("i"), at(6));
        assert_eq!(told(&mut outbox, 6..12), [6, 8], "the pauses begin anew");
        outbox.forget_notice(&item("i"));
        assert!(outbox.is_idle());
        assert!(told(&mut outbox, 12..100).is_empty());
    }

    #[test]
    fn the_state_of_a_notice_tells_how_far_it_came() {
        let mut outbox: Outbox<&str> = Outbox::default();
        let state = |outbox: &Outbox<&str>| outbox.notice_state(&key("i"), &TIMING);
        assert_eq!(state(&outbox), None);
        outbox.offer_change(key("i"), at(1));
        assert_eq!(state(&outbox), Some(NoticeState::Waiting));
        drain(&mut outbox, 1, at(2));
        assert_eq!(state(&outbox), Some(NoticeState::Sent(at(2))));
        outbox.acknowledge(1, true, at(3), &TIMING);
        assert_eq!(state(&outbox), Some(NoticeState::Acknowledged(at(3))));
        outbox.settle(key("i"), true, at(5));
        assert_eq!(state(&outbox), None);
    }

    #[test]
    fn a_forgotten_slot_is_not_sent() {
        let mut outbox = Outbox::default();
        outbox.offer_service(service("a"), "a r1", at(0), at(0));
        outbox.offer_notice(item("i"), at(0));
        outbox.forget_service(&service("a"));
        outbox.forget_notice(&item("i"));
        assert!(drain(&mut outbox, 1, at(0)).is_empty());
        assert!(outbox.is_idle());
    }

    #[test]
    fn a_peer_that_does_not_read_is_cut() {
        let mut outbox = Outbox::default();
        outbox.offer_service(service("a"), "a r1", at(0), at(0));
        assert!(outbox.sweep(at(30), &TIMING).cut.is_none());
        assert_eq!(outbox.sweep(at(31), &TIMING).cut, Some(CutReason::Stalled));
    }

    #[test]
    fn an_unanswered_detection_cuts_and_an_answered_one_does_not() {
        let mut outbox: Outbox<&str> = Outbox::default();
        outbox.detect(at(5), at(0));
        outbox.detect(at(9), at(0));
        assert_eq!(drain(&mut outbox, 7, at(0)), ["7 Detect"]);
        assert_eq!(outbox.sweep(at(6), &TIMING).cut, Some(CutReason::Silent));
        outbox.acknowledge(7, true, at(6), &TIMING);
        assert!(outbox.sweep(at(6), &TIMING).cut.is_none());
    }
}
