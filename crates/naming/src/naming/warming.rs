//! Keeping ephemeral services over a restart, and what becomes of instances that are served without a client (see
//! [`crate::unconfirmed`]).
//!
//! ```text
//! changes ─▶ unsaved services ─▶ whoever keeps them ─▶ next start: Restoration ─▶ unconfirmed ─▶ confirmed or gone
//! ```

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use navaid_core::{
    ClientId, ConnectionId, EphemeralChange, EphemeralService, Instance, Lifetime, Moment, Now, ServiceKey,
    Timestamp, Voucher,
    command::OverlayTarget,
    event::{Departure, Entry, Event},
};
use parking_lot::Mutex;

use super::Naming;
use crate::{
    context::Context,
    shard::{Confirmed, effect_of},
    unconfirmed::{Past, PastConnection, UnconfirmedInstance, Waiting},
};

/// How long a client that is back, and has published something of before, may take for the next of it. SDKs register
/// again all that they know in one go: Java within 3 s of its connection, Python in a round of its own, which it then
/// runs through (`spec/clients-on-the-wire` A §3, B §4).
const REDO_MAX: Duration = Duration::from_secs(10);

/// What became of the instances that were served before the restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WarmCounts {
    /// Taken back at the start.
    pub restored: usize,
    /// Have a client again.
    pub confirmed: usize,
    /// Went: their client is back without them, took them back, or did not come in time.
    pub left: usize,
}

/// An instance that nobody publishes at the moment.
#[derive(Debug, Clone, PartialEq)]
pub struct UnconfirmedRow {
    pub instance: Arc<Instance>,
    pub voucher: Voucher,
    pub waiting: Waiting,
    /// When it goes, if nobody confirms it.
    pub leaves_in: Duration,
}

#[derive(Debug, Default)]
pub(super) struct Warm {
    restored: AtomicUsize,
    confirmed: AtomicUsize,
    left: AtomicUsize,
    /// Connections whose client is back and may still register what it had. At most as many as there were before the
    /// restart.
    returning: Mutex<Vec<Arc<PastConnection>>>,
    /// Whether it was told that all are confirmed or gone.
    is_told: AtomicBool,
}

/// Takes back what was kept of ephemeral services. The engine serves nobody meanwhile.
pub struct Restoration<'a> {
    naming: &'a Naming,
    now: Now,
    connections: HashMap<ConnectionId, Arc<PastConnection>>,
}

impl Restoration<'_> {
    /// Takes back one service. After everything that is replicated was loaded.
    pub fn service(&mut self, service: EphemeralService) {
        let EphemeralService { key, created, instances } = service;
        let instances = instances.into_iter().map(|kept| {
            let past = self.past(kept.voucher, &key);
            (Arc::unwrap_or_clone(kept.instance), past)
        });
        let instances: Vec<_> = instances.collect();
        let switches = self.naming.switches.load();
        let context = self.naming.context(&switches, self.now);
        let mut shard = self.naming.service_shard(&key);
        let (effect, taken) = shard.restore(&key, created, instances, &context);
        self.naming.settle(&shard, &key, effect, self.now);
        self.naming.warm.restored.fetch_add(taken, Ordering::Relaxed);
    }

    fn past(&mut self, voucher: Voucher, key: &ServiceKey) -> Past {
        match voucher {
            Voucher::Beats => Past::Beats,
            Voucher::Several => Past::Several,
            Voucher::Connection(id) => {
                let past =
                    self.connections.entry(id).or_insert_with_key(|id| PastConnection::new(id.clone()));
                past.publishes_in(key);
                Past::Connection(past.clone())
            }
        }
    }

    /// To be called when all is taken back, and also when there was nothing. Gives how many instances there are.
    pub fn end(self) -> usize {
        for shard in &self.naming.services {
            shard.lock().date_undated(self.now.wall);
        }
        self.naming.warm.restored.load(Ordering::Relaxed)
    }
}

impl PastConnection {
    fn new(id: ConnectionId) -> Arc<Self> {
        Arc::new(Self { id, services: Mutex::default(), returned: Mutex::default() })
    }

