//! The services of one shard, with the timers that belong to them: every change of a service is one method here,
//! under one lock, and says what it means to others by its [`Effect`].

use std::{sync::Arc, time::Duration};

use hashbrown::{HashMap, HashSet};
use navaid_core::{ClientId, Endpoint, Instance, Lifetime, Moment, ServiceKey, command::NamingCommand};

use crate::{
    beat_table::{BeatOwner, BeatTable},
    beat_terms::{BEAT_INTERVAL_KEY, period},
    census::Census,
    context::{Context, Verdict},
    error::NamingError,
    publication::{Content, Publication, target_of},
    service::{Remembered, Service},
    wheel::TimerWheel,
};

mod chores;
mod operator;
mod saving;
mod unconfirmed;

pub(crate) use chores::Chore;
use unconfirmed::Replaced;
pub(crate) use unconfirmed::{Confirmed, effect_of};

/// What a change means to others. Must be handed to the registry while the shard is locked.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Effect {
    /// Whether callers may see something else than before.
    pub(crate) is_changed: bool,
    pub(crate) listing: Listing,
}

/// Whether the service came into the lists or left them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Listing {
    #[default]
    Same,
    Appeared,
    Gone,
}

impl Effect {
    pub(crate) const NONE: Self = Self { is_changed: false, listing: Listing::Same };
    pub(crate) const CHANGED: Self = Self { is_changed: true, listing: Listing::Same };
}

/// What publishing or withdrawing did.
#[derive(Debug, Clone)]
pub(crate) struct Published {
    pub(crate) effect: Effect,
    /// Instances of the client's entry before and after.
    pub(crate) before: usize,
    pub(crate) after: usize,
    /// The first instance of what came, or went; none if nothing changed.
    pub(crate) first: Option<Endpoint>,
    pub(crate) confirmed: Confirmed,
}

/// What a beat found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heard {
    pub(crate) effect: Effect,
    /// Pause until the next beat that the instance asks for, if it does.
    pub(crate) interval: Duration,
}

#[derive(Debug)]
pub(crate) struct ServiceShard {
    services: HashMap<ServiceKey, Service, foldhash::fast::RandomState>,
    beats: BeatTable,
    chores: TimerWheel<Chore>,
    /// Newest `last_ref_time` of services that this shard does not know any more.
    stamp_floor: u64,
    /// Instances in all publications.
    instances: usize,
    publications: Census,
    subscriptions: Census,
    /// Instances that nobody publishes at the moment; counted among the instances.
    unconfirmed: usize,
    /// Whether what changed is noted, for somebody who keeps it over a restart.
    keeps: bool,
    /// Services of which something else is kept than what they are. Bounded by whoever takes them, often.
    unsaved: HashSet<ServiceKey, foldhash::fast::RandomState>,
}

impl ServiceShard {
    pub(crate) fn new(keeps: bool) -> Self {
        Self {
            services: HashMap::default(),
            beats: BeatTable::new(),
            chores: TimerWheel::new(),
            stamp_floor: 0,
            instances: 0,
            publications: Census::default(),
            subscriptions: Census::default(),
            unconfirmed: 0,
            keeps,
            unsaved: HashSet::default(),
        }
    }

    pub(crate) fn get(&self, key: &ServiceKey) -> Option<&Service> {
        self.services.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &ServiceKey) -> Option<&mut Service> {
        self.services.get_mut(key)
    }

    /// The key as the service's entry holds it: who keeps this one shares its text. The given one if there is none.
    pub(crate) fn own_key<'a>(&'a self, key: &'a ServiceKey) -> &'a ServiceKey {
        self.services.get(key).map_or(key, |service| &service.key)
    }

    pub(crate) fn services(&self) -> impl Iterator<Item = &Service> {
        self.services.values()
    }

    pub(crate) fn instances(&self) -> usize {
        self.instances
    }

