use navaid_core::{
    ClusterName, Instance, Lifetime, Record, ServiceMetadata,
    command::{MetadataChange, NamingCommand, Overlay, OverlayPatch},
    service::{ClusterMetadata, HealthChecker},
};

use super::rig::*;
use crate::{HealthFilter, Naming, NamingError, NamingSettings};

fn overlay(enabled: bool, weight: f64) -> Overlay {
    Overlay { enabled, weight, metadata: metadata(&[]) }
}

fn shown(rig: &Rig) -> Instance {
    (*rig.naming.view(&key("s"), rig.now).hosts()[0]).clone()
}

#[test]
fn overlay_wins_over_what_is_published_now_and_later() {
    let rig = Rig::new();
    rig.register_http(with_metadata(1, &[("a", "1"), ("b", "1")])).unwrap();
    let set = Overlay { enabled: false, weight: 5.0, metadata: metadata(&[("b", "2"), ("c", "2")]) };
    rig.run(rig.naming.update_instance(&key("s"), &target(1), set)).unwrap();
    assert_eq!(rig.list(), [""; 0]);
    rig.register_http(Instance { weight: 9.0, ..with_metadata(1, &[("a", "3")]) }).unwrap();
    assert_eq!(rig.list(), [""; 0]);
    let shown = shown(&rig);
    assert_eq!((shown.enabled, shown.weight), (false, 5.0));
    assert_eq!(shown.metadata, metadata(&[("a", "3"), ("b", "2"), ("c", "2")]));
}

#[test]
fn overlay_outlives_a_short_absence_and_not_a_long_one() {
    let check = |absence: u64, weight: f64| {
        let mut rig = Rig::new();
        rig.register_http(instance(1)).unwrap();
        rig.run(rig.naming.update_instance(&key("s"), &target(1), overlay(true, 5.0))).unwrap();
        rig.naming.deregister(&http(&endpoint(1)), &key("s"), rig.now);
        rig.pass(absence);
        rig.register_http(instance(1)).unwrap();
        rig.pass(10);
        assert_eq!(shown(&rig).weight, weight, "after {absence} s");
    };
    check(30, 5.0);
    check(58, 5.0);
    check(90, 1.0);
}

#[test]
fn overlay_of_batch_members_and_of_nobody_expires_too() {
    let mut rig = Rig::new();
    let client = rig.connect("c");
    let batch = |rig: &Rig, ports: &[u16]| {
        let instances = ports.iter().map(|port| instance(*port)).collect();
        rig.naming.register_batch(&client, &key("s"), instances, rig.now).unwrap();
    };
    batch(&rig, &[1, 2]);
    for port in [1, 2, 3] {
        rig.run(rig.naming.update_instance(&key("s"), &target(port), overlay(true, 5.0))).unwrap();
    }
    batch(&rig, &[1]);
    rig.pass(70);
    let removed = |record: &&Record| matches!(record, Record::RemoveOverlay(..));
    assert_eq!(rig.records.lock().iter().filter(removed).count(), 2);
    assert_eq!(shown(&rig).weight, 5.0);
}

#[test]
fn update_needs_the_service_and_patch_the_instance() {
    let rig = Rig::new();
    let update = |port| rig.run(rig.naming.update_instance(&key("s"), &target(port), overlay(true, 5.0)));
    let patch = |port| rig.run(rig.naming.patch_instance(&key("s"), &target(port), OverlayPatch::default()));
    assert_eq!(update(1), Err(NamingError::ServiceNotFound { key: key("s") }));
    assert_eq!(patch(1), Err(NamingError::NoInstances { key: key("s") }));
    rig.register_http(instance(1)).unwrap();
    assert_eq!(update(2), Ok(()));
    assert_eq!(patch(2), Err(NamingError::InstanceNotFound { key: key("s"), target: Box::new(target(2)) }));
    assert_eq!(patch(1), Ok(()));
}

