//! Each operation leaves the one right event in the journal, and what there is is counted.

use navaid_core::{
    ClusterName, Lifetime, ServiceMetadata,
    command::{MetadataChange, Overlay, OverlayPatch, ServiceUpdate},
    event::{Departure, Event, Noted, Push},
    service::{ClusterMetadata, HealthChecker},
};

use super::rig::*;
use crate::{Census, EventFilter, FullBeat, Limits, NamingError, NamingSettings};

/// Events since the last call, oldest first, in short.
struct Reader {
    seen: u64,
}

impl Reader {
    fn new() -> Self {
        Self { seen: 0 }
    }

    fn read(&mut self, rig: &Rig) -> Vec<String> {
        let events = rig.naming.journal().page(&EventFilter::default(), None, usize::MAX).events;
        let news: Vec<_> = events.iter().filter(|noted| noted.sequence > self.seen).map(told).collect();
        self.seen = events.first().map_or(self.seen, |noted| noted.sequence);
        news.into_iter().rev().collect()
    }
}

fn told(noted: &Noted) -> String {
    let Noted { sequence: _, at: _, key, event } = noted;
    let what = match event {
        Event::InstanceRegistered { client, entry } => format!("registered {client} {}", entry.instances),
        Event::InstanceDeregistered { client, entry, reason } => {
            format!("deregistered {client} {} {reason:?}", entry.instances)
        }
        Event::InstanceUpdated { endpoint } => format!("updated {endpoint}"),
        Event::HealthChanged { endpoint, healthy, check } => format!("health {endpoint} {healthy} {check:?}"),
        Event::Subscribed { client } => format!("subscribed {client}"),
        Event::Unsubscribed { client, reason } => format!("unsubscribed {client} {reason:?}"),
        Event::ServiceDeregistered { reason } => format!("service deregistered {reason:?}"),
        Event::ServiceRegistered => "service registered".to_owned(),
        Event::ServiceUpdated => "service updated".to_owned(),
        Event::Pushed(Push { client, .. }) => format!("pushed {client}"),
    };
    format!("{}: {what}", key.name())
}

fn service_update() -> ServiceUpdate {
    let ServiceMetadata { protect_threshold, selector, metadata, .. } =
        ServiceMetadata::new(Lifetime::Ephemeral);
    ServiceUpdate { protect_threshold, selector, metadata }
}

fn checked_by(checker: HealthChecker) -> ClusterMetadata {
    ClusterMetadata { checker, ..ClusterMetadata::default() }
}

#[test]
fn publishing_leaves_one_event_for_what_changed() {
    let (rig, mut reader) = (Rig::new(), Reader::new());
    rig.register_http(instance(1)).unwrap();
    assert_eq!(reader.read(&rig), ["s: registered 1.1.1.1:1#true 1"]);
    rig.register_http(instance(1)).unwrap();
    assert!(reader.read(&rig).is_empty(), "nothing changed");
    rig.register_http(in_cluster(1, "A")).unwrap();
    assert_eq!(reader.read(&rig), ["s: registered 1.1.1.1:1#true 1"]);
    rig.naming.deregister(&http(&endpoint(1)), &key("s"), rig.now);
    assert_eq!(reader.read(&rig), ["s: deregistered 1.1.1.1:1#true 1 Requested"]);
    rig.naming.deregister(&http(&endpoint(1)), &key("s"), rig.now);
    assert!(reader.read(&rig).is_empty(), "there was nothing to remove");

    let client = rig.connect("c");
    rig.naming.register_batch(&client, &key("s"), vec![instance(1), instance(2)], rig.now).unwrap();
    assert_eq!(reader.read(&rig), ["s: registered c 2"]);
    rig.naming.disconnect(&client, rig.now);
    assert_eq!(reader.read(&rig), ["s: deregistered c 2 ClientGone"]);
}

