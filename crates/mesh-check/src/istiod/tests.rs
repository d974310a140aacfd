use super::*;
use crate::wire::SERVICE_ENTRY_URL;
use crate::wire::google::Timestamp;
use crate::wire::mcp::Metadata;
use crate::wire::networking::{ServiceEntry, ServicePort, WorkloadEntry};

struct Sent {
    name: &'static str,
    version: &'static str,
    created: Option<i64>,
    address: &'static str,
}

const SENT: Sent = Sent { name: "n/a", version: "1", created: Some(1), address: "10.0.0.1" };

impl Sent {
    fn resource(&self) -> Any {
        let port =
            ServicePort { number: 80, protocol: "HTTP".to_owned(), name: "http".to_owned(), target_port: 0 };
        let entry = ServiceEntry {
            hosts: vec!["a.nacos".to_owned()],
            ports: vec![port],
            resolution: 1,
            endpoints: vec![WorkloadEntry { address: self.address.to_owned(), ..WorkloadEntry::default() }],
            ..ServiceEntry::default()
        };
        let metadata = Metadata {
            name: self.name.to_owned(),
            version: self.version.to_owned(),
            create_time: self.created.map(|seconds| Timestamp { seconds, nanos: 0 }),
            ..Metadata::default()
        };
        let body = Any { type_url: SERVICE_ENTRY_URL.to_owned(), value: entry.encode_to_vec().into() };
        let resource = Resource { metadata: Some(metadata), body: Some(body) };
        Any { type_url: RESOURCE_URL.to_owned(), value: resource.encode_to_vec().into() }
    }
}

/// A sink and the number of answers that it was given.
struct Fed(IstiodSink, usize);

impl Fed {
    fn new(age: Age) -> Self {
        let mut sink = IstiodSink::new(age);
        sink.open();
        Self(sink, 0)
    }

    fn take(&mut self, kind: &str, resources: Vec<Any>) -> Option<DiscoveryRequest> {
        self.1 += 1;
        let answer = DiscoveryResponse {
            version_info: format!("v{}", self.1),
            nonce: self.1.to_string(),
            type_url: kind.to_owned(),
            resources,
        };
        let reply = self.0.receive(answer.encode_to_vec().into())?;
        Some(DiscoveryRequest::decode(reply).unwrap())
    }

    fn entries(&mut self, sent: &[Sent]) {
        let kind = self.0.age.service_entry();
        let reply = self.take(kind, sent.iter().map(Sent::resource).collect()).unwrap();
        // Whatever was in it, it is acknowledged.
        assert!(reply.error_detail.is_none() && reply.node.is_some());
        assert_eq!((reply.response_nonce, reply.version_info), (self.1.to_string(), format!("v{}", self.1)));
    }

    fn address(&self) -> Option<&str> {
        let stored = self.0.view.entries.values().next()?;
        Some(&stored.entry.endpoints[0].address)
    }

    fn faults(&self) -> usize {
        self.0.view.faults.len()
    }
}

#[test]
fn first_requests_have_a_clock_for_a_nonce_and_one_node() {
    for age in Age::ALL {
        let requests = IstiodSink::new(age).open();
        let requests: Vec<_> =
            requests.into_iter().map(|bytes| DiscoveryRequest::decode(bytes).unwrap()).collect();
        assert_eq!(requests.len(), age.types().len() + 1);
        assert_eq!(requests[0].type_url, MESH_CONFIG);
        assert!(requests[0].node.is_some() && requests[1..].iter().all(|request| request.node.is_none()));
        assert!(requests.iter().all(|r| r.response_nonce.contains("UTC m=+") && r.version_info.is_empty()));
    }
}

#[test]
fn gate_opens_when_every_type_was_answered() {
    for (age, waits) in [(Age::Istio1_13, false), (Age::Istio1_23, true), (Age::Istio1_30, true)] {
        let mut fed = Fed::new(age);
        for kind in age.types() {
            assert_eq!(fed.0.view.is_synced, !waits, "{age:?}");
            fed.take(&kind, Vec::new());
        }
        assert!(fed.0.view.is_synced);
        assert_eq!(fed.faults(), 0);
    }
}

#[test]
fn known_entry_is_replaced_under_another_version_only() {
    let mut fed = Fed::new(Age::Istio1_30);
    fed.entries(&[SENT]);
    fed.entries(&[Sent { version: "2", address: "10.0.0.2", ..SENT }]);
    assert_eq!((fed.address(), fed.faults()), (Some("10.0.0.2"), 0));
    fed.entries(&[Sent { version: "2", address: "10.0.0.3", ..SENT }]);
    assert_eq!((fed.address(), fed.faults()), (Some("10.0.0.2"), 1));
}

#[test]
fn oldest_age_takes_changes_without_a_version_only() {
    let mut fed = Fed::new(Age::Istio1_11);
    fed.entries(&[Sent { version: "", ..SENT }]);
    fed.entries(&[Sent { version: "", address: "10.0.0.2", ..SENT }]);
    assert_eq!((fed.address(), fed.faults()), (Some("10.0.0.2"), 0));
    fed.entries(&[Sent { version: "3", address: "10.0.0.3", ..SENT }]);
    assert_eq!((fed.address(), fed.faults()), (Some("10.0.0.2"), 1));
}

#[test]
fn refused_entry_stays_as_it_was_and_an_absent_one_goes() {
    let mut fed = Fed::new(Age::Istio1_30);
    fed.entries(&[SENT]);
    fed.entries(&[Sent { version: "2", address: "no.address", ..SENT }]);
    assert_eq!((fed.address(), fed.faults()), (Some("10.0.0.1"), 1));
    fed.entries(&[]);
    assert_eq!((fed.address(), fed.faults()), (None, 1));
    assert_eq!(fed.0.view.lost, ["a.nacos|80|10.0.0.1:80"]);
}

#[test]
fn name_without_a_slash_and_entry_without_a_birth_are_dropped() {
    let mut fed = Fed::new(Age::Istio1_13);
    fed.entries(&[Sent { name: "a", ..SENT }]);
    assert_eq!((fed.address(), fed.faults()), (None, 1));
    fed.entries(&[Sent { created: None, ..SENT }]);
    assert_eq!((fed.address(), fed.faults()), (None, 2));
    let mut fed = Fed::new(Age::Istio1_30);
    fed.entries(&[Sent { created: None, ..SENT }]);
    assert_eq!((fed.address(), fed.faults()), (Some("10.0.0.1"), 1));
}

#[test]
fn mesh_configuration_and_foreign_types_are_faults() {
    let mut fed = Fed::new(Age::Istio1_30);
    assert!(fed.take(MESH_CONFIG, Vec::new()).is_some());
    assert!(fed.take(MESH_CONFIG, vec![SENT.resource()]).is_none());
    assert!(fed.take("networking.istio.io/v1alpha3/ServiceEntry", Vec::new()).is_some());
    assert_eq!(fed.faults(), 3);
}

#[test]
fn wait_before_a_new_stream_grows_until_an_answer_comes() {
    let mut sink = IstiodSink::new(Age::Istio1_30);
    let waits: Vec<_> = (0..14).map(|_| sink.ended("")).collect();
    assert_eq!(waits[..2], [Duration::from_millis(500), Duration::from_millis(750)]);
    assert_eq!(waits[13], BACK_OFF_MAX);
    sink.receive(DiscoveryResponse::default().encode_to_vec().into());
    assert_eq!(sink.ended(""), BACK_OFF_FIRST);
}
