//! The model: one list of publications that it searches through. It knows no shards, views, wheels or revisions.

use std::collections::BTreeMap;

use navaid_core::{
    ClientId, Instance, Lifetime, ServiceMetadata,
    command::{Overlay, OverlayTarget},
};

use crate::HealthFilter;

/// What one client publishes in one service.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) instances: Vec<Instance>,
    pub(super) is_batch: bool,
    /// Second of the last beat or register.
    pub(super) heard: u64,
}

#[derive(Debug, Default)]
pub(super) struct ModelService {
    pub(super) lifetime: Option<Lifetime>,
    pub(super) metadata: Option<ServiceMetadata>,
    pub(super) entries: BTreeMap<ClientId, Entry>,
    pub(super) overlays: BTreeMap<OverlayTarget, (Overlay, Option<u64>)>,
    /// Expired HTTP instances and when they expired.
    pub(super) expired: BTreeMap<ClientId, (Instance, u64)>,
    pub(super) updated: u64,
    pub(super) metadata_marked: Option<u64>,
}

#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) now: u64,
    pub(super) connected: [bool; 3],
    pub(super) services: [ModelService; 2],
    /// Clusters that a connection subscribes to in a service.
    pub(super) subscribed: BTreeMap<(usize, usize), &'static str>,
}

impl ModelService {
    pub(super) fn fixed(&self) -> Option<Lifetime> {
        self.lifetime.or(self.metadata.as_ref().map(|metadata| metadata.lifetime))
    }

    pub(super) fn has(&self, target: &OverlayTarget) -> bool {
        let mut instances = self.entries.values().flat_map(|entry| &entry.instances);
        instances.any(|i| i.endpoint == target.endpoint && i.cluster == target.cluster)
    }

    /// Sets or removes a client's entry.
    pub(super) fn set(&mut self, client: &ClientId, new: Option<Entry>, now: u64) -> bool {
        if let Some(entry) = &new {
            self.list(client.lifetime(), now);
            self.expired.remove(client);
            if let Some(old) = self.entries.get_mut(client)
                && (&old.instances, old.is_batch) == (&entry.instances, entry.is_batch)
            {
                old.heard = now;
                return true;
            }
        }
        let old = self.entries.remove(client);
        if old.is_none() && new.is_none() {
            return false;
        }
        let kept: Vec<Instance> = new.iter().flat_map(|entry| entry.instances.clone()).collect();
        if let Some(entry) = new {
            self.entries.insert(client.clone(), entry);
        }
        let targets: Vec<_> = self.overlays.keys().cloned().collect();
        for target in targets {
            let names = |i: &Instance| i.endpoint == target.endpoint && i.cluster == target.cluster;
            let had = old.iter().flat_map(|entry| &entry.instances).any(names);
            let is_there = self.has(&target);
            let mark = &mut self.overlays.get_mut(&target).unwrap().1;
            if kept.iter().any(names) {
                *mark = None;
            } else if had && !is_there {
                *mark = Some(now);
            }
        }
        self.updated = now;
        true
    }

    fn list(&mut self, lifetime: Lifetime, now: u64) {
        if self.lifetime != Some(lifetime) {
            self.updated = now;
        }
        self.lifetime = Some(lifetime);
        self.metadata_marked = None;
    }

    pub(super) fn set_metadata(&mut self, metadata: ServiceMetadata, now: u64) {
        self.list(self.lifetime.unwrap_or(metadata.lifetime), now);
        self.metadata = Some(metadata);
        self.updated = now;
    }

