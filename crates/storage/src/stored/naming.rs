//! Stored forms of discovery and namespaces: what lies in the state tables, and the keys they share with commands.

use std::{collections::BTreeMap, sync::Arc};

use navaid_core as domain;
use navaid_core::{
    command::{Overlay, OverlayTarget},
    instance::{Endpoint, Instance, InstanceId, Metadata},
    name::{ClusterName, GROUP_SEPARATOR, GroupName, NamespaceId, ServiceName, parse_stored_ip},
    namespace::Namespace,
    service::{ClusterMetadata, HealthChecker, Lifetime, Selector, ServiceMetadata},
    time::Timestamp,
};
use prost::{Message, Oneof};

use super::error::{StoredError, required};

pub(super) type Pairs = BTreeMap<String, String>;

pub(super) fn pairs(metadata: &Metadata) -> Pairs {
    metadata.iter().map(|(key, value)| (key.into(), value.into())).collect()
}

pub(super) fn metadata(pairs: Pairs) -> Metadata {
    pairs.into_iter().map(|(key, value)| (Arc::from(key), Arc::from(value))).collect()
}

pub(crate) fn port(number: u32) -> Result<u16, StoredError> {
    u16::try_from(number).map_err(|_| StoredError::Value { field: "port", found: number.into() })
}

/// # Errors
/// Not an address that an instance may have.
pub(crate) fn endpoint(ip: &str, port: u16) -> Result<Endpoint, StoredError> {
    Ok(Endpoint { ip: parse_stored_ip(ip)?, port })
}

/// # Errors
/// Not a cluster name.
pub(crate) fn cluster_name(text: &str) -> Result<ClusterName, StoredError> {
    Ok(ClusterName::parse(text)?)
}

/// # Errors
/// Not a namespace id.
pub(crate) fn namespace_id(text: &str) -> Result<NamespaceId, StoredError> {
    Ok(NamespaceId::parse(text)?)
}

/// The key that a table key holds.
///
/// # Errors
/// Not three valid names.
pub(crate) fn service_key_of_text(text: &str) -> Result<domain::ServiceKey, StoredError> {
    let mut parts = text.splitn(3, GROUP_SEPARATOR);
    let mut part = || required("service key", parts.next());
    service_key(part()?, part()?, part()?)
}

fn service_key(namespace: &str, group: &str, name: &str) -> Result<domain::ServiceKey, StoredError> {
    let (namespace, group) = (NamespaceId::parse(namespace)?, GroupName::parse(group)?);
    Ok(domain::ServiceKey::new(&namespace, &group, &ServiceName::parse(name)?))
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ServiceKey {
    #[prost(string, tag = "1")]
    namespace: String,
    #[prost(string, tag = "2")]
    group: String,
    #[prost(string, tag = "3")]
    name: String,
}

impl From<&domain::ServiceKey> for ServiceKey {
    fn from(key: &domain::ServiceKey) -> Self {
        Self { namespace: key.namespace().into(), group: key.group().into(), name: key.name().into() }
    }
}

impl TryFrom<ServiceKey> for domain::ServiceKey {
    type Error = StoredError;

    fn try_from(stored: ServiceKey) -> Result<Self, StoredError> {
        service_key(&stored.namespace, &stored.group, &stored.name)
    }
}

/// A persistent instance.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct InstanceValue {
    #[prost(string, tag = "1")]
    ip: String,
    #[prost(uint32, tag = "2")]
    port: u32,
    #[prost(string, tag = "3")]
    cluster: String,
    #[prost(double, tag = "4")]
    weight: f64,
    #[prost(bool, tag = "5")]
    enabled: bool,
    #[prost(bool, tag = "6")]
    healthy: bool,
    #[prost(btree_map = "string, string", tag = "7")]
    metadata: Pairs,
    /// Absent when the id is derived.
    #[prost(string, optional, tag = "8")]
    given_id: Option<String>,
}

impl From<&Instance> for InstanceValue {
    fn from(instance: &Instance) -> Self {
        Self {
            ip: instance.endpoint.ip.to_string(),
            port: instance.endpoint.port.into(),
            cluster: instance.cluster.as_str().into(),
            weight: instance.weight,
            enabled: instance.enabled,
            healthy: instance.healthy,
            metadata: pairs(&instance.metadata),
            given_id: match &instance.id {
                InstanceId::Simple => None,
                InstanceId::Given(text) => Some(text.to_string()),
            },
        }
    }
}

impl TryFrom<InstanceValue> for Instance {
    type Error = StoredError;

