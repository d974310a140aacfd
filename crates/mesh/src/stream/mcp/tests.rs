use super::*;
use crate::{
    proto::istio::mcp::v1alpha1::SinkNode,
    stream::testbed::{SPACING, answer, assert_idle, at, put, refusal},
};

const ENTRIES: &str = "istio/networking/v1alpha3/serviceentries";
const SYNTHETIC: &str = "istio/networking/v1alpha3/synthetic/serviceentries";

fn machine() -> Mcp {
    let limits = Limits { names_per_stream: 3, types_per_stream: 30, ..Limits::default() };
    Mcp::new(limits, PushTiming { spacing: SPACING, ..PushTiming::default() })
}

fn request(collection: &str, nonce: &str) -> RequestResources {
    RequestResources {
        sink_node: Some(SinkNode::default()),
        collection: collection.to_owned(),
        response_nonce: nonce.to_owned(),
        ..RequestResources::default()
    }
}

fn next(machine: &mut Mcp, catalog: &Catalog, ms: u64) -> Resources {
    answer(machine, catalog, at(ms))
}

/// Encoded resources of MCP of these names, as the catalog holds them.
fn entries(catalog: &mut Catalog, kind: Kind, names: &[(&str, &str)]) {
    let encoded: Vec<(&str, String)> = names
        .iter()
        .map(|(name, version)| {
            let metadata = crate::proto::istio::mcp::v1alpha1::Metadata {
                name: (*name).to_owned(),
                version: (*version).to_owned(),
                ..Default::default()
            };
            let resource =
                crate::proto::istio::mcp::v1alpha1::Resource { metadata: Some(metadata), body: None };
            let bytes = if version.is_empty() { Vec::new() } else { resource.encode_to_vec() };
            (*name, String::from_utf8(bytes).unwrap())
        })
        .collect();
    let borrowed: Vec<_> = encoded.iter().map(|(name, content)| (*name, content.as_str())).collect();
    put(catalog, kind, &borrowed);
}

fn told(answer: &Resources) -> Vec<(&str, &str)> {
    let metadata =
        |resource: &'_ crate::proto::istio::mcp::v1alpha1::Resource| resource.metadata.clone().unwrap();
    let text = |text: String| text.leak() as &str;
    answer.resources.iter().map(metadata).map(|m| (text(m.name), text(m.version))).collect()
}

#[test]
fn every_collection_is_answered_at_once_unknown_ones_empty() {
    let mut catalog = Catalog::default();
    entries(&mut catalog, Kind::McpServiceEntry, &[("public/a", "1")]);
    let mut machine = machine();
    let collections = [
        "istio/mixer/v1/config/client/quotaspecs",
        "istio/mixer/v1/config/client/quotaspecbindings",
        "istio/networking/v1alpha3/gateways",
        "anything/else",
        ENTRIES,
    ];
    for collection in collections {
        machine.hear(request(collection, "")).unwrap();
    }
    let mut nonces = std::collections::BTreeSet::new();
    for _ in collections {
        let answer = next(&mut machine, &catalog, 0);
        assert_eq!(answer.resources.len(), usize::from(answer.collection == ENTRIES));
        assert!(!answer.incremental);
        assert!(nonces.insert(answer.nonce.clone()), "a nonce is unique on its stream");
        assert_eq!(machine.hear(request(&answer.collection, &answer.nonce)), Ok(Heard::Taken));
    }
    assert_idle(&mut machine, &catalog, at(1));
}

#[test]
fn every_change_is_told_by_all_there_is() {
    let mut catalog = Catalog::default();
    entries(&mut catalog, Kind::McpServiceEntry, &[("public/a", "1"), ("public/b", "1")]);
    let mut machine = machine();
    let asked = RequestResources { incremental: true, ..request(ENTRIES, "") };
    machine.hear(asked).unwrap();
    let first = next(&mut machine, &catalog, 0);
    machine.hear(request(ENTRIES, &first.nonce)).unwrap();
    entries(&mut catalog, Kind::McpServiceEntry, &[("public/a", "2")]);
    let second = next(&mut machine, &catalog, 1000);
    assert_eq!(told(&second), [("public/a", "2"), ("public/b", "1")]);
    assert!(!second.incremental && second.removed_resources.is_empty());
}

#[test]
fn changes_wait_for_the_acknowledgement_and_become_one() {
    let mut catalog = Catalog::default();
    let mut machine = machine();
    machine.hear(request(ENTRIES, "")).unwrap();
    let first = next(&mut machine, &catalog, 0);
    for version in ["1", "2"] {
        entries(&mut catalog, Kind::McpServiceEntry, &[("public/a", version)]);
        assert_idle(&mut machine, &catalog, at(1000));
    }
    assert_eq!(machine.hear(request(ENTRIES, "77")), Ok(Heard::Stale));
    assert_idle(&mut machine, &catalog, at(1000));
    machine.hear(request(ENTRIES, &first.nonce)).unwrap();
    assert_eq!(told(&next(&mut machine, &catalog, 1000)), [("public/a", "2")]);
}

#[test]
fn refused_answer_is_not_repeated_until_something_changes() {
    let mut catalog = Catalog::default();
    let mut machine = machine();
    machine.hear(request(ENTRIES, "")).unwrap();
    let first = next(&mut machine, &catalog, 0);
    let refused = RequestResources { error_detail: refusal("no"), ..request(ENTRIES, &first.nonce) };
    assert_eq!(machine.hear(refused), Ok(Heard::Refused));
    assert_idle(&mut machine, &catalog, at(1000));
    entries(&mut catalog, Kind::McpServiceEntry, &[("public/a", "1")]);
    assert_eq!(told(&next(&mut machine, &catalog, 2000)), [("public/a", "1")]);
}

