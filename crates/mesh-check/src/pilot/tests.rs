use super::*;
use crate::wire::SERVICE_ENTRY_URL;
use crate::wire::google::Any;
use crate::wire::mcp::Metadata;
use crate::wire::networking::{ServiceEntry, ServicePort, WorkloadEntry};

fn resource(name: &str, version: &str, address: &str) -> Resource {
    let port =
        ServicePort { number: 80, protocol: "HTTP".to_owned(), name: "http".to_owned(), target_port: 0 };
    let entry = ServiceEntry {
        hosts: vec!["a.nacos".to_owned()],
        ports: vec![port],
        resolution: 1,
        endpoints: vec![WorkloadEntry { address: address.to_owned(), ..WorkloadEntry::default() }],
        ..ServiceEntry::default()
    };
    let metadata = Metadata { name: name.to_owned(), version: version.to_owned(), ..Metadata::default() };
    let body = Any { type_url: SERVICE_ENTRY_URL.to_owned(), value: entry.encode_to_vec().into() };
    Resource { metadata: Some(metadata), body: Some(body) }
}

/// A sink and the number of answers that it was given.
struct Fed(Pilot14Sink, usize);

impl Fed {
    fn new() -> Self {
        let mut sink = Pilot14Sink::new(1);
        sink.open();
        Self(sink, 0)
    }

    fn take(&mut self, collection: &str, resources: Vec<Resource>) -> RequestResources {
        self.1 += 1;
        let nonce = self.1.to_string();
        let collection = collection.to_owned();
        let answer = Resources { collection, resources, nonce, ..Resources::default() };
        RequestResources::decode(self.0.receive(answer.encode_to_vec().into()).unwrap()).unwrap()
    }

    fn entries(&mut self, resources: Vec<Resource>) -> RequestResources {
        self.take(SERVICE_ENTRIES, resources)
    }

    fn routes(&self) -> Vec<String> {
        self.0.view.registry.routes().into_iter().collect()
    }
}

#[test]
fn all_collections_are_asked_for_at_once_in_an_order_by_the_seed() {
    let asked = |seed| {
        let requests = Pilot14Sink::new(seed).open();
        let read = |bytes| RequestResources::decode(bytes).unwrap();
        requests.into_iter().map(read).collect::<Vec<_>>()
    };
    let first = asked(1);
    assert_ne!(first, asked(2));
    assert_eq!(first, asked(1));
    assert!(first.iter().all(|request| request.sink_node == Some(SinkNode::default())));
    assert!(first.iter().all(|request| request.response_nonce.is_empty() && !request.incremental));
    let mut names: Vec<_> = first.into_iter().map(|request| request.collection).collect();
    names.sort();
    let mut all = COLLECTIONS.map(str::to_owned);
    all.sort();
    assert_eq!(names, all);
}

#[test]
fn sink_is_synced_once_every_collection_was_answered() {
    let mut fed = Fed::new();
    for (number, collection) in COLLECTIONS.iter().enumerate() {
        assert!(!fed.0.view.is_synced, "{number}");
        let reply = fed.take(collection, Vec::new());
        assert_eq!((reply.collection.as_str(), reply.error_detail), (*collection, None));
    }
    assert!(fed.0.view.is_synced && fed.0.view.faults.is_empty());
    fed.0.open();
    assert!(fed.0.view.is_synced && fed.0.view.answered.is_empty());
}

#[test]
fn answer_replaces_everything_and_tells_what_was_lost() {
    let mut fed = Fed::new();
    fed.entries(vec![resource("n/a", "1", "10.0.0.1"), resource("n/b", "1", "10.0.0.2")]);
    fed.entries(vec![resource("n/b", "1", "10.0.0.2")]);
    assert_eq!(fed.routes(), ["a.nacos|80|10.0.0.2:80"]);
    assert_eq!(fed.0.view.lost, ["a.nacos|80|10.0.0.1:80"]);
    assert_eq!(fed.0.view.faults, [""; 0]);
}

#[test]
fn change_without_a_new_version_is_not_seen() {
    let mut fed = Fed::new();
    fed.entries(vec![resource("n/a", "1", "10.0.0.1")]);
    fed.entries(vec![resource("n/a", "1", "10.0.0.2")]);
    assert_eq!(fed.routes(), ["a.nacos|80|10.0.0.1:80"]);
    assert!(fed.0.view.faults[0].contains("changed under"), "{:?}", fed.0.view.faults);
    // Another entry's event brings it along.
    fed.entries(vec![resource("n/a", "1", "10.0.0.2"), resource("n/b", "1", "10.0.0.3")]);
    assert_eq!(fed.routes().len(), 2);
}

#[test]
fn invalid_object_is_discarded_and_the_rest_taken() {
    let mut fed = Fed::new();
    let reply = fed.entries(vec![resource("n/a", "1", "fd00::1"), resource("n/b", "1", "10.0.0.2")]);
    assert_eq!(reply.error_detail, None);
    assert_eq!(fed.routes(), ["a.nacos|80|10.0.0.2:80"]);
    assert!(fed.0.view.faults[0].contains("discarded n/a"), "{:?}", fed.0.view.faults);
}

#[test]
fn what_cannot_be_read_is_refused() {
    let mut fed = Fed::new();
    assert_eq!(fed.take("istio/unknown", Vec::new()).error_detail.unwrap().code, UNIMPLEMENTED);
    let mut broken = resource("n/a", "1", "10.0.0.1");
    broken.body = Some(Any { type_url: "type.googleapis.com/x".to_owned(), ..Any::default() });
    assert_eq!(fed.entries(vec![broken]).error_detail.unwrap().code, INVALID_ARGUMENT);
    let without = Resource { metadata: None, ..resource("n/a", "1", "10.0.0.1") };
    assert_eq!(fed.entries(vec![without]).error_detail.unwrap().code, INVALID_ARGUMENT);
}

#[test]
fn nonce_may_come_once_on_a_stream() {
    let mut fed = Fed::new();
    fed.entries(Vec::new());
    fed.1 = 0;
    fed.entries(Vec::new());
    assert!(fed.0.view.faults[0].contains("came twice"), "{:?}", fed.0.view.faults);
}