#[test]
fn silence_and_beats_change_health_and_end_an_entry() {
    let (mut rig, mut reader) = (Rig::new(), Reader::new());
    rig.register_http(instance(1)).unwrap();
    reader.read(&rig);
    rig.pass(16);
    assert_eq!(reader.read(&rig), ["s: health 1.1.1.1:1 false Beat"]);
    rig.beat(1);
    assert_eq!(reader.read(&rig), ["s: health 1.1.1.1:1 true Beat"]);
    rig.beat(1);
    assert!(reader.read(&rig).is_empty(), "it was healthy");
    rig.pass(31);
    let expected = ["s: health 1.1.1.1:1 false Beat", "s: deregistered 1.1.1.1:1#true 1 BeatsStopped"];
    assert_eq!(reader.read(&rig), expected);
    let full = FullBeat { cluster: None, weight: None, metadata: None };
    rig.naming.beat(&key("s"), &endpoint(1), Some(full), rig.now).unwrap();
    assert_eq!(reader.read(&rig), ["s: registered 1.1.1.1:1#true 1"]);
}

#[test]
fn persistent_instance_is_told_of_once_and_not_when_it_is_loaded() {
    let (rig, mut reader) = (Rig::new(), Reader::new());
    rig.run(rig.naming.register_persistent(&key("s"), instance(1))).unwrap();
    rig.run(rig.naming.register_persistent(&key("s"), instance(1))).unwrap();
    assert_eq!(reader.read(&rig), ["s: registered 1.1.1.1:1#false 1"]);
    rig.run(rig.naming.record_health(&key("s"), &endpoint(1), false)).unwrap();
    rig.run(rig.naming.record_health(&key("s"), &endpoint(1), false)).unwrap();
    assert_eq!(reader.read(&rig), ["s: health 1.1.1.1:1 false Tcp"]);
    rig.run(rig.naming.put_cluster(&key("s"), ClusterName::default(), checked_by(HealthChecker::None)))
        .unwrap();
    rig.run(rig.naming.set_health(&key("s"), &target(1), true)).unwrap();
    assert_eq!(reader.read(&rig), ["s: service updated", "s: health 1.1.1.1:1 true Manual"]);
    rig.run(rig.naming.deregister_persistent(&key("s"), &endpoint(1))).unwrap();
    assert_eq!(reader.read(&rig), ["s: deregistered 1.1.1.1:1#false 1 Requested"]);

    let restarted = Rig::new();
    for record in rig.records.lock().drain(..) {
        // Removals are no records to load.
        let _ = restarted.naming.load(record);
    }
    assert!(Reader::new().read(&restarted).is_empty());
}

#[test]
fn what_operators_set_is_told_of() {
    let (mut rig, mut reader) = (Rig::new(), Reader::new());
    rig.run(rig.naming.create_service(&key("s"), ServiceMetadata::new(Lifetime::Ephemeral))).unwrap();
    assert_eq!(reader.read(&rig), ["s: service registered"]);
    rig.run(rig.naming.update_service(&key("s"), service_update())).unwrap();
    assert_eq!(reader.read(&rig), ["s: service updated"]);
    rig.run(rig.naming.remove_service(&key("s"))).unwrap();
    assert_eq!(reader.read(&rig), ["s: service deregistered Requested"]);

    rig.register_http(instance(1)).unwrap();
    reader.read(&rig);
    let overlay = Overlay { enabled: false, weight: 2.0, metadata: metadata(&[]) };
    rig.run(rig.naming.update_instance(&key("s"), &target(1), overlay)).unwrap();
    rig.run(rig.naming.patch_instance(&key("s"), &target(1), OverlayPatch::default())).unwrap();
    let change = MetadataChange::Put(metadata(&[("a", "1")]));
    rig.run(rig.naming.change_metadata(&key("s"), None, &change, rig.now)).unwrap();
    assert_eq!(reader.read(&rig), ["s: updated 1.1.1.1:1"; 3]);
    rig.naming.deregister(&http(&endpoint(1)), &key("s"), rig.now);
    reader.read(&rig);
    rig.pass(150);
    assert_eq!(reader.read(&rig), ["s: service deregistered Empty"], "clean-up of what was set is no event");
}