#[test]
fn patch_and_metadata_change_start_from_what_is_published() {
    let rig = Rig::new();
    rig.register_http(Instance { weight: 50.0, ..with_metadata(1, &[("a", "1")]) }).unwrap();
    let put = MetadataChange::Put(metadata(&[("b", "2")]));
    let changed = rig.run(rig.naming.change_metadata(&key("s"), None, &put, rig.now)).unwrap();
    assert_eq!(changed, [target(1)]);
    assert_eq!((shown(&rig).weight, shown(&rig).metadata), (50.0, metadata(&[("a", "1"), ("b", "2")])));
    let remove = MetadataChange::removing(&metadata(&[("a", ""), ("b", "")]));
    let some = Some(vec![target(1), target(7)]);
    assert_eq!(rig.run(rig.naming.change_metadata(&key("s"), some, &remove, rig.now)).unwrap(), [target(1)]);
    assert_eq!(shown(&rig).metadata, metadata(&[("a", "1")]), "published keys stay");
    let patch = OverlayPatch { enabled: Some(false), ..OverlayPatch::default() };
    rig.run(rig.naming.patch_instance(&key("s"), &target(1), patch)).unwrap();
    assert_eq!((shown(&rig).enabled, shown(&rig).weight), (false, 50.0));
}

#[test]
fn concurrent_patches_of_one_instance_all_count() {
    let rig = Rig::new();
    rig.register_http(Instance { weight: 50.0, ..with_metadata(1, &[("published", "1")]) }).unwrap();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let rig = &rig;
            scope.spawn(move || {
                for round in 0..50 {
                    let name = format!("{number}-{round}");
                    let put = MetadataChange::Put(metadata(&[(&name, "x")]));
                    rig.run(rig.naming.change_metadata(&key("s"), None, &put, rig.now)).unwrap();
                }
            });
        }
    });
    let shown = shown(&rig);
    assert_eq!((shown.metadata.len(), shown.weight), (8 * 50 + 1, 50.0));
}

#[test]
fn a_patch_finds_what_was_set_between_its_proposal_and_its_turn() {
    let rig = Rig::new();
    rig.register_http(Instance { weight: 50.0, ..instance(1) }).unwrap();
    let patch = |patch| NamingCommand::PatchOverlay {
        key: key("s"),
        target: target(1),
        base: overlay(true, 50.0),
        patch,
    };
    let weighed = patch(OverlayPatch { weight: Some(7.0), ..OverlayPatch::default() });
    let disabled = patch(OverlayPatch { enabled: Some(false), ..OverlayPatch::default() });
    rig.run(rig.naming.propose(weighed)).unwrap();
    rig.run(rig.naming.propose(disabled)).unwrap();
    assert_eq!((shown(&rig).enabled, shown(&rig).weight), (false, 7.0));
}

#[test]
fn service_calls_refuse_what_is_or_is_not_there() {
    let rig = Rig::new();
    let create = || rig.run(rig.naming.create_service(&key("s"), ServiceMetadata::new(Lifetime::Ephemeral)));
    let remove = || rig.run(rig.naming.remove_service(&key("s")));
    assert_eq!(remove(), Err(NamingError::ServiceNotFound { key: key("s") }));
    assert_eq!(create(), Ok(()));
    assert_eq!(create(), Err(NamingError::ServiceExists { key: key("s") }));
    rig.register_http(instance(1)).unwrap();
    assert_eq!(remove(), Err(NamingError::ServiceNotEmpty { key: key("s") }));
    rig.naming.deregister(&http(&endpoint(1)), &key("s"), rig.now);
    assert_eq!(remove(), Ok(()));
    assert!(!rig.is_listed());
}

