//! Services as consoles list them (recorded: `ns1-catalog-*`, `ns2-catalog-health-operator` on 2.5.1,
//! `ns3-admin-service-list` on 3.1).

use std::collections::BTreeMap;

use navaid_core::{Instance, ServiceKey, ServiceMetadata, service::ClusterMetadata};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    health_checker::ShownChecker,
    selector::ShownSelector,
    service_detail::{ClusterCheckV3, ClusterV2, Clusters, NamespaceKey, ServiceDetailV2},
    shown::ShownMetadata,
};

/// A row of a list of services, the same in all generations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRow<'a> {
    pub name: &'a str,
    pub group_name: &'a str,
    pub cluster_count: usize,
    pub ip_count: usize,
    pub healthy_instance_count: usize,
    /// `true` or `false`, as text: whether the share of healthy instances is at or below the threshold.
    pub trigger_flag: &'static str,
}

impl<'a> ServiceRow<'a> {
    /// The row of a service with these instances, enabled or not.
    pub fn of<'i>(
        key: &'a ServiceKey,
        protect_threshold: f32,
        instances: impl IntoIterator<Item = &'i Instance>,
    ) -> Self {
        let (mut ips, mut healthy) = (0, 0);
        let mut clusters: Vec<&str> = Vec::new();
        for instance in instances {
            ips += 1;
            healthy += usize::from(instance.healthy);
            let cluster = instance.cluster.as_str();
            if !clusters.contains(&cluster) {
                clusters.push(cluster);
            }
        }
        Self {
            name: key.name(),
            group_name: key.group(),
            cluster_count: clusters.len(),
            ip_count: ips,
            healthy_instance_count: healthy,
            trigger_flag: if is_triggered(healthy, ips, protect_threshold) { "true" } else { "false" },
        }
    }
}

/// A service without instances triggers nothing: its share is not a number.
fn is_triggered(healthy: usize, ips: usize, threshold: f32) -> bool {
    ips > 0 && healthy as f32 / ips as f32 <= threshold
}

/// A v1 list of services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogServicesV1<'a> {
    pub count: usize,
    pub service_list: Vec<ServiceRow<'a>>,
}

/// A service with its clusters in v1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CatalogServiceV1<'a> {
    pub service: CatalogHeadV1<'a>,
    pub clusters: Vec<CatalogClusterV1<'a>>,
}

/// The service inside [`CatalogServiceV1`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogHeadV1<'a> {
    pub name: &'a str,
    pub group_name: &'a str,
    pub protect_threshold: f32,
    pub selector: ShownSelector<'a>,
    pub metadata: ShownMetadata<'a>,
}

/// A cluster inside [`CatalogServiceV1`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogClusterV1<'a> {
    /// Grouped.
    pub service_name: &'a str,
    pub name: &'a str,
    pub health_checker: ShownChecker<'a>,
    /// 80 always.
    pub default_port: u16,
    pub default_check_port: u16,
    #[serde(rename = "useIPPort4Check")]
    pub use_instance_port: bool,
    pub metadata: ShownMetadata<'a>,
    #[serde(flatten)]
    pub first: FirstClusterKeys,
}

/// Keys that clusters have in 1.x only (recorded: `ns1-catalog-details`, `ns1-cluster-update` on 1.4.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FirstClusterKeys {
    sitegroup: &'static str,
    /// 80 always.
    #[serde(rename = "defCkport")]
    check_port: u16,
    #[serde(rename = "defIPPort")]
    instance_port: u16,
    /// A cluster is listed for its instances.
    empty: bool,
}

impl FirstClusterKeys {
    fn of(cluster: &ClusterMetadata) -> Self {
        Self { sitegroup: "", check_port: 80, instance_port: cluster.check_port, empty: false }
    }
}

