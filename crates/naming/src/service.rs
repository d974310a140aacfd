//! One service: who publishes in it, who listens to it, and what an operator set on it and its instances.
//!
//! A service is *listed* from its first instance or its creation by an operator until it has been empty for a
//! minute. Its entry lives longer: as long as anybody subscribes, and as long as what an operator set is remembered.

use std::{sync::Arc, time::Duration};

use hashbrown::{Equivalent, HashMap};
use navaid_core::{
    ClientId, ClusterName, Endpoint, Instance, Lifetime, Moment, ServiceKey, ServiceMetadata, Timestamp,
    command::{Overlay, OverlayTarget},
};

use crate::{
    context::Context,
    publication::Publication,
    rare_map::RareMap,
    subscriber::Subscriber,
    unconfirmed::{Past, Unconfirmed},
    view::{Part, View, ViewHead, render},
    wheel,
};

type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// See the module. Costs some 300 bytes, plus its publications and subscribers.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) key: ServiceKey,
    /// Set while the service is listed: by its first instance or by its creation.
    pub(crate) lifetime: Option<Lifetime>,
    pub(crate) metadata: Option<Arc<ServiceMetadata>>,
    /// Since when the metadata belongs to a service that is gone.
    pub(crate) metadata_marked: Option<Moment>,
    pub(crate) publications: Map<ClientId, Publication>,
    /// Instances that nobody publishes at the moment.
    pub(crate) unconfirmed: Unconfirmed,
    pub(crate) overlays: RareMap<OverlayTarget, MarkedOverlay>,
    /// What clients whose beats ran out had published, for a beat that brings them back.
    pub(crate) remembered: RareMap<ClientId, Remembered>,
    pub(crate) subscribers: Map<ClientId, Arc<Subscriber>>,
    /// When the service was listed; the epoch while it is not, or before that is known.
    pub(crate) created: Timestamp,
    /// Last change of what is published, or the creation.
    pub(crate) updated: Moment,
    /// Changes since the entry was made, or since they are counted anew.
    changes: u64,
    /// `last_ref_time` of the newest view.
    stamp: u64,
    view: Option<Arc<View>>,
}

#[derive(Debug)]
pub(crate) struct MarkedOverlay {
    pub(crate) overlay: Arc<Overlay>,
    /// Since when the overlay belongs to no instance.
    pub(crate) marked: Option<Moment>,
}

#[derive(Debug)]
pub(crate) struct Remembered {
    pub(crate) instance: Arc<Instance>,
    pub(crate) until: Moment,
}

/// [`OverlayTarget`] by reference.
#[derive(Hash)]
struct TargetRef<'a> {
    endpoint: &'a Endpoint,
    cluster: &'a ClusterName,
}

impl Equivalent<OverlayTarget> for TargetRef<'_> {
    fn equivalent(&self, target: &OverlayTarget) -> bool {
        *self.endpoint == target.endpoint && *self.cluster == target.cluster
    }
}

impl Service {
    /// An entry that is not listed yet. Its views are newer than `floor`.
    pub(crate) fn new(key: ServiceKey, floor: u64, now: Moment) -> Self {
        Self {
            key,
            lifetime: None,
            metadata: None,
            metadata_marked: None,
            publications: Map::default(),
            unconfirmed: Unconfirmed::default(),
            created: Timestamp::default(),
            overlays: RareMap::default(),
            remembered: RareMap::default(),
            subscribers: Map::default(),
            updated: now,
            changes: 0,
            stamp: floor,
            view: None,
        }
    }

    /// The lifetime that instances must have. It is remembered as long as the service's metadata.
    pub(crate) fn fixed_lifetime(&self) -> Option<Lifetime> {
        self.lifetime.or_else(|| self.metadata.as_ref().map(|metadata| metadata.lifetime))
    }

    pub(crate) fn shown_lifetime(&self) -> Lifetime {
        self.fixed_lifetime().unwrap_or(Lifetime::Ephemeral)
    }

