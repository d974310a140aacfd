use std::sync::Arc;

use navaid_core::{Instance, Lifetime, ServiceMetadata, command::ServiceUpdate, service::Selector};

use super::rig::*;
use crate::{Face, HealthFilter};

const ALL: HealthFilter = HealthFilter::All;
const HEALTHY: HealthFilter = HealthFilter::HealthyOnly;

fn rig_of(instances: impl IntoIterator<Item = Instance>) -> Rig {
    let rig = Rig::new();
    for instance in instances {
        let client = rig.connect(&instance.endpoint.to_string());
        rig.register(&client, instance).unwrap();
    }
    rig
}

fn set_threshold(rig: &Rig, protect_threshold: f32) {
    let update = ServiceUpdate { protect_threshold, selector: Selector::None, metadata: metadata(&[]) };
    rig.run(rig.naming.update_service(&key("s"), update)).unwrap();
}

#[test]
fn unknown_service_has_no_hosts_and_echoes_the_clusters() {
    let rig = Rig::new();
    let selection = rig.query("a,b", ALL);
    assert_eq!((&*selection.clusters, selection.hosts.len(), selection.protected), ("a,b", 0, false));
    assert_eq!(selection.last_ref_time, rig.now.wall.0);
}

#[test]
fn clusters_are_matched_exactly() {
    let rig = rig_of([in_cluster(1, "a"), in_cluster(2, "b"), in_cluster(3, "c")]);
    let hosts = |clusters| hosts(&rig.query(clusters, ALL));
    assert_eq!(hosts("a,b"), ["1.1.1.1:1", "1.1.1.1:2"]);
    assert_eq!(hosts("a, b"), ["1.1.1.1:1"]);
    assert_eq!(hosts(" ").len(), 3);
    assert_eq!(hosts("d"), [""; 0]);
}

#[test]
fn disabled_and_unhealthy_instances_are_filtered_by_their_rules() {
    let rig = rig_of([
        instance(1),
        unhealthy(2),
        Instance { enabled: false, ..instance(3) },
        Instance { weight: 0.0, ..instance(4) },
    ]);
    assert_eq!(rig.list(), ["1.1.1.1:1", "1.1.1.1:2!", "1.1.1.1:4"]);
    assert_eq!(hosts(&rig.query("", HEALTHY)), ["1.1.1.1:1", "1.1.1.1:4"]);
    assert_eq!(rig.naming.view(&key("s"), rig.now).hosts().len(), 4);
}

#[test]
fn protection_needs_service_metadata() {
    let rig = rig_of([unhealthy(1), unhealthy(2)]);
    let selection = rig.query("", ALL);
    assert_eq!(
        (hosts(&selection), selection.protected),
        (vec!["1.1.1.1:1!".into(), "1.1.1.1:2!".into()], false)
    );
    set_threshold(&rig, 0.0);
    let selection = rig.query("", ALL);
    assert_eq!(
        (hosts(&selection), selection.protected),
        (vec!["1.1.1.1:1".into(), "1.1.1.1:2".into()], true)
    );
}

#[test]
fn protection_is_reached_at_or_below_the_threshold() {
    let check = |healthy: u16, threshold: f32, expected: bool| {
        let rig = rig_of((1..=4).map(|n| if n <= healthy { instance(n) } else { unhealthy(n) }));
        set_threshold(&rig, threshold);
        let selection = rig.query("", ALL);
        assert_eq!(selection.protected, expected, "{healthy} of 4 at {threshold}");
        assert_eq!(selection.hosts.iter().all(|host| host.healthy), expected || healthy == 4);
    };
    check(2, 0.5, true);
    check(3, 0.5, false);
    check(1, -1.0, false);
    check(0, -1.0, true);
    check(4, 1.0, true);
}

#[test]
fn healthy_only_is_filtered_before_protection() {
    let rig = rig_of([instance(1), unhealthy(2), unhealthy(3), unhealthy(4)]);
    set_threshold(&rig, 0.9);
    let selection = rig.query("", HEALTHY);
    assert_eq!((selection.hosts.len(), selection.protected), (1, false));
}

#[test]
fn empty_service_is_never_protected() {
    let rig = Rig::new();
    rig.run(rig.naming.create_service(&key("s"), ServiceMetadata::new(Lifetime::Ephemeral))).unwrap();
    set_threshold(&rig, 1.0);
    assert!(!rig.query("", ALL).protected);
}

#[test]
fn last_ref_time_grows_with_every_change_also_when_the_clock_goes_back() {
    let mut rig = Rig::new();
    let client = rig.connect("c");
    let mut last = rig.query("", ALL).last_ref_time;
    for port in 1..100 {
        if port == 50 {
            rig.now.wall = navaid_core::Timestamp(5);
        }
        if port % 10 == 0 {
            rig.naming.deregister(&client, &key("s"), rig.now);
        } else {
            rig.register(&client, instance(port)).unwrap();
        }
        let now = rig.query("", ALL).last_ref_time;
        assert!(now > last, "{now} after {last}");
        last = now;
    }
}

#[test]
fn a_change_within_the_millisecond_of_a_list_is_newer_than_the_list() {
    let mut rig = rig_of([instance(1)]);
    rig.query("", ALL);
    rig.pass_millis(500);
    let listed = rig.query("", ALL).ref_time(rig.now.wall);
    rig.register(&rig.connect("other"), instance(2)).unwrap();
    assert!(rig.query("", ALL).ref_time(rig.now.wall) > listed);
}

#[test]
fn last_ref_time_grows_over_the_end_of_a_service() {
    let mut rig = Rig::new();
    rig.register_http(instance(1)).unwrap();
    let first = rig.query("", ALL).last_ref_time;
    rig.pass(200);
    assert!(!rig.is_listed());
    rig.now.wall = navaid_core::Timestamp(5);
    rig.register_http(instance(1)).unwrap();
    assert!(rig.query("", ALL).last_ref_time > first);
}

#[test]
fn callers_of_one_kind_share_selection_and_bytes() {
    let rig = rig_of([instance(1)]);
    let (a, b) = (rig.query("DEFAULT", ALL), rig.query("DEFAULT", ALL));
    assert!(Arc::ptr_eq(&a, &b) && !Arc::ptr_eq(&a, &rig.query("", ALL)));
    let bytes = a.encoded(Face::Grpc, |_| "once".into());
    assert_eq!(b.encoded(Face::Grpc, |_| unreachable!("encoded already")), bytes);
    assert_eq!(b.encoded(Face::HttpV1, |_| "other".into()), "other");
}

#[test]
fn view_keeps_a_bounded_number_of_selections() {
    let rig = rig_of([instance(1)]);
    let first = rig.query("c0", ALL);
    for number in 1..1000 {
        rig.query(&format!("c{number}"), ALL);
    }
    assert!(!Arc::ptr_eq(&first, &rig.query("c0", ALL)));
}
