//! All instances of a service at one revision: immutable, made at most once per revision, and the source of every
//! selection of that revision.
//!
//! ```text
//! service (under its shard's lock)  ──parts──▶  View ──hosts (sorted, merged)──▶ Selection per (clusters, health, labels)
//! ```
//!
//! The lock is held only to copy pointers; sorting, merging and filtering happen in whoever asks first.

use std::sync::{Arc, OnceLock};

use navaid_core::{
    Instance, InstanceId, Lifetime, ServiceKey, ServiceMetadata, Timestamp, command::Overlay,
    service::Selector,
};
use parking_lot::Mutex;

use crate::{
    labels::LabelTable,
    selection::{Filter, HealthFilter, Selection},
};

/// A published instance and what an operator set on it.
pub(crate) type Part = (Arc<Instance>, Option<Arc<Overlay>>);

/// Filled by the first who asks.
type Slot = OnceLock<Arc<Selection>>;

/// See the module.
#[derive(Debug)]
pub struct View {
    pub key: ServiceKey,
    pub lifetime: Lifetime,
    /// When the service came into the lists; kept over restarts. The epoch for one that is not listed.
    pub created: Timestamp,
    /// What an operator set on the service; arms selector and protection.
    pub metadata: Option<Arc<ServiceMetadata>>,
    /// See [`Selection::last_ref_time`].
    pub last_ref_time: u64,
    parts: Mutex<Vec<Part>>,
    hosts: OnceLock<Box<[Arc<Instance>]>>,
    /// Selection of everybody who filters nothing.
    whole: Slot,
    /// The others, oldest first; see [`crate::Limits::selections_per_view`].
    selections: Mutex<Vec<(SelectionKey, Arc<Slot>)>>,
}

/// What a view says beside its instances.
pub(crate) struct ViewHead {
    pub(crate) key: ServiceKey,
    pub(crate) lifetime: Lifetime,
    pub(crate) created: Timestamp,
    pub(crate) metadata: Option<Arc<ServiceMetadata>>,
    pub(crate) last_ref_time: u64,
}

/// What makes two callers of one view see the same.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct SelectionKey {
    clusters: Arc<str>,
    health: HealthFilter,
    /// The consumer's labels, where the service selects by them and the consumer has them all.
    labels: Option<Vec<Arc<str>>>,
}

impl View {
    pub(crate) fn new(head: ViewHead, parts: Vec<Part>) -> Self {
        let ViewHead { key, lifetime, created, metadata, last_ref_time } = head;
        Self {
            key,
            lifetime,
            created,
            metadata,
            last_ref_time,
            parts: Mutex::new(parts),
            hosts: OnceLock::new(),
            whole: OnceLock::new(),
            selections: Mutex::new(Vec::new()),
        }
    }

    /// The raw list: every instance as an operator sees it, disabled and unhealthy ones included, by ip, port and
    /// cluster. (!) Each ip and port stands once in a cluster, also when several clients publish it, or one publishes it
    /// twice: Dubbo does, and meshes refuse it (`spec/clients-on-the-wire` C §2, D §2). What can be used most counts.
    pub fn hosts(&self) -> &[Arc<Instance>] {
        self.hosts.get_or_init(|| {
            let parts = std::mem::take(&mut *self.parts.lock());
            let mut hosts: Vec<_> =
                parts.into_iter().map(|(instance, overlay)| render(instance, overlay)).collect();
            hosts.sort_by(|a, b| order(a, b));
            hosts.dedup_by(|a, b| a.endpoint == b.endpoint && a.cluster == b.cluster);
            hosts.into()
        })
    }

    /// What a caller sees (`spec/naming-semantics` §5.1). `kept` bounds the selections that the view keeps.
    pub(crate) fn select(&self, filter: &Filter<'_>, labels: &LabelTable, kept: usize) -> Arc<Selection> {
        let values = self.label_names().and_then(|names| labels.values(filter.consumer_ip, names));
        if filter.clusters.is_empty() && filter.health == HealthFilter::All && values.is_none() {
            return self.whole.get_or_init(|| Arc::new(self.build(&SelectionKey::default(), labels))).clone();
        }
        let (key, slot) = self.slot(filter, values, kept);
        slot.get_or_init(|| Arc::new(self.build(&key, labels))).clone()
    }

