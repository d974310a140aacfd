//! The discovery engine: all clients and services of this node, in memory.
//!
//! Plain calls: none waits, but for those that commit a command (in `operating`). Time is passed in.
//!
//! ```text
//! ClientId ─▶ client shard (64) ─▶ Client  { services published, services subscribed }
//! ServiceKey ─▶ service shard (64) ─▶ Service { publications by client, subscribers by client, overlays, view }
//! ```
//!
//! A client lists a service as published exactly while the service holds its publication; likewise subscriptions.
//! Both sides change under both locks. **Lock order: client shard → service shard → patterns → catalog → changed
//! services → push queue → journal**; never two shards of one kind, never an await. Beats take the service shard's lock only.

use std::{
    hash::BuildHasher,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwap;
use navaid_core::{
    ClientId, Instance, InstanceId, Moment, Now, ServiceKey, Switches, pattern_index::PatternIndex,
    seam::Commit,
};
use parking_lot::{Mutex, MutexGuard};

use crate::{
    catalog::Catalog,
    changed_services::ChangedServices,
    client_shard::ClientShard,
    context::Context,
    instance_ids::{InstanceIdGenerator, InstanceIds, UnknownGenerator},
    journal::Journal,
    labels::LabelTable,
    pulse::Pulse,
    push_queue::PushQueue,
    ref_clock::RefClock,
    refusals::Refusals,
    settings::NamingSettings,
    shard::{Effect, Listing, ServiceShard},
};

mod applying;
mod beating;
mod counting;
mod operating;
mod publishing;
mod reading;
mod sizes;
mod subscribing;
mod switching;
#[cfg(test)]
mod tests;
mod warming;
mod watching;

pub use beating::{BeatAnswer, FullBeat};
pub use counting::Counters;
pub use reading::{PersistentInstance, ServiceDetail, SubscriberRow};
pub use sizes::{Sizes, SizesByLifetime};
pub use warming::{Restoration, UnconfirmedRow, WarmCounts};

use warming::Warm;

const SHARDS: usize = 64;

/// See the module.
pub struct Naming {
    settings: NamingSettings,
    commit: Arc<dyn Commit>,
    switches: ArcSwap<Switches>,
    /// The switches as they are stored: without what was changed on this member alone. Held by who changes any.
    stored_switches: Mutex<Switches>,
    labels: ArcSwap<LabelTable>,
    hasher: foldhash::fast::RandomState,
    clients: Box<[Mutex<ClientShard>]>,
    services: Box<[Mutex<ServiceShard>]>,
    catalog: Mutex<Catalog>,
    patterns: Mutex<PatternIndex<ServiceKey>>,
    /// Whether anybody watches by pattern: spares changes the lock.
    has_patterns: AtomicBool,
    changed: ChangedServices,
    pushes: PushQueue,
    journal: Journal,
    refusals: Refusals,
    /// Of the counts of changes; see `counting`.
    week: Mutex<u64>,
    pulse: Pulse,
    ref_clock: RefClock,
    warm: Warm,
    ids: InstanceIds,
    /// Counts what was applied and loaded.
    replicated: AtomicU64,
}

impl Naming {
    /// An empty engine. What is replicated goes through `commit` and comes back by [`Naming::apply`]; what was stored
    /// is brought by [`Naming::load`] before anybody asks.
    pub fn new(settings: NamingSettings, commit: Arc<dyn Commit>) -> Self {
        let mut ids = InstanceIds::default();
        settings.id_templates.iter().for_each(|template| ids.add(Arc::new(template.clone())));
        Self {
            commit,
            switches: ArcSwap::from_pointee(settings.switches.clone()),
            stored_switches: Mutex::new(settings.switches.clone()),
            labels: ArcSwap::default(),
            hasher: foldhash::fast::RandomState::default(),
            clients: (0..SHARDS).map(|_| Mutex::new(ClientShard::new())).collect(),
            services: (0..SHARDS).map(|_| Mutex::new(ServiceShard::new(settings.keeps_ephemeral))).collect(),
            catalog: Mutex::default(),
            patterns: Mutex::new(PatternIndex::new(settings.patterns)),
            has_patterns: AtomicBool::default(),
            changed: ChangedServices::default(),
            pushes: PushQueue::new(settings.push_delay),
            journal: Journal::new(settings.journal_entries),
            refusals: Refusals::default(),
            week: Mutex::default(),
            pulse: Pulse::default(),
            ref_clock: RefClock::default(),
            warm: Warm::default(),
            ids,
            replicated: AtomicU64::default(),
            settings,
        }
    }

    /// Adds a generator of instance ids to those that the settings define, which come first.
    #[must_use]
    pub fn with_id_generator(mut self, generator: Arc<dyn InstanceIdGenerator>) -> Self {
        self.ids.add(generator);
        self
    }

    /// What happened lately. Edges note in it what they alone know of: that a push arrived.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Which services changed, for the one who follows them.
    pub fn changed_services(&self) -> &ChangedServices {
        &self.changed
    }

    pub fn settings(&self) -> &NamingSettings {
        &self.settings
    }

    /// Grows with every change of the replicated state, after the change can be seen: what was read of persistent
    /// instances and of clusters stands as long as this is the same as before reading.
    pub fn replicated_revision(&self) -> u64 {
        self.replicated.load(Ordering::Acquire)
    }

    fn replicated_changed(&self) {
        self.replicated.fetch_add(1, Ordering::Release);
    }

    /// The id for an instance that is to be registered and comes without one.
    ///
    /// # Errors
    /// Its metadata asks for a generator that does not exist.
    pub fn instance_id(
        &self,
        key: &ServiceKey,
        instance: &Instance,
        now: Now,
    ) -> Result<InstanceId, UnknownGenerator> {
        self.ids.id_for(key, instance, self.settings.worker_id, now.wall)
    }

    /// The latest generated number of an instance id, and the worker it was made by; none before the first.
    pub fn latest_instance_number(&self) -> Option<(u64, u16)> {
        let worker = self.settings.worker_id;
        self.ids.latest(worker).map(|number| (number, worker))
    }

    /// When [`Naming::push_due`] has something to do next; none if nothing waits or pushing is switched off.
    pub fn next_push(&self) -> Option<Moment> {
        self.pushes.next_turn().filter(|_| self.switches.load().push_enabled)
    }

    /// Waits until [`Naming::next_push`] may have come nearer. Cancel safe; for one waiter.
    pub async fn push_planned(&self) {
        self.pushes.rung().await;
    }

    /// Replaces the table of labels; a table that says the same changes nothing. Services that select by labels are
    /// looked at anew, and their subscribers told.
    pub fn set_labels(&self, labels: LabelTable, now: Now) {
        if **self.labels.load() == labels {
            return;
        }
        self.labels.store(Arc::new(labels));
        for shard in &self.services {
            let mut shard = shard.lock();
            for key in shard.renew_labelled(now.mono) {
                self.settle(&shard, &key, Effect::CHANGED, now);
            }
        }
    }

    fn context<'a>(&'a self, switches: &'a Switches, now: Now) -> Context<'a> {
        Context { settings: &self.settings, switches, now, active: self.pulse.active(now) }
    }

    fn client_shard(&self, client: &ClientId) -> MutexGuard<'_, ClientShard> {
        self.clients[self.shard_of(client)].lock()
    }

    fn service_shard(&self, key: &ServiceKey) -> MutexGuard<'_, ServiceShard> {
        self.services[self.shard_of(key)].lock()
    }

    fn shard_of(&self, id: &impl std::hash::Hash) -> usize {
        // The maps inside use the low bits of another hasher; any bits of this one do.
        usize::try_from(self.hasher.hash_one(id) % SHARDS as u64).expect("below 64")
    }

    /// Makes the effect of a change known. Called with the service's shard locked, so that lists and pushes follow
    /// the order of changes.
    fn settle(&self, shard: &ServiceShard, key: &ServiceKey, effect: Effect, now: Now) {
        match effect.listing {
            Listing::Same => {}
            Listing::Appeared => self.catalog.lock().insert(key),
            Listing::Gone => self.catalog.lock().remove(key),
        }
        self.note_for_watchers(shard, key, effect);
        if effect.is_changed || effect.listing != Listing::Same {
            self.changed.mark(key);
        }
        if effect.is_changed && shard.get(key).is_some_and(|service| !service.subscribers.is_empty()) {
            self.pushes.changed(key, now.mono);
        }
    }
}
