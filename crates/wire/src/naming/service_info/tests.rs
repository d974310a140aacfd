use navaid_core::{ClusterName, Endpoint, GroupName, InstanceId, Metadata, NamespaceId, ServiceName};
use serde_json::{Value, json};

use super::*;
use crate::naming::{host, reserved};

fn service(name: &str) -> ServiceKey {
    ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &ServiceName::parse(name).unwrap())
}

fn instance(ip: &str, metadata: &[(&str, &str)]) -> Instance {
    Instance {
        endpoint: Endpoint { ip: ip.into(), port: 8080 },
        cluster: ClusterName::default(),
        weight: 1.0,
        enabled: true,
        healthy: false,
        metadata: metadata.iter().copied().collect::<Metadata>(),
        id: InstanceId::Simple,
    }
}

fn view(face: ServiceInfoFace, service: &ServiceKey) -> ServiceInfo<'_> {
    ServiceInfo {
        face,
        service,
        clusters: "",
        cache_millis: DEFAULT_CACHE_MILLIS,
        lifetime: Lifetime::Ephemeral,
        reach_protection_threshold: false,
        legacy: None,
    }
}

fn parsed(json: &[u8]) -> Value {
    serde_json::from_slice(json).unwrap()
}

/// Recorded: `grpc-ns-subscribe-push` on 2.5.1; both spellings of "all ips" are ours.
#[test]
fn a_view_is_written_in_the_order_of_the_reference() {
    let key = service("order");
    let encoded = view(ServiceInfoFace::Grpc, &key).encode([&instance("10.7.14.1", &[("v", "1")])]);
    assert_eq!(
        std::str::from_utf8(&encoded.to_json(1_730_000_001_000)).unwrap(),
        concat!(
            r#"{"name":"order","groupName":"DEFAULT_GROUP","clusters":"","cacheMillis":10000,"hosts":["#,
            r#"{"instanceId":"10.7.14.1#8080#DEFAULT#DEFAULT_GROUP@@order","ip":"10.7.14.1","port":8080,"#,
            r#""weight":1.0,"healthy":false,"enabled":true,"ephemeral":true,"clusterName":"DEFAULT","#,
            r#""serviceName":"DEFAULT_GROUP@@order","metadata":{"v":"1"},"instanceHeartBeatInterval":5000,"#,
            r#""instanceHeartBeatTimeOut":15000,"ipDeleteTimeout":30000}],"lastRefTime":1730000001000,"#,
            r#""checksum":"","allIPs":false,"allIps":false,"reachProtectionThreshold":false,"valid":true}"#,
        )
    );
}

#[test]
fn faces_differ_in_name_and_group() {
    let key = service("s");
    let keys = |face| {
        let view = parsed(&view(face, &key).encode([]).to_json(1));
        (view["name"].as_str().unwrap().to_owned(), view.get("groupName").cloned())
    };
    assert_eq!(keys(ServiceInfoFace::Grpc), ("s".into(), Some(json!("DEFAULT_GROUP"))));
    assert_eq!(keys(ServiceInfoFace::Http), ("DEFAULT_GROUP@@s".into(), Some(json!("DEFAULT_GROUP"))));
    assert_eq!(keys(ServiceInfoFace::Udp), ("DEFAULT_GROUP@@s".into(), None));
}

/// Recorded: `ns1-instance-list-filters` and `ns1-api-dns` on 1.4.8, where these keys are.
#[test]
fn readers_of_the_1x_age_find_their_keys_beside_the_others() {
    let key = service("s");
    let metadata = [("k", "v")].into_iter().collect::<Metadata>();
    let shown = |face| {
        let legacy = LegacyKeys { dom: "s", metadata: Some(&metadata) };
        let view = ServiceInfo { legacy: Some(legacy), ..view(face, &key) };
        parsed(&view.encode([&instance("10.0.0.1", &[])]).to_json(1))
    };
    let list = shown(ServiceInfoFace::Http);
    assert_eq!(
        (&list["dom"], &list["env"], &list["useSpecifiedURL"]),
        (&json!("s"), &json!(""), &json!(false))
    );
    assert_eq!((&list["metadata"], &list["groupName"]), (&json!({"k": "v"}), &json!("DEFAULT_GROUP")));
    let host = &list["hosts"][0];
    assert_eq!((&host["valid"], &host["marked"]), (&json!(false), &json!(false)));
    assert_eq!(host["serviceName"], "DEFAULT_GROUP@@s");
    let dns = shown(ServiceInfoFace::Dns);
    assert_eq!((&dns["name"], dns.get("groupName")), (&json!("DEFAULT_GROUP@@s"), None));
    assert_eq!(dns["hosts"][0]["serviceName"], "s");
    assert_eq!(dns["hosts"][0]["instanceId"], "10.0.0.1#8080#DEFAULT#DEFAULT_GROUP@@s");
}

#[test]
fn a_reached_threshold_shows_every_host_healthy() {
    let key = service("s");
    let view = ServiceInfo { reach_protection_threshold: true, ..view(ServiceInfoFace::Grpc, &key) };
    let json = parsed(&view.encode([&instance("a", &[]), &instance("b", &[])]).to_json(1));
    assert_eq!(json["reachProtectionThreshold"], true);
    assert!(json["hosts"].as_array().unwrap().iter().all(|host| host["healthy"] == true));
}

#[test]
fn derived_values_come_from_the_metadata() {
    let key = service("s");
    let pairs = [
        (reserved::BEAT_INTERVAL, "1000"),
        (reserved::IP_DELETE_TIMEOUT, "no"),
        (reserved::INSTANCE_ID_GENERATOR, "snowflake"),
    ];
    let hosts = [instance("a", &pairs), instance("b", &[])];
    let json = parsed(&host::list(&key, Lifetime::Persistent, hosts.iter().map(|host| (host, true))));
    assert_eq!(json[0]["instanceHeartBeatInterval"], 1000);
    assert_eq!(json[0]["ipDeleteTimeout"], 30000);
    assert_eq!(json[0]["instanceIdGenerator"], "snowflake");
    assert_eq!(json[1]["instanceIdGenerator"], "simple");
    assert_eq!(json[1]["ephemeral"], false);
}

#[test]
fn odd_characters_stay_themselves() {
    let key = service("a\"b\\c");
    let mut odd = instance("::1", &[("k\"", "\u{4E2D}\n")]);
    odd.id = InstanceId::Given("i\"d".into());
    let json = parsed(&view(ServiceInfoFace::Grpc, &key).encode([&odd, &instance("x", &[])]).to_json(7));
    assert_eq!(json["name"], "a\"b\\c");
    assert_eq!(json["hosts"][0]["instanceId"], "i\"d");
    assert_eq!(json["hosts"][0]["metadata"]["k\""], "\u{4E2D}\n");
    assert_eq!(json["hosts"][1]["instanceId"], "x#8080#DEFAULT#DEFAULT_GROUP@@a\"b\\c");
}

/// Recorded: `ns1-udp-push` on 2.5.1.
#[test]
fn a_datagram_holds_the_view_as_text() {
    let key = service("s");
    let encoded = view(ServiceInfoFace::Udp, &key).encode([&instance("a", &[("k", "\"")])]);
    let packet = parsed(&encoded.udp_packet(42, 4711));
    assert_eq!((&packet["type"], &packet["lastRefTime"]), (&json!("dom"), &json!(4711)));
    assert_eq!(parsed(packet["data"].as_str().unwrap().as_bytes()), parsed(&encoded.to_json(42)));
}
