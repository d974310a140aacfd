//! The replicated part of discovery: persistent instances, overlays, metadata of services.
//!
//! Outcome and records follow from the replicated state and the command alone, never from what only this node has
//! (ephemeral instances, clocks): that is checked before proposing, in [`crate::naming`].

use std::sync::Arc;

use navaid_core::{
    ClientId, ClusterName, Endpoint, Instance, Lifetime, Now, Outcome, Record, ServiceKey, ServiceMetadata,
    Timestamp,
    command::{NamingCommand, NamingRefusal, Overlay, OverlayTarget, ServiceUpdate},
    event::{Event, HealthCheck, Removal},
    seam::Applied,
    service::{ClusterMetadata, HealthChecker},
};

use super::Naming;
use crate::{
    context::Context,
    publication::{Content, Publication},
    shard::{Listing, Published, ServiceShard},
};

impl Naming {
    /// Applies one ordered command; `at` is the proposer's time. Deadlines that follow from it, which are this node's
    /// own affair, count from the latest time that the engine was told.
    pub fn apply(&self, at: Timestamp, command: &NamingCommand) -> Applied {
        let switches = self.switches.load();
        let context = self.context(&switches, Now { wall: at, mono: self.pulse.latest() });
        let applied = match command {
            NamingCommand::Register { key, instance } => self.apply_register(key, instance, &context),
            NamingCommand::Deregister { key, endpoint } => self.apply_deregister(key, endpoint, &context),
            NamingCommand::SetHealth { key, endpoint, healthy } => {
                self.apply_health(key, endpoint, *healthy, &context)
            }
            NamingCommand::PutOverlay { key, target, overlay } => {
                self.apply_overlay(key, target, overlay.clone(), &context)
            }
            NamingCommand::PatchOverlay { key, target, base, patch } => {
                let overlay = patch.of(self.stored_overlay(key, target).as_deref().unwrap_or(base));
                self.apply_overlay(key, target, overlay, &context)
            }
            NamingCommand::RemoveOverlay { key, target } => self.apply_overlay_removal(key, target, &context),
            NamingCommand::CreateService { key, metadata } => self.apply_creation(key, metadata, &context),
            NamingCommand::UpdateService { key, update } => self.apply_update(key, update, &context),
            NamingCommand::RemoveService { key } => self.apply_removal(key, &context),
            NamingCommand::PutCluster { key, cluster, metadata } => {
                self.apply_cluster(key, cluster, metadata, &context)
            }
            NamingCommand::ChangeSwitch(change) => self.apply_switch(change, context.now),
        };
        self.replicated_changed();
        applied
    }

    /// Takes a stored record back at start.
    ///
    /// # Errors
    /// The record is another engine's, or removes something; it is given back.
    pub fn load(&self, record: Record) -> Result<(), Box<Record>> {
        let now = Now { wall: Timestamp::default(), mono: self.pulse.latest() };
        let switches = self.switches.load();
        let context = self.context(&switches, now);
        match record {
            Record::PutInstance(key, instance) => {
                self.publish_persistent(&key, &persistent(&instance.endpoint), instance, &context);
            }
            Record::PutService(key, metadata) => {
                let mut shard = self.service_shard(&key);
                let effect = shard.put_metadata(&key, metadata, &context);
                self.settle(&shard, &key, effect, now);
            }
            Record::PutOverlay(key, target, overlay) => {
                let mut shard = self.service_shard(&key);
                let effect = shard.put_overlay(&key, &target, overlay, &context);
                self.settle(&shard, &key, effect, now);
            }
            Record::PutSwitches(stored) => self.load_switches(*stored, now),
            other => return Err(Box::new(other)),
        }
        self.replicated_changed();
        Ok(())
    }

    fn apply_register(&self, key: &ServiceKey, instance: &Instance, context: &Context<'_>) -> Applied {
        if let Some(metadata) = self.metadata(key)
            && metadata.lifetime == Lifetime::Ephemeral
        {
            return refused(NamingRefusal::LifetimeMismatch { service: Lifetime::Ephemeral });
        }
        let id = persistent(&instance.endpoint);
        match self.publish_persistent(key, &id, instance.clone(), context) {
            Some(published) if published.effect.is_changed => {
                self.note_publication(&id, key, &published, context.now);
                done(vec![Record::PutInstance(key.clone(), instance.clone())])
            }
            Some(_) | None => done(Vec::new()),
        }
    }

