//! What a released version wrote must load for ever: `testdata/v<N>` holds a data directory of each.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path, sync::Arc};

use navaid_core::{
    HistoryEntry, Proposal,
    command::LogIndex,
    seam::{Apply, Clock},
};
use navaid_storage::{
    Storage,
    contract::{CountingClock, Ledger, samples},
};

const SEGMENT: &str = "log/00000000000000000001.log";
const SEGMENT_BYTES: usize = 512 << 10;

fn sample(version: &str, dir: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(version);
    fs::create_dir(dir.join("log")).unwrap();
    for file in ["identity", "state.redb", SEGMENT] {
        fs::copy(from.join(file), dir.join(file)).unwrap();
    }
    // Samples are kept without the zeros at the end.
    fs::OpenOptions::new()
        .write(true)
        .open(dir.join(SEGMENT))
        .unwrap()
        .set_len(SEGMENT_BYTES as u64)
        .unwrap();
}

/// An engine that has applied the commands, each at the next millisecond, as the sample's writer did.
fn expected(commands: Vec<navaid_core::Command>) -> Ledger {
    let (ledger, clock) = (Ledger::default(), CountingClock::default());
    for (index, command) in (1..).map(LogIndex).zip(commands) {
        ledger.apply(index, &Proposal { at: clock.now().wall, command });
    }
    ledger
}

fn check_state(version: &str, commands: Vec<navaid_core::Command>, had_authors: bool) {
    let dir = tempfile::tempdir().unwrap();
    sample(version, dir.path());
    let expected = expected(commands);
    let storage = Storage::open(dir.path()).unwrap();
    let loaded = Ledger::default();
    let applied = storage.load(&mut |record| loaded.load(record)).unwrap();
    assert_eq!(applied.0, expected.seen().len() as u64);
    assert_eq!(loaded.records(), expected.records());
    let (_standalone, history) = storage.start(Arc::new(loaded), Arc::new(CountingClock::default())).unwrap();
    for row in expected.history() {
        let author = row.author.clone().filter(|_| had_authors);
        let row = HistoryEntry { author, ..row };
        assert_eq!(history.get(row.id).unwrap(), Some(row));
    }
}

fn check_log(version: &str, commands: Vec<navaid_core::Command>) {
    let dir = tempfile::tempdir().unwrap();
    sample(version, dir.path());
    fs::remove_file(dir.path().join("state.redb")).unwrap();
    let expected = expected(commands);
    let storage = Storage::open(dir.path()).unwrap();
    let replayed = Arc::new(Ledger::default());
    let (_standalone, _) = storage.start(replayed.clone(), Arc::new(CountingClock::default())).unwrap();
    assert_eq!(replayed.records(), expected.records());
    assert_eq!(replayed.history(), expected.history());
    assert_eq!(replayed.seen(), expected.seen());
}

#[test]
fn identity_of_v1_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    sample("v1", dir.path());
    assert_eq!(Storage::open(dir.path()).unwrap().identity().node.to_string(), "6d2e0c3b5c01e051");
}

#[test]
fn state_of_v1_loads() {
    // Rows of this sample were written before rows named the author of their version.
    check_state("v1", samples::v1(), false);
}

#[test]
fn log_of_v1_replays() {
    check_log("v1", samples::v1());
}

#[test]
fn state_of_v2_loads() {
    check_state("v2", samples::v2(), true);
}

#[test]
fn log_of_v2_replays() {
    check_log("v2", samples::v2());
}

#[test]
fn state_of_v3_loads() {
    check_state("v3", samples::v3(), true);
}

#[test]
fn log_of_v3_replays() {
    check_log("v3", samples::v3());
}
