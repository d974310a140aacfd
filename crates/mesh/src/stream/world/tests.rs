use super::*;
use crate::{
    proto::google::rpc::Status,
    stream::testbed::{
        ASSIGNMENTS, CLUSTERS, ENTRIES, LISTENERS, SPACING, answer, assert_idle, at, node, put, refusal,
    },
};

const OURS: [&str; 2] =
    ["outbound|80||a.DEFAULT-GROUP.public.nacos", "outbound|80||b.DEFAULT-GROUP.public.nacos"];

fn machine() -> World {
    let limits = Limits { names_per_stream: 10, types_per_stream: 20, ..Limits::default() };
    World::new("nacos".into(), limits, PushTiming { spacing: SPACING, ..PushTiming::default() })
}

fn request(type_url: &str, names: &[&str], nonce: &str) -> DiscoveryRequest {
    DiscoveryRequest {
        type_url: type_url.to_owned(),
        resource_names: names.iter().map(|name| Bytes::copy_from_slice(name.as_bytes())).collect(),
        response_nonce: nonce.to_owned(),
        ..DiscoveryRequest::default()
    }
}

fn refused(type_url: &str, names: &[&str], nonce: &str) -> DiscoveryRequest {
    DiscoveryRequest { error_detail: refusal("no"), ..request(type_url, names, nonce) }
}

fn next(machine: &mut World, catalog: &Catalog, ms: u64) -> DiscoveryResponse {
    answer(machine, catalog, at(ms))
}

/// Contents of an answer's resources.
fn contents(answer: &DiscoveryResponse) -> Vec<&str> {
    answer.resources.iter().map(|any| std::str::from_utf8(&any.value).unwrap()).collect()
}

/// An istiod that has asked for entries and acknowledged the first answer.
fn settled_istiod(catalog: &Catalog) -> World {
    let mut machine = machine();
    machine.hear(request(ENTRIES, &[], "2026-11-27 06:40:20.362 +0000 UTC m=+0.229")).unwrap();
    let first = next(&mut machine, catalog, 0);
    machine.hear(request(ENTRIES, &[], &first.nonce)).unwrap();
    machine
}

#[test]
fn first_request_is_answered_whatever_its_nonce_is() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::ServiceEntry, &[("public/a", "a")]);
    let mut machine = machine();
    let mut first = request(ENTRIES, &[], "2026-11-27 06:40:20.362 +0000 UTC m=+0.229");
    first.node = node("sidecar~1.1.1.1~istiod-0.istio-system~istio-system.svc.cluster.local");
    assert_eq!(machine.hear(first), Ok(Heard::Taken));
    let answer = next(&mut machine, &catalog, 0);
    assert_eq!((contents(&answer), answer.type_url.as_str()), (vec!["a"], ENTRIES));
    assert!(machine.node().starts_with("sidecar~"));
    assert_idle(&mut machine, &catalog, at(1));
}

#[test]
fn every_type_but_mesh_config_is_answered_once_empty_if_need_be() {
    let catalog = Catalog::default();
    let mut machine = machine();
    let types = [MESH_CONFIG, "networking.istio.io/v1/Gateway", "telemetry.istio.io/v1/Telemetry", ENTRIES];
    for type_url in types {
        machine.hear(request(type_url, &[], "clock")).unwrap();
    }
    let mut answered = Vec::new();
    for _ in 1..types.len() {
        let answer = next(&mut machine, &catalog, 0);
        assert!(answer.resources.is_empty());
        machine.hear(request(&answer.type_url, &[], &answer.nonce)).unwrap();
        answered.push(answer.type_url);
    }
    assert_idle(&mut machine, &catalog, at(1000));
    answered.sort();
    assert_eq!(answered, ["networking.istio.io/v1/Gateway", ENTRIES, "telemetry.istio.io/v1/Telemetry"]);
}