    pub(crate) fn unconfirmed(&self) -> usize {
        self.unconfirmed
    }

    pub(crate) fn publications(&self) -> Census {
        self.publications
    }

    pub(crate) fn subscriptions(&self) -> Census {
        self.subscriptions
    }

    /// Reserves a `last_ref_time` for an answer about a service that is not known here.
    pub(crate) fn stamp_unknown(&mut self, wall: u64) -> u64 {
        self.stamp_floor = self.stamp_floor.max(wall);
        self.stamp_floor
    }

    /// The entry of a service, made if need be.
    pub(crate) fn entry(&mut self, key: &ServiceKey, now: Moment) -> &mut Service {
        let floor = self.stamp_floor;
        self.services.entry_ref(key).or_insert_with(|| Service::new(key.clone(), floor, now))
    }

    /// Forgets the entry if it holds nothing.
    pub(crate) fn forget_if_empty(&mut self, key: &ServiceKey) {
        if let Some(service) = self.services.get(key)
            && service.is_forgettable()
        {
            self.stamp_floor = self.stamp_floor.max(service.stamp());
            self.services.remove(key);
        }
    }

    pub(crate) fn add_subscription(&mut self, client: &ClientId) {
        *self.subscriptions.of(client) += 1;
    }

    pub(crate) fn drop_subscription(&mut self, client: &ClientId) {
        *self.subscriptions.of(client) -= 1;
    }

    pub(crate) fn count_changes_anew(&mut self) {
        self.services.values_mut().for_each(Service::count_changes_anew);
    }

    /// Makes `content` the client's entry in the service.
    ///
    /// # Errors
    /// The service is of the other lifetime.
    pub(crate) fn publish(
        &mut self,
        key: &ServiceKey,
        client: &ClientId,
        content: Content,
        context: &Context<'_>,
    ) -> Result<Published, NamingError> {
        let wanted = client.lifetime();
        if let Some(fixed) = self.services.get(key).and_then(Service::fixed_lifetime)
            && fixed != wanted
        {
            return Err(NamingError::LifetimeMismatch { service: fixed });
        }
        Ok(self.publish_as(key, client, content, context))
    }

    /// As [`ServiceShard::publish`], where the order of commands has already decided that it may be: the service's
    /// lifetime becomes the client's.
    pub(crate) fn publish_as(
        &mut self,
        key: &ServiceKey,
        client: &ClientId,
        mut content: Content,
        context: &Context<'_>,
    ) -> Published {
        let listing = self.list(key, client.lifetime(), context);
        let after = content.len();
        let service = self.services.get_mut(key).expect("listed above");
        service.remembered.remove(client);
        let old = service.publications.get(client);
        if let Some(old) = old.filter(|old| old.is(&content)) {
            if let Some(slot) = old.beat() {
                self.beats.touch(slot, context.active);
            }
            let effect = Effect { is_changed: false, listing };
            let confirmed = Confirmed::default();
            return Published { effect, before: after, after, first: None, confirmed };
        }
        let is_known = old.is_some();
        let before = old.map_or(0, |old| old.instances().len());
        let old_slot = old.and_then(Publication::beat);
        let first = content.first().map(|instance| instance.endpoint.clone());
        content.share(
            service.publications.values().find_map(|entry| entry.instances().first()).map(|known| &**known),
        );
        let unconfirmed = Replaced::by(service, client, &content);
        let is_changed = is_known || !unconfirmed.shows_the_same(&content);
        let replaced = service.publications.insert(client.clone(), Publication::new(content, old_slot));
        if is_changed {
            service.changed(context.mono());
        }
        if replaced.is_none() {
            *self.publications.of(client) += 1;
        }
        self.follow_beats(key, client, context);
        self.instances = self.instances + after - before - unconfirmed.len();
        self.unconfirmed -= unconfirmed.len();
        self.mark_present(key, client);
        let old = replaced.as_ref().map(Publication::instances).unwrap_or_default();
        let left = unconfirmed.left.iter().map(|entry| &*entry.instance);
        self.mark_gone(key, old.iter().map(|instance| &**instance).chain(left), context);
        self.not_saved(key);
        let confirmed = unconfirmed.told(client);
        Published { effect: Effect { is_changed, listing }, before, after, first, confirmed }
    }

