use std::sync::Arc;

use navaid_core::{Instance, SwitchChange, command::ServiceUpdate, service::Selector};

use super::rig::*;

#[test]
fn subscription_is_answered_and_then_pushed_once() {
    let mut rig = Rig::new();
    rig.register_http(instance(1)).unwrap();
    let mailbox = Arc::new(Mailbox::default());
    let answer = rig.subscribe_into(&rig.connect("c"), "", mailbox.clone());
    assert_eq!(hosts(&answer), ["1.1.1.1:1"]);
    rig.pass_millis(490);
    assert!(mailbox.take().is_empty());
    rig.pass_millis(20);
    assert_eq!(mailbox.take_hosts(), [["1.1.1.1:1"]]);
    rig.pass(3);
    assert!(mailbox.take().is_empty());
}

#[test]
fn repeated_subscription_is_answered_but_not_pushed() {
    let mut rig = Rig::new();
    let client = rig.connect("c");
    let mailbox = rig.subscribe(&client, "");
    rig.pass(2);
    assert_eq!(mailbox.take().len(), 1);
    rig.subscribe_into(&client, "", mailbox.clone());
    rig.pass(2);
    assert!(mailbox.take().is_empty());
}

#[test]
fn change_is_pushed_at_once_and_an_identical_register_not_at_all() {
    let mut rig = Rig::new();
    let mailbox = rig.subscribe(&rig.connect("c"), "");
    rig.pass(2);
    mailbox.take();
    rig.register_http(instance(1)).unwrap();
    rig.pass_millis(10);
    assert_eq!(mailbox.take_hosts(), [["1.1.1.1:1"]]);
    rig.pass(2);
    rig.register_http(instance(1)).unwrap();
    rig.pass(2);
    assert!(mailbox.take().is_empty());
    rig.register_http(Instance { weight: 3.0, ..instance(1) }).unwrap();
    rig.pass(2);
    assert_eq!(mailbox.take().len(), 1);
}

#[test]
fn burst_ends_with_the_final_view_in_two_pushes() {
    let mut rig = Rig::new();
    let mailbox = rig.subscribe(&rig.connect("c"), "");
    rig.pass(2);
    mailbox.take();
    for port in 0..20 {
        rig.register_http(instance(port)).unwrap();
        rig.pass_millis(10);
    }
    rig.pass(2);
    let pushed = mailbox.take_hosts();
    assert_eq!(pushed.iter().map(Vec::len).collect::<Vec<_>>(), [1, 20]);
}

#[test]
fn subscriber_sees_only_its_clusters_and_hears_of_every_change() {
    let mut rig = Rig::new();
    let client = rig.connect("c");
    let mailbox = rig.subscribe(&client, "a");
    rig.pass(2);
    mailbox.take();
    rig.register_http(in_cluster(1, "b")).unwrap();
    rig.pass(2);
    assert_eq!(mailbox.take_hosts(), [[""; 0]], "it is told, though it may see nothing of it");
    rig.register_http(in_cluster(2, "a")).unwrap();
    rig.pass(2);
    let pushed = mailbox.take();
    assert_eq!((hosts(&pushed[0]), &*pushed[0].clusters, pushed.len()), (vec!["1.1.1.1:2".into()], "a", 1));

    rig.subscribe_into(&client, "b", mailbox.clone());
    rig.naming.deregister(&http(&endpoint(1)), &key("s"), rig.now);
    rig.pass(2);
    let pushed = mailbox.take();
    assert_eq!((hosts(&pushed[0]).len(), &*pushed[0].clusters), (0, "b"), "the newest filter counts");
}

#[test]
fn last_instance_s_end_is_pushed_as_an_empty_list() {
    let mut rig = Rig::new();
    rig.register_http(instance(1)).unwrap();
    let mailbox = rig.subscribe(&rig.connect("c"), "");
    rig.pass(2);
    mailbox.take();
    rig.naming.deregister(&http(&endpoint(1)), &key("s"), rig.now);
    rig.pass(1);
    assert_eq!(mailbox.take_hosts(), [[""; 0]]);
}

#[test]
fn unsubscribed_client_hears_no_more() {
    let mut rig = Rig::new();
    let client = rig.connect("c");
    let mailbox = rig.subscribe(&client, "");
    assert!(rig.naming.unsubscribe(&client, &key("s"), rig.now));
    assert!(!rig.naming.unsubscribe(&client, &key("s"), rig.now));
    rig.register_http(instance(1)).unwrap();
    rig.pass(2);
    assert!(mailbox.take().is_empty());
}

#[test]
fn subscription_of_an_unknown_service_lists_nothing_and_hears_of_its_birth() {
    let mut rig = Rig::new();
    let mailbox = rig.subscribe(&rig.connect("c"), "");
    rig.pass(200);
    assert!(!rig.is_listed());
    mailbox.take();
    rig.register_http(instance(1)).unwrap();
    rig.pass(1);
    assert_eq!(mailbox.take_hosts(), [["1.1.1.1:1"]]);
}

#[test]
fn switched_off_pushes_are_made_up_for_when_switched_on() {
    let mut rig = Rig::new();
    let mailbox = rig.subscribe(&rig.connect("c"), "");
    rig.pass(2);
    mailbox.take();
    rig.naming.change_switch_here(SwitchChange::Push(false), rig.now);
    rig.register_http(instance(1)).unwrap();
    rig.pass(3);
    assert!(mailbox.take().is_empty() && rig.naming.next_push().is_none());
    assert_eq!(rig.list(), ["1.1.1.1:1"], "reads are current all the same");
    rig.naming.change_switch_here(SwitchChange::Push(true), rig.now);
    rig.pass(1);
    assert_eq!(mailbox.take_hosts(), [["1.1.1.1:1"]]);
}

#[test]
fn resend_offers_what_was_offered_before() {
    let mut rig = Rig::new();
    rig.register_http(instance(1)).unwrap();
    let client = rig.connect("c");
    let mailbox = rig.subscribe(&client, "");
    rig.pass(2);
    mailbox.take();
    assert!(rig.naming.resend(&client, &key("s"), rig.now));
    assert_eq!(mailbox.take_hosts(), [["1.1.1.1:1"]]);
    assert!(!rig.naming.resend(&connection("x"), &key("s"), rig.now));
}

#[test]
fn threshold_that_changes_is_pushed() {
    let mut rig = Rig::new();
    rig.register(&rig.connect("p"), unhealthy(1)).unwrap();
    let mailbox = rig.subscribe(&rig.connect("c"), "");
    rig.pass(2);
    mailbox.take();
    let update = |protect_threshold| ServiceUpdate {
        protect_threshold,
        selector: Selector::None,
        metadata: metadata(&[]),
    };
    rig.run(rig.naming.update_service(&key("s"), update(0.3))).unwrap();
    rig.pass(1);
    assert_eq!(mailbox.take_hosts(), [["1.1.1.1:1"]]);
    rig.run(rig.naming.update_service(&key("s"), update(0.4))).unwrap();
    rig.pass(1);
    assert_eq!(mailbox.take_hosts(), [["1.1.1.1:1"]]);
}
