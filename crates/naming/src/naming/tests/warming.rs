//! Restarts and moves: what is served of clients that are not back yet.

use std::{collections::BTreeSet, time::Duration};

use navaid_core::{ClientId, ConnectionId, EphemeralChange, EphemeralService, Instance, Lifetime, Timestamp};
use proptest::{collection::vec, prelude::*};

use super::rig::*;
use crate::{BeatAnswer, FullBeat, HealthFilter, NamingError, NamingSettings, Waiting, WarmCounts};

const A: &str = "1_10.0.0.1_1";
const A_AGAIN: &str = "2_10.0.0.1_2";
const B: &str = "1_10.0.0.2_1";
const B_AGAIN: &str = "2_10.0.0.2_2";

fn keeping() -> Rig {
    Rig::with(NamingSettings { keeps_ephemeral: true, ..NamingSettings::default() })
}

fn saved(rig: &Rig) -> Vec<EphemeralService> {
    rig.naming.save_all().flatten().collect()
}

/// The engine that a server started in place of this one's would have.
fn restarted(rig: &Rig) -> Rig {
    let mut next = keeping();
    next.now.wall = rig.now.wall;
    restore(&next, saved(rig));
    next
}

fn restore(rig: &Rig, services: Vec<EphemeralService>) {
    let mut restoration = rig.naming.restoration(None, rig.now);
    services.into_iter().for_each(|service| restoration.service(service));
    restoration.end();
}

fn register(rig: &Rig, client: &ClientId, service: &str, instances: &[Instance]) {
    let (key, now) = (key(service), rig.now);
    let done = match instances {
        [one] => rig.naming.register(client, &key, one.clone(), now),
        several => rig.naming.register_batch(client, &key, several.to_vec(), now),
    };
    done.unwrap();
}

fn list_of(rig: &Rig, service: &str) -> Vec<String> {
    hosts(&rig.naming.query(&key(service), &crate::Filter::default(), rig.now))
}

fn counts(restored: usize, confirmed: usize, left: usize) -> WarmCounts {
    WarmCounts { restored, confirmed, left }
}

#[test]
fn instances_of_before_a_restart_are_served_for_the_window_and_no_longer() {
    let rig = keeping();
    register(&rig, &rig.connect(A), "s", &[instance(1)]);
    rig.register_http(instance(2)).unwrap();
    rig.register_http(unhealthy(3)).unwrap();
    let mut rig = restarted(&rig);
    assert_eq!(rig.list(), ["1.1.1.1:1", "1.1.1.1:2", "1.1.1.1:3!"]);
    assert!(rig.is_listed());
    assert_eq!(rig.naming.counters().instances, 3);
    assert_eq!(rig.naming.counters().unconfirmed, 3);
    rig.pass(33);
    assert_eq!(rig.list(), ["1.1.1.1:1", "1.1.1.1:2", "1.1.1.1:3!"]);
    assert_eq!(rig.naming.warm_restart_ended(), None);
    rig.pass(1);
    assert!(rig.list().is_empty());
    assert_eq!(rig.naming.warm_restart_ended(), Some(counts(3, 0, 3)));
    assert_eq!(rig.naming.warm_restart_ended(), None, "told once");
    assert_eq!(rig.naming.counters().unconfirmed, 0);
    rig.pass(62);
    assert!(!rig.is_listed());
}

#[test]
fn registration_takes_the_place_of_an_unconfirmed_instance_without_gap_or_duplicate() {
    let rig = keeping();
    register(&rig, &rig.connect(A), "s", &[instance(1), in_cluster(2, "c")]);
    let mut rig = restarted(&rig);
    let mailbox = rig.subscribe(&rig.connect(B), "");
    rig.pass(2);
    assert_eq!(mailbox.take_hosts(), [["1.1.1.1:1", "1.1.1.1:2"]], "the push after subscribing");
    let back = rig.connect(A_AGAIN);
    register(&rig, &back, "s", &[instance(1), in_cluster(2, "c")]);
    rig.pass(2);
    assert!(mailbox.take().is_empty(), "nothing changed for anybody who looks");
    assert_eq!(rig.naming.warm_restart_ended(), Some(counts(2, 2, 0)));
    rig.pass(60);
    assert_eq!(rig.list(), ["1.1.1.1:1", "1.1.1.1:2"]);
    rig.naming.disconnect(&back, rig.now);
    assert!(rig.list().is_empty(), "they are the connection's own again");
}

