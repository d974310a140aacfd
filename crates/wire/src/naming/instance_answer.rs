//! Answers about single instances (recorded: `ns1-instance-detail`, `ns1-instance-statuses`, `ns1-metadata-batch`,
//! `ns2-instance-lifecycle` on 2.5.1).

use navaid_core::{ClusterName, Endpoint, Instance, Lifetime, ServiceKey};
use serde::Serialize;

use super::shown::ShownMetadata;

/// How v1 and v2 name the service of an instance; it is grouped in both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum ServiceName<'a> {
    #[serde(rename = "service")]
    V1(&'a str),
    #[serde(rename = "serviceName")]
    V2(&'a str),
}

/// One instance in v1 and v2; v3 shows a host ([`super::shown::host`]).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceDetail<'a> {
    #[serde(flatten)]
    pub service: ServiceName<'a>,
    pub ip: &'a str,
    pub port: u16,
    pub cluster_name: &'a str,
    pub weight: f64,
    pub healthy: bool,
    pub instance_id: String,
    pub metadata: ShownMetadata<'a>,
}

impl<'a> InstanceDetail<'a> {
    pub fn v1(key: &'a ServiceKey, instance: &'a Instance) -> Self {
        Self::of(ServiceName::V1(key.grouped()), key, instance)
    }

    pub fn v2(key: &'a ServiceKey, instance: &'a Instance) -> Self {
        Self::of(ServiceName::V2(key.grouped()), key, instance)
    }

    fn of(service: ServiceName<'a>, key: &ServiceKey, instance: &'a Instance) -> Self {
        Self {
            service,
            ip: &instance.endpoint.ip,
            port: instance.endpoint.port,
            cluster_name: instance.cluster.as_str(),
            weight: instance.weight,
            healthy: instance.healthy,
            instance_id: instance.id_text(key),
            metadata: ShownMetadata(&instance.metadata),
        }
    }
}

/// What a v1 or v2 detail says when a cluster has no instance at all.
pub fn no_instance_text(cluster: &ClusterName, key: &ServiceKey) -> String {
    format!("no ips found for cluster {cluster} in service {}", key.grouped())
}

/// What it says when there are instances, but not this one.
pub const NO_MATCH_TEXT: &str = "no matched ip found!";

/// Health of all instances of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statuses {
    pub ips: Vec<String>,
}

impl Statuses {
    pub fn of<'i>(instances: impl IntoIterator<Item = &'i Instance>) -> Self {
        let status = |instance: &Instance| format!("{}_{}", instance.endpoint, instance.healthy);
        Self { ips: instances.into_iter().map(status).collect() }
    }
}

/// Splits the key of a status query: `namespace##group@@service`, the namespace `public` when left out.
pub fn statuses_key(key: &str) -> (&str, &str) {
    key.split_once("##").unwrap_or((navaid_core::name::DEFAULT_NAMESPACE, key))
}

/// Which instances a batch of metadata changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MetadataUpdated {
    pub updated: Vec<String>,
}

impl MetadataUpdated {
    pub fn of<'i>(
        lifetime: Lifetime,
        targets: impl IntoIterator<Item = (&'i Endpoint, &'i ClusterName)>,
    ) -> Self {
        let kind = if lifetime.is_ephemeral() { "ephemeral" } else { "persist" };
        let text = |(endpoint, cluster)| format!("{endpoint}:unknown:{cluster}:{kind}");
        Self { updated: targets.into_iter().map(text).collect() }
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::{GroupName, InstanceId, NamespaceId};

    use super::*;

    fn key() -> ServiceKey {
        let name = navaid_core::ServiceName::parse("s").unwrap();
        ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name)
    }

    fn instance() -> Instance {
        Instance {
            endpoint: Endpoint { ip: "10.1.4.1".into(), port: 8080 },
            cluster: ClusterName::parse("C1").unwrap(),
            weight: 3.5,
            enabled: true,
            healthy: true,
            metadata: [("k", "v")].into_iter().collect(),
            id: InstanceId::Simple,
        }
    }

    #[test]
    fn a_detail_is_shown_as_recorded() {
        let (key, instance) = (key(), instance());
        let rest = concat!(
            r#""ip":"10.1.4.1","port":8080,"clusterName":"C1","weight":3.5,"healthy":true,"#,
            r#""instanceId":"10.1.4.1#8080#C1#DEFAULT_GROUP@@s","metadata":{"k":"v"}}"#
        );
        assert_eq!(
            serde_json::to_string(&InstanceDetail::v1(&key, &instance)).unwrap(),
            format!(r#"{{"service":"DEFAULT_GROUP@@s",{rest}"#)
        );
        assert_eq!(
            serde_json::to_string(&InstanceDetail::v2(&key, &instance)).unwrap(),
            format!(r#"{{"serviceName":"DEFAULT_GROUP@@s",{rest}"#)
        );
        assert_eq!(
            no_instance_text(&ClusterName::default(), &key),
            "no ips found for cluster DEFAULT in service DEFAULT_GROUP@@s"
        );
    }

    #[test]
    fn statuses_and_updates_are_texts() {
        let instance = instance();
        assert_eq!(Statuses::of([&instance]).ips, ["10.1.4.1:8080_true"]);
        assert_eq!(statuses_key("n##g@@s"), ("n", "g@@s"));
        assert_eq!(statuses_key("g@@s"), ("public", "g@@s"));
        let targets = [(&instance.endpoint, &instance.cluster)];
        assert_eq!(
            MetadataUpdated::of(Lifetime::Ephemeral, targets).updated,
            ["10.1.4.1:8080:unknown:C1:ephemeral"]
        );
        assert_eq!(
            MetadataUpdated::of(Lifetime::Persistent, targets).updated,
            ["10.1.4.1:8080:unknown:C1:persist"]
        );
    }
}
