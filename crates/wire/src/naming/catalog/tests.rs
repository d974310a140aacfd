use navaid_core::{ClusterName, Endpoint, GroupName, InstanceId, Lifetime, NamespaceId, ServiceName};

use super::*;
use crate::naming::shown;

fn key() -> ServiceKey {
    ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &ServiceName::parse("s").unwrap())
}

fn instance(port: u16, cluster: &str, healthy: bool) -> Instance {
    Instance {
        endpoint: Endpoint { ip: "10.3.2.1".into(), port },
        cluster: ClusterName::parse(cluster).unwrap(),
        weight: 2.0,
        enabled: true,
        healthy,
        metadata: [("k", "v")].into_iter().collect(),
        id: InstanceId::Simple,
    }
}

fn text(shape: &impl Serialize) -> String {
    serde_json::to_string(shape).unwrap()
}

#[test]
fn a_row_counts_and_triggers_as_recorded() {
    let key = key();
    let row = |threshold, instances: &[Instance]| text(&ServiceRow::of(&key, threshold, instances));
    let shown = |clusters, ips, healthy, flag| {
        format!(
            r#"{{"name":"s","groupName":"DEFAULT_GROUP","clusterCount":{clusters},"ipCount":{ips},"healthyInstanceCount":{healthy},"triggerFlag":"{flag}"}}"#
        )
    };
    assert_eq!(row(0.5, &[]), shown(0, 0, 0, false));
    assert_eq!(row(0.0, &[instance(1, "A", false)]), shown(1, 1, 0, true));
    assert_eq!(row(0.0, &[instance(1, "A", true), instance(2, "B", false)]), shown(2, 2, 1, false));
}

#[test]
fn a_service_with_clusters_is_shown_as_recorded() {
    let (key, service) = (key(), ServiceMetadata::new(Lifetime::Ephemeral));
    let cluster = ClusterMetadata::default();
    assert_eq!(
        text(&CatalogServiceV1::of(&key, &service, &Clusters::from([("DEFAULT", &cluster)]))),
        concat!(
            r#"{"service":{"name":"s","groupName":"DEFAULT_GROUP","protectThreshold":0.0,"#,
            r#""selector":{"type":"none","contextType":"NONE"},"metadata":{}},"clusters":[{"#,
            r#""serviceName":"DEFAULT_GROUP@@s","name":"DEFAULT","healthChecker":{"type":"TCP"},"#,
            r#""defaultPort":80,"defaultCheckPort":80,"useIPPort4Check":true,"metadata":{},"#,
            r#""sitegroup":"","defCkport":80,"defIPPort":80,"empty":false}]}"#
        )
    );
}

#[test]
fn services_with_instances_are_mostly_null_as_recorded() {
    let (key, service) = (key(), ServiceMetadata::new(Lifetime::Ephemeral));
    let host = instance(81, "DEFAULT", true);
    let v1 = with_instances_v1(&key, &service, BTreeMap::from([("DEFAULT", CatalogHostV1::list([&host]))]));
    assert_eq!(
        text(&v1),
        concat!(
            r#"{"namespace":null,"serviceName":"s","groupName":"DEFAULT_GROUP","clusterMap":{"DEFAULT":{"#,
            r#""clusterName":null,"healthChecker":null,"metadata":null,"hosts":[{"valid":true,"#,
            r#""metadata":{"k":"v"},"port":81,"ip":"10.3.2.1","weight":2.0,"enabled":true}]}},"metadata":{},"#,
            r#""protectThreshold":0.0,"selector":null,"ephemeral":null}"#
        )
    );
    let hosts = shown::hosts(&key, Lifetime::Ephemeral, [(&host, true)]);
    let v3 = text(&with_instances_v3(&key, &service, BTreeMap::from([("DEFAULT", hosts)])));
    assert!(
        v3.contains(r#""healthyCheckPort":80,"useInstancePortForCheck":true,"metadata":null,"hosts":[{"#)
    );
}

#[test]
fn pages_of_hosts_are_shown_as_recorded() {
    let hosts = shown::hosts(&key(), Lifetime::Ephemeral, []);
    assert_eq!(text(&CatalogInstancesV1 { list: hosts, count: 2 }), r#"{"list":[],"count":2}"#);
    assert_eq!(text(&CatalogInstancesV2 { instances: None, count: 0 }), r#"{"count":0}"#);
}