#[test]
fn subscriptions_are_told_of_once() {
    let (rig, mut reader) = (Rig::new(), Reader::new());
    let client = rig.connect("c");
    rig.subscribe(&client, "");
    rig.subscribe(&client, "A");
    assert_eq!(reader.read(&rig), ["s: subscribed c"]);
    rig.naming.unsubscribe(&client, &key("s"), rig.now);
    rig.naming.unsubscribe(&client, &key("s"), rig.now);
    assert_eq!(reader.read(&rig), ["s: unsubscribed c Requested"]);
    rig.subscribe(&client, "");
    rig.naming.disconnect(&client, rig.now);
    assert_eq!(reader.read(&rig), ["s: subscribed c", "s: unsubscribed c ClientGone"]);
}

#[test]
fn entries_subscriptions_and_pushes_due_are_counted_by_kind_of_client() {
    let (mut rig, client) = (Rig::new(), connection("c"));
    rig.connect("c");
    rig.register_http(instance(1)).unwrap();
    rig.register_http(instance(1)).unwrap();
    rig.register(&client, instance(2)).unwrap();
    rig.subscribe(&client, "");
    let counters = rig.naming.counters();
    assert_eq!(counters.publications, Census { addresses: 1, connections: 1 });
    assert_eq!(counters.subscriptions, Census { addresses: 0, connections: 1 });
    assert_eq!(counters.pushes_due, 1);
    rig.pass(1);
    rig.naming.disconnect(&client, rig.now);
    rig.naming.deregister(&http(&endpoint(1)), &key("s"), rig.now);
    let counters = rig.naming.counters();
    assert_eq!((counters.publications, counters.subscriptions), (Census::default(), Census::default()));
    assert_eq!((counters.clients.total(), counters.pushes_due), (0, 0));
}

#[test]
fn most_changed_services_come_first_and_are_counted_anew_each_week() {
    let mut rig = Rig::new();
    for (service, changes) in [("a", 1), ("b", 3), ("c", 2)] {
        for port in 0..changes {
            rig.naming.register(&http(&endpoint(port)), &key(service), instance(port), rig.now).unwrap();
        }
    }
    let names = |rig: &Rig| -> Vec<String> {
        let most = rig.naming.most_changed(2, rig.now);
        most.iter().map(|(key, changes)| format!("{} {changes}", key.name())).collect()
    };
    // Appearing in the lists is a change of its own.
    assert_eq!(names(&rig), ["b 4", "c 3"]);
    rig.now.wall.0 += 7 * 24 * 60 * 60 * 1000;
    assert!(names(&rig).is_empty());
    rig.naming.deregister(&http(&endpoint(0)), &key("a"), rig.now);
    assert_eq!(names(&rig), ["a 1"]);
}

#[test]
fn refusals_are_counted_by_the_limit_that_was_reached() {
    let limits =
        Limits { instances_per_client: 1, subscriptions_per_client: 0, batch_size: 2, ..Limits::default() };
    let rig = Rig::with(NamingSettings { limits, ..NamingSettings::default() });
    let client = rig.connect("c");
    let batch =
        |n: u16| rig.naming.register_batch(&client, &key("s"), (0..n).map(instance).collect(), rig.now);
    let limit = |refused: Result<(), NamingError>| match refused {
        Err(NamingError::LimitReached { limit, max, .. }) => (limit, max),
        other => panic!("{other:?}"),
    };
    assert_eq!(limit(batch(3)), ("instances per batch", 2));
    assert_eq!(limit(batch(2)), ("instances per client", 1));
    assert_eq!(
        rig.naming.limit_refusals(),
        [("instances per client", 1), ("subscriptions per client", 0), ("instances per batch", 1)]
    );
    assert!(Reader::new().read(&rig).is_empty(), "what was refused did not happen");
}

#[test]
fn reasons_of_address_clients_that_go_are_told() {
    let (mut rig, mut reader) = (Rig::new(), Reader::new());
    rig.subscribe(&http(&endpoint(9)), "");
    assert_eq!(reader.read(&rig), ["s: subscribed 1.1.1.1:9#true"]);
    rig.pass(35);
    let expected = format!("s: unsubscribed 1.1.1.1:9#true {:?}", Departure::ClientGone);
    assert_eq!(reader.read(&rig), [expected]);
}
