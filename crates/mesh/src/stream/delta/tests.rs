use super::*;
use crate::stream::testbed::{
    ASSIGNMENTS, CLUSTERS, ENTRIES, LISTENERS, SPACING, answer, assert_idle, at, put, refusal,
};

const OURS: [&str; 2] =
    ["outbound|80||a.DEFAULT-GROUP.public.nacos", "outbound|80||b.DEFAULT-GROUP.public.nacos"];

fn machine() -> Delta {
    let limits = Limits { names_per_stream: 10, types_per_stream: 4, ..Limits::default() };
    Delta::new("nacos".into(), limits, PushTiming { spacing: SPACING, ..PushTiming::default() })
}

fn request(type_url: &str, subscribe: &[&str], nonce: &str) -> DeltaDiscoveryRequest {
    DeltaDiscoveryRequest {
        type_url: type_url.to_owned(),
        resource_names_subscribe: subscribe.iter().map(ToString::to_string).collect(),
        response_nonce: nonce.to_owned(),
        ..DeltaDiscoveryRequest::default()
    }
}

fn next(machine: &mut Delta, catalog: &Catalog) -> DeltaDiscoveryResponse {
    answer(machine, catalog, at(0))
}

/// Names and contents of an answer's resources.
fn told(answer: &DeltaDiscoveryResponse) -> Vec<(&str, &str)> {
    let content = |resource: &crate::proto::envoy::service::discovery::v3::Resource| {
        std::str::from_utf8(&resource.resource.as_ref().unwrap().value).unwrap().to_owned().leak() as &str
    };
    answer.resources.iter().map(|resource| (resource.name.as_str(), content(resource))).collect()
}

#[test]
fn first_request_is_answered_with_all_and_later_ones_with_what_changed() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Cluster, &[("a", "a1"), ("b", "b1")]);
    let mut machine = machine();
    machine.hear(request(CLUSTERS, &["*"], "")).unwrap();
    let first = next(&mut machine, &catalog);
    assert_eq!(told(&first), [("a", "a1"), ("b", "b1")]);
    assert!(first.resources.iter().all(|resource| resource.version.len() == 16));
    machine.hear(request(CLUSTERS, &[], &first.nonce)).unwrap();
    assert_idle(&mut machine, &catalog, at(1));
    put(&mut catalog, Kind::Cluster, &[("a", "a2"), ("b", "")]);
    let second = next(&mut machine, &catalog);
    assert_eq!((told(&second), second.removed_resources.clone()), (vec![("a", "a2")], vec!["b".to_owned()]));
}

#[test]
fn empty_first_subscription_asks_for_all() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Cluster, &[("a", "a1")]);
    let mut machine = machine();
    machine.hear(request(CLUSTERS, &[], "")).unwrap();
    assert_eq!(told(&next(&mut machine, &catalog)), [("a", "a1")]);
}

#[test]
fn peer_that_comes_back_is_told_only_what_it_lacks() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Cluster, &[("same", "1"), ("changed", "1")]);
    let mut earlier = machine();
    earlier.hear(request(CLUSTERS, &[], "")).unwrap();
    let first = next(&mut earlier, &catalog);
    let mut versions: BTreeMap<String, String> =
        first.resources.into_iter().map(|resource| (resource.name, resource.version)).collect();
    versions.insert("gone".to_owned(), "0123456789abcdef".to_owned());
    versions.insert("foreign".to_owned(), "7".to_owned());
    put(&mut catalog, Kind::Cluster, &[("changed", "2")]);
    let mut machine = machine();
    let back = DeltaDiscoveryRequest { initial_resource_versions: versions, ..request(CLUSTERS, &["*"], "") };
    machine.hear(back).unwrap();
    let answer = next(&mut machine, &catalog);
    assert_eq!(told(&answer), [("changed", "2")]);
    let mut removed = answer.removed_resources;
    removed.sort();
    assert_eq!(removed, ["foreign", "gone"]);
}

#[test]
fn name_that_never_was_is_told_as_removed_once() {
    let catalog = Catalog::default();
    let mut machine = machine();
    machine.hear(request(CLUSTERS, &["never"], "")).unwrap();
    let answer = next(&mut machine, &catalog);
    assert_eq!(answer.removed_resources, ["never"]);
    machine.hear(request(CLUSTERS, &[], &answer.nonce)).unwrap();
    assert_idle(&mut machine, &catalog, at(1));
}