    /// (!) An empty batch counts (`spec/naming-semantics` §3.4).
    pub(crate) fn has_instances(&self) -> bool {
        !self.publications.is_empty() || !self.unconfirmed.is_empty()
    }

    pub(crate) fn has_persistent_instances(&self) -> bool {
        self.publications.keys().any(|client| client.lifetime() == Lifetime::Persistent)
    }

    /// Whether the entry holds nothing that anybody could ask for.
    pub(crate) fn is_forgettable(&self) -> bool {
        self.lifetime.is_none()
            && self.metadata.is_none()
            && !self.has_instances()
            && self.overlays.is_empty()
            && self.remembered.is_empty()
            && self.subscribers.is_empty()
    }

    /// What follows from a change: the next reader makes a new view.
    pub(crate) fn changed(&mut self, now: Moment) {
        self.view = None;
        self.updated = now;
        self.changes += 1;
    }

    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    pub(crate) fn count_changes_anew(&mut self) {
        self.changes = 0;
    }

    pub(crate) fn stamp(&self) -> u64 {
        self.stamp
    }

    /// The view of the current revision. `time` is of the clock of `lastRefTime`.
    pub(crate) fn view(&mut self, time: Timestamp) -> Arc<View> {
        if let Some(view) = &self.view {
            return view.clone();
        }
        self.stamp = time.as_millis().max(self.stamp + 1);
        let head = ViewHead {
            key: self.key.clone(),
            lifetime: self.shown_lifetime(),
            created: self.created,
            metadata: self.metadata.clone(),
            last_ref_time: self.stamp,
        };
        let view = Arc::new(View::new(head, self.parts()));
        self.view = Some(view.clone());
        view
    }

    fn parts(&self) -> Vec<Part> {
        self.instances().map(|instance| (instance.clone(), self.overlay(instance).cloned())).collect()
    }

    fn overlay(&self, instance: &Instance) -> Option<&Arc<Overlay>> {
        if self.overlays.is_empty() {
            return None;
        }
        let target = TargetRef { endpoint: &instance.endpoint, cluster: &instance.cluster };
        self.overlays.get(&target).map(|marked| &marked.overlay)
    }

    /// An instance with its overlay.
    pub(crate) fn shown(&self, instance: &Arc<Instance>) -> Arc<Instance> {
        render(instance.clone(), self.overlay(instance).cloned())
    }

    /// How long an instance may be silent before it must be looked at.
    pub(crate) fn patience(&self, instance: &Arc<Instance>, context: &Context<'_>) -> Duration {
        context.patience(&self.shown(instance), self.metadata.as_deref())
    }

    /// An instance of this name, as published.
    pub(crate) fn published(&self, target: &OverlayTarget) -> Option<&Arc<Instance>> {
        self.instances().find(|i| i.endpoint == target.endpoint && i.cluster == target.cluster)
    }

    /// All that is served, published or unconfirmed.
    fn instances(&self) -> impl Iterator<Item = &Arc<Instance>> {
        let published = self.publications.values().flat_map(Publication::instances);
        published.chain(self.unconfirmed.iter().map(|entry| &entry.instance))
    }

    /// How long an instance is served after a restart: the setting is a promise that it is gone by then, and the wheel
    /// and whoever turns it may be late. One that lives by beats is given at least the silence that it
    /// asked for, which may be longer than the pause between its beats.
    pub(crate) fn unconfirmed_for(
        &self,
        instance: &Arc<Instance>,
        past: &Past,
        context: &Context<'_>,
    ) -> Duration {
        let usual = context.settings.unconfirmed_for.saturating_sub(wheel::LATE_MAX);
        match past {
            Past::Beats => usual.max(context.removal(&self.shown(instance), self.metadata.as_deref())),
            Past::Connection(_) | Past::Several => usual,
        }
    }

    pub(crate) fn instance_count(&self) -> usize {
        let published: usize =
            self.publications.values().map(|publication| publication.instances().len()).sum();
        published + self.unconfirmed.len()
    }
}
