//! A damaged data directory either comes back complete, or stops the start with one sentence that names the file and
//! a way out. It never panics, and never comes back with less.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use navaid_core::{HistoryEntry, Record, seam::Commit};
use navaid_storage::{
    OpenError, Storage,
    contract::{CountingClock, Dice, Ledger, copy_image, key, publish, remove, wait},
};

/// Everything that a directory gives back.
#[derive(Debug, PartialEq)]
struct Contents {
    records: Vec<Record>,
    history: Vec<HistoryEntry>,
}

fn read(dir: &Path) -> Result<Contents, OpenError> {
    let ledger = Arc::new(Ledger::default());
    let storage = Storage::open(dir)?;
    storage.load(&mut |record| ledger.load(record))?;
    let (_standalone, history) = storage.start(ledger.clone(), Arc::new(CountingClock::default()))?;
    let mut rows = Vec::new();
    for item in 0..ITEMS {
        rows.extend(history.list(&key(&format!("d{item}")), 0, usize::MAX).unwrap().1);
    }
    rows.sort_by_key(|row| row.id);
    Ok(Contents { records: ledger.records(), history: rows })
}

const ITEMS: usize = 20;

/// Makes a directory with data in log and state, copied at work (`running`) or after a clean stop.
fn filled(dir: &Path, running: bool) -> Contents {
    let (work, ledger) = (tempfile::tempdir().unwrap(), Arc::new(Ledger::default()));
    let storage = Storage::open(work.path()).unwrap();
    let (standalone, history) = storage.start(ledger.clone(), Arc::new(CountingClock::default())).unwrap();
    for round in 0..120 {
        let data_id = format!("d{}", round % ITEMS);
        let content = format!("{round} {}", "x".repeat(round * 37 % 900));
        wait(standalone.commit(publish(&data_id, &content))).unwrap();
        if round % 7 == 0 {
            wait(standalone.commit(remove(&data_id))).unwrap();
        }
        if round == 80 {
            // A checkpoint, so that the copy has both a state and a tail.
            history.list(&key("d0"), 0, 1).unwrap();
        }
    }
    if !running {
        standalone.stop().unwrap();
    }
    copy_image(work.path(), dir).unwrap();
    Contents { records: ledger.records(), history: ledger.history() }
}

/// Damages a copy of `whole` in many ways, one at a time, and opens each.
fn check(file: &str, running: bool, seed: u64) {
    const ROUNDS: usize = 60;
    let whole = tempfile::tempdir().unwrap();
    let expected = filled(whole.path(), running);
    let original = fs::read(whole.path().join(file)).unwrap();
    // Most of a segment is zeros; only the filled part can be damaged.
    let used = original.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let (mut dice, mut refused) = (Dice(seed), 0);
    let mut roll = |below: usize| usize::try_from(dice.roll(below as u64)).unwrap();
    for round in 0..ROUNDS {
        let mut bytes = original.clone();
        let what = match round % 3 {
            0 => {
                let at = roll(used);
                bytes[at] ^= 1 << roll(8);
                format!("flipped byte {at}")
            }
            1 => {
                let at = roll(used);
                bytes.truncate(at);
                format!("cut at {at}")
            }
            _ => {
                let at = roll(used) / 512 * 512;
                (at..(at + 512).min(used)).for_each(|at| bytes[at] = u8::try_from(roll(256)).unwrap());
                format!("garbage from {at}")
            }
        };
        let copy = tempfile::tempdir().unwrap();
        copy_image(whole.path(), copy.path()).unwrap();
        let path = copy.path().join(file);
        fs::write(&path, &bytes).unwrap();
        let opened = catch_unwind(AssertUnwindSafe(|| read(copy.path())))
            .unwrap_or_else(|_| panic!("{file}, {what}: panicked"));
        match opened {
            Ok(contents) => assert!(contents == expected, "{file}, {what}: came back with other contents"),
            Err(error) => {
                refused += 1;
                let message = error.to_string();
                let names_it = message.contains(&path.display().to_string())
                    || message.contains(&path.parent().unwrap().display().to_string());
                assert!(names_it && message.contains("backup"), "{file}, {what}: {message}");
            }
        }
    }
    assert!(refused > ROUNDS / 4, "{file}: only {refused} of {ROUNDS} damages were noticed");
}

#[test]
fn damaged_log_after_a_crash() {
    check("log/00000000000000000001.log", true, 1);
}

#[test]
fn damaged_log_after_a_clean_stop() {
    check("log/00000000000000000001.log", false, 2);
}

#[test]
fn damaged_state_after_a_crash() {
    check("state.redb", true, 3);
}

#[test]
fn damaged_state_after_a_clean_stop() {
    check("state.redb", false, 4);
}

#[test]
fn damaged_identity() {
    check("identity", false, 5);
}

#[test]
fn a_lost_state_is_a_gap_or_rebuilt_from_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let expected = filled(dir.path(), true);
    fs::remove_file(dir.path().join("state.redb")).unwrap();
    assert_eq!(read(dir.path()).unwrap(), expected, "the log still begins at the first command");
}
