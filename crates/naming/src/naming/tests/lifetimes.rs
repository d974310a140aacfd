use navaid_core::{Lifetime, ServiceMetadata, command::NamingCommand};

use super::rig::*;
use crate::{NamingError, Sizes, SizesByLifetime};

#[test]
fn first_instance_decides_the_lifetime() {
    let rig = Rig::new();
    rig.register_http(instance(1)).unwrap();
    let refused = rig.run(rig.naming.register_persistent(&key("s"), instance(2)));
    assert_eq!(refused, Err(NamingError::LifetimeMismatch { service: Lifetime::Ephemeral }));

    rig.run(rig.naming.register_persistent(&key("t"), instance(2))).unwrap();
    let refused = rig.naming.register(&http(&endpoint(1)), &key("t"), instance(1), rig.now);
    assert_eq!(refused, Err(NamingError::LifetimeMismatch { service: Lifetime::Persistent }));
    assert_eq!(rig.naming.counters().clients.ephemeral_addresses, 1, "the refused client left no trace");
}

#[test]
fn created_service_keeps_its_lifetime_until_it_and_its_metadata_are_gone() {
    let mut rig = Rig::new();
    rig.run(rig.naming.create_service(&key("s"), ServiceMetadata::new(Lifetime::Persistent))).unwrap();
    let refused = Err(NamingError::LifetimeMismatch { service: Lifetime::Persistent });
    assert_eq!(rig.register_http(instance(1)), refused);
    rig.pass(65);
    assert!(!rig.is_listed());
    assert_eq!(rig.register_http(instance(1)), refused);
    rig.pass(65);
    assert_eq!(rig.register_http(instance(1)), Ok(()));
}

#[test]
fn replicated_register_wins_over_what_only_this_node_has() {
    let rig = Rig::new();
    rig.register_http(instance(1)).unwrap();
    let command = NamingCommand::Register { key: key("s"), instance: instance(2) };
    let applied = rig.naming.apply(rig.now.wall, &command);
    assert_eq!(applied.records.len(), 1);
    assert_eq!(rig.naming.service(&key("s")).unwrap().lifetime, Lifetime::Persistent);
    assert_eq!(rig.list(), ["1.1.1.1:1", "1.1.1.1:2"]);
}

#[test]
fn emptied_persistent_service_stays_persistent_when_something_is_set_on_it() {
    let rig = Rig::new();
    rig.run(rig.naming.register_persistent(&key("s"), instance(1))).unwrap();
    rig.run(rig.naming.deregister_persistent(&key("s"), &endpoint(1))).unwrap();
    let cluster = navaid_core::service::ClusterMetadata::default();
    rig.run(rig.naming.put_cluster(&key("s"), navaid_core::ClusterName::default(), cluster)).unwrap();
    assert_eq!(rig.run(rig.naming.register_persistent(&key("s"), instance(1))), Ok(()));
}

#[test]
fn sizes_are_counted_by_lifetime() {
    let rig = Rig::new();
    rig.register_http(instance(1)).unwrap();
    rig.register_http(instance(2)).unwrap();
    rig.run(rig.naming.register_persistent(&key("t"), instance(3))).unwrap();
    rig.run(rig.naming.create_service(&key("u"), ServiceMetadata::new(Lifetime::Persistent))).unwrap();
    let SizesByLifetime { ephemeral, persistent } = rig.naming.sizes_by_lifetime();
    assert_eq!(ephemeral, Sizes { services: 1, instances: 2 });
    assert_eq!(persistent, Sizes { services: 2, instances: 1 });
}