#[test]
fn answers_to_istio_keep_their_distance_over_all_types() {
    let mut catalog = Catalog::default();
    let mut machine = settled_istiod(&catalog);
    let rules = "networking.istio.io/v1/VirtualService";
    machine.hear(request(rules, &[], "clock")).unwrap();
    let first = next(&mut machine, &catalog, 0);
    machine.hear(request(rules, &[], &first.nonce)).unwrap();
    put(&mut catalog, Kind::ServiceEntry, &[("public/a", "1")]);
    assert_eq!(contents(&next(&mut machine, &catalog, 1000)), ["1"]);
    put(&mut catalog, Kind::VirtualService, &[("public/r", "r")]);
    assert_eq!(machine.next(&catalog, at(1001)), Step::Wait(Moment(1200)));
    assert_eq!(contents(&next(&mut machine, &catalog, 1200)), ["r"]);
}

#[test]
fn one_answer_of_a_type_is_unacknowledged_and_the_next_has_the_newest() {
    let mut catalog = Catalog::default();
    let mut machine = settled_istiod(&catalog);
    put(&mut catalog, Kind::ServiceEntry, &[("public/a", "1")]);
    let told = next(&mut machine, &catalog, 1000);
    for content in ["2", "3"] {
        put(&mut catalog, Kind::ServiceEntry, &[("public/a", content)]);
        assert_idle(&mut machine, &catalog, at(5000));
    }
    machine.hear(request(ENTRIES, &[], &told.nonce)).unwrap();
    assert_eq!(contents(&next(&mut machine, &catalog, 5000)), ["3"]);
}

#[test]
fn change_that_was_taken_back_is_not_told() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::ServiceEntry, &[("public/a", "1")]);
    let mut machine = settled_istiod(&catalog);
    put(&mut catalog, Kind::ServiceEntry, &[("public/a", "2")]);
    put(&mut catalog, Kind::ServiceEntry, &[("public/a", "1")]);
    assert_idle(&mut machine, &catalog, at(1000));
}

#[test]
fn nonce_of_another_answer_changes_nothing() {
    let mut catalog = Catalog::default();
    let mut machine = settled_istiod(&catalog);
    put(&mut catalog, Kind::ServiceEntry, &[("public/a", "1")]);
    let told = next(&mut machine, &catalog, 1000);
    for nonce in ["", "1", "foreign"] {
        assert_eq!(machine.hear(request(ENTRIES, &[], nonce)), Ok(Heard::Stale));
    }
    put(&mut catalog, Kind::ServiceEntry, &[("public/a", "2")]);
    assert_idle(&mut machine, &catalog, at(2000));
    assert_eq!(machine.hear(request(ENTRIES, &[], &told.nonce)), Ok(Heard::Taken));
    assert_eq!(contents(&next(&mut machine, &catalog, 2000)), ["2"]);
}

#[test]
fn istio_1_11_is_known_by_its_node() {
    let catalog = Catalog::default();
    let mut machine = machine();
    let mut first = request("networking.istio.io/v1alpha3/ServiceEntry", &[], "clock");
    first.node = node("sidecar~1.1.1.1~test-1.default~default.svc.cluster.local");
    machine.hear(first).unwrap();
    assert_eq!(machine.framing(), Framing::WorldUnversioned);
    assert!(next(&mut machine, &catalog, 0).resources.is_empty());
}

#[test]
fn refused_answer_is_not_repeated_until_something_changes_and_then_whole() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Assignment, &[(OURS[0], "a1"), (OURS[1], "b1")]);
    let mut machine = machine();
    machine.hear(request(ASSIGNMENTS, &OURS, "")).unwrap();
    let told = next(&mut machine, &catalog, 0);
    assert_eq!(machine.hear(refused(ASSIGNMENTS, &OURS, &told.nonce)), Ok(Heard::Refused));
    assert_idle(&mut machine, &catalog, at(1));
    assert_eq!(machine.hear(refused(ASSIGNMENTS, &OURS, &told.nonce)), Ok(Heard::Stale));
    assert_idle(&mut machine, &catalog, at(2));
    put(&mut catalog, Kind::Assignment, &[(OURS[0], "a2")]);
    assert_eq!(contents(&next(&mut machine, &catalog, 3)), ["a2", "b1"]);
    let refused = machine.subscriptions()[0].refused.clone().unwrap();
    assert_eq!(refused, (told.version_info, "code 13: no".to_owned()));
}