    /// After a client's entry was replaced: its beats are followed by the terms of the new one, if it lives by beats.
    fn follow_beats(&mut self, key: &ServiceKey, client: &ClientId, context: &Context<'_>) {
        let Some(service) = self.services.get_mut(key) else { return };
        // Others live by their connection, or in the replicated state.
        let ClientId::Address(endpoint, Lifetime::Ephemeral) = client else { return };
        let patience = match service.publications.get(client) {
            Some(Publication::Single { instance, .. }) => service.patience(instance, context),
            _ => return,
        };
        let owner = || BeatOwner { service: service.key.clone(), endpoint: endpoint.clone() };
        let Some(Publication::Single { beat, .. }) = service.publications.get_mut(client) else { return };
        if let Some(slot) = *beat {
            self.beats.touch(slot, context.active);
            self.beats.set_patience(slot, patience);
        } else {
            *beat = Some(self.beats.insert(owner(), context.active, patience));
        }
    }

    /// Removes the client's entry; none if it has none.
    pub(crate) fn withdraw(
        &mut self,
        key: &ServiceKey,
        client: &ClientId,
        context: &Context<'_>,
    ) -> Option<Published> {
        let service = self.services.get_mut(key)?;
        let removed = service.publications.remove(client)?;
        if let Some(slot) = removed.beat() {
            self.beats.remove(slot);
        }
        service.changed(context.mono());
        let before = removed.instances().len();
        self.instances -= before;
        *self.publications.of(client) -= 1;
        self.not_saved(key);
        self.plan_cleaning(key, context);
        self.mark_gone(key, removed.instances().iter().map(|instance| &**instance), context);
        let first = removed.instances().first().map(|instance| instance.endpoint.clone());
        let confirmed = Confirmed::default();
        Some(Published { effect: Effect::CHANGED, before, after: 0, first, confirmed })
    }

    /// Notes a beat of a client's instance; none if the client publishes nothing here.
    pub(crate) fn beat(
        &mut self,
        key: &ServiceKey,
        client: &ClientId,
        context: &Context<'_>,
    ) -> Option<Heard> {
        let service = self.services.get_mut(key)?;
        let Some(Publication::Single { instance, beat: Some(slot) }) = service.publications.get_mut(client)
        else {
            return None;
        };
        let slot = *slot;
        self.beats.touch(slot, context.active);
        let is_back = !instance.healthy;
        if is_back {
            set_healthy(instance, true);
        }
        let instance = instance.clone();
        let shown = service.shown(&instance);
        let interval = period(&shown.metadata, BEAT_INTERVAL_KEY, context.switches.client_beat_interval);
        if !is_back {
            return Some(Heard { effect: Effect::NONE, interval });
        }
        self.beats.set_patience(slot, service.patience(&instance, context));
        service.changed(context.mono());
        self.not_saved(key);
        Some(Heard { effect: Effect::CHANGED, interval })
    }

    /// The publications that have been silent for longer than their terms allow.
    pub(crate) fn overdue(&mut self, active: Moment) -> Vec<BeatOwner> {
        self.beats.overdue(active)
    }

    /// Judges a publication that may have been silent for too long.
    pub(crate) fn judge(&self, owner: &BeatOwner, context: &Context<'_>) -> Verdict {
        let Some((instance, service, last)) = self.beating(owner) else { return Verdict::Patient };
        context.judge(&service.shown(instance), service.metadata.as_deref(), context.active.since(last))
    }

    /// When a beating publication was last heard of.
    pub(crate) fn last_heard(&self, owner: &BeatOwner) -> Option<Moment> {
        self.beating(owner).map(|(_, _, last)| last)
    }