#[test]
fn endpoints_that_are_not_there_are_an_empty_assignment_if_the_name_is_ours() {
    let catalog = Catalog::default();
    let mut machine = machine();
    machine.hear(request(ASSIGNMENTS, &[OURS[0], "foreign"], "")).unwrap();
    let answer = next(&mut machine, &catalog);
    assert_eq!(answer.resources.len(), 1);
    assert_eq!(
        (answer.resources[0].name.as_str(), &*answer.removed_resources),
        (OURS[0], &["foreign".to_owned()][..])
    );
}

#[test]
fn who_subscribes_again_is_told_again() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Assignment, &[(OURS[0], "a")]);
    let mut machine = machine();
    machine.hear(request(ASSIGNMENTS, &OURS[..1], "")).unwrap();
    let first = next(&mut machine, &catalog);
    machine.hear(request(ASSIGNMENTS, &[], &first.nonce)).unwrap();
    assert_idle(&mut machine, &catalog, at(1));
    machine.hear(request(ASSIGNMENTS, &OURS[..1], "")).unwrap();
    assert_eq!(told(&next(&mut machine, &catalog)), [(OURS[0], "a")]);
}

#[test]
fn who_unsubscribes_is_told_nothing_more() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Assignment, &[(OURS[0], "a")]);
    let mut machine = machine();
    machine.hear(request(ASSIGNMENTS, &OURS[..1], "")).unwrap();
    let first = next(&mut machine, &catalog);
    let mut leave = request(ASSIGNMENTS, &[], &first.nonce);
    leave.resource_names_unsubscribe = vec![OURS[0].to_owned()];
    machine.hear(leave).unwrap();
    put(&mut catalog, Kind::Assignment, &[(OURS[0], "b")]);
    assert_idle(&mut machine, &catalog, at(1));
}

#[test]
fn subscription_counts_even_beside_a_stale_nonce() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Assignment, &[(OURS[0], "a"), (OURS[1], "b")]);
    let mut machine = machine();
    machine.hear(request(ASSIGNMENTS, &OURS[..1], "")).unwrap();
    let first = next(&mut machine, &catalog);
    assert_eq!(machine.hear(request(ASSIGNMENTS, &OURS[1..], "foreign")), Ok(Heard::Stale));
    assert_idle(&mut machine, &catalog, at(1)); // the first answer is not acknowledged yet
    machine.hear(request(ASSIGNMENTS, &[], &first.nonce)).unwrap();
    assert_eq!(told(&next(&mut machine, &catalog)), [(OURS[1], "b")]);
}

#[test]
fn endpoints_of_changed_clusters_follow_unasked() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Cluster, &[(OURS[0], "a1"), (OURS[1], "b1")]);
    put(&mut catalog, Kind::Assignment, &[(OURS[0], "ea"), (OURS[1], "eb")]);
    let mut machine = machine();
    machine.hear(request(CLUSTERS, &["*"], "")).unwrap();
    next(&mut machine, &catalog);
    machine.hear(request(ASSIGNMENTS, &OURS, "")).unwrap();
    let first = next(&mut machine, &catalog);
    machine.hear(request(ASSIGNMENTS, &[], &first.nonce)).unwrap();
    put(&mut catalog, Kind::Cluster, &[(OURS[1], "b2")]);
    assert_eq!(told(&next(&mut machine, &catalog)), [(OURS[1], "b2")]);
    assert_eq!(told(&next(&mut machine, &catalog)), [(OURS[1], "eb")]);
    assert_idle(&mut machine, &catalog, at(1));
}

#[test]
fn refused_answer_is_sent_again_whole_with_the_next_change() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Assignment, &[(OURS[0], "a1"), (OURS[1], "b1")]);
    let mut machine = machine();
    machine.hear(request(ASSIGNMENTS, &OURS, "")).unwrap();
    let first = next(&mut machine, &catalog);
    let refused =
        DeltaDiscoveryRequest { error_detail: refusal("no"), ..request(ASSIGNMENTS, &[], &first.nonce) };
    assert_eq!(machine.hear(refused), Ok(Heard::Refused));
    assert_idle(&mut machine, &catalog, at(1));
    put(&mut catalog, Kind::Assignment, &[(OURS[1], "b2")]);
    assert_eq!(told(&next(&mut machine, &catalog)), [(OURS[1], "b2"), (OURS[0], "a1")]);
}