#[test]
fn registration_that_says_something_else_is_pushed_as_one_host() {
    let rig = keeping();
    rig.register_http(with_metadata(1, &[("v", "1")])).unwrap();
    let mut rig = restarted(&rig);
    let mailbox = rig.subscribe(&rig.connect(B), "");
    rig.pass(2);
    mailbox.take();
    rig.register_http(with_metadata(1, &[("v", "2")])).unwrap();
    rig.pass(2);
    let pushed = mailbox.take();
    assert_eq!(pushed.len(), 1);
    assert_eq!(pushed[0].hosts.iter().map(|host| host.metadata.get("v")).collect::<Vec<_>>(), [Some("2")]);
    // (!) Another cluster replaces the entry of an address.
    let mut rig = restarted(&rig);
    rig.register_http(in_cluster(1, "c")).unwrap();
    rig.pass(2);
    assert_eq!(rig.list(), ["1.1.1.1:1"]);
    assert_eq!(rig.query("", HealthFilter::All).hosts[0].cluster.as_str(), "c");
}

#[test]
fn beat_confirms_an_instance_as_it_was_registered() {
    let rig = keeping();
    let disabled = Instance { enabled: false, ..with_metadata(1, &[("v", "1")]) };
    rig.register_http(disabled.clone()).unwrap();
    rig.register_http(unhealthy(2)).unwrap();
    register(&rig, &rig.connect(A), "s", &[instance(3)]);
    let mut rig = restarted(&rig);
    assert!(matches!(rig.beat(1), BeatAnswer::Known { .. }));
    let full =
        FullBeat { cluster: Some("other".parse_cluster()), weight: None, metadata: Some(metadata(&[])) };
    let answer = rig.naming.beat(&key("s"), &endpoint(2), Some(full), rig.now).unwrap();
    assert!(matches!(answer, BeatAnswer::Known { .. }));
    assert_eq!(rig.beat(3), BeatAnswer::Unknown, "it came over a connection");
    assert_eq!(rig.naming.publication(&http(&endpoint(1)), &key("s")), [disabled.into()]);
    assert_eq!(rig.naming.warm_counts(), counts(3, 2, 0));
    rig.pass(10);
    assert_eq!(rig.list(), ["1.1.1.1:2", "1.1.1.1:3"], "healthy by its beat");
    rig.pass(6);
    assert_eq!(rig.list(), ["1.1.1.1:2!", "1.1.1.1:3"], "and then judged as any other");
}

trait ParseCluster {
    fn parse_cluster(&self) -> navaid_core::ClusterName;
}

impl ParseCluster for str {
    fn parse_cluster(&self) -> navaid_core::ClusterName {
        navaid_core::ClusterName::parse(self).unwrap()
    }
}

#[test]
fn beating_instance_that_asked_for_more_patience_has_it_after_a_restart() {
    let rig = keeping();
    let slow = [("preserved.heart.beat.timeout", "60000"), ("preserved.ip.delete.timeout", "90000")];
    rig.register_http(with_metadata(1, &slow)).unwrap();
    let mut rig = restarted(&rig);
    rig.pass(90);
    assert_eq!(rig.list(), ["1.1.1.1:1"]);
    rig.pass(2);
    assert!(rig.list().is_empty());
}

