//! A service with what operators set on it (`spec/http-naming-core` §8.2; recorded: `ns1-service-crud`,
//! `ns2-service-crud` on 2.5.1, `ns3-admin-service` on 3.1).

use std::collections::BTreeMap;

use navaid_core::{Lifetime, ServiceKey, ServiceMetadata, service::ClusterMetadata};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{health_checker::ShownChecker, selector::ShownSelector, shown::ShownMetadata};

/// The clusters of a service, those of its instances, each with its settings or the defaults.
pub type Clusters<'a> = BTreeMap<&'a str, &'a ClusterMetadata>;

/// A service in v1.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceDetailV1<'a> {
    pub namespace_id: &'a str,
    pub group_name: &'a str,
    pub name: &'a str,
    pub protect_threshold: f32,
    pub metadata: ShownMetadata<'a>,
    pub selector: ShownSelector<'a>,
    pub clusters: Vec<ClusterV1<'a>>,
}

/// A cluster inside [`ServiceDetailV1`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterV1<'a> {
    pub name: &'a str,
    pub health_checker: ShownChecker<'a>,
    pub metadata: ShownMetadata<'a>,
}

impl<'a> ServiceDetailV1<'a> {
    pub fn of(key: &'a ServiceKey, service: &'a ServiceMetadata, clusters: &Clusters<'a>) -> Self {
        Self {
            namespace_id: key.namespace(),
            group_name: key.group(),
            name: key.name(),
            protect_threshold: service.protect_threshold,
            metadata: ShownMetadata(&service.metadata),
            selector: ShownSelector::of(&service.selector),
            clusters: clusters.iter().map(|(name, cluster)| ClusterV1::of(name, cluster)).collect(),
        }
    }
}

impl<'a> ClusterV1<'a> {
    fn of(name: &'a str, cluster: &'a ClusterMetadata) -> Self {
        Self {
            name,
            health_checker: ShownChecker::of(&cluster.checker),
            metadata: ShownMetadata(&cluster.metadata),
        }
    }
}

/// How v2 and v3 name the namespace of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum NamespaceKey<'a> {
    #[serde(rename = "namespace")]
    V2(Option<&'a str>),
    #[serde(rename = "namespaceId")]
    V3(Option<&'a str>),
}

/// A service in v2 and v3. Lists with instances leave most of it null.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceDetailV2<'a> {
    #[serde(flatten)]
    pub namespace: NamespaceKey<'a>,
    pub service_name: &'a str,
    pub group_name: &'a str,
    pub cluster_map: BTreeMap<&'a str, ClusterV2<'a>>,
    pub metadata: ShownMetadata<'a>,
    pub protect_threshold: f32,
    pub selector: Option<ShownSelector<'a>>,
    pub ephemeral: Option<bool>,
}

/// A cluster inside [`ServiceDetailV2`].
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterV2<'a> {
    pub cluster_name: Option<&'a str>,
    pub health_checker: Option<ShownChecker<'a>>,
    /// v3 only: two keys.
    #[serde(flatten)]
    pub check: Option<ClusterCheckV3>,
    pub metadata: Option<ShownMetadata<'a>>,
    pub hosts: Option<Box<RawValue>>,
}

/// How a cluster is probed, in v3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterCheckV3 {
    pub healthy_check_port: u16,
    pub use_instance_port_for_check: bool,
}

impl ClusterCheckV3 {
    pub fn of(cluster: &ClusterMetadata) -> Self {
        Self {
            healthy_check_port: cluster.check_port,
            use_instance_port_for_check: cluster.use_instance_port,
        }
    }
}

impl<'a> ServiceDetailV2<'a> {
    /// The service for v2.
    pub fn v2(key: &'a ServiceKey, service: &'a ServiceMetadata, clusters: &Clusters<'a>) -> Self {
        let cluster = |name, cluster| ClusterV2 { check: None, ..ClusterV2::of(name, cluster) };
        Self::of(NamespaceKey::V2(Some(key.namespace())), key, service, map(clusters, cluster))
    }