#[test]
fn synthetic_collection_is_told_by_increments_and_a_removal_never_alone() {
    let mut catalog = Catalog::default();
    entries(
        &mut catalog,
        Kind::SyntheticServiceEntry,
        &[("public/a", "1"), ("public/b", "1"), ("public/c", "1")],
    );
    let mut machine = machine();
    let mut asked = RequestResources { incremental: true, ..request(SYNTHETIC, "") };
    asked.sink_node = Some(SinkNode { id: "SSEMCP".to_owned(), ..SinkNode::default() });
    machine.hear(asked).unwrap();
    assert_eq!(&*machine.node(), "SSEMCP");
    let first = next(&mut machine, &catalog, 0);
    assert_eq!((first.incremental, first.resources.len()), (false, 3));
    machine.hear(request(SYNTHETIC, &first.nonce)).unwrap();
    entries(&mut catalog, Kind::SyntheticServiceEntry, &[("public/b", "2")]);
    let second = next(&mut machine, &catalog, 1000);
    assert_eq!((second.incremental, told(&second)), (true, vec![("public/b", "2")]));
    machine.hear(request(SYNTHETIC, &second.nonce)).unwrap();
    entries(&mut catalog, Kind::SyntheticServiceEntry, &[("public/c", "")]);
    let third = next(&mut machine, &catalog, 2000);
    assert_eq!(third.removed_resources, ["public/c"]);
    assert_eq!(third.resources.len(), 1, "Pilot 1.4 looks at removals only beside a resource");
}

/// A sink of increments that has what the catalog has.
fn settled_sink(catalog: &Catalog) -> Mcp {
    let mut machine = machine();
    machine.hear(RequestResources { incremental: true, ..request(SYNTHETIC, "") }).unwrap();
    let first = next(&mut machine, catalog, 0);
    machine.hear(request(SYNTHETIC, &first.nonce)).unwrap();
    machine
}

#[test]
fn increment_that_was_refused_is_told_again_with_the_next_change() {
    let mut catalog = Catalog::default();
    let kind = Kind::SyntheticServiceEntry;
    entries(&mut catalog, kind, &[("public/a", "1"), ("public/b", "1"), ("public/c", "1")]);
    let mut machine = settled_sink(&catalog);
    entries(&mut catalog, kind, &[("public/a", "2"), ("public/b", "")]);
    let second = next(&mut machine, &catalog, 1000);
    let refused = RequestResources { error_detail: refusal("no"), ..request(SYNTHETIC, &second.nonce) };
    assert_eq!(machine.hear(refused), Ok(Heard::Refused));
    assert_idle(&mut machine, &catalog, at(2000));
    entries(&mut catalog, kind, &[("public/c", "2")]);
    let third = next(&mut machine, &catalog, 3000);
    assert_eq!(told(&third), [("public/a", "2"), ("public/c", "2")]);
    assert_eq!(third.removed_resources, ["public/b"]);
}

#[test]
fn removal_of_the_last_resource_waits_for_one_that_goes_along() {
    let mut catalog = Catalog::default();
    entries(&mut catalog, Kind::SyntheticServiceEntry, &[("public/a", "1")]);
    let mut machine = settled_sink(&catalog);
    entries(&mut catalog, Kind::SyntheticServiceEntry, &[("public/a", "")]);
    assert_idle(&mut machine, &catalog, at(1000));
    entries(&mut catalog, Kind::SyntheticServiceEntry, &[("public/b", "1")]);
    let second = next(&mut machine, &catalog, 2000);
    assert_eq!(
        (told(&second), &*second.removed_resources),
        (vec![("public/b", "1")], &["public/a".to_owned()][..])
    );
}

#[test]
fn sink_that_comes_back_with_what_it_has_is_told_what_it_lacks() {
    let mut catalog = Catalog::default();
    entries(&mut catalog, Kind::SyntheticServiceEntry, &[("public/a", "1"), ("public/b", "1")]);
    let version = |name| catalog.table(Kind::SyntheticServiceEntry).get(name).unwrap().version.to_string();
    let held = [("public/a".to_owned(), version("public/a")), ("public/gone".to_owned(), "x".to_owned())];
    let mut machine = machine();
    machine
        .hear(RequestResources {
            incremental: true,
            initial_resource_versions: held.into(),
            ..request(SYNTHETIC, "")
        })
        .unwrap();
    let answer = next(&mut machine, &catalog, 0);
    assert!(answer.incremental);
    assert_eq!(
        (told(&answer), answer.removed_resources.clone()),
        (vec![("public/b", "1")], vec!["public/gone".to_owned()])
    );
}

#[test]
fn request_without_a_nonce_begins_anew() {
    let catalog = Catalog::default();
    let mut machine = machine();
    machine.hear(request(ENTRIES, "")).unwrap();
    next(&mut machine, &catalog, 0);
    machine.hear(request(ENTRIES, "")).unwrap();
    assert_eq!(next(&mut machine, &catalog, 0).collection, ENTRIES);
}

#[test]
fn too_many_names_or_collections_end_the_stream() {
    let mut machine = machine();
    let held = (0..4).map(|n| (n.to_string(), String::new())).collect();
    let asked = RequestResources { initial_resource_versions: held, ..request(SYNTHETIC, "") };
    assert_eq!(machine.hear(asked), Err(Cut::TooManyNames { max: 3 }));
    for n in 0..30 {
        machine.hear(request(&format!("c{n}"), "")).unwrap();
    }
    assert_eq!(machine.hear(request("one more", "")), Err(Cut::TooManyTypes { max: 30 }));
}