    fn beating(&self, owner: &BeatOwner) -> Option<(&Arc<Instance>, &Service, Moment)> {
        let service = self.services.get(&owner.service)?;
        let publication = service.publications.get(&owner.client())?;
        let last = self.beats.last(publication.beat()?);
        Some((publication.instances().first()?, service, last))
    }

    /// Marks a silent instance unhealthy.
    pub(crate) fn mark_unhealthy(&mut self, owner: &BeatOwner, context: &Context<'_>) -> Effect {
        let Some(service) = self.services.get_mut(&owner.service) else { return Effect::NONE };
        let Some(Publication::Single { instance, beat }) = service.publications.get_mut(&owner.client())
        else {
            return Effect::NONE;
        };
        set_healthy(instance, false);
        let (instance, beat) = (instance.clone(), *beat);
        service.changed(context.mono());
        if let Some(slot) = beat {
            self.beats.set_patience(slot, service.patience(&instance, context));
        }
        self.not_saved(&owner.service);
        Effect::CHANGED
    }

    /// Removes an instance whose beats ran out, and remembers it for a beat that brings it back.
    pub(crate) fn expire(&mut self, owner: &BeatOwner, context: &Context<'_>) -> Option<Published> {
        let (instance, ..) = self.beating(owner)?;
        let until = context.mono() + context.settings.expired_metadata_after;
        let remembered = Remembered { instance: instance.clone(), until };
        let withdrawn = self.withdraw(&owner.service, &owner.client(), context)?;
        self.entry(&owner.service, context.mono()).remembered.insert(owner.client(), remembered);
        self.chores.arm(until, Chore::Remembered(owner.clone()));
        Some(withdrawn)
    }

    /// Lists the service with this lifetime.
    fn list(&mut self, key: &ServiceKey, lifetime: Lifetime, context: &Context<'_>) -> Listing {
        let service = self.entry(key, context.mono());
        service.metadata_marked = None;
        match service.lifetime.replace(lifetime) {
            Some(old) => {
                if old != lifetime {
                    service.changed(context.mono());
                }
                Listing::Same
            }
            None => {
                service.created = context.wall();
                service.changed(context.mono());
                self.not_saved(key);
                Listing::Appeared
            }
        }
    }

    /// Overlays of what a client publishes are kept from expiry.
    fn mark_present(&mut self, key: &ServiceKey, client: &ClientId) {
        let Some(service) = self.services.get_mut(key).filter(|service| !service.overlays.is_empty()) else {
            return;
        };
        let published = service.publications.get(client).into_iter().flat_map(Publication::instances);
        for target in published.map(|instance| target_of(instance)) {
            if let Some(marked) = service.overlays.get_mut(&target) {
                marked.marked = None;
            }
        }
    }

    /// Overlays of instances that went begin to expire, if nobody publishes an instance of their name.
    fn mark_gone<'i>(
        &mut self,
        key: &ServiceKey,
        gone: impl Iterator<Item = &'i Instance>,
        context: &Context<'_>,
    ) {
        let Some(service) = self.services.get_mut(key).filter(|service| !service.overlays.is_empty()) else {
            return;
        };
        for target in gone.map(target_of) {
            if !service.overlays.contains_key(&target) || service.published(&target).is_some() {
                continue;
            }
            if let Some(overlay) = service.overlays.get_mut(&target) {
                overlay.marked = Some(context.mono());
                let at = context.mono() + context.settings.expired_metadata_after;
                self.chores.arm(at, Chore::Overlay(key.clone(), target));
            }
        }
    }
}

fn set_healthy(instance: &mut Arc<Instance>, healthy: bool) {
    *instance = Arc::new(Instance { healthy, ..(**instance).clone() });
}

/// Commands that clean-up asks to be proposed.
pub(crate) type Proposals = Vec<NamingCommand>;