#[test]
fn client_that_is_back_without_a_member_of_its_batch_loses_it_at_once() {
    let rig = keeping();
    register(&rig, &rig.connect(A), "s", &[instance(1), instance(2), instance(3)]);
    register(&rig, &rig.connect(B), "s", &[instance(4), instance(5)]);
    let rig = restarted(&rig);
    register(&rig, &rig.connect(A_AGAIN), "s", &[instance(1), instance(2)]);
    assert_eq!(rig.list(), ["1.1.1.1:1", "1.1.1.1:2", "1.1.1.1:4", "1.1.1.1:5"], "the other client's stay");
    assert_eq!(rig.naming.warm_counts(), counts(5, 2, 1));
}

#[test]
fn client_that_is_back_without_a_service_leaves_it_when_it_had_time_to_register() {
    let rig = keeping();
    let (a, b) = (rig.connect(A), rig.connect(B));
    ["s", "t", "u"].iter().for_each(|service| register(&rig, &a, service, &[instance(1)]));
    register(&rig, &b, "u", &[instance(2)]);
    let mut rig = restarted(&rig);
    rig.pass(5);
    let back = rig.connect(A_AGAIN);
    register(&rig, &back, "s", &[instance(1)]);
    rig.pass(8);
    register(&rig, &back, "t", &[instance(1)]);
    rig.pass(10);
    assert_eq!(list_of(&rig, "u"), ["1.1.1.1:1", "1.1.1.1:2"], "ten seconds from its last registration");
    rig.pass(2);
    assert_eq!(list_of(&rig, "u"), ["1.1.1.1:2"]);
    assert_eq!(rig.naming.warm_counts(), counts(4, 2, 1));
}

#[test]
fn instance_that_several_clients_published_speaks_for_none_of_them() {
    let rig = keeping();
    register(&rig, &rig.connect(A), "s", &[instance(1), instance(2)]);
    register(&rig, &rig.connect(B), "s", &[instance(1), instance(3)]);
    let mut rig = restarted(&rig);
    assert_eq!(rig.naming.warm_counts().restored, 3);
    register(&rig, &rig.connect("9_10.0.0.9_9"), "s", &[instance(1)]);
    rig.pass(20);
    assert_eq!(rig.list(), ["1.1.1.1:1", "1.1.1.1:2", "1.1.1.1:3"], "neither a nor b is back");
}

#[test]
fn client_that_is_back_can_take_back_what_it_has_not_registered_again() {
    let rig = keeping();
    register(&rig, &rig.connect(A), "s", &[instance(1)]);
    rig.register_http(instance(2)).unwrap();
    let rig = restarted(&rig);
    let (stranger, back) = (ConnectionId::new(B_AGAIN), ConnectionId::new(A_AGAIN));
    let renounce = |port, from: &ConnectionId| rig.naming.renounce(&target(port), &key("s"), from, rig.now);
    assert!(!renounce(1, &stranger) && !renounce(2, &back) && !renounce(9, &back));
    assert!(renounce(1, &back));
    assert_eq!(rig.list(), ["1.1.1.1:2"]);
    assert!(rig.naming.deregister(&http(&endpoint(2)), &key("s"), rig.now));
    assert!(rig.list().is_empty());
    assert_eq!(rig.naming.warm_counts(), counts(2, 0, 2));
}

#[test]
fn unconfirmed_instances_outlive_the_next_restart_too() {
    let rig = keeping();
    register(&rig, &rig.connect(A), "s", &[instance(1), instance(2)]);
    rig.register_http(instance(3)).unwrap();
    let mut rig = restarted(&rig);
    rig.pass(30);
    let mut rig = restarted(&rig);
    rig.pass(30);
    assert_eq!(rig.list().len(), 3);
    register(&rig, &rig.connect(A_AGAIN), "s", &[instance(1)]);
    assert_eq!(rig.list(), ["1.1.1.1:1", "1.1.1.1:3"], "who published what is still known");
}

#[test]
fn service_that_became_persistent_takes_back_no_ephemeral_instances() {
    let rig = keeping();
    register(&rig, &rig.connect(A), "s", &[instance(1)]);
    let services = saved(&rig);
    let rig = keeping();
    rig.run(rig.naming.register_persistent(&key("s"), instance(9))).unwrap();
    restore(&rig, services);
    assert_eq!(rig.list(), ["1.1.1.1:9"]);
    assert_eq!(rig.naming.service(&key("s")).unwrap().lifetime, Lifetime::Persistent);
}

