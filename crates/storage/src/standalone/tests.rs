use std::path::Path;

use navaid_core::{
    command::LogIndex,
    seam::{HistoryReader, ReadError},
};

use super::*;
use crate::{
    Storage,
    contract::{CASES, CountingClock, Ledger, Opened, key, publish, wait},
};

fn open(dir: &Path) -> (Arc<Ledger>, Arc<Standalone>, Arc<dyn HistoryReader>) {
    let ledger = Arc::new(Ledger::default());
    let storage = Storage::open(dir).unwrap();
    storage.load(&mut |record| ledger.load(record)).unwrap();
    let (standalone, history) = storage.start(ledger.clone(), Arc::new(CountingClock::default())).unwrap();
    (ledger, standalone, history)
}

#[test]
fn standalone_keeps_the_contract() {
    for (name, case) in CASES {
        let dir = tempfile::tempdir().unwrap();
        eprintln!("{name}");
        case(&mut |apply, clock| {
            let storage = Storage::open(dir.path()).unwrap();
            let (commit, history) = storage.start(apply, clock).unwrap();
            Opened { commit, history }
        });
    }
}

#[test]
fn stopped_store_comes_back_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, standalone, _) = open(dir.path());
    for round in 0..10 {
        wait(standalone.commit(publish(&format!("d{}", round % 3), &round.to_string()))).unwrap();
    }
    standalone.stop().unwrap();
    assert_eq!(wait(standalone.commit(publish("late", ""))), Err(CommitError::Stopping));
    drop(standalone);
    let records = ledger.records();
    let (again, _standalone, history) = open(dir.path());
    assert_eq!(again.records(), records);
    assert_eq!(again.seen(), [], "a clean stop leaves nothing to replay");
    assert_eq!(history.list(&key("d0"), 0, 10).unwrap().0, 4);
}

#[test]
fn history_of_a_failed_store_is_an_error() {
    let backlog = Backlog::new(LogIndex(0));
    backlog.push(LogIndex(1), vec![]);
    backlog.fail("disk full".into());
    assert_eq!(backlog.catch_up().map_err(ReadError), Err(ReadError("disk full".into())));
}
