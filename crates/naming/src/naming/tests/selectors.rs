//! Choice by labels (`spec/naming-semantics` §5.5).

use std::sync::Arc;

use navaid_core::{Endpoint, Instance, LabelEntry, command::ServiceUpdate, service::Selector};

use super::rig::*;
use crate::{Filter, LabelTable};

/// A service with an instance at 1.1.1.1 and one at 2.2.2.2.
fn rig() -> Rig {
    let rig = Rig::new();
    rig.register(&rig.connect("far"), instance(1)).unwrap();
    let near = Instance { endpoint: Endpoint { ip: "2.2.2.2".into(), port: 2 }, ..instance(2) };
    rig.register(&rig.connect("near"), near).unwrap();
    rig
}

fn select_by(rig: &Rig, labels: &[&str]) {
    let labels = labels.iter().map(|label| Arc::from(*label)).collect();
    let selector = Selector::Label { expression: "".into(), labels };
    let update = ServiceUpdate { protect_threshold: 0.0, selector, metadata: metadata(&[]) };
    rig.run(rig.naming.update_service(&key("s"), update)).unwrap();
}

fn label(rig: &Rig, entries: &[(&str, &[(&str, &str)])]) {
    let entry = |(target, labels): &(&str, &[(&str, &str)])| LabelEntry {
        target: target.parse().unwrap(),
        labels: metadata(labels),
    };
    rig.naming.set_labels(LabelTable::new(entries.iter().map(entry)), rig.now);
}

fn seen_by(rig: &Rig, consumer_ip: &str) -> Vec<String> {
    let filter = Filter { consumer_ip, ..Filter::default() };
    hosts(&rig.naming.query(&key("s"), &filter, rig.now))
}

#[test]
fn label_selector_prefers_providers_like_the_consumer() {
    let rig = rig();
    select_by(&rig, &["site"]);
    label(
        &rig,
        &[
            ("9.9.9.0/24", &[("site", "x")]),
            ("2.2.2.2", &[("site", "x")]),
            ("8.8.8.8", &[("site", "y")]),
            ("6.6.6.6", &[("site", " ")]),
        ],
    );
    assert_eq!(seen_by(&rig, "9.9.9.9"), ["2.2.2.2:2"]);
    for (stranger, why) in [("7.7.7.7", "unknown"), ("8.8.8.8", "nobody is near"), ("6.6.6.6", "blank")] {
        assert_eq!(seen_by(&rig, stranger).len(), 2, "{why}");
    }
    label(&rig, &[]);
    assert_eq!(seen_by(&rig, "9.9.9.9").len(), 2);
}

#[test]
fn every_label_of_the_selector_must_agree() {
    let rig = rig();
    select_by(&rig, &["rack", "site"]);
    let near: (&str, &[(&str, &str)]) = ("2.2.2.2", &[("site", "x"), ("rack", "1")]);
    label(&rig, &[near, ("1.1.1.1", &[("site", "x")]), ("9.9.9.9", &[("site", "x"), ("rack", "1")])]);
    assert_eq!(seen_by(&rig, "9.9.9.9"), ["2.2.2.2:2"]);
    label(&rig, &[near, ("1.1.1.1", &[("site", "x")]), ("9.9.9.9", &[("site", "x")])]);
    assert_eq!(seen_by(&rig, "9.9.9.9").len(), 2, "a consumer that lacks a label sees all, as in 2.x");
}

#[test]
fn selector_without_labels_chooses_nothing() {
    let rig = rig();
    select_by(&rig, &[]);
    label(&rig, &[("2.2.2.2", &[("site", "x")]), ("9.9.9.9", &[("site", "x")])]);
    assert_eq!(seen_by(&rig, "9.9.9.9").len(), 2);
}

#[test]
fn label_of_an_address_can_be_asked_for() {
    let rig = Rig::new();
    label(&rig, &[("9.9.9.0/24", &[("site", "x")])]);
    assert_eq!(rig.naming.label("9.9.9.9", "site").as_deref(), Some("x"));
    assert_eq!(rig.naming.label("9.9.9.9", "rack"), None);
    assert_eq!(rig.naming.label("8.8.8.8", "site"), None);
}

#[test]
fn new_labels_are_pushed_where_labels_choose_and_nowhere_else() {
    let mut rig = rig();
    let mailbox = rig.subscribe(&rig.connect("consumer"), "");
    rig.pass(2);
    mailbox.take();
    let site: &[(&str, &[(&str, &str)])] = &[("9.9.9.9", &[("site", "x")]), ("2.2.2.2", &[("site", "x")])];
    label(&rig, site);
    rig.pass(2);
    assert!(mailbox.take().is_empty(), "the service does not choose by labels");
    select_by(&rig, &["site"]);
    rig.pass(2);
    assert_eq!(mailbox.take_hosts(), [["2.2.2.2:2"]]);
    label(&rig, site);
    rig.pass(2);
    assert!(mailbox.take().is_empty(), "the table says the same");
    label(&rig, &[]);
    rig.pass(2);
    assert_eq!(mailbox.take_hosts(), [["1.1.1.1:1", "2.2.2.2:2"]]);
}