impl<'a> CatalogServiceV1<'a> {
    pub fn of(key: &'a ServiceKey, service: &'a ServiceMetadata, clusters: &Clusters<'a>) -> Self {
        let cluster = |(name, cluster): (&&'a str, &&'a ClusterMetadata)| CatalogClusterV1 {
            service_name: key.grouped(),
            name,
            health_checker: ShownChecker::of(&cluster.checker),
            default_port: 80,
            default_check_port: cluster.check_port,
            use_instance_port: cluster.use_instance_port,
            metadata: ShownMetadata(&cluster.metadata),
            first: FirstClusterKeys::of(cluster),
        };
        Self {
            service: CatalogHeadV1 {
                name: key.name(),
                group_name: key.group(),
                protect_threshold: service.protect_threshold,
                selector: ShownSelector::of(&service.selector),
                metadata: ShownMetadata(&service.metadata),
            },
            clusters: clusters.iter().map(cluster).collect(),
        }
    }
}

/// A page of hosts in v1.
#[derive(Debug, Serialize)]
pub struct CatalogInstancesV1 {
    /// See [`super::shown::hosts`].
    pub list: Box<RawValue>,
    pub count: usize,
}

/// A page of hosts in v2; an empty page has no list.
#[derive(Debug, Serialize)]
pub struct CatalogInstancesV2 {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instances: Option<Box<RawValue>>,
    pub count: usize,
}

/// A host in v1 lists of services with instances.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CatalogHostV1<'a> {
    /// Whether it is healthy.
    pub valid: bool,
    pub metadata: ShownMetadata<'a>,
    pub port: u16,
    pub ip: &'a str,
    pub weight: f64,
    pub enabled: bool,
}

impl<'a> CatalogHostV1<'a> {
    pub fn of(instance: &'a Instance) -> Self {
        Self {
            valid: instance.healthy,
            metadata: ShownMetadata(&instance.metadata),
            port: instance.endpoint.port,
            ip: &instance.endpoint.ip,
            weight: instance.weight,
            enabled: instance.enabled,
        }
    }

    /// Hosts as they stand in [`with_instances_v1`].
    pub fn list(instances: impl IntoIterator<Item = &'a Instance>) -> Box<RawValue> {
        let hosts: Vec<_> = instances.into_iter().map(Self::of).collect();
        serde_json::value::to_raw_value(&hosts).expect("hosts are JSON")
    }
}

/// A service with its hosts by cluster in v1 lists; hosts from [`CatalogHostV1::list`].
pub fn with_instances_v1<'a>(
    key: &'a ServiceKey,
    service: &'a ServiceMetadata,
    hosts: BTreeMap<&'a str, Box<RawValue>>,
) -> ServiceDetailV2<'a> {
    with_instances(NamespaceKey::V2(None), key, service, cluster_map(hosts, None))
}

/// A service with its hosts by cluster in v3 lists; hosts from [`super::shown::hosts`].
pub fn with_instances_v3<'a>(
    key: &'a ServiceKey,
    service: &'a ServiceMetadata,
    hosts: BTreeMap<&'a str, Box<RawValue>>,
) -> ServiceDetailV2<'a> {
    let check = ClusterCheckV3::of(&ClusterMetadata::default());
    with_instances(NamespaceKey::V3(None), key, service, cluster_map(hosts, Some(check)))
}

fn cluster_map(
    hosts: BTreeMap<&str, Box<RawValue>>,
    check: Option<ClusterCheckV3>,
) -> BTreeMap<&str, ClusterV2<'_>> {
    let cluster = |hosts| ClusterV2 {
        cluster_name: None,
        health_checker: None,
        check,
        metadata: None,
        hosts: Some(hosts),
    };
    hosts.into_iter().map(|(name, hosts)| (name, cluster(hosts))).collect()
}

fn with_instances<'a>(
    namespace: NamespaceKey<'a>,
    key: &'a ServiceKey,
    service: &'a ServiceMetadata,
    cluster_map: BTreeMap<&'a str, ClusterV2<'a>>,
) -> ServiceDetailV2<'a> {
    ServiceDetailV2 {
        namespace,
        service_name: key.name(),
        group_name: key.group(),
        cluster_map,
        metadata: ShownMetadata(&service.metadata),
        protect_threshold: service.protect_threshold,
        selector: None,
        ephemeral: None,
    }
}

#[cfg(test)]
mod tests;
