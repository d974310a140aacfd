//! Every service that was recorded from a real server, over gRPC, HTTP and UDP: its hosts must read as instances and
//! be encoded to the same JSON again.

#![expect(clippy::unwrap_used, reason = "a test may panic, also outside of its own function")]

use std::{fs, path::Path};

use navaid_core::{GroupName, Instance, Lifetime, NamespaceId, ServiceKey, ServiceName};
use navaid_wire::{
    json,
    naming::{InstanceJson, ServiceInfo, ServiceInfoFace},
};
use serde_json::{Map, Value};

/// Generations whose answers ours follow.
const GENERATIONS: [&str; 2] = ["nacos-2.5.1", "nacos-3.1"];

/// Every object with hosts inside the answers of the recordings.
fn recorded_views() -> Vec<(String, Map<String, Value>)> {
    let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/recordings");
    let mut views = Vec::new();
    for generation in GENERATIONS {
        for file in fs::read_dir(recordings.join(generation)).unwrap() {
            let path = file.unwrap().path();
            let name = format!("{generation}/{}", path.file_name().unwrap().to_string_lossy());
            let recording: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            for step in recording["steps"].as_array().unwrap() {
                collect(&name, &step["want"], &mut views);
            }
        }
    }
    views
}

fn collect(file: &str, value: &Value, views: &mut Vec<(String, Map<String, Value>)>) {
    match value {
        Value::Object(map) if map.contains_key("hosts") && map.contains_key("cacheMillis") => {
            views.push((file.into(), map.clone()));
        }
        Value::Object(map) => map.values().for_each(|value| collect(file, value, views)),
        Value::Array(list) => list.iter().for_each(|value| collect(file, value, views)),
        _ => {}
    }
}

fn has_any(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.contains_key("$any") || map.values().any(has_any),
        Value::Array(list) => list.iter().any(has_any),
        _ => false,
    }
}

/// The placeholder of a recording for the token of its run, as a name that is valid.
fn named(text: &str) -> String {
    text.replace("${uid}", "uid").replace("${host}", "127.0.0.1")
}

fn key(view: &Map<String, Value>) -> (ServiceInfoFace, ServiceKey) {
    let name = named(view["name"].as_str().unwrap());
    let (face, group, name) = match (name.split_once("@@"), view.get("groupName")) {
        (Some((group, name)), Some(_)) => (ServiceInfoFace::Http, group.to_owned(), name.to_owned()),
        (Some((group, name)), None) => (ServiceInfoFace::Udp, group.to_owned(), name.to_owned()),
        (None, group) => (ServiceInfoFace::Grpc, named(group.unwrap().as_str().unwrap()), name),
    };
    let (group, name) = (GroupName::parse(&group).unwrap(), ServiceName::parse(&name).unwrap());
    (face, ServiceKey::new(&NamespaceId::default(), &group, &name))
}

#[test]
fn every_recorded_service_encodes_to_itself() {
    let mut hosts_seen = 0;
    for (file, view) in recorded_views() {
        let text = named(&Value::from(view.clone()).to_string());
        let mut recorded: Map<String, Value> = serde_json::from_str(&text).unwrap();
        recorded.remove("lastRefTime");
        if has_any(&Value::from(recorded.clone())) {
            continue;
        }
        let hosts: Vec<InstanceJson> = json::read(recorded["hosts"].to_string().as_bytes()).unwrap();
        let lifetime = hosts.first().map_or(Lifetime::Ephemeral, InstanceJson::lifetime);
        let instances: Vec<Instance> =
            hosts.into_iter().map(|host| host.into_instance(usize::MAX).unwrap()).collect();
        let (face, service) = key(&view);
        let encoded = ServiceInfo {
            face,
            service: &service,
            clusters: recorded["clusters"].as_str().unwrap(),
            cache_millis: recorded["cacheMillis"].as_u64().unwrap(),
            lifetime,
            reach_protection_threshold: recorded["reachProtectionThreshold"].as_bool().unwrap(),
            legacy: None,
        }
        .encode(&instances);
        let mut ours: Map<String, Value> = serde_json::from_slice(&encoded.to_json(1)).unwrap();
        assert_eq!(ours.remove("lastRefTime"), Some(1.into()));
        drop_what_we_add(&recorded, &mut ours);
        assert_eq!(ours, recorded, "{file}");
        hosts_seen += instances.len();
    }
    assert!(hosts_seen > 250, "only {hosts_seen} hosts were found");
}

/// One of the spellings of "all ips", and the ids that v2 and v3 registrations lack in the reference.
fn drop_what_we_add(recorded: &Map<String, Value>, ours: &mut Map<String, Value>) {
    ours.retain(|key, _| !matches!(&**key, "allIPs" | "allIps") || recorded.contains_key(key));
    let recorded = recorded["hosts"].as_array().unwrap();
    for (host, recorded) in ours["hosts"].as_array_mut().unwrap().iter_mut().zip(recorded) {
        if recorded.get("instanceId").is_none() {
            host.as_object_mut().unwrap().remove("instanceId");
        }
    }
}