#[test]
fn operators_overlay_stays_with_an_unconfirmed_instance() {
    let rig = keeping();
    register(&rig, &rig.connect(A), "s", &[instance(1)]);
    let services = saved(&rig);
    let mut rig = keeping();
    let overlay =
        navaid_core::command::Overlay { enabled: true, weight: 7.0, metadata: metadata(&[("o", "1")]) };
    let record = navaid_core::Record::PutOverlay(key("s"), target(1), overlay);
    rig.naming.load(record).unwrap();
    restore(&rig, services);
    rig.pass(3);
    assert_eq!(rig.query("", HealthFilter::All).hosts[0].weight.to_bits(), 7.0_f64.to_bits());
    register(&rig, &rig.connect(A_AGAIN), "s", &[instance(1)]);
    rig.pass(120);
    assert_eq!(rig.query("", HealthFilter::All).hosts[0].metadata.get("o"), Some("1"));
}

#[test]
fn service_is_known_since_it_was_first_listed_also_after_restarts() {
    let mut rig = keeping();
    let first = rig.now.wall;
    register(&rig, &rig.connect(A), "s", &[instance(1)]);
    rig.run(rig.naming.register_persistent(&key("p"), instance(9))).unwrap();
    rig.pass(100);
    let created = |rig: &Rig, service| rig.naming.view(&key(service), rig.now).created;
    assert_eq!(created(&rig, "s"), first);
    let since = created(&rig, "p");
    let mut next = keeping();
    next.now.wall = Timestamp(rig.now.wall.0 + 5_000);
    next.naming.load(navaid_core::Record::PutInstance(key("p"), instance(9))).unwrap();
    next.naming.load(navaid_core::Record::PutInstance(key("q"), instance(9))).unwrap();
    restore(&next, saved(&rig));
    assert_eq!((created(&next, "s"), created(&next, "p")), (first, since));
    assert_eq!(created(&next, "q"), next.now.wall, "nobody knew since when");
    assert_eq!(created(&next, "unknown"), Timestamp(0));
}

#[test]
fn what_changed_is_given_once_and_what_is_gone_is_told() {
    let mut rig = keeping();
    let a = rig.connect(A);
    register(&rig, &a, "s", &[instance(1), instance(2)]);
    register(&rig, &a, "t", &[instance(1)]);
    let mut names: Vec<_> = rig.naming.take_unsaved(100).iter().map(name_of).collect();
    names.sort();
    assert_eq!(names, ["s 2", "t 1"]);
    assert!(rig.naming.take_unsaved(100).is_empty());
    rig.naming.deregister(&a, &key("t"), rig.now);
    assert_eq!(rig.naming.take_unsaved(100).iter().map(name_of).collect::<Vec<_>>(), ["t 0"]);
    rig.pass(62);
    assert_eq!(rig.naming.take_unsaved(100).iter().map(name_of).collect::<Vec<_>>(), ["t gone"]);
    // About as many instances as are asked for, services whole.
    (0..10).for_each(|n| register(&rig, &a, &format!("u{n}"), &[instance(1), instance(2)]));
    let taken = rig.naming.take_unsaved(5).len();
    assert!((1..=3).contains(&taken), "{taken}");
    assert_eq!(rig.naming.take_unsaved(100).len(), 10 - taken);
    let rig = Rig::new();
    register(&rig, &rig.connect(A), "s", &[instance(1)]);
    assert!(rig.naming.take_unsaved(100).is_empty(), "nobody keeps it");
}

fn name_of(change: &EphemeralChange) -> String {
    match change {
        EphemeralChange::Is(service) => format!("{} {}", service.key.name(), service.instances.len()),
        EphemeralChange::Gone(key) => format!("{} gone", key.name()),
    }
}