#[test]
fn what_was_refused_is_not_forgotten_when_other_names_are_asked_for() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Assignment, &[(OURS[0], "a1"), (OURS[1], "b1")]);
    let mut machine = machine();
    machine.hear(request(ASSIGNMENTS, &OURS[..1], "")).unwrap();
    let first = next(&mut machine, &catalog, 0);
    machine.hear(refused(ASSIGNMENTS, &OURS, &first.nonce)).unwrap();
    let second = next(&mut machine, &catalog, 1);
    assert_eq!(contents(&second), ["b1"]);
    machine.hear(refused(ASSIGNMENTS, &OURS, &second.nonce)).unwrap();
    assert_idle(&mut machine, &catalog, at(2));
    put(&mut catalog, Kind::Assignment, &[(OURS[1], "b2")]);
    assert_eq!(contents(&next(&mut machine, &catalog, 3)), ["a1", "b2"]);
}

#[test]
fn what_is_asked_for_no_more_is_not_told() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Assignment, &[(OURS[0], "a1"), (OURS[1], "b1")]);
    let mut machine = machine();
    machine.hear(request(ASSIGNMENTS, &OURS[..1], "")).unwrap();
    let first = next(&mut machine, &catalog, 0);
    machine.hear(refused(ASSIGNMENTS, &OURS[1..], &first.nonce)).unwrap();
    assert_eq!(contents(&next(&mut machine, &catalog, 1)), ["b1"]);
}

#[test]
fn changes_of_what_nobody_asked_for_are_looked_through_once() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Assignment, &[(OURS[0], "a1")]);
    let mut machine = machine();
    machine.hear(request(ASSIGNMENTS, &OURS[..1], "")).unwrap();
    let first = next(&mut machine, &catalog, 0);
    machine.hear(request(ASSIGNMENTS, &OURS[..1], &first.nonce)).unwrap();
    put(&mut catalog, Kind::Assignment, &[(OURS[1], "b1")]);
    assert_idle(&mut machine, &catalog, at(1));
    assert!(machine.types.values().all(|known| known.progress.told == catalog.seq()));
}

#[test]
fn names_in_another_order_are_the_same_names() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Assignment, &[(OURS[0], "a1"), (OURS[1], "b1")]);
    let mut machine = machine();
    machine.hear(request(ASSIGNMENTS, &OURS, "")).unwrap();
    let first = next(&mut machine, &catalog, 0);
    machine.hear(request(ASSIGNMENTS, &[OURS[1], OURS[0]], &first.nonce)).unwrap();
    assert_idle(&mut machine, &catalog, at(1));
}

#[test]
fn name_that_is_no_text_ends_the_stream() {
    let names = vec![Bytes::from_static(&[0xff])];
    let asked = DiscoveryRequest { resource_names: names, ..request(CLUSTERS, &[], "") };
    assert_eq!(machine().hear(asked), Err(Cut::NameIsNoText));
}

#[test]
fn nonce_that_was_acknowledged_already_is_a_question() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Assignment, &[(OURS[0], "a")]);
    let mut machine = machine();
    machine.hear(request(ASSIGNMENTS, &OURS[..1], "")).unwrap();
    let told = next(&mut machine, &catalog, 0);
    machine.hear(request(ASSIGNMENTS, &OURS[..1], &told.nonce)).unwrap();
    assert_idle(&mut machine, &catalog, at(1));
    machine.hear(request(ASSIGNMENTS, &OURS[..1], &told.nonce)).unwrap();
    assert_eq!(contents(&next(&mut machine, &catalog, 2)), ["a"]);
}