#[test]
fn empty_service_leaves_the_lists_and_then_its_metadata_goes() {
    let mut rig = Rig::new();
    rig.run(rig.naming.create_service(&key("s"), ServiceMetadata::new(Lifetime::Ephemeral))).unwrap();
    rig.subscribe(&rig.connect("c"), "");
    rig.pass(58);
    assert!(rig.is_listed());
    rig.pass(5);
    assert!(!rig.is_listed());
    rig.register_http(instance(1)).unwrap();
    assert!(rig.naming.service(&key("s")).unwrap().metadata.is_some(), "it came back in time");
    rig.naming.deregister(&http(&endpoint(1)), &key("s"), rig.now);
    rig.pass(130);
    assert_eq!(rig.naming.fixed_lifetime(&key("s")), None);
    assert!(rig.records.lock().contains(&Record::RemoveService(key("s"))));
}

#[test]
fn a_created_service_is_kept_where_the_setting_says_so() {
    let mut rig = Rig::with(NamingSettings { keep_created_services: true, ..NamingSettings::default() });
    rig.run(rig.naming.create_service(&key("s"), ServiceMetadata::new(Lifetime::Ephemeral))).unwrap();
    rig.pass(200);
    assert!(rig.is_listed() && rig.naming.service(&key("s")).unwrap().metadata.is_some());
    rig.register_http(instance(1)).unwrap();
    rig.naming.deregister(&http(&endpoint(1)), &key("s"), rig.now);
    rig.pass(200);
    assert!(rig.is_listed());
    rig.run(rig.naming.remove_service(&key("s"))).unwrap();
    assert!(!rig.is_listed());
    rig.register_http(instance(1)).unwrap();
    rig.naming.deregister(&http(&endpoint(1)), &key("s"), rig.now);
    rig.pass(70);
    assert!(!rig.is_listed(), "nobody created it");
}

#[test]
fn an_overlay_is_taken_back_as_a_whole() {
    let rig = Rig::new();
    rig.register_http(instance(1)).unwrap();
    rig.run(rig.naming.update_instance(&key("s"), &target(1), overlay(false, 5.0))).unwrap();
    for _ in 0..2 {
        rig.run(rig.naming.clear_overlay(&key("s"), &target(1))).unwrap();
        assert_eq!((shown(&rig).enabled, shown(&rig).weight), (true, 1.0));
    }
    assert_eq!(rig.naming.overlay(&key("s"), &target(1)).0, None);
}

#[test]
fn health_is_set_by_hand_only_where_the_checker_is_none() {
    let rig = Rig::new();
    rig.run(rig.naming.register_persistent(&key("s"), instance(1))).unwrap();
    let set = || rig.run(rig.naming.set_health(&key("s"), &target(1), false));
    let refused = Err(NamingError::HealthIsChecked { key: key("s"), target: Box::new(target(1)) });
    assert_eq!(set(), refused);
    let unchecked = ClusterMetadata { checker: HealthChecker::None, ..ClusterMetadata::default() };
    rig.run(rig.naming.put_cluster(&key("s"), ClusterName::default(), unchecked)).unwrap();
    assert_eq!(set(), Ok(()));
    assert!(!rig.naming.view(&key("s"), rig.now).hosts()[0].healthy);
}

#[test]
fn persistent_instance_outlives_silence_and_is_removed_by_command() {
    let mut rig = Rig::new();
    rig.run(rig.naming.register_persistent(&key("s"), in_cluster(1, "x"))).unwrap();
    rig.pass(400);
    assert_eq!(rig.list(), ["1.1.1.1:1"]);
    rig.run(rig.naming.deregister_persistent(&key("s"), &endpoint(1))).unwrap();
    rig.run(rig.naming.deregister_persistent(&key("s"), &endpoint(1))).unwrap();
    assert_eq!(rig.list(), [""; 0]);
    assert_eq!(rig.naming.counters().clients.persistent_addresses, 0);
}