#[test]
fn last_ref_time_grows_over_a_restart_with_the_clock_set_back() {
    let mut rig = keeping();
    let a = rig.connect(A);
    let mut last = 0;
    let mut look = |rig: &Rig, what: &str| {
        let now = rig.query("", HealthFilter::All).last_ref_time;
        assert!(now > last, "{what}: {now} after {last}");
        last = now;
    };
    for port in 1..50 {
        register(&rig, &a, "s", &[instance(port)]);
        look(&rig, "within a millisecond");
    }
    rig.now.wall = Timestamp(rig.now.wall.0 - 3_600_000);
    rig.pass(1);
    register(&rig, &a, "s", &[instance(100)]);
    look(&rig, "clock set back");
    let reached = Timestamp(rig.naming.ref_time(rig.now).0 + 1_000);
    let mut next = keeping();
    next.now.wall = Timestamp(rig.now.wall.0 - 7_200_000);
    next.naming.restoration(Some(reached), next.now).end();
    for port in 1..50 {
        register(&next, &next.connect(A_AGAIN), "s", &[instance(port)]);
        look(&next, "after a restart");
        next.pass_millis(10);
    }
}

#[test]
fn moved_connection_is_held_until_it_returns_or_its_grace_is_over() {
    let mut rig = keeping();
    let (a, b) = (rig.connect(A), rig.connect(B));
    register(&rig, &a, "s", &[instance(1)]);
    register(&rig, &b, "s", &[instance(2)]);
    let mailbox = rig.subscribe(&rig.connect("9_10.0.0.9_9"), "");
    rig.pass(2);
    mailbox.take();
    rig.naming.disconnect_moved(&ConnectionId::new(A), rig.now);
    rig.naming.disconnect_moved(&ConnectionId::new(B), rig.now);
    assert_eq!(rig.list(), ["1.1.1.1:1", "1.1.1.1:2"]);
    let row = &rig.naming.unconfirmed(&key("s"), rig.now)[0];
    assert_eq!((row.waiting, row.leaves_in), (Waiting::Move, Duration::from_secs(4)));
    rig.pass(3);
    let back = rig.connect(A_AGAIN);
    register(&rig, &back, "s", &[instance(1)]);
    assert!(mailbox.take().is_empty(), "consumers see neither of them go and come");
    rig.pass(3);
    assert_eq!(rig.list(), ["1.1.1.1:1"]);
    assert_eq!(mailbox.take_hosts(), [["1.1.1.1:1"]]);
    assert_eq!(rig.naming.warm_counts(), WarmCounts::default(), "no restart");
    assert_eq!((rig.naming.counters().instances, rig.naming.counters().unconfirmed), (1, 0));
}

#[test]
fn end_of_an_old_connection_never_takes_away_what_the_new_one_registered() {
    for is_moved in [false, true] {
        let mut rig = keeping();
        let (old, new) = (rig.connect(A), rig.connect(A_AGAIN));
        register(&rig, &old, "s", &[instance(1), instance(2)]);
        let mailbox = rig.subscribe(&rig.connect(B), "");
        rig.pass(2);
        register(&rig, &new, "s", &[instance(1), instance(2)]);
        rig.pass(2);
        mailbox.take();
        match is_moved {
            true => rig.naming.disconnect_moved(&ConnectionId::new(A), rig.now),
            false => rig.naming.disconnect(&old, rig.now),
        }
        rig.pass(10);
        assert_eq!(rig.list(), ["1.1.1.1:1", "1.1.1.1:2"]);
        assert!(mailbox.take_hosts().iter().all(|hosts| hosts.len() == 2));
        assert_eq!(rig.naming.counters().instances, 2);
        rig.naming.disconnect(&new, rig.now);
        assert!(rig.list().is_empty());
    }
}

#[test]
fn grace_of_nothing_holds_nothing() {
    let rig = Rig::with(NamingSettings { move_grace: Duration::ZERO, ..NamingSettings::default() });
    register(&rig, &rig.connect(A), "s", &[instance(1)]);
    rig.naming.disconnect_moved(&ConnectionId::new(A), rig.now);
    assert!(rig.list().is_empty());
}