#[test]
fn endpoints_of_changed_clusters_follow_unasked_and_nothing_waits_for_the_acknowledgement() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Cluster, &[(OURS[0], "a1"), (OURS[1], "b1")]);
    put(&mut catalog, Kind::Assignment, &[(OURS[0], "ea"), (OURS[1], "eb")]);
    let mut machine = machine();
    machine.hear(request(CLUSTERS, &[], "")).unwrap();
    assert_eq!(next(&mut machine, &catalog, 0).resources.len(), 2);
    machine.hear(request(ASSIGNMENTS, &OURS, "")).unwrap();
    let told = next(&mut machine, &catalog, 0);
    machine.hear(request(ASSIGNMENTS, &OURS, &told.nonce)).unwrap();
    // The first answer about clusters is still unacknowledged.
    put(&mut catalog, Kind::Cluster, &[(OURS[0], "a2")]);
    assert_eq!(contents(&next(&mut machine, &catalog, 1)), ["a2", "b1"]);
    let told = next(&mut machine, &catalog, 1);
    assert_eq!((told.type_url.as_str(), contents(&told)), (ASSIGNMENTS, vec!["ea"]));
    assert_idle(&mut machine, &catalog, at(2));
}

/// istiod acknowledges what it never asked for, which looks like its first request of that type.
#[test]
fn type_that_nobody_asked_for_is_never_sent() {
    let mut catalog = Catalog::default();
    let put_all = |catalog: &mut Catalog, content: &str| {
        for kind in [Kind::Cluster, Kind::Assignment] {
            put(catalog, kind, &[(OURS[0], content)]);
        }
        put(catalog, Kind::Listener, &[("l", content)]);
        put(catalog, Kind::ServiceEntry, &[("public/a", content)]);
    };
    put_all(&mut catalog, "1");
    let mut machine = machine();
    machine.hear(request(CLUSTERS, &[], "")).unwrap();
    for content in ["1", "2"] {
        put_all(&mut catalog, content);
        let told = next(&mut machine, &catalog, 0);
        assert_eq!((told.type_url.as_str(), contents(&told)), (CLUSTERS, vec![content]));
        machine.hear(request(CLUSTERS, &[], &told.nonce)).unwrap();
        assert_idle(&mut machine, &catalog, at(1));
    }
}

#[test]
fn endpoints_that_are_not_there_are_an_empty_assignment_if_the_name_is_ours() {
    let catalog = Catalog::default();
    let mut machine = machine();
    machine.hear(request(ASSIGNMENTS, &[OURS[0], "foreign", "outbound|80||x.other"], "")).unwrap();
    let told = next(&mut machine, &catalog, 0);
    assert_eq!(told.resources.len(), 1);
    assert!(told.resources[0].value.ends_with(OURS[0].as_bytes()));
}

#[test]
fn assignment_that_goes_is_emptied_rather_than_left_out() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Assignment, &[(OURS[0], "a")]);
    let mut machine = machine();
    machine.hear(request(ASSIGNMENTS, &OURS[..1], "")).unwrap();
    let told = next(&mut machine, &catalog, 0);
    machine.hear(request(ASSIGNMENTS, &OURS[..1], &told.nonce)).unwrap();
    put(&mut catalog, Kind::Assignment, &[(OURS[0], "")]);
    let told = next(&mut machine, &catalog, 1);
    assert!(told.resources[0].value.ends_with(OURS[0].as_bytes()));
}

#[test]
fn new_name_is_told_at_once_and_alone() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Assignment, &[(OURS[0], "a"), (OURS[1], "b")]);
    let mut machine = machine();
    machine.hear(request(ASSIGNMENTS, &OURS[..1], "")).unwrap();
    let told = next(&mut machine, &catalog, 0);
    machine.hear(request(ASSIGNMENTS, &OURS, &told.nonce)).unwrap();
    assert_eq!(contents(&next(&mut machine, &catalog, 1)), ["b"]);
}

