use std::path::Path;

use navaid_core::{
    Proposal,
    command::LogIndex,
    seam::{Applied, HistoryReader, ReadError},
};

use super::*;
use crate::{
    Storage,
    contract::{CASES, CountingClock, Ledger, Opened, key, publish, wait},
    directory::Directory,
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

/// A store whose log or backlog a test may break before it starts.
fn start_broken(dir: &Path, break_it: impl FnOnce(&mut Log, &Backlog)) -> (Standalone, StoredHistory) {
    let state = Arc::new(State::open(Directory::open(dir).unwrap()).unwrap());
    let (mut log, tail) = Log::open(&dir.join("log"), LogIndex(0)).unwrap();
    let backlog = Arc::new(Backlog::new(LogIndex(0)));
    break_it(&mut log, &backlog);
    let history = StoredHistory::new(state.clone(), backlog.clone());
    let (apply, clock) = (Arc::new(Ledger::default()), Arc::new(CountingClock::default()));
    let parts = Parts { log, queue: Arc::default(), state, backlog, apply, clock };
    (Standalone::start(parts, tail).unwrap(), history)
}

#[test]
fn failed_log_leaves_the_write_unknown_and_refuses_later_ones() {
    let dir = tempfile::tempdir().unwrap();
    let (standalone, history) = start_broken(dir.path(), |log, _| log.break_file());
    assert!(standalone.is_healthy());
    assert!(matches!(wait(standalone.commit(publish("a", "1"))), Err(CommitError::Unknown(_))));
    // The line closes right after the answer.
    let refused = loop {
        match wait(standalone.commit(publish("a", "2"))) {
            Err(CommitError::Unknown(_)) => thread::yield_now(),
            other => break other,
        }
    };
    assert!(matches!(refused, Err(CommitError::Failed(_))), "{refused:?}");
    assert!(!standalone.is_healthy());
    assert_eq!(history.list(&key("a"), 0, 1), Ok((0, vec![])), "reads go on");
    assert!(standalone.stop().is_err());
}

#[test]
fn failed_state_makes_history_an_error_and_keeps_what_the_log_has() {
    let dir = tempfile::tempdir().unwrap();
    let (standalone, history) = start_broken(dir.path(), |_, backlog| backlog.fail("disk full".into()));
    assert!(wait(standalone.commit(publish("a", "1"))).is_ok(), "it is in the log");
    assert_eq!(history.list(&key("a"), 0, 1), Err(ReadError("disk full".into())));
    drop((standalone, history));
    let (ledger, ..) = open(dir.path());
    assert_eq!(ledger.content(&key("a")).as_deref(), Some("1"));
}

#[test]
fn panicking_engine_answers_unknown_and_turns_the_store_unhealthy() {
    struct Panicking;
    impl Apply for Panicking {
        fn apply(&self, _: LogIndex, _: &Proposal) -> Applied {
            panic!("an engine that breaks its promise")
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let storage = Storage::open(dir.path()).unwrap();
    let (standalone, _) = storage.start(Arc::new(Panicking), Arc::new(CountingClock::default())).unwrap();
    assert!(matches!(wait(standalone.commit(publish("a", "1"))), Err(CommitError::Unknown(_))));
    assert!(standalone.stop().is_err());
    assert!(!standalone.is_healthy());
}