#[test]
fn connection_that_ends_by_itself_is_not_held() {
    let rig = keeping();
    let a = rig.connect(A);
    register(&rig, &a, "s", &[instance(1)]);
    rig.naming.disconnect(&a, rig.now);
    assert!(rig.list().is_empty());
    let unknown = rig.naming.register(&a, &key("s"), instance(1), rig.now);
    assert!(matches!(unknown, Err(NamingError::WrongClient { .. })));
}

/// What a client of the property below does at the start and after a restart.
#[derive(Debug, Clone)]
struct Plan {
    is_http: bool,
    service: usize,
    ports: BTreeSet<u16>,
    /// Seconds from the start to its return; none if it never returns.
    back: Option<u8>,
}

fn plan() -> impl Strategy<Value = Plan> {
    let ports = proptest::collection::btree_set(1_u16..12, 1..4);
    (any::<bool>(), 0..2_usize, ports, proptest::option::weighted(0.7, 0_u8..30))
        .prop_map(|(is_http, service, ports, back)| Plan { is_http, service, ports, back })
}

const SERVICES: [&str; 2] = ["s", "t"];

/// The plan's number is in the address, so that each client has instances of its own.
fn instances_of(number: usize, plan: &Plan) -> Vec<Instance> {
    let own = |port: &u16| instance(port + 100 * u16::try_from(number).unwrap());
    plan.ports.iter().map(own).collect()
}

fn come(rig: &Rig, number: usize, plan: &Plan) {
    let (key, instances) = (key(SERVICES[plan.service]), instances_of(number, plan));
    if plan.is_http {
        for instance in instances {
            rig.naming.register(&http(&instance.endpoint), &key, instance, rig.now).unwrap();
        }
    } else {
        let client = rig.connect(&format!("{}_10.0.0.{number}_1", rig.now.wall));
        rig.naming.register_batch(&client, &key, instances, rig.now).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Several restarts, clients that return when they like or never: nobody who lives is ever missing, nobody is
    /// there twice, and 34 s after the last start nobody is there who is not back.
    #[test]
    fn restart_never_hides_who_lives(plans in vec(plan(), 1..8), pauses in vec(1_u64..30, 0..3)) {
        let mut rig = keeping();
        plans.iter().enumerate().for_each(|(number, plan)| come(&rig, number, plan));
        let all = SERVICES.map(|service| list_of(&rig, service).len());
        for pause in pauses.iter().copied().chain([34]) {
            rig = restarted(&rig);
            for second in 0..pause {
                for (number, plan) in plans.iter().enumerate() {
                    if plan.back.map(u64::from) == Some(second) {
                        come(&rig, number, plan);
                    }
                    // Who has come back beats.
                    if plan.is_http && plan.back.is_some_and(|back| u64::from(back) < second) && second % 5 == 0 {
                        for instance in instances_of(number, plan) {
                            let key = key(SERVICES[plan.service]);
                            rig.naming.beat(&key, &instance.endpoint, None, rig.now).unwrap();
                        }
                    }
                }
                for (service, all) in SERVICES.iter().zip(all) {
                    let seen = list_of(&rig, service);
                    prop_assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len());
                    prop_assert_eq!(seen.len(), all, "second {} of {}", second, service);
                }
                rig.pass(1);
            }
        }
        let back = |s: usize| plans.iter().filter(move |plan| plan.service == s && plan.back.is_some());
        for (number, service) in SERVICES.iter().enumerate() {
            let alive: usize = back(number).map(|plan| plan.ports.len()).sum();
            prop_assert_eq!(list_of(&rig, service).len(), alive);
        }
        let counters = rig.naming.counters();
        prop_assert_eq!(counters.unconfirmed, 0);
        prop_assert_eq!(counters.instances, SERVICES.iter().map(|service| list_of(&rig, service).len()).sum::<usize>());
    }
}
