//! What can be asked. Every read sees every change that was answered before it began.

use std::sync::Arc;

use navaid_core::{
    ClientId, Endpoint, GroupName, Instance, Lifetime, NamespaceId, Now, ServiceKey, ServiceMetadata,
    Timestamp,
    command::{Overlay, OverlayTarget},
    service::ClusterMetadata,
};

use super::{Naming, applying::persistent};
use crate::{
    catalog::{Page, ServicePage},
    client::ClientProfile,
    selection::{Filter, Selection},
    service::Service,
    subscriber::Consumer,
    view::{View, ViewHead},
};

/// A service as an operator sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceDetail {
    pub lifetime: Lifetime,
    /// None if no operator ever set anything on it.
    pub metadata: Option<Arc<ServiceMetadata>>,
}

/// Who subscribes to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriberRow {
    pub key: ServiceKey,
    pub client: ClientId,
    pub clusters: Arc<str>,
    pub consumer: Arc<Consumer>,
}

/// A persistent instance as published, with what is set on its cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct PersistentInstance {
    pub key: ServiceKey,
    pub instance: Arc<Instance>,
    pub cluster: ClusterMetadata,
}

impl Naming {
    /// What a caller sees of a service (`spec/naming-semantics` §5.1). Of an unknown one it sees no hosts.
    pub fn query(&self, key: &ServiceKey, filter: &Filter<'_>, now: Now) -> Arc<Selection> {
        self.select(&self.view(key, now), filter)
    }

    pub(super) fn select(&self, view: &View, filter: &Filter<'_>) -> Arc<Selection> {
        view.select(filter, &self.labels.load(), self.settings.limits.selections_per_view)
    }

    /// The value of a label of an address; none if either is unknown.
    pub fn label(&self, address: &str, name: &str) -> Option<Arc<str>> {
        self.labels.load().label(address, name).map(Arc::from)
    }

    /// The service as it is now; of one that is not known, an empty view that nobody keeps.
    pub fn view(&self, key: &ServiceKey, now: Now) -> Arc<View> {
        let mut shard = self.service_shard(key);
        if let Some(service) = shard.get_mut(key) {
            return service.view(self.ref_time(now));
        }
        let head = ViewHead {
            key: key.clone(),
            lifetime: Lifetime::Ephemeral,
            created: Timestamp::default(),
            metadata: None,
            last_ref_time: shard.stamp_unknown(self.ref_time(now).as_millis()),
        };
        Arc::new(View::new(head, Vec::new()))
    }

    /// The service, if it is listed.
    pub fn service(&self, key: &ServiceKey) -> Option<ServiceDetail> {
        let shard = self.service_shard(key);
        let service = shard.get(key)?;
        Some(ServiceDetail { lifetime: service.lifetime?, metadata: service.metadata.clone() })
    }

    /// How many instances a listed service has.
    pub fn instance_count(&self, key: &ServiceKey) -> Option<usize> {
        let shard = self.service_shard(key);
        let service = shard.get(key)?;
        service.lifetime.map(|_| service.instance_count())
    }

    /// The lifetime that instances of the service must have; none if any may come.
    pub fn fixed_lifetime(&self, key: &ServiceKey) -> Option<Lifetime> {
        self.service_shard(key).get(key).and_then(Service::fixed_lifetime)
    }

    /// Listed services of a namespace, of one group or of all.
    pub fn services(&self, namespace: &NamespaceId, group: Option<&GroupName>, page: Page) -> ServicePage {
        self.catalog.lock().page(namespace, group, page)
    }

    /// Namespaces that have services, and how many.
    pub fn namespaces(&self) -> Vec<(Arc<str>, usize)> {
        self.catalog.lock().namespaces()
    }

    /// What is set on an instance, and what is published under its name.
    pub fn overlay(
        &self,
        key: &ServiceKey,
        target: &OverlayTarget,
    ) -> (Option<Arc<Overlay>>, Option<Arc<Instance>>) {
        let shard = self.service_shard(key);
        let Some(service) = shard.get(key) else { return (None, None) };
        (
            service.overlays.get(target).map(|marked| marked.overlay.clone()),
            service.published(target).cloned(),
        )
    }

    /// Subscribers of the services that `wanted` accepts, by service, then client. Looks at every service.
    pub fn subscribers(&self, wanted: impl Fn(&ServiceKey) -> bool) -> Vec<SubscriberRow> {
        let mut rows = Vec::new();
        for shard in &self.services {
            let shard = shard.lock();
            shard
                .services()
                .filter(|service| wanted(&service.key))
                .for_each(|service| rows.extend(rows_of(service)));
        }
        rows.sort_by(|a, b| (&a.key, &a.client).cmp(&(&b.key, &b.client)));
        rows
    }