    /// What a caller sees: endpoint, cluster, weight, healthy; and whether protection is reached.
    pub(super) fn answer(&self, clusters: &str, health: HealthFilter) -> (Vec<(Instance,)>, bool) {
        let mut hosts: Vec<Instance> = Vec::new();
        for instance in self.entries.values().flat_map(|entry| &entry.instances) {
            let mut shown = instance.clone();
            let target = OverlayTarget { endpoint: shown.endpoint.clone(), cluster: shown.cluster.clone() };
            if let Some((overlay, _)) = self.overlays.get(&target) {
                (shown.enabled, shown.weight) = (overlay.enabled, overlay.weight);
            }
            // Of one name, the one that can be used most.
            let usable = |host: &Instance| (host.enabled, host.healthy, host.weight);
            let name = |host: &Instance| (host.endpoint.clone(), host.cluster.clone());
            match hosts.iter_mut().find(|known| name(known) == name(&shown)) {
                Some(known) if usable(known) >= usable(&shown) => {}
                Some(known) => *known = shown,
                None => hosts.push(shown),
            }
        }
        hosts.retain(|shown| {
            let is_wanted = clusters.is_empty() || clusters.split(',').any(|c| c == shown.cluster.as_str());
            is_wanted && shown.enabled && (health == HealthFilter::All || shown.healthy)
        });
        let healthy = hosts.iter().filter(|host| host.healthy).count();
        let is_protected = self.metadata.as_ref().is_some_and(|metadata| {
            !hosts.is_empty() && healthy as f32 / hosts.len() as f32 <= metadata.protect_threshold
        });
        if is_protected {
            hosts.iter_mut().for_each(|host| host.healthy = true);
        }
        (comparable(hosts), is_protected)
    }

    /// What is replicated comes back; nothing else does.
    pub(super) fn restart(&mut self, now: u64) {
        self.entries.retain(|client, _| client.lifetime() == Lifetime::Persistent);
        self.expired.clear();
        let published = (!self.entries.is_empty()).then_some(Lifetime::Persistent);
        self.lifetime = published.or(self.metadata.as_ref().map(|metadata| metadata.lifetime));
        self.metadata_marked = None;
        self.updated = now;
        let marks: Vec<_> =
            self.overlays.keys().map(|target| (target.clone(), (!self.has(target)).then_some(now))).collect();
        for (target, mark) in marks {
            self.overlays.get_mut(&target).unwrap().1 = mark;
        }
    }

    pub(super) fn tick(&mut self, now: u64) {
        let beating = |client: &ClientId| matches!(client, ClientId::Address(_, Lifetime::Ephemeral));
        let mut expired = Vec::new();
        for (client, entry) in self.entries.iter_mut().filter(|(client, _)| beating(client)) {
            let silent = now - entry.heard;
            if silent > 30 {
                expired.push((client.clone(), entry.instances[0].clone()));
            } else if silent > 15 && entry.instances[0].healthy {
                entry.instances[0].healthy = false;
                self.updated = now;
            }
        }
        if self.lifetime.is_some() && self.entries.is_empty() && now - self.updated > 60 {
            self.lifetime = None;
            self.metadata_marked = self.metadata.as_ref().map(|_| now);
        }
        self.expired.retain(|_, (_, at)| now - *at <= 60);
        let is_over = |mark: &Option<u64>| mark.is_some_and(|mark| now - mark > 60);
        let overlays_over: Vec<_> =
            self.overlays.iter().filter(|(_, (_, mark))| is_over(mark)).map(|(t, _)| t.clone()).collect();
        let metadata_over = is_over(&self.metadata_marked);
        for (client, instance) in expired {
            self.set(&client, None, now);
            self.expired.insert(client, (instance, now));
        }
        for target in overlays_over {
            self.overlays.remove(&target);
        }
        if metadata_over {
            (self.metadata, self.metadata_marked) = (None, None);
        }
    }
}

/// In an order of its own; instances have none.
pub(super) fn comparable(hosts: Vec<Instance>) -> Vec<(Instance,)> {
    let mut hosts: Vec<_> = hosts.into_iter().map(|host| (host,)).collect();
    let by = |host: &Instance| (host.endpoint.clone(), host.cluster.clone(), host.enabled, host.healthy);
    hosts.sort_by(|(a,), (b,)| by(a).cmp(&by(b)).then(a.weight.total_cmp(&b.weight)));
    hosts
}