#[test]
fn names_once_given_and_then_none_ask_for_nothing() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Listener, &[("l", "1")]);
    let mut machine = machine();
    machine.hear(request(LISTENERS, &["l"], "")).unwrap();
    let told = next(&mut machine, &catalog, 0);
    machine.hear(request(LISTENERS, &[], &told.nonce)).unwrap();
    put(&mut catalog, Kind::Listener, &[("l", "2")]);
    assert_idle(&mut machine, &catalog, at(1));
}

#[test]
fn complete_types_are_told_whole_and_only_if_what_is_asked_for_changed() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Listener, &[("a", "a1"), ("b", "b1"), ("c", "c1")]);
    let mut machine = machine();
    machine.hear(request(LISTENERS, &["a", "b"], "")).unwrap();
    let told = next(&mut machine, &catalog, 0);
    machine.hear(request(LISTENERS, &["a", "b"], &told.nonce)).unwrap();
    put(&mut catalog, Kind::Listener, &[("c", "c2")]);
    assert_idle(&mut machine, &catalog, at(1));
    put(&mut catalog, Kind::Listener, &[("a", "a2")]);
    let told = next(&mut machine, &catalog, 2);
    assert_eq!(contents(&told), ["a2", "b1"]);
    machine.hear(request(LISTENERS, &["a", "b"], &told.nonce)).unwrap();
    put(&mut catalog, Kind::Listener, &[("a", "")]);
    assert_eq!(contents(&next(&mut machine, &catalog, 3)), ["b1"]);
}

#[test]
fn version_of_the_same_content_is_the_same_on_another_stream() {
    let mut catalog = Catalog::default();
    put(&mut catalog, Kind::Cluster, &[("a", "1")]);
    let version = |catalog: &Catalog| {
        let mut machine = machine();
        machine.hear(request(CLUSTERS, &[], "")).unwrap();
        next(&mut machine, catalog, 0).version_info
    };
    let first = version(&catalog);
    put(&mut catalog, Kind::Cluster, &[("b", "1")]);
    assert_ne!(version(&catalog), first);
    put(&mut catalog, Kind::Cluster, &[("b", "")]);
    assert_eq!(version(&catalog), first);
}

#[test]
fn too_many_names_or_types_end_the_stream() {
    let mut machine = machine();
    let names: Vec<_> = (0..11).map(|n| n.to_string()).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    machine.hear(request(CLUSTERS, &names[..10], "")).unwrap();
    machine.hear(request(CLUSTERS, &names[..10], "")).unwrap();
    assert_eq!(machine.hear(request(ASSIGNMENTS, &names[..1], "")), Err(Cut::TooManyNames { max: 10 }));
    assert_eq!(machine.hear(request(CLUSTERS, &names, "")), Err(Cut::TooManyNames { max: 10 }));
    for n in 0..19 {
        machine.hear(request(&format!("t{n}"), &[], "")).unwrap();
    }
    assert_eq!(machine.hear(request("one more", &[], "")), Err(Cut::TooManyTypes { max: 20 }));
}

#[test]
fn reason_of_a_refusal_is_kept_only_so_far() {
    let status = Status { code: 3, message: "\u{e4}".repeat(10_000) };
    assert!(reason(&status).len() < 600);
}

#[test]
fn name_or_type_that_nobody_has_ends_the_stream() {
    let long = "x".repeat(1025);
    let too_long = Err(Cut::NameTooLong { length: 1025, max: 1024 });
    assert_eq!(machine().hear(request(CLUSTERS, &[&long], "")), too_long);
    assert_eq!(machine().hear(request(&long, &[], "")), too_long);
}

#[test]
fn name_of_a_peer_cannot_write_a_line_of_the_log() {
    let mut machine = machine();
    let mut first = request(CLUSTERS, &[], "");
    first.node = node("x\n2026 ERROR forged");
    machine.hear(first).unwrap();
    assert_eq!(&*machine.node(), "x?2026 ERROR forged");
}