    /// Subscribers of one service, by client.
    pub fn subscribers_of(&self, key: &ServiceKey) -> Vec<SubscriberRow> {
        let shard = self.service_shard(key);
        let mut rows: Vec<_> = shard.get(key).into_iter().flat_map(rows_of).collect();
        rows.sort_by(|a, b| a.client.cmp(&b.client));
        rows
    }

    /// Clients that publish in a service, with what they publish, by client.
    pub fn publishers_of(&self, key: &ServiceKey) -> Vec<(ClientId, Vec<Arc<Instance>>)> {
        let shard = self.service_shard(key);
        let publications = shard.get(key).into_iter().flat_map(|service| &service.publications);
        let mut publishers: Vec<_> =
            publications.map(|(client, entry)| (client.clone(), entry.instances().to_vec())).collect();
        publishers.sort_by(|a, b| a.0.cmp(&b.0));
        publishers
    }

    /// All persistent instances, in no order. Looks at every service: ask again only when
    /// [`Naming::replicated_revision`] has grown.
    pub fn persistent_instances(&self) -> Vec<PersistentInstance> {
        let mut found = Vec::new();
        for shard in &self.services {
            let shard = shard.lock();
            let persistent =
                shard.services().filter(|service| service.shown_lifetime() == Lifetime::Persistent);
            persistent.for_each(|service| found.extend(persistent_of(service)));
        }
        found
    }

    /// Whether the persistent instance of an endpoint is marked healthy; none if there is no such instance.
    pub fn persistent_health(&self, key: &ServiceKey, endpoint: &Endpoint) -> Option<bool> {
        let shard = self.service_shard(key);
        let entry = shard.get(key)?.publications.get(&persistent(endpoint))?;
        entry.instances().first().map(|instance| instance.healthy)
    }

    /// All clients, in order.
    pub fn clients(&self) -> Vec<ClientId> {
        let mut clients = Vec::new();
        for shard in &self.clients {
            clients.extend(shard.lock().iter().map(|client| client.id.clone()));
        }
        clients.sort();
        clients
    }

    /// What a client told of itself, if it is a connection; none if there is no such client.
    pub fn client(&self, id: &ClientId) -> Option<Option<Arc<ClientProfile>>> {
        self.client_shard(id).get(id).map(|client| client.profile().cloned())
    }

    /// When a client last published, withdrew or subscribed; its beats do not count.
    pub fn client_touched(&self, id: &ClientId, now: Now) -> Option<Timestamp> {
        let touched = self.client_shard(id).get(id)?.touched;
        Some(now.wall - self.pulse.active(now).since(touched))
    }

    /// Services that a client publishes in, in order.
    pub fn published_by(&self, id: &ClientId) -> Vec<ServiceKey> {
        let clients = self.client_shard(id);
        let mut keys: Vec<_> =
            clients.get(id).into_iter().flat_map(|client| client.published.iter().cloned()).collect();
        keys.sort();
        keys
    }

    /// Services that a client subscribes to, in order.
    pub fn subscribed_by(&self, id: &ClientId) -> Vec<ServiceKey> {
        let clients = self.client_shard(id);
        let mut keys: Vec<_> =
            clients.get(id).into_iter().flat_map(|client| client.subscribed().iter().cloned()).collect();
        keys.sort();
        keys
    }
}

fn rows_of(service: &Service) -> impl Iterator<Item = SubscriberRow> + '_ {
    service.subscribers.iter().map(|(client, subscriber)| SubscriberRow {
        key: service.key.clone(),
        client: client.clone(),
        clusters: subscriber.subscription.clusters.clone(),
        consumer: subscriber.subscription.consumer.clone(),
    })
}

fn persistent_of(service: &Service) -> impl Iterator<Item = PersistentInstance> + '_ {
    let entries = service.publications.iter().filter(|(client, _)| client.lifetime() == Lifetime::Persistent);
    entries.flat_map(|(_, entry)| entry.instances()).map(|instance| {
        let clusters = service.metadata.as_ref().map(|metadata| &metadata.clusters);
        let cluster = clusters.and_then(|clusters| clusters.get(&instance.cluster));
        PersistentInstance {
            key: service.key.clone(),
            instance: instance.clone(),
            cluster: cluster.cloned().unwrap_or_default(),
        }
    })
}