    fn try_from(stored: InstanceValue) -> Result<Self, StoredError> {
        Ok(Self {
            endpoint: endpoint(&stored.ip, port(stored.port)?)?,
            cluster: cluster_name(&stored.cluster)?,
            weight: stored.weight,
            enabled: stored.enabled,
            healthy: stored.healthy,
            metadata: metadata(stored.metadata),
            id: stored.given_id.map_or(InstanceId::Simple, |text| InstanceId::Given(text.into())),
        })
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct OverlayValue {
    #[prost(bool, tag = "1")]
    enabled: bool,
    #[prost(double, tag = "2")]
    weight: f64,
    #[prost(btree_map = "string, string", tag = "3")]
    metadata: Pairs,
}

impl From<&Overlay> for OverlayValue {
    fn from(overlay: &Overlay) -> Self {
        Self { enabled: overlay.enabled, weight: overlay.weight, metadata: pairs(&overlay.metadata) }
    }
}

impl From<OverlayValue> for Overlay {
    fn from(stored: OverlayValue) -> Self {
        Self { enabled: stored.enabled, weight: stored.weight, metadata: metadata(stored.metadata) }
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct StoredTarget {
    #[prost(string, tag = "1")]
    ip: String,
    #[prost(uint32, tag = "2")]
    port: u32,
    #[prost(string, tag = "3")]
    cluster: String,
}

impl From<&OverlayTarget> for StoredTarget {
    fn from(target: &OverlayTarget) -> Self {
        Self {
            ip: target.endpoint.ip.to_string(),
            port: target.endpoint.port.into(),
            cluster: target.cluster.as_str().into(),
        }
    }
}

impl TryFrom<StoredTarget> for OverlayTarget {
    type Error = StoredError;

    fn try_from(stored: StoredTarget) -> Result<Self, StoredError> {
        Ok(Self {
            endpoint: endpoint(&stored.ip, port(stored.port)?)?,
            cluster: cluster_name(&stored.cluster)?,
        })
    }
}

/// Absent where there is no selector.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct LabelSelector {
    #[prost(string, tag = "1")]
    expression: String,
    #[prost(string, repeated, tag = "2")]
    labels: Vec<String>,
}

pub(crate) fn stored_selector(selector: &Selector) -> Option<LabelSelector> {
    match selector {
        Selector::None => None,
        Selector::Label { expression, labels } => Some(LabelSelector {
            expression: expression.to_string(),
            labels: labels.iter().map(|label| label.to_string()).collect(),
        }),
    }
}

pub(crate) fn selector(stored: Option<LabelSelector>) -> Selector {
    stored.map_or(Selector::None, |label| Selector::Label {
        expression: label.expression.into(),
        labels: label.labels.into_iter().map(Arc::from).collect(),
    })
}

/// What an operator sets on a service.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ServiceValue {
    /// 1 ephemeral, 2 persistent; absent in an update, which keeps it.
    #[prost(uint32, optional, tag = "1")]
    lifetime: Option<u32>,
    #[prost(float, tag = "2")]
    protect_threshold: f32,
    #[prost(message, optional, tag = "3")]
    selector: Option<LabelSelector>,
    #[prost(btree_map = "string, string", tag = "4")]
    metadata: Pairs,
    #[prost(btree_map = "string, message", tag = "5")]
    clusters: BTreeMap<String, ClusterValue>,
}

impl From<&ServiceMetadata> for ServiceValue {
    fn from(service: &ServiceMetadata) -> Self {
        Self {
            lifetime: Some(match service.lifetime {
                Lifetime::Ephemeral => 1,
                Lifetime::Persistent => 2,
            }),
            protect_threshold: service.protect_threshold,
            selector: stored_selector(&service.selector),
            metadata: pairs(&service.metadata),
            clusters: service
                .clusters
                .iter()
                .map(|(name, cluster)| (name.as_str().into(), cluster.into()))
                .collect(),
        }
    }
}

impl TryFrom<ServiceValue> for ServiceMetadata {
    type Error = StoredError;

    fn try_from(stored: ServiceValue) -> Result<Self, StoredError> {
        let cluster = |(name, value): (String, ClusterValue)| {
            Ok::<_, StoredError>((cluster_name(&name)?, ClusterMetadata::try_from(value)?))
        };
        Ok(Self {
            lifetime: match required("lifetime", stored.lifetime)? {
                1 => Lifetime::Ephemeral,
                2 => Lifetime::Persistent,
                found => return Err(StoredError::Value { field: "lifetime", found: found.into() }),
            },
            protect_threshold: stored.protect_threshold,
            selector: selector(stored.selector),
            metadata: metadata(stored.metadata),
            clusters: stored.clusters.into_iter().map(cluster).collect::<Result<_, _>>()?,
        })
    }
}

impl From<&domain::command::ServiceUpdate> for ServiceValue {
    fn from(update: &domain::command::ServiceUpdate) -> Self {
        Self {
            lifetime: None,
            protect_threshold: update.protect_threshold,
            selector: stored_selector(&update.selector),
            metadata: pairs(&update.metadata),
            clusters: BTreeMap::new(),
        }
    }
}

impl From<ServiceValue> for domain::command::ServiceUpdate {
    fn from(stored: ServiceValue) -> Self {
        Self {
            protect_threshold: stored.protect_threshold,
            selector: selector(stored.selector),
            metadata: metadata(stored.metadata),
        }
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ClusterValue {
    #[prost(oneof = "Checker", tags = "1, 2, 3, 4")]
    checker: Option<Checker>,
    #[prost(uint32, tag = "5")]
    check_port: u32,
    #[prost(bool, tag = "6")]
    use_instance_port: bool,
    #[prost(btree_map = "string, string", tag = "7")]
    metadata: Pairs,
}

#[derive(Clone, PartialEq, Oneof)]
enum Checker {
    /// Since 0.1.0; the value says nothing.
    #[prost(bool, tag = "1")]
    Tcp(bool),
    /// Since 0.1.0.
    #[prost(message, tag = "2")]
    Http(HttpChecker),
    /// Since 0.1.0.
    #[prost(message, tag = "3")]
    Mysql(MysqlChecker),
    /// Since 0.1.0; the value says nothing.
    #[prost(bool, tag = "4")]
    None(bool),
}

#[derive(Clone, PartialEq, Message)]
struct HttpChecker {
    #[prost(string, tag = "1")]
    path: String,
    #[prost(string, tag = "2")]
    headers: String,
    #[prost(uint32, tag = "3")]
    expected_code: u32,
}

#[derive(Clone, PartialEq, Message)]
struct MysqlChecker {
    #[prost(string, tag = "1")]
    user: String,
    #[prost(string, tag = "2")]
    password: String,
    #[prost(string, tag = "3")]
    command: String,
}

impl From<&ClusterMetadata> for ClusterValue {
    fn from(cluster: &ClusterMetadata) -> Self {
        let checker = match &cluster.checker {
            HealthChecker::Tcp => Checker::Tcp(true),
            HealthChecker::Http { path, headers, expected_code } => Checker::Http(HttpChecker {
                path: path.to_string(),
                headers: headers.to_string(),
                expected_code: (*expected_code).into(),
            }),
            HealthChecker::Mysql { user, password, command } => Checker::Mysql(MysqlChecker {
                user: user.to_string(),
                password: password.to_string(),
                command: command.to_string(),
            }),
            HealthChecker::None => Checker::None(true),
        };
        Self {
            checker: Some(checker),
            check_port: cluster.check_port.into(),
            use_instance_port: cluster.use_instance_port,
            metadata: pairs(&cluster.metadata),
        }
    }
}

impl TryFrom<ClusterValue> for ClusterMetadata {
    type Error = StoredError;

    fn try_from(stored: ClusterValue) -> Result<Self, StoredError> {
        let checker = match stored.checker {
            Some(Checker::Tcp(_)) => HealthChecker::Tcp,
            Some(Checker::Http(http)) => HealthChecker::Http {
                path: http.path.into(),
                headers: http.headers.into(),
                expected_code: u16::try_from(http.expected_code).map_err(|_| StoredError::Value {
                    field: "expected_code",
                    found: http.expected_code.into(),
                })?,
            },
            Some(Checker::Mysql(mysql)) => HealthChecker::Mysql {
                user: mysql.user.into(),
                password: mysql.password.into(),
                command: mysql.command.into(),
            },
            Some(Checker::None(_)) => HealthChecker::None,
            None => return Err(StoredError::Newer { what: "unknown health checker".into() }),
        };
        Ok(Self {
            checker,
            check_port: port(stored.check_port)?,
            use_instance_port: stored.use_instance_port,
            metadata: metadata(stored.metadata),
        })
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct NamespaceValue {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(string, tag = "3")]
    desc: String,
    #[prost(uint64, tag = "4")]
    created_at: u64,
}

impl From<&Namespace> for NamespaceValue {
    fn from(namespace: &Namespace) -> Self {
        Self {
            id: namespace.id.as_str().into(),
            name: namespace.name.to_string(),
            desc: namespace.desc.to_string(),
            created_at: namespace.created_at.0,
        }
    }
}

impl TryFrom<NamespaceValue> for Namespace {
    type Error = StoredError;

    fn try_from(stored: NamespaceValue) -> Result<Self, StoredError> {
        Ok(Self {
            id: namespace_id(&stored.id)?,
            name: stored.name.into(),
            desc: stored.desc.into(),
            created_at: Timestamp(stored.created_at),
        })
    }
}
