use navaid_core::Instance;

use super::rig::*;
use crate::{HealthFilter, Limits, NamingError, NamingSettings};

#[test]
fn registered_instance_is_read_at_once() {
    let rig = Rig::new();
    rig.register_http(instance(1)).unwrap();
    assert_eq!(rig.list(), ["1.1.1.1:1"]);
    assert!(rig.is_listed());
}

#[test]
fn second_register_of_a_connection_replaces_the_first() {
    let rig = Rig::new();
    let client = rig.connect("c");
    rig.register(&client, instance(1)).unwrap();
    rig.register(&client, instance(2)).unwrap();
    assert_eq!(rig.list(), ["1.1.1.1:2"]);
}

#[test]
fn batch_and_single_register_replace_one_another() {
    let rig = Rig::new();
    let client = rig.connect("c");
    let batch = |ports: &[u16]| {
        let instances = ports.iter().map(|port| instance(*port)).collect();
        rig.naming.register_batch(&client, &key("s"), instances, rig.now).unwrap();
    };
    batch(&[3, 1, 2]);
    assert_eq!(rig.list(), ["1.1.1.1:1", "1.1.1.1:2", "1.1.1.1:3"]);
    batch(&[4]);
    assert_eq!(rig.list(), ["1.1.1.1:4"]);
    rig.register(&client, instance(5)).unwrap();
    assert_eq!(rig.list(), ["1.1.1.1:5"]);
}

#[test]
fn empty_batch_keeps_its_service_listed_while_connected() {
    let mut rig = Rig::new();
    let client = rig.connect("c");
    rig.naming.register_batch(&client, &key("s"), vec![], rig.now).unwrap();
    rig.pass(180);
    assert!(rig.is_listed() && rig.list().is_empty());
    rig.naming.disconnect(&client, rig.now);
    rig.pass(62);
    assert!(!rig.is_listed());
}

#[test]
fn other_cluster_of_the_same_address_replaces_the_old_one() {
    let rig = Rig::new();
    rig.register_http(in_cluster(1, "a")).unwrap();
    rig.register_http(in_cluster(1, "b")).unwrap();
    let hosts = rig.naming.view(&key("s"), rig.now).hosts().to_vec();
    assert_eq!(hosts, [in_cluster(1, "b").into()]);
}

#[test]
fn deregister_is_by_client_only() {
    let rig = Rig::new();
    let client = rig.connect("c");
    rig.register(&client, instance(1)).unwrap();
    assert!(
        !rig.naming.deregister(&http(&endpoint(1)), &key("s"), rig.now),
        "an HTTP client owns nothing here"
    );
    assert_eq!(rig.list(), ["1.1.1.1:1"]);
    assert!(rig.naming.deregister(&client, &key("s"), rig.now));
    assert!(!rig.naming.deregister(&client, &key("s"), rig.now));
    assert_eq!(rig.list(), [""; 0]);
}

#[test]
fn unknown_or_closed_connection_cannot_register() {
    let rig = Rig::new();
    let refused = Err(NamingError::WrongClient { client: connection("c") });
    assert_eq!(rig.register(&connection("c"), instance(1)), refused);
    rig.connect("c");
    rig.naming.disconnect(&connection("c"), rig.now);
    assert_eq!(rig.register(&connection("c"), instance(1)), refused);
    assert!(!rig.is_listed());
}

#[test]
fn closed_connection_takes_all_it_held_along() {
    let rig = Rig::new();
    let client = rig.connect("c");
    rig.register(&client, instance(1)).unwrap();
    rig.naming.register(&client, &key("t"), instance(2), rig.now).unwrap();
    rig.subscribe(&client, "");
    rig.naming.disconnect(&client, rig.now);
    let counters = rig.naming.counters();
    assert_eq!((counters.instances, counters.subscriptions.total(), counters.clients.connections), (0, 0, 0));
    assert_eq!(rig.list(), [""; 0]);
}

#[test]
fn equal_addresses_of_two_registrations_in_a_cluster_are_one_host() {
    let rig = Rig::new();
    rig.register(&rig.connect("a"), instance(1)).unwrap();
    rig.register(&rig.connect("b"), instance(1)).unwrap();
    assert_eq!(rig.list(), ["1.1.1.1:1"]);
    rig.register(&connection("b"), Instance { weight: 2.0, ..instance(1) }).unwrap();
    assert_eq!(rig.list(), ["1.1.1.1:1"]);
    let weight = |rig: &Rig| rig.query("", HealthFilter::All).hosts[0].weight;
    assert_eq!(weight(&rig).to_bits(), 2.0_f64.to_bits());
    rig.register(&connection("b"), unhealthy(1)).unwrap();
    assert_eq!(rig.list(), ["1.1.1.1:1"], "who is healthy is shown");
    rig.register(&connection("b"), in_cluster(1, "c")).unwrap();
    assert_eq!(rig.list(), ["1.1.1.1:1", "1.1.1.1:1"], "another cluster is another host");
    rig.naming.disconnect(&connection("a"), rig.now);
    assert_eq!(rig.list(), ["1.1.1.1:1"]);
}

#[test]
fn equal_addresses_in_a_batch_are_one_host_in_answers_and_pushes() {
    let mut rig = Rig::new();
    let client = rig.connect("a");
    let mailbox = rig.subscribe(&rig.connect("b"), "");
    let batch = vec![instance(1), with_metadata(1, &[("side", "provider")]), instance(2), instance(1)];
    rig.naming.register_batch(&client, &key("s"), batch, rig.now).unwrap();
    rig.pass(2);
    assert_eq!(rig.list(), ["1.1.1.1:1", "1.1.1.1:2"]);
    assert!(mailbox.take_hosts().contains(&vec!["1.1.1.1:1".to_owned(), "1.1.1.1:2".to_owned()]));
    rig.naming.register_batch(&client, &key("s"), vec![instance(2)], rig.now).unwrap();
    assert_eq!(rig.list(), ["1.1.1.1:2"]);
}

#[test]
fn client_beyond_its_limits_is_refused_and_others_are_not() {
    let limits =
        Limits { instances_per_client: 3, batch_size: 2, subscriptions_per_client: 1, ..Limits::default() };
    let rig = Rig::with(NamingSettings { limits, ..NamingSettings::default() });
    let client = rig.connect("c");
    let batch = |name, count: u16| {
        let instances = (0..count).map(instance).collect();
        rig.naming.register_batch(&client, &key(name), instances, rig.now)
    };
    assert_eq!(
        batch("s", 3),
        Err(NamingError::LimitReached { limit: "instances per batch", max: 2, setting: None })
    );
    batch("s", 2).unwrap();
    assert_eq!(
        batch("t", 2),
        Err(NamingError::LimitReached {
            limit: "instances per client",
            max: 3,
            setting: Some(crate::settings::INSTANCES_KEY)
        })
    );
    batch("s", 2).unwrap();
    batch("t", 1).unwrap();
    rig.register(&rig.connect("d"), instance(9)).unwrap();
    assert_eq!(rig.naming.counters().instances, 4);
}