    /// What it did; nothing for a client that is none.
    fn publish_persistent(
        &self,
        key: &ServiceKey,
        id: &ClientId,
        instance: Instance,
        context: &Context<'_>,
    ) -> Option<Published> {
        let mut clients = self.client_shard(id);
        let client = clients.admit(id, context.active).ok()?;
        let mut shard = self.service_shard(key);
        let published = shard.publish_as(key, id, Content::Single(instance), context);
        client.publishes(shard.own_key(key), published.before, published.after);
        self.settle(&shard, key, published.effect, context.now);
        Some(published)
    }

    fn apply_deregister(&self, key: &ServiceKey, endpoint: &Endpoint, context: &Context<'_>) -> Applied {
        let was_there = self.withdraw(&persistent(endpoint), key, context.now);
        done(was_there.then(|| Record::RemoveInstance(key.clone(), endpoint.clone())).into_iter().collect())
    }

    fn apply_health(
        &self,
        key: &ServiceKey,
        endpoint: &Endpoint,
        healthy: bool,
        context: &Context<'_>,
    ) -> Applied {
        let client = persistent(endpoint);
        let mut shard = self.service_shard(key);
        let Some(effect) = shard.set_health(key, &client, healthy, context) else { return done(Vec::new()) };
        self.settle(&shard, key, effect, context.now);
        let entry = shard.get(key).and_then(|service| service.publications.get(&client));
        let instance = entry.map(Publication::instances).and_then(<[_]>::first).filter(|_| effect.is_changed);
        if let Some(instance) = instance {
            let check = check_of(&shard, key, &instance.cluster);
            self.journal.note(context.wall(), key, || Event::HealthChanged {
                endpoint: endpoint.clone(),
                healthy,
                check,
            });
        }
        done(
            instance
                .map(|instance| Record::PutInstance(key.clone(), (**instance).clone()))
                .into_iter()
                .collect(),
        )
    }

    fn apply_overlay(
        &self,
        key: &ServiceKey,
        target: &OverlayTarget,
        overlay: Overlay,
        context: &Context<'_>,
    ) -> Applied {
        let record = Record::PutOverlay(key.clone(), target.clone(), overlay.clone());
        let mut shard = self.service_shard(key);
        let effect = shard.put_overlay(key, target, overlay, context);
        self.settle(&shard, key, effect, context.now);
        let endpoint = || target.endpoint.clone();
        self.journal.note(context.wall(), key, || Event::InstanceUpdated { endpoint: endpoint() });
        done(vec![record])
    }

    fn stored_overlay(&self, key: &ServiceKey, target: &OverlayTarget) -> Option<Arc<Overlay>> {
        self.service_shard(key).get(key)?.overlays.get(target).map(|marked| marked.overlay.clone())
    }

    fn apply_overlay_removal(
        &self,
        key: &ServiceKey,
        target: &OverlayTarget,
        context: &Context<'_>,
    ) -> Applied {
        let mut shard = self.service_shard(key);
        let Some(effect) = shard.remove_overlay(key, target, context) else { return done(Vec::new()) };
        self.settle(&shard, key, effect, context.now);
        done(vec![Record::RemoveOverlay(key.clone(), target.clone())])
    }

    /// Metadata that is there already may belong to a service that is gone and about to be forgotten: creation then
    /// starts it afresh, but for its clusters, as the reference does.
    fn apply_creation(&self, key: &ServiceKey, metadata: &ServiceMetadata, context: &Context<'_>) -> Applied {
        let mut shard = self.service_shard(key);
        if has_persistent_instances(&shard, key) {
            return refused(NamingRefusal::ServiceExists);
        }
        let mut metadata = metadata.clone();
        if let Some(old) = shard.get(key).and_then(|service| service.metadata.as_ref()) {
            for (cluster, settings) in &old.clusters {
                metadata.clusters.entry(cluster.clone()).or_insert_with(|| settings.clone());
            }
        }
        let is_new = shard.get(key).is_none_or(|service| service.lifetime.is_none());
        let applied = self.store_metadata(&mut shard, key, metadata, context);
        if is_new {
            self.journal.note(context.wall(), key, || Event::ServiceRegistered);
        }
        applied
    }

