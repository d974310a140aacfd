use std::{sync::Arc, time::Duration};

use navaid_core::{Record, SwitchChange, Switches};

use super::rig::*;
use crate::HealthFilter;

/// The switches that the store holds after what was applied.
fn stored(rig: &Rig) -> Option<Switches> {
    let records = rig.records.lock();
    records.iter().rev().find_map(|record| match record {
        Record::PutSwitches(switches) => Some((**switches).clone()),
        _ => None,
    })
}

#[test]
fn a_changed_switch_counts_is_stored_and_comes_back() {
    let rig = Rig::new();
    rig.run(rig.naming.change_switch(SwitchChange::ProbeTimes(7))).unwrap();
    rig.run(rig.naming.change_switch(SwitchChange::Push(false))).unwrap();
    let wanted = Switches { probe_times: 7, push_enabled: false, ..Switches::default() };
    assert_eq!((stored(&rig), &*rig.naming.switches()), (Some(wanted.clone()), &wanted));
    let again = Rig::new();
    again.naming.load(Record::PutSwitches(Box::new(wanted.clone()))).unwrap();
    assert_eq!(*again.naming.switches(), wanted);
    again.run(again.naming.change_switch(SwitchChange::Push(true))).unwrap();
    assert_eq!(stored(&again), Some(Switches { push_enabled: true, ..wanted }), "what was loaded stays");
}

#[test]
fn a_switch_changed_on_this_member_alone_is_never_stored() {
    let rig = Rig::new();
    rig.naming.change_switch_here(SwitchChange::ProbeTimes(7), rig.now);
    assert_eq!((stored(&rig), rig.naming.switches().probe_times), (None, 7));
    rig.run(rig.naming.change_switch(SwitchChange::Push(false))).unwrap();
    assert_eq!(stored(&rig).unwrap().probe_times, 3);
    assert_eq!(rig.naming.switches().probe_times, 7, "it counts here until the next start");
}

#[test]
fn another_cache_period_makes_answers_new() {
    let rig = Rig::new();
    rig.register_http(instance(1)).unwrap();
    let old = rig.query("", HealthFilter::All);
    rig.run(rig.naming.change_switch(SwitchChange::PushCache(Duration::from_secs(12)))).unwrap();
    let new = rig.query("", HealthFilter::All);
    assert!(!Arc::ptr_eq(&old, &new), "what was encoded says the old period");
    assert!(new.last_ref_time > old.last_ref_time);
}