    /// The service for v3.
    pub fn v3(key: &'a ServiceKey, service: &'a ServiceMetadata, clusters: &Clusters<'a>) -> Self {
        Self::of(NamespaceKey::V3(Some(key.namespace())), key, service, map(clusters, ClusterV2::of))
    }

    fn of(
        namespace: NamespaceKey<'a>,
        key: &'a ServiceKey,
        service: &'a ServiceMetadata,
        cluster_map: BTreeMap<&'a str, ClusterV2<'a>>,
    ) -> Self {
        Self {
            namespace,
            service_name: key.name(),
            group_name: key.group(),
            cluster_map,
            metadata: ShownMetadata(&service.metadata),
            protect_threshold: service.protect_threshold,
            selector: Some(ShownSelector::of(&service.selector)),
            ephemeral: Some(service.lifetime == Lifetime::Ephemeral),
        }
    }
}

fn map<'a>(
    clusters: &Clusters<'a>,
    shown: impl Fn(&'a str, &'a ClusterMetadata) -> ClusterV2<'a>,
) -> BTreeMap<&'a str, ClusterV2<'a>> {
    clusters.iter().map(|(name, cluster)| (*name, shown(name, cluster))).collect()
}

impl<'a> ClusterV2<'a> {
    fn of(name: &'a str, cluster: &'a ClusterMetadata) -> Self {
        Self {
            cluster_name: Some(name),
            health_checker: Some(ShownChecker::of(&cluster.checker)),
            check: Some(ClusterCheckV3::of(cluster)),
            metadata: Some(ShownMetadata(&cluster.metadata)),
            hosts: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::{GroupName, NamespaceId, ServiceName};

    use super::*;

    fn key() -> ServiceKey {
        ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &ServiceName::parse("s").unwrap())
    }

    fn service() -> ServiceMetadata {
        ServiceMetadata {
            protect_threshold: 0.3,
            metadata: [("owner", "x")].into_iter().collect(),
            ..ServiceMetadata::new(Lifetime::Ephemeral)
        }
    }

    fn check(shape: &impl Serialize, expected: &str) {
        assert_eq!(serde_json::to_string(shape).unwrap(), expected);
    }

    #[test]
    fn a_service_is_shown_as_each_generation_recorded_it() {
        let (key, service, cluster) = (key(), service(), ClusterMetadata::default());
        let clusters = Clusters::from([("C1", &cluster)]);
        check(
            &ServiceDetailV1::of(&key, &service, &clusters),
            concat!(
                r#"{"namespaceId":"public","groupName":"DEFAULT_GROUP","name":"s","protectThreshold":0.3,"#,
                r#""metadata":{"owner":"x"},"selector":{"type":"none","contextType":"NONE"},"#,
                r#""clusters":[{"name":"C1","healthChecker":{"type":"TCP"},"metadata":{}}]}"#
            ),
        );
        check(
            &ServiceDetailV2::v2(&key, &service, &clusters),
            concat!(
                r#"{"namespace":"public","serviceName":"s","groupName":"DEFAULT_GROUP","clusterMap":{"C1":{"#,
                r#""clusterName":"C1","healthChecker":{"type":"TCP"},"metadata":{},"hosts":null}},"#,
                r#""metadata":{"owner":"x"},"protectThreshold":0.3,"#,
                r#""selector":{"type":"none","contextType":"NONE"},"ephemeral":true}"#
            ),
        );
        check(
            &ServiceDetailV2::v3(&key, &service, &clusters),
            concat!(
                r#"{"namespaceId":"public","serviceName":"s","groupName":"DEFAULT_GROUP","clusterMap":{"C1":{"#,
                r#""clusterName":"C1","healthChecker":{"type":"TCP"},"healthyCheckPort":80,"#,
                r#""useInstancePortForCheck":true,"metadata":{},"hosts":null}},"metadata":{"owner":"x"},"#,
                r#""protectThreshold":0.3,"selector":{"type":"none","contextType":"NONE"},"ephemeral":true}"#
            ),
        );
    }
}