    /// A service's instances come together, so that the last one is enough to know it.
    fn publishes_in(&self, key: &ServiceKey) {
        let mut services = self.services.lock();
        if services.last() != Some(key) {
            services.push(key.clone());
        }
    }
}

impl Naming {
    /// Begins to take back what was kept over a restart; `reached` is the [`Naming::ref_time`] that was reached before.
    pub fn restoration(&self, reached: Option<Timestamp>, now: Now) -> Restoration<'_> {
        if let Some(reached) = reached {
            self.ref_clock.begin_at(reached, now);
        }
        Restoration { naming: self, now, connections: HashMap::new() }
    }

    /// The time that answers and pushes are stamped with (`lastRefTime`): the wall clock's, but never going back, also
    /// not over a restart.
    pub fn ref_time(&self, now: Now) -> Timestamp {
        self.ref_clock.read(now)
    }

    /// Services that are not any more what was last given here, about `room` instances of them. None without
    /// [`crate::NamingSettings::keeps_ephemeral`].
    pub fn take_unsaved(&self, room: usize) -> Vec<EphemeralChange> {
        let mut changes = Vec::new();
        let mut left = room;
        for shard in &self.services {
            if left == 0 {
                break;
            }
            for change in shard.lock().take_unsaved(left) {
                if let EphemeralChange::Is(service) = &change {
                    left = left.saturating_sub(service.instances.len());
                }
                left = left.saturating_sub(1);
                changes.push(change);
            }
        }
        changes
    }

    /// All that is to be kept over a restart, a 64th at a time. What changes after its part was given is unsaved.
    pub fn save_all(&self) -> impl Iterator<Item = Vec<EphemeralService>> {
        self.services.iter().map(|shard| shard.lock().save_all())
    }

    /// What became of the instances of before the restart.
    pub fn warm_counts(&self) -> WarmCounts {
        let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
        let Warm { restored, confirmed, left, .. } = &self.warm;
        WarmCounts { restored: count(restored), confirmed: count(confirmed), left: count(left) }
    }

    /// As [`Naming::warm_counts`], once: when all instances of before the restart are confirmed or gone.
    pub fn warm_restart_ended(&self) -> Option<WarmCounts> {
        let counts = self.warm_counts();
        let is_over = counts.restored > 0 && counts.confirmed + counts.left >= counts.restored;
        (is_over && !self.warm.is_told.swap(true, Ordering::Relaxed)).then_some(counts)
    }

    /// The instances of a service that nobody publishes at the moment, by ip, port and cluster.
    pub fn unconfirmed(&self, key: &ServiceKey, now: Now) -> Vec<UnconfirmedRow> {
        let active = self.pulse.active(now);
        let shard = self.service_shard(key);
        let entries = shard.get(key).into_iter().flat_map(|service| service.unconfirmed.iter());
        let mut rows: Vec<_> = entries
            .map(|entry| UnconfirmedRow {
                instance: entry.instance.clone(),
                voucher: entry.past.voucher(),
                waiting: entry.waiting,
                leaves_in: entry.until.since(active),
            })
            .collect();
        drop(shard);
        let name = |row: &UnconfirmedRow| (row.instance.endpoint.clone(), row.instance.cluster.clone());
        rows.sort_by_cached_key(name);
        rows
    }

    /// Takes back an unconfirmed instance that came over a connection: its client connected again and says that it is
    /// gone before it said that it is there. Only a connection from the same address may.
    pub fn renounce(&self, target: &OverlayTarget, key: &ServiceKey, from: &ConnectionId, now: Now) -> bool {
        let switches = self.switches.load();
        let context = self.context(&switches, now);
        let mut shard = self.service_shard(key);
        let taken = shard.renounce(key, (&target.endpoint, &target.cluster), from, &context);
        let taken: Vec<_> = taken.into_iter().collect();
        self.settle(&shard, key, effect_of(&taken), now);
        self.note_departed(key, &taken, Some(Departure::Requested), now);
        !taken.is_empty()
    }

    /// The same for an instance that lived by its beats.
    pub(super) fn renounce_beating(&self, client: &ClientId, key: &ServiceKey, now: Now) -> bool {
        let ClientId::Address(endpoint, Lifetime::Ephemeral) = client else { return false };
        let switches = self.switches.load();
        let context = self.context(&switches, now);
        let mut shard = self.service_shard(key);
        let taken: Vec<_> = shard.renounce_beating(key, endpoint, &context).into_iter().collect();
        self.settle(&shard, key, effect_of(&taken), now);
        self.note_departed(key, &taken, Some(Departure::Requested), now);
        !taken.is_empty()
    }

    /// Removes a connection whose client was told to move and said that it would: what it publishes is served until it
    /// is published again, or [`crate::NamingSettings::move_grace`] is over. Its subscriptions end at once.
    pub fn disconnect_moved(&self, id: &ConnectionId, now: Now) {
        let client_id = ClientId::Connection(id.clone());
        if self.settings.move_grace.is_zero() {
            return self.disconnect(&client_id, now);
        }
        let switches = self.switches.load();
        let context = self.context(&switches, now);
        self.forget_patterns(id);
        let Some(client) = self.client_shard(&client_id).remove(&client_id) else { return };
        for key in client.subscribed().iter() {
            self.drop_subscriber(key, &client_id, Departure::ClientGone, now);
        }
        let past = PastConnection::new(id.clone());
        let until = context.active + self.settings.move_grace;
        for key in client.published.iter() {
            let mut shard = self.service_shard(key);
            if let Some(effect) = shard.hold(key, (&client_id, &past), until, &context) {
                self.settle(&shard, key, effect, now);
            }
        }
    }

    /// Called with the service's shard locked.
    pub(super) fn note_confirmed(&self, confirmed: &Confirmed, active: Moment) {
        self.warm.confirmed.fetch_add(confirmed.restarted, Ordering::Relaxed);
        self.warm.left.fetch_add(confirmed.left, Ordering::Relaxed);
        for past in &confirmed.returned {
            if past.returned.lock().replace(active).is_none() {
                self.warm.returning.lock().push(past.clone());
            }
        }
    }

    /// Notes instances that went without ever being confirmed. Called with the service's shard locked.
    pub(super) fn note_departed(
        &self,
        key: &ServiceKey,
        departed: &[UnconfirmedInstance],
        why: Option<Departure>,
        now: Now,
    ) {
        let since_restart = departed.iter().filter(|entry| entry.waiting == Waiting::Restart).count();
        self.warm.left.fetch_add(since_restart, Ordering::Relaxed);
        for entry in departed {
            let endpoint = &entry.instance.endpoint;
            let (client, reason) = match &entry.past {
                Past::Connection(past) => (ClientId::Connection(past.id.clone()), Departure::ClientGone),
                Past::Beats | Past::Several => {
                    (ClientId::Address(endpoint.clone(), Lifetime::Ephemeral), Departure::BeatsStopped)
                }
            };
            let (reason, first) = (why.unwrap_or(reason), Some(endpoint.clone()));
            self.journal.note(now.wall, key, || {
                let entry = Entry { first, instances: 1 };
                Event::InstanceDeregistered { client, entry, reason }
            });
        }
    }

    /// Removes what is left of connections whose client is back and has had the time to register all that it has.
    pub(super) fn forsake_due(&self, context: &Context<'_>) {
        let is_due = |past: &mut Arc<PastConnection>| {
            past.returned.lock().is_none_or(|returned| context.active.since(returned) > REDO_MAX)
        };
        let due: Vec<_> = self.warm.returning.lock().extract_if(.., is_due).collect();
        for past in due {
            for key in std::mem::take(&mut *past.services.lock()) {
                let mut shard = self.service_shard(&key);
                let taken = shard.forsake(&key, &past, context);
                self.settle(&shard, &key, effect_of(&taken), context.now);
                self.note_departed(&key, &taken, None, context.now);
            }
        }
    }
}