#[test]
fn stored_records_bring_the_replicated_state_back() {
    let rig = Rig::new();
    rig.run(rig.naming.register_persistent(&key("s"), instance(1))).unwrap();
    rig.run(rig.naming.register_persistent(&key("s"), instance(2))).unwrap();
    rig.run(rig.naming.update_instance(&key("s"), &target(1), overlay(true, 5.0))).unwrap();
    rig.run(rig.naming.put_cluster(&key("s"), ClusterName::default(), ClusterMetadata::default())).unwrap();
    let again = Rig::new();
    for record in rig.records.lock().drain(..) {
        again.naming.load(record).unwrap();
    }
    let state = |naming: &Naming| {
        (naming.view(&key("s"), rig.now).hosts().to_vec(), naming.service(&key("s")), naming.counters())
    };
    assert_eq!(state(&again.naming), state(&rig.naming));
    assert_eq!(again.query("", HealthFilter::All).hosts.len(), 2);
    assert!(again.naming.load(Record::RemoveService(key("s"))).is_err());
}

#[test]
fn refused_and_idle_commands_leave_no_record() {
    let rig = Rig::with(NamingSettings::default());
    rig.run(rig.naming.create_service(&key("s"), ServiceMetadata::new(Lifetime::Ephemeral))).unwrap();
    rig.records.lock().clear();
    let register = NamingCommand::Register { key: key("s"), instance: instance(1) };
    assert_eq!(
        rig.run(rig.naming.propose(register)),
        Err(NamingError::LifetimeMismatch { service: Lifetime::Ephemeral })
    );
    rig.run(rig.naming.record_health(&key("s"), &endpoint(1), false)).unwrap();
    assert!(rig.records.lock().is_empty());
}

#[test]
fn client_is_touched_by_what_it_publishes_not_by_its_beats() {
    let mut rig = Rig::new();
    rig.register_http(instance(1)).unwrap();
    let registered = rig.now.wall;
    rig.pass(5);
    rig.beat(1);
    let client = http(&endpoint(1));
    assert_eq!(rig.naming.client_touched(&client, rig.now), Some(registered));
    assert_eq!(rig.naming.client_touched(&http(&endpoint(2)), rig.now), None);
}

#[test]
fn persistent_instances_come_with_what_is_set_on_their_cluster() {
    let rig = Rig::new();
    let set = ClusterMetadata { check_port: 81, use_instance_port: false, ..ClusterMetadata::default() };
    rig.register_http(instance(9)).unwrap();
    rig.run(rig.naming.register_persistent(&key("p"), in_cluster(1, "A"))).unwrap();
    rig.run(rig.naming.register_persistent(&key("p"), instance(2))).unwrap();
    rig.run(rig.naming.put_cluster(&key("p"), ClusterName::parse("A").unwrap(), set.clone())).unwrap();
    let mut found = rig.naming.persistent_instances();
    found.sort_by_key(|found| found.instance.endpoint.port);
    let found: Vec<_> =
        found.iter().map(|f| (f.key.name(), f.instance.endpoint.port, f.cluster.clone())).collect();
    assert_eq!(found, [("p", 1, set), ("p", 2, ClusterMetadata::default())]);
}

#[test]
fn revision_grows_with_the_replicated_state_alone() {
    let rig = Rig::new();
    let before = rig.naming.replicated_revision();
    rig.register_http(instance(9)).unwrap();
    assert_eq!(rig.naming.replicated_revision(), before);
    rig.run(rig.naming.register_persistent(&key("p"), instance(1))).unwrap();
    assert!(rig.naming.replicated_revision() > before);
    let before = rig.naming.replicated_revision();
    rig.naming.load(Record::PutInstance(key("p"), instance(2))).unwrap();
    assert!(rig.naming.replicated_revision() > before);
}

#[test]
fn health_of_a_persistent_instance_follows_what_is_recorded() {
    let rig = Rig::new();
    let health = || rig.naming.persistent_health(&key("p"), &endpoint(1));
    assert_eq!(health(), None);
    rig.run(rig.naming.register_persistent(&key("p"), instance(1))).unwrap();
    assert_eq!(health(), Some(true));
    rig.run(rig.naming.record_health(&key("p"), &endpoint(1), false)).unwrap();
    assert_eq!(health(), Some(false));
}
