//! A service as operators see it: its view, with defaults for what nobody has set.

use std::{collections::BTreeMap, sync::Arc};

use navaid_core::{ClusterName, Instance, ServiceKey, ServiceMetadata, service::ClusterMetadata};
use navaid_naming::View;
use navaid_wire::naming::{
    catalog::{CatalogHostV1, CatalogServiceV1, ServiceRow, with_instances_v1, with_instances_v3},
    service_detail::{Clusters, ServiceDetailV1, ServiceDetailV2},
    shown,
};
use serde_json::value::RawValue;

use super::dialect::{Dialect, Generation};
use crate::http::{call::Call, reply::Reply};

/// See the module.
pub(crate) struct ShownService {
    pub(crate) view: Arc<View>,
    metadata: Arc<ServiceMetadata>,
    /// Settings of the clusters that have none of their own.
    default_cluster: ClusterMetadata,
}

impl ShownService {
    /// The service as it is now; of one that nobody knows, an empty one.
    pub(crate) fn of(call: &Call, key: &ServiceKey) -> Self {
        let view = call.node.naming.view(key, call.now());
        let metadata = view.metadata.clone().unwrap_or_else(|| ServiceMetadata::new(view.lifetime).into());
        Self { view, metadata, default_cluster: ClusterMetadata::default() }
    }

    /// The service in the shape of the caller's generation.
    pub(crate) fn detail(&self, dialect: Dialect) -> Reply {
        let (key, metadata, clusters) = (&self.view.key, &*self.metadata, self.clusters());
        match dialect.generation {
            Generation::V1 => dialect.answer(&ServiceDetailV1::of(key, metadata, &clusters)),
            Generation::V2 => dialect.answer(&ServiceDetailV2::v2(key, metadata, &clusters)),
            Generation::V3 => dialect.answer(&ServiceDetailV2::v3(key, metadata, &clusters)),
        }
    }

    /// The service with its clusters, as the catalog of v1 shows it.
    pub(crate) fn catalog_detail(&self) -> CatalogServiceV1<'_> {
        CatalogServiceV1::of(&self.view.key, &self.metadata, &self.clusters())
    }

    /// The row of the service in a list.
    pub(crate) fn row(&self) -> ServiceRow<'_> {
        let hosts = self.view.hosts().iter().map(|host| &**host);
        ServiceRow::of(&self.view.key, self.metadata.protect_threshold, hosts)
    }

    /// The service in a list with instances of v1.
    pub(crate) fn with_hosts_v1(&self) -> ServiceDetailV2<'_> {
        let hosts = self.hosts_by_cluster(|hosts| CatalogHostV1::list(hosts.iter().copied()));
        with_instances_v1(&self.view.key, &self.metadata, hosts)
    }

    /// The service in a list with instances of v3.
    pub(crate) fn with_hosts_v3(&self) -> ServiceDetailV2<'_> {
        let hosts = self.hosts_by_cluster(|hosts| self.hosts(hosts.iter().copied()));
        with_instances_v3(&self.view.key, &self.metadata, hosts)
    }

    /// Instances as they are, with their own health.
    pub(crate) fn hosts<'h>(&self, hosts: impl IntoIterator<Item = &'h Instance>) -> Box<RawValue> {
        let hosts = hosts.into_iter().map(|host| (host, host.healthy));
        shown::hosts(&self.view.key, self.view.lifetime, hosts)
    }

    /// One instance, likewise.
    pub(crate) fn host(&self, host: &Instance) -> Box<RawValue> {
        shown::host(&self.view.key, self.view.lifetime, host)
    }

    /// What is set on a cluster.
    pub(crate) fn cluster(&self, name: &ClusterName) -> &ClusterMetadata {
        self.metadata.clusters.get(name).unwrap_or(&self.default_cluster)
    }

    /// The clusters that have instances.
    fn clusters(&self) -> Clusters<'_> {
        let hosts = self.view.hosts().iter();
        hosts.map(|host| (host.cluster.as_str(), self.cluster(&host.cluster))).collect()
    }

    fn hosts_by_cluster(
        &self,
        shown: impl Fn(&[&Instance]) -> Box<RawValue>,
    ) -> BTreeMap<&str, Box<RawValue>> {
        let mut clusters: BTreeMap<&str, Vec<&Instance>> = BTreeMap::new();
        for host in self.view.hosts() {
            clusters.entry(host.cluster.as_str()).or_default().push(host);
        }
        clusters.into_iter().map(|(cluster, hosts)| (cluster, shown(&hosts))).collect()
    }
}
