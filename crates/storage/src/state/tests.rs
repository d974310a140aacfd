use navaid_core::{HistoryId, Proposal, Timestamp, seam::Apply};

use super::{history::PurgeLimit, *};
use crate::contract::{Ledger, key, publish, remove};

fn open(dir: &Path) -> State {
    State::open(Directory::open(dir).unwrap()).unwrap()
}

/// Records of publishing item `a` so many times, the n-th at n milliseconds.
fn publishes(count: u64) -> Vec<Record> {
    let ledger = Ledger::default();
    let apply = |at| {
        let command = publish("a", &"x".repeat(100));
        ledger.apply(LogIndex(at), &Proposal { at: Timestamp(at), command }).records
    };
    (1..=count).flat_map(apply).collect()
}

fn rows(state: &State) -> Vec<HistoryId> {
    state.list_history(&key("a"), 0, 100).unwrap().1.iter().map(|row| row.id).collect()
}

#[test]
fn state_keeps_records_with_the_index_of_their_last_command() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path());
    assert_eq!(state.applied().unwrap(), LogIndex(0));
    state.write(&publishes(3), LogIndex(3)).unwrap();
    drop(state);
    let state = open(dir.path());
    assert_eq!(state.applied().unwrap(), LogIndex(3));
    let mut loaded = Vec::new();
    state.load(&mut |record| loaded.push(record)).unwrap();
    assert_eq!(loaded[0], Record::PutConfigSequence(ConfigSequence { next_item: 2, next_history: 4 }));
    assert!(matches!(&loaded[1..], [Record::PutItem(item)] if item.key == key("a")), "{loaded:?}");
}

#[test]
fn state_forgets_what_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path());
    state.write(&publishes(1), LogIndex(1)).unwrap();
    state.write(&[Record::RemoveItem(key("a"))], LogIndex(2)).unwrap();
    state.load(&mut |record| assert!(matches!(record, Record::PutConfigSequence(_)), "{record:?}")).unwrap();
}

#[test]
fn state_keeps_what_is_set_for_owners() {
    use navaid_core::{CapacityChange, CapacityLimits, CapacityOwner, GroupName, NamespaceId};
    let dir = tempfile::tempdir().unwrap();
    let put = |owner, quota| {
        let change = CapacityChange { quota: Some(quota), ..CapacityChange::default() };
        Record::PutCapacity(owner, CapacityLimits::default().changed(&change))
    };
    let namespace = CapacityOwner::Namespace(NamespaceId::parse("same").unwrap());
    let group = CapacityOwner::Group(GroupName::parse("same").unwrap());
    let kept = [put(CapacityOwner::Cluster, 0), put(namespace.clone(), 2), put(group.clone(), 4)];
    let state = open(dir.path());
    state.write(&kept, LogIndex(1)).unwrap();
    state.write(&[put(group, 3), Record::RemoveCapacity(namespace)], LogIndex(2)).unwrap();
    drop(state);
    let mut loaded = Vec::new();
    open(dir.path()).load(&mut |record| loaded.push(record)).unwrap();
    let group = CapacityOwner::Group(GroupName::parse("same").unwrap());
    assert_eq!(loaded, [put(CapacityOwner::Cluster, 0), put(group, 3)]);
}

#[test]
fn purge_stops_at_its_limit_and_the_next_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path());
    state.write(&publishes(10), LogIndex(10)).unwrap();
    let purge = |limit: PurgeLimit| {
        let write = state.db.begin_write().unwrap();
        Tables::open(&write).unwrap().purge_history(Timestamp(9), &limit).unwrap();
        write.commit().unwrap();
        rows(&state).len()
    };
    assert_eq!(purge(PurgeLimit { rows: 3, bytes: usize::MAX }), 7);
    assert_eq!(purge(PurgeLimit { rows: 100, bytes: 250 }), 5, "each row has more than 100 bytes");
    assert_eq!(purge(PurgeLimit { rows: 100, bytes: usize::MAX }), 2);
    assert_eq!(rows(&state), [HistoryId(10), HistoryId(9)]);
    assert!(state.history_row(HistoryId(8)).unwrap().is_none());
}

#[test]
fn state_of_a_newer_release_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path());
    let write = state.db.begin_write().unwrap();
    Tables::open(&write).unwrap().put_meta(FORMAT, VERSION + 1).unwrap();
    write.commit().unwrap();
    drop(state);
    let error = State::open(Directory::open(dir.path()).unwrap()).unwrap_err();
    assert!(matches!(error, OpenError::Newer { .. }));
    assert!(error.to_string().contains("written by a newer release of Navaid (state version 2)"), "{error}");
}

#[test]
fn interrupted_creation_starts_over() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("state.new"), b"half a file").unwrap();
    assert_eq!(open(dir.path()).applied().unwrap(), LogIndex(0));
}

#[test]
fn history_of_a_removed_item_stays() {
    let dir = tempfile::tempdir().unwrap();
    let (state, ledger) = (open(dir.path()), Ledger::default());
    for (at, command) in [(1, publish("a", "x")), (2, remove("a"))] {
        let applied = ledger.apply(LogIndex(at), &Proposal { at: Timestamp(at), command });
        state.write(&applied.records, LogIndex(at)).unwrap();
    }
    assert_eq!(rows(&state), [HistoryId(2), HistoryId(1)]);
    assert_eq!(state.newest_history_of(1).unwrap().map(|row| row.id), Some(HistoryId(2)));
}