    fn slot(
        &self,
        filter: &Filter<'_>,
        labels: Option<Vec<Arc<str>>>,
        kept: usize,
    ) -> (SelectionKey, Arc<Slot>) {
        let mut selections = self.selections.lock();
        let is_wanted = |key: &SelectionKey| {
            *key.clusters == *filter.clusters && key.health == filter.health && key.labels == labels
        };
        if let Some(known) = selections.iter().find(|(key, _)| is_wanted(key)) {
            return known.clone();
        }
        if selections.len() >= kept.max(1) {
            selections.remove(0);
        }
        let key = SelectionKey { clusters: filter.clusters.into(), health: filter.health, labels };
        selections.push((key.clone(), Arc::default()));
        (key, selections[selections.len() - 1].1.clone())
    }

    fn label_names(&self) -> Option<&[Arc<str>]> {
        match &self.metadata.as_ref()?.selector {
            Selector::None => None,
            Selector::Label { labels, .. } => Some(labels),
        }
    }

    fn build(&self, key: &SelectionKey, labels: &LabelTable) -> Selection {
        let clusters: Vec<&str> = key.clusters.split(',').collect();
        let every_cluster = key.clusters.trim().is_empty();
        let is_chosen = |host: &Instance| {
            (every_cluster || clusters.contains(&host.cluster.as_str()))
                && host.enabled
                && (key.health == HealthFilter::All || host.healthy)
        };
        let mut hosts: Vec<_> = self.hosts().iter().filter(|host| is_chosen(host)).cloned().collect();
        if let (Some(names), Some(values)) = (self.label_names(), &key.labels) {
            let near: Vec<_> =
                hosts.iter().filter(|host| labels.matches(host, names, values)).cloned().collect();
            if !near.is_empty() {
                hosts = near;
            }
        }
        let protected =
            self.metadata.as_ref().is_some_and(|metadata| protect(&mut hosts, metadata.protect_threshold));
        Selection {
            key: self.key.clone(),
            lifetime: self.lifetime,
            clusters: key.clusters.clone(),
            hosts: hosts.into(),
            metadata: self.metadata.clone(),
            protected,
            last_ref_time: self.last_ref_time,
            encoded: Default::default(),
        }
    }
}

/// The instance with what an operator set on it: enabled and weight are replaced, metadata united.
pub(crate) fn render(instance: Arc<Instance>, overlay: Option<Arc<Overlay>>) -> Arc<Instance> {
    let Some(overlay) = overlay else { return instance };
    Arc::new(Instance {
        enabled: overlay.enabled,
        weight: overlay.weight,
        metadata: instance.metadata.overlaid_with(&overlay.metadata),
        ..(*instance).clone()
    })
}

/// A total order, so that lists are the same on every node. Of instances with the same name the one that can be used most
/// is the first: enabled, healthy, with the greatest weight.
fn order(a: &Instance, b: &Instance) -> std::cmp::Ordering {
    a.endpoint
        .cmp(&b.endpoint)
        .then_with(|| a.cluster.cmp(&b.cluster))
        .then_with(|| (b.enabled, b.healthy).cmp(&(a.enabled, a.healthy)))
        .then_with(|| b.weight.total_cmp(&a.weight))
        .then_with(|| a.metadata.iter().cmp(b.metadata.iter()))
        .then_with(|| given_id(a).cmp(&given_id(b)))
}

fn given_id(instance: &Instance) -> Option<&str> {
    match &instance.id {
        InstanceId::Simple => None,
        InstanceId::Given(text) => Some(text),
    }
}

/// Shows all as healthy when the share of healthy ones is at or below the threshold; says whether it is
/// (`spec/naming-semantics` §5.4). (!) A threshold of 0 protects when none is healthy; an empty list never is.
fn protect(hosts: &mut [Arc<Instance>], threshold: f32) -> bool {
    if hosts.is_empty() {
        return false;
    }
    let healthy = hosts.iter().filter(|host| host.healthy).count();
    #[expect(clippy::cast_precision_loss, reason = "the reference compares in this precision")]
    let share = healthy as f32 / hosts.len() as f32;
    if share > threshold.max(0.0) {
        return false;
    }
    for host in hosts.iter_mut().filter(|host| !host.healthy) {
        *host = Arc::new(Instance { healthy: true, ..(**host).clone() });
    }
    true
}
