use super::*;
use crate::wire::SERVICE_ENTRY_URL;
use crate::wire::google::Any;
use crate::wire::mcp::{Metadata, Resource};
use crate::wire::networking::{ServiceEntry, ServicePort, WorkloadEntry};

fn resource(name: &str, versions: (&str, &str), address: &str) -> Resource {
    let port =
        ServicePort { number: 80, protocol: "HTTP".to_owned(), name: "http".to_owned(), target_port: 0 };
    let entry = ServiceEntry {
        hosts: vec![format!("{}.nacos", name.replace('/', "."))],
        ports: vec![port],
        resolution: 1,
        endpoints: vec![WorkloadEntry { address: address.to_owned(), ..WorkloadEntry::default() }],
        ..ServiceEntry::default()
    };
    let annotations = [(SERVICE_VERSION, versions.0), (ENDPOINTS_VERSION, versions.1)];
    let metadata = Metadata {
        name: name.to_owned(),
        version: format!("{}-{}", versions.0, versions.1),
        annotations: annotations.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        ..Metadata::default()
    };
    let body = Any { type_url: SERVICE_ENTRY_URL.to_owned(), value: entry.encode_to_vec().into() };
    Resource { metadata: Some(metadata), body: Some(body) }
}

fn take(sink: &mut SyntheticSink, incremental: bool, resources: Vec<Resource>, removed: &[&str]) {
    let removed_resources = removed.iter().map(|name| (*name).to_owned()).collect();
    let nonce = format!("{}-{}", sink.view.answers, sink.view.faults.len());
    let collection = SYNTHETIC.to_owned();
    let answer =
        Resources { collection, resources, removed_resources, incremental, nonce, ..Resources::default() };
    let reply = RequestResources::decode(sink.receive(answer.encode_to_vec().into()).unwrap()).unwrap();
    assert!(reply.incremental && reply.error_detail.is_none());
}

fn names(sink: &SyntheticSink) -> Vec<&str> {
    sink.view.entries.keys().map(String::as_str).collect()
}

#[test]
fn empty_answer_is_no_answer() {
    let mut sink = SyntheticSink::new();
    sink.open();
    take(&mut sink, false, Vec::new(), &[]);
    assert!(!sink.view.is_synced && sink.view.faults.is_empty());
}

#[test]
fn increments_add_and_remove_and_the_next_stream_tells_what_is_held() {
    let mut sink = SyntheticSink::new();
    sink.open();
    take(&mut sink, true, vec![resource("n/a", ("1", "1"), "10.0.0.1")], &[]);
    take(&mut sink, true, vec![resource("n/b", ("1", "1"), "10.0.0.2")], &["n/a"]);
    assert_eq!(names(&sink), ["n/b"]);
    let request = RequestResources::decode(sink.open().remove(0)).unwrap();
    assert_eq!(request.initial_resource_versions, [("n/b".to_owned(), "1-1".to_owned())].into());
    assert_eq!(request.sink_node.unwrap().id, "SSEMCP");
    assert!(sink.view.faults.is_empty());
}

#[test]
fn removal_alone_is_not_applied() {
    let mut sink = SyntheticSink::new();
    sink.open();
    let both = vec![resource("n/a", ("1", "1"), "10.0.0.1"), resource("n/b", ("1", "1"), "10.0.0.2")];
    take(&mut sink, true, both, &[]);
    take(&mut sink, true, Vec::new(), &["n/a"]);
    assert_eq!(names(&sink), ["n/a", "n/b"]);
    assert_eq!(sink.view.faults.len(), 1);
    // The protocol has no way to remove all.
    take(&mut sink, true, Vec::new(), &["n/a", "n/b"]);
    assert_eq!(sink.view.faults.len(), 1);
}

#[test]
fn change_needs_a_version_in_the_annotations() {
    let mut sink = SyntheticSink::new();
    sink.open();
    take(&mut sink, true, vec![resource("n/a", ("1", "1"), "10.0.0.1")], &[]);
    take(&mut sink, true, vec![resource("n/a", ("1", "2"), "10.0.0.2")], &[]);
    assert!(sink.view.faults.is_empty());
    take(&mut sink, true, vec![resource("n/a", ("1", "2"), "10.0.0.3")], &[]);
    assert!(sink.view.faults[0].contains("changed under"), "{:?}", sink.view.faults);
}
