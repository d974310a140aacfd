use std::time::Duration;

use navaid_core::{Instance, SwitchChange};

use super::rig::*;
use crate::{
    BeatAnswer, FullBeat, NamingSettings,
    beat_terms::{BEAT_INTERVAL_KEY, BEAT_TIMEOUT_KEY, CLIENT_BEAT_KEY, DELETE_TIMEOUT_KEY},
};

fn known(millis: u64) -> BeatAnswer {
    BeatAnswer::Known { interval: Duration::from_millis(millis) }
}

fn full() -> FullBeat {
    FullBeat { cluster: None, weight: None, metadata: None }
}

#[test]
fn silent_instance_turns_unhealthy_and_is_removed() {
    let mut rig = Rig::new();
    rig.register_http(instance(1)).unwrap();
    rig.pass(15);
    assert_eq!(rig.list(), ["1.1.1.1:1"]);
    rig.pass(2);
    assert_eq!(rig.list(), ["1.1.1.1:1!"]);
    rig.pass(13);
    assert_eq!(rig.list(), ["1.1.1.1:1!"]);
    rig.pass(2);
    assert_eq!(rig.list(), [""; 0]);
    assert_eq!(rig.naming.counters().clients.ephemeral_addresses, 0);
}

#[test]
fn beating_instance_stays_healthy_and_causes_no_push() {
    let mut rig = Rig::new();
    rig.register_http(instance(1)).unwrap();
    let mailbox = rig.subscribe(&rig.connect("c"), "");
    rig.pass(1);
    assert_eq!(mailbox.take().len(), 1);
    for _ in 0..12 {
        rig.pass(5);
        assert_eq!(rig.beat(1), known(5000));
    }
    assert_eq!(rig.list(), ["1.1.1.1:1"]);
    assert!(mailbox.take().is_empty());
}

#[test]
fn beat_of_an_unhealthy_instance_heals_it_and_pushes() {
    let mut rig = Rig::new();
    rig.register_http(instance(1)).unwrap();
    let mailbox = rig.subscribe(&rig.connect("c"), "");
    rig.pass(17);
    assert_eq!(mailbox.take_hosts().last().unwrap(), &["1.1.1.1:1!"]);
    rig.beat(1);
    rig.pass(1);
    assert_eq!(mailbox.take_hosts(), [["1.1.1.1:1"]]);
    rig.pass(14);
    assert_eq!(rig.list(), ["1.1.1.1:1"]);
    rig.pass(2);
    assert_eq!(rig.list(), ["1.1.1.1:1!"]);
}

#[test]
fn periods_of_the_metadata_count() {
    let mut rig = Rig::new();
    let pairs = [(BEAT_INTERVAL_KEY, "1000"), (BEAT_TIMEOUT_KEY, "3000"), (DELETE_TIMEOUT_KEY, "6000")];
    rig.register_http(with_metadata(1, &pairs)).unwrap();
    assert_eq!(rig.beat(1), known(1000));
    rig.pass(3);
    assert_eq!(rig.list(), ["1.1.1.1:1"]);
    rig.pass(2);
    assert_eq!(rig.list(), ["1.1.1.1:1!"]);
    rig.pass(3);
    assert_eq!(rig.list(), [""; 0]);
}

#[test]
fn far_removal_deadline_is_kept_but_the_silent_client_goes() {
    let mut rig = Rig::new();
    rig.register_http(with_metadata(1, &[(DELETE_TIMEOUT_KEY, "9999000")])).unwrap();
    rig.pass(179);
    assert_eq!(rig.list(), ["1.1.1.1:1!"]);
    rig.pass(3);
    assert_eq!(rig.list(), [""; 0]);
}

#[test]
fn beats_of_one_service_keep_the_client_of_another() {
    let settings = NamingSettings { expire_instances: false, ..NamingSettings::default() };
    let mut rig = Rig::with(settings);
    rig.register_http(instance(1)).unwrap();
    rig.naming.register(&http(&endpoint(1)), &key("t"), instance(1), rig.now).unwrap();
    for _ in 0..50 {
        rig.pass(5);
        rig.beat(1);
    }
    assert_eq!(rig.naming.instance_count(&key("t")), Some(1));
    rig.pass(185);
    assert_eq!(rig.naming.instance_count(&key("t")).unwrap_or(0), 0);
    assert_eq!(rig.list(), [""; 0]);
}

#[test]
fn client_beat_flag_switches_the_check_off() {
    let mut rig = Rig::new();
    rig.register_http(with_metadata(1, &[(CLIENT_BEAT_KEY, "true")])).unwrap();
    rig.pass(120);
    assert_eq!(rig.list(), ["1.1.1.1:1"]);
    rig.pass(65);
    assert_eq!(rig.list(), [""; 0]);
}

#[test]
fn health_check_switch_stops_and_resumes_the_checks() {
    let mut rig = Rig::new();
    rig.register_http(instance(1)).unwrap();
    rig.naming.change_switch_here(SwitchChange::HealthCheck(false), rig.now);
    rig.pass(60);
    assert_eq!(rig.list(), ["1.1.1.1:1"]);
    rig.naming.change_switch_here(SwitchChange::HealthCheck(true), rig.now);
    rig.pass(2);
    assert_eq!(rig.list(), [""; 0]);
}

#[test]
fn silent_client_goes_although_the_checks_are_off() {
    let mut rig = Rig::new();
    rig.naming.change_switch_here(SwitchChange::HealthCheck(false), rig.now);
    rig.register_http(instance(1)).unwrap();
    rig.pass(179);
    assert_eq!(rig.list(), ["1.1.1.1:1"]);
    rig.pass(7);
    assert_eq!(rig.list(), [""; 0]);
}