    fn apply_update(&self, key: &ServiceKey, update: &ServiceUpdate, context: &Context<'_>) -> Applied {
        let mut shard = self.service_shard(key);
        let ServiceUpdate { protect_threshold, selector, metadata } = update.clone();
        let stored =
            ServiceMetadata { protect_threshold, selector, metadata, ..stored_metadata(&shard, key) };
        self.journal.note(context.wall(), key, || Event::ServiceUpdated);
        self.store_metadata(&mut shard, key, stored, context)
    }

    fn apply_cluster(
        &self,
        key: &ServiceKey,
        cluster: &ClusterName,
        settings: &ClusterMetadata,
        context: &Context<'_>,
    ) -> Applied {
        let mut shard = self.service_shard(key);
        let mut metadata = stored_metadata(&shard, key);
        metadata.clusters.insert(cluster.clone(), settings.clone());
        self.journal.note(context.wall(), key, || Event::ServiceUpdated);
        self.store_metadata(&mut shard, key, metadata, context)
    }

    fn apply_removal(&self, key: &ServiceKey, context: &Context<'_>) -> Applied {
        let mut shard = self.service_shard(key);
        if has_persistent_instances(&shard, key) {
            return refused(NamingRefusal::ServiceNotEmpty);
        }
        let (had_metadata, effect) = shard.remove_service(key, context);
        self.settle(&shard, key, effect, context.now);
        if effect.listing == Listing::Gone {
            let reason = Removal::Requested;
            self.journal.note(context.wall(), key, || Event::ServiceDeregistered { reason });
        }
        done(had_metadata.then(|| Record::RemoveService(key.clone())).into_iter().collect())
    }

    fn store_metadata(
        &self,
        shard: &mut ServiceShard,
        key: &ServiceKey,
        metadata: ServiceMetadata,
        context: &Context<'_>,
    ) -> Applied {
        let record = Record::PutService(key.clone(), metadata.clone());
        let effect = shard.put_metadata(key, metadata, context);
        self.settle(shard, key, effect, context.now);
        done(vec![record])
    }

    fn metadata(&self, key: &ServiceKey) -> Option<Arc<ServiceMetadata>> {
        self.service_shard(key).get(key).and_then(|service| service.metadata.clone())
    }
}

pub(super) fn persistent(endpoint: &Endpoint) -> ClientId {
    ClientId::Address(endpoint.clone(), Lifetime::Persistent)
}

fn has_persistent_instances(shard: &ServiceShard, key: &ServiceKey) -> bool {
    shard.get(key).is_some_and(|service| service.has_persistent_instances())
}

/// What finds the health of a cluster's persistent instances: its prober, or else an operator.
fn check_of(shard: &ServiceShard, key: &ServiceKey, cluster: &ClusterName) -> HealthCheck {
    let metadata = shard.get(key).and_then(|service| service.metadata.as_ref());
    let checker =
        metadata.and_then(|metadata| metadata.clusters.get(cluster)).map(|cluster| &cluster.checker);
    HealthCheck::from(checker.unwrap_or(&HealthChecker::Tcp))
}

/// The replicated metadata of a service, or what a service without any starts from.
fn stored_metadata(shard: &ServiceShard, key: &ServiceKey) -> ServiceMetadata {
    let lifetime = Lifetime::from_ephemeral(!has_persistent_instances(shard, key));
    let stored = shard.get(key).and_then(|service| service.metadata.as_deref().cloned());
    stored.unwrap_or_else(|| ServiceMetadata::new(lifetime))
}

fn done(records: Vec<Record>) -> Applied {
    Applied { outcome: Outcome::Done, records }
}

fn refused(refusal: NamingRefusal) -> Applied {
    Applied { outcome: Outcome::Naming(refusal), records: Vec::new() }
}