#[test]
fn what_was_refused_is_not_forgotten_by_an_answer_without_news() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Cluster, &[("a", "a1")]);
    let mut machine = machine();
    machine.hear(request(CLUSTERS, &["*"], "")).unwrap();
    let first = next(&mut machine, &catalog);
    let refused =
        DeltaDiscoveryRequest { error_detail: refusal("no"), ..request(CLUSTERS, &["*"], &first.nonce) };
    machine.hear(refused).unwrap();
    assert_eq!(told(&next(&mut machine, &catalog)), []);
    put(&mut catalog, Kind::Cluster, &[("b", "b1")]);
    assert_eq!(told(&next(&mut machine, &catalog)), [("b", "b1"), ("a", "a1")]);
}

#[test]
fn removal_that_was_refused_is_told_again() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Cluster, &[("a", "a1"), ("b", "b1")]);
    let mut machine = machine();
    machine.hear(request(CLUSTERS, &["*"], "")).unwrap();
    next(&mut machine, &catalog);
    put(&mut catalog, Kind::Cluster, &[("a", "")]);
    let gone = next(&mut machine, &catalog);
    let refused =
        DeltaDiscoveryRequest { error_detail: refusal("no"), ..request(CLUSTERS, &[], &gone.nonce) };
    machine.hear(refused).unwrap();
    put(&mut catalog, Kind::Cluster, &[("b", "b2")]);
    assert_eq!(next(&mut machine, &catalog).removed_resources, ["a"]);
}

#[test]
fn names_that_peers_say_they_have_count_and_those_unasked_for_are_forgotten() {
    let claim = |type_url: &str, range: std::ops::Range<u8>| DeltaDiscoveryRequest {
        initial_resource_versions: range.map(|n| (n.to_string(), "1".to_owned())).collect(),
        ..request(type_url, &["*"], "")
    };
    let mut machine = machine();
    machine.hear(claim(CLUSTERS, 0..6)).unwrap();
    assert_eq!(machine.hear(claim(LISTENERS, 0..6)), Err(Cut::TooManyNames { max: 10 }));
    let mut unasked = claim(LISTENERS, 0..3);
    unasked.resource_names_subscribe = vec!["0".to_owned()];
    machine.hear(unasked).unwrap();
    assert_eq!(machine.types.values().map(|known| known.held.len()).sum::<usize>(), 7);
}

#[test]
fn types_of_istio_are_spaced_here_as_well_and_mesh_config_is_never_answered() {
    let mut catalog = Catalog::default();
    let mut machine = machine();
    machine.hear(request(MESH_CONFIG, &[], "")).unwrap();
    machine.hear(request(ENTRIES, &[], "")).unwrap();
    let first = next(&mut machine, &catalog);
    machine.hear(request(ENTRIES, &[], &first.nonce)).unwrap();
    assert_idle(&mut machine, &catalog, at(1));
    put(&mut catalog, Kind::ServiceEntry, &[("public/a", "1")]);
    let second: DeltaDiscoveryResponse = answer(&mut machine, &catalog, at(1000));
    machine.hear(request(ENTRIES, &[], &second.nonce)).unwrap();
    put(&mut catalog, Kind::ServiceEntry, &[("public/a", "2")]);
    assert_eq!(machine.next(&catalog, at(1100)), Step::Wait(Moment(1200)));
}

#[test]
fn too_many_names_or_types_end_the_stream() {
    let mut machine = machine();
    let names: Vec<_> = (0..11).map(|n| n.to_string()).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    assert_eq!(machine.hear(request(CLUSTERS, &names, "")), Err(Cut::TooManyNames { max: 10 }));
    machine.hear(request(CLUSTERS, &names[..10], "")).unwrap();
    assert_eq!(machine.hear(request(ASSIGNMENTS, &names[..1], "")), Err(Cut::TooManyNames { max: 10 }));
    for n in 0..3 {
        machine.hear(request(&format!("t{n}"), &[], "")).unwrap();
    }
    assert_eq!(machine.hear(request("one more", &[], "")), Err(Cut::TooManyTypes { max: 4 }));
}

#[test]
fn names_that_a_peer_brings_or_repeats_count_once() {
    let mut machine = machine();
    let names: Vec<_> = (0..10).map(|n| n.to_string()).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let held = names.iter().map(|name| ((*name).to_owned(), String::new())).collect();
    let back = DeltaDiscoveryRequest { initial_resource_versions: held, ..request(ASSIGNMENTS, &names, "") };
    assert_eq!(machine.hear(back), Ok(Heard::Taken));
    assert_eq!(machine.hear(request(ASSIGNMENTS, &names, "")), Ok(Heard::Taken));
    let too_many = Err(Cut::TooManyNames { max: 10 });
    assert_eq!(machine.hear(request(ASSIGNMENTS, &["one more"], "")), too_many);
}