#[test]
fn silent_instance_that_may_not_expire_stays_unhealthy_until_its_client_goes() {
    let mut rig = Rig::with(NamingSettings { expire_instances: false, ..NamingSettings::default() });
    rig.register_http(instance(1)).unwrap();
    rig.pass(60);
    assert_eq!(rig.list(), ["1.1.1.1:1!"]);
    rig.pass(119);
    assert_eq!(rig.list(), ["1.1.1.1:1!"]);
    rig.pass(7);
    assert_eq!(rig.list(), [""; 0]);
}

#[test]
fn light_beat_of_an_unknown_instance_registers_nothing() {
    let rig = Rig::new();
    assert_eq!(rig.beat(1), BeatAnswer::Unknown);
    assert!(!rig.is_listed());
    assert_eq!(rig.naming.counters(), crate::Counters::default());
}

#[test]
fn full_beat_registers_an_unknown_instance_without_weight() {
    let rig = Rig::new();
    let answer = rig.naming.beat(&key("s"), &endpoint(1), Some(full()), rig.now);
    assert_eq!(answer, Ok(known(5000)));
    assert_eq!(rig.naming.view(&key("s"), rig.now).hosts()[0].weight, 0.0);
}

#[test]
fn full_beat_brings_an_expired_instance_back_as_it_was() {
    let mut rig = Rig::new();
    let was = Instance { enabled: false, weight: 7.0, ..with_metadata(1, &[("a", "b")]) };
    rig.register_http(was.clone()).unwrap();
    rig.pass(45);
    assert_eq!(rig.naming.instance_count(&key("s")), Some(0));
    let garbled = FullBeat { metadata: Some(with_metadata(1, &[("a", "%62")]).metadata), ..full() };
    rig.naming.beat(&key("s"), &endpoint(1), Some(garbled), rig.now).unwrap();
    assert_eq!(*rig.naming.view(&key("s"), rig.now).hosts()[0], was);
    rig.pass(100);
    rig.naming.beat(&key("s"), &endpoint(1), Some(full()), rig.now).unwrap();
    assert!(rig.naming.view(&key("s"), rig.now).hosts()[0].enabled, "it was gone for too long");
}

/// Python 1.0 registers in a cluster that it calls `None`, and its beats name none.
#[test]
fn full_beat_without_a_cluster_brings_an_instance_back_in_its_own() {
    let mut rig = Rig::new();
    rig.register_http(in_cluster(1, "None")).unwrap();
    rig.pass(45);
    rig.naming.beat(&key("s"), &endpoint(1), Some(full()), rig.now).unwrap();
    assert_eq!(rig.naming.view(&key("s"), rig.now).hosts()[0].cluster.as_str(), "None");
    rig.naming.beat(&key("s"), &endpoint(2), Some(full()), rig.now).unwrap();
    assert_eq!(rig.naming.view(&key("s"), rig.now).hosts()[1].cluster.as_str(), "DEFAULT", "was never known");
}

#[test]
fn beat_of_a_connection_s_instance_is_not_the_connection_s() {
    let rig = Rig::new();
    rig.register(&rig.connect("c"), instance(1)).unwrap();
    assert_eq!(rig.beat(1), BeatAnswer::Unknown);
}

#[test]
fn instance_of_a_connection_never_expires_and_keeps_its_health() {
    let mut rig = Rig::new();
    rig.register(&rig.connect("c"), unhealthy(1)).unwrap();
    rig.pass(300);
    assert_eq!(rig.list(), ["1.1.1.1:1!"]);
}

#[test]
fn nobody_expires_because_the_server_slept() {
    let mut rig = Rig::new();
    rig.register_http(instance(1)).unwrap();
    rig.pass(14);
    rig.now.mono = rig.now.mono + Duration::from_secs(600);
    rig.naming.forgive(Duration::from_secs(600));
    rig.pass(6);
    assert_eq!(rig.list(), ["1.1.1.1:1"]);
    rig.beat(1);
    rig.pass(30);
    assert_eq!(rig.list(), ["1.1.1.1:1!"], "the grace ends");
}

#[test]
fn operator_s_periods_win_over_published_ones() {
    let mut rig = Rig::new();
    rig.register_http(instance(1)).unwrap();
    let metadata =
        metadata(&[(BEAT_INTERVAL_KEY, "2000"), (BEAT_TIMEOUT_KEY, "40000"), (DELETE_TIMEOUT_KEY, "50000")]);
    let overlay = navaid_core::command::Overlay { enabled: true, weight: 1.0, metadata };
    rig.run(rig.naming.update_instance(&key("s"), &target(1), overlay)).unwrap();
    assert_eq!(rig.beat(1), known(2000));
    rig.pass(39);
    assert_eq!(rig.list(), ["1.1.1.1:1"]);
    rig.pass(5);
    assert_eq!(rig.list(), ["1.1.1.1:1!"]);
    rig.pass(10);
    assert_eq!(rig.list(), [""; 0]);
}

#[test]
fn silent_subscriber_by_address_is_dropped_and_an_asking_one_kept() {
    let mut rig = Rig::new();
    let client = http(&endpoint(5000));
    let mailbox = std::sync::Arc::new(Mailbox::default());
    for _ in 0..6 {
        rig.subscribe_into(&client, "", mailbox.clone());
        rig.pass(10);
    }
    assert_eq!(rig.naming.subscribers_of(&key("s")).len(), 1);
    rig.pass(62);
    assert_eq!(rig.naming.subscribers_of(&key("s")).len(), 0);
    assert_eq!(rig.naming.counters(), crate::Counters::default());
}
