//! Discovery. Every instance carries two metadata pairs, as those of Spring applications do.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use crate::grpc::Message;

const COMMON: &str = r#""namespace":"public","groupName":"DEFAULT_GROUP","module":"naming""#;

/// Registers the instance of that number in a service.
pub(crate) fn register(service: &str, instance: u64) -> Message {
    register_with(service, instance, "2.1.0")
}

/// Registers an instance with a text in its metadata, by which a push with it is recognised.
pub(crate) fn register_with(service: &str, instance: u64, version: &str) -> Message {
    registration(service, &instance_json(instance, 1, version))
}

/// Registers an instance with another weight, which its peers in the mesh are told.
pub(crate) fn register_weighted(service: &str, instance: u64, weight: u32) -> Message {
    registration(service, &instance_json(instance, weight, "2.1.0"))
}

fn registration(service: &str, instance: &str) -> Message {
    let body =
        format!(r#"{{{COMMON},"serviceName":"{service}","type":"registerInstance","instance":{instance}}}"#);
    Message::new("InstanceRequest", body)
}

/// Registers the instances of these numbers in a service, in one request. Each has a version of its own, so that a
/// server cannot keep their metadata once for all.
pub(crate) fn register_batch(service: &str, instances: std::ops::Range<u64>) -> Message {
    let mut list = String::new();
    for number in instances {
        let comma = if list.is_empty() { "" } else { "," };
        write!(list, "{comma}{}", instance_json(number, 1, &format!("2.1.{number}")))
            .expect("a text grows as needed");
    }
    let body = format!(
        r#"{{{COMMON},"serviceName":"{service}","type":"batchRegisterInstance","instances":[{list}]}}"#
    );
    Message::new("BatchInstanceRequest", body)
}

/// Asks for the instances of a service.
pub(crate) fn query(service: &str) -> Message {
    let body =
        format!(r#"{{{COMMON},"serviceName":"{service}","cluster":"","healthyOnly":false,"udpPort":0}}"#);
    Message::new("ServiceQueryRequest", body)
}

/// Subscribes to a service.
pub(crate) fn subscribe(service: &str) -> Message {
    let body = format!(r#"{{{COMMON},"serviceName":"{service}","subscribe":true,"clusters":""}}"#);
    Message::new("SubscribeServiceRequest", body)
}

/// Path and query of the instances of a service over HTTP.
pub(crate) fn list_path(service: &str) -> String {
    format!("/nacos/v1/ns/instance/list?serviceName={service}")
}

/// Path and query of a page of the names of services, by pages that count from 1.
pub(crate) fn services_path(page: u64, size: u64) -> String {
    format!("/nacos/v1/ns/service/list?pageNo={page}&pageSize={size}")
}

/// Instances of different numbers below 2^24 have different addresses.
fn instance_json(number: u64, weight: u32, version: &str) -> String {
    let [_, a, b, c] = (number as u32).to_be_bytes();
    let ip = Ipv4Addr::new(10, a, b, c);
    format!(
        concat!(
            r#"{{"ip":"{ip}","port":8080,"weight":{weight}.0,"healthy":true,"enabled":true,"ephemeral":true,"#,
            r#""clusterName":"DEFAULT","#,
            r#""metadata":{{"preserved.register.source":"SPRING_CLOUD","version":"{version}"}}}}"#
        ),
        ip = ip,
        weight = weight,
        version = version
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_valid_json_with_addresses_of_their_own() {
        let read =
            |number| -> serde_json::Value { serde_json::from_str(&instance_json(number, 3, "1")).unwrap() };
        assert_eq!(read(0)["ip"], "10.0.0.0");
        assert_eq!(read(0)["weight"], 3.0);
        assert_eq!(read(70_000)["ip"], "10.1.17.112");
        assert_eq!(read(1)["metadata"].as_object().unwrap().len(), 2);
    }
}
