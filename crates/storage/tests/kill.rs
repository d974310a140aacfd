//! A writer is killed (`SIGKILL`) at random moments, again and again, in the middle of opening, committing, writing
//! checkpoints. Every acknowledged command must be there afterwards, and none by half.
//!
//! The writer is this very binary, started with the arguments `writer <directory> <first operation of each caller>…`;
//! it prints a line for each command when it was acknowledged. `NAVAID_KILL_ROUNDS` asks for more rounds.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, ExitCode, Stdio},
    sync::Arc,
    thread,
};

use libtest_mimic::{Arguments, Trial};
use navaid_core::{HistoryEntry, seam::Commit};
use navaid_storage::{
    Storage,
    contract::{CountingClock, Dice, Ledger, copy_image, key, publish, remove, wait},
};

const CALLERS: usize = 6;
/// Items of each caller.
const ITEMS: u64 = 5;
const ROUNDS: usize = 60;
/// Rounds after which an empty directory is taken, so that copies stay small.
const ROUNDS_PER_DIRECTORY: usize = 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|first| first == "writer") {
        let first: Vec<u64> = arguments[3..].iter().map(|number| number.parse().unwrap()).collect();
        write(Path::new(&arguments[2]), &first);
        return ExitCode::SUCCESS;
    }
    let rounds = std::env::var("NAVAID_KILL_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let trial = Trial::test("killed_writer_loses_nothing_acknowledged", move || {
        killed_writer_loses_nothing_acknowledged(rounds);
        Ok(())
    });
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit_code()
}

// === what callers do: a pure function of caller and number ===

fn data_id(caller: usize, operation: u64) -> String {
    format!("c{caller}-{}", operation % ITEMS)
}

/// The content that an operation publishes; none for a removal.
fn content(caller: usize, operation: u64) -> Option<String> {
    let len = if operation % 50 == 49 { 300_000 } else { operation * 7919 % 3000 };
    (operation % 7 != 6)
        .then(|| format!("{caller}:{operation}:{}", "x".repeat(usize::try_from(len).unwrap())))
}

/// Content of an item after the first `done` operations of its caller, and its count of history rows.
fn expected(caller: usize, item: u64, done: u64) -> (Option<String>, usize) {
    let (mut now, mut rows) = (None, 0);
    for operation in (0..done).filter(|operation| operation % ITEMS == item) {
        let next = content(caller, operation);
        // Removing what is not there leaves no trace.
        rows += usize::from(next.is_some() || now.is_some());
        now = next;
    }
    (now, rows)
}

// === the writer ===

fn write(dir: &Path, first: &[u64]) {
    let ledger = Arc::new(Ledger::default());
    let storage = Storage::open(dir).unwrap();
    storage.load(&mut |record| ledger.load(record)).unwrap();
    let (commit, history) = storage.start(ledger, Arc::new(CountingClock::default())).unwrap();
    thread::scope(|scope| {
        for (caller, first) in first.iter().enumerate() {
            let commit = &commit;
            scope.spawn(move || {
                for operation in *first.. {
                    let data_id = data_id(caller, operation);
                    let command = content(caller, operation)
                        .map_or_else(|| remove(&data_id), |content| publish(&data_id, &content));
                    wait(commit.commit(command)).unwrap();
                    // One short write to a pipe arrives as a whole.
                    std::io::stdout().write_all(format!("{caller} {operation}\n").as_bytes()).unwrap();
                }
            });
        }
        // Each read asks for a checkpoint, so that many kills hit one.
        scope.spawn(|| {
            loop {
                history.list(&key("c0-0"), 0, 1).unwrap();
            }
        });
    });
}

// === the killer ===

fn killed_writer_loses_nothing_acknowledged(rounds: usize) {
    let mut dice = Dice(0x5EED);
    let mut dir = tempfile::tempdir().unwrap();
    let mut done = [0_u64; CALLERS];
    for round in 0..rounds {
        if round % ROUNDS_PER_DIRECTORY == 0 {
            dir = tempfile::tempdir().unwrap();
            done = [0; CALLERS];
        }
        // Often none: the kill then hits the opening after the last kill.
        let acknowledgements = dice.roll(200).saturating_sub(40);
        let acknowledged = run_and_kill(dir.path(), &done, acknowledgements);
        done = check(dir.path(), &acknowledged);
    }
}

/// Lets a writer go on where the last one ended, kills it after so many acknowledgements, and gives the count of
/// operations that were acknowledged to each caller.
fn run_and_kill(dir: &Path, done: &[u64; CALLERS], acknowledgements: u64) -> [u64; CALLERS] {
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .arg("writer")
        .arg(dir)
        .args(done.iter().map(u64::to_string))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    let mut acknowledged = *done;
    let mut note = |line: String| {
        let (caller, operation) = line.split_once(' ').unwrap();
        acknowledged[caller.parse::<usize>().unwrap()] = operation.parse::<u64>().unwrap() + 1;
    };
    for _ in 0..acknowledgements {
        note(lines.next().expect("the writer goes on until it is killed").unwrap());
    }
    writer.kill().unwrap();
    writer.wait().unwrap();
    lines.for_each(|line| note(line.unwrap()));
    acknowledged
}

/// Opens a copy, so that the directory itself stays as the kill left it, and compares. Gives the count of operations
/// that were done: all that were acknowledged, and perhaps one more for each caller.
fn check(dir: &Path, acknowledged: &[u64; CALLERS]) -> [u64; CALLERS] {
    let copy = tempfile::tempdir().unwrap();
    copy_image(dir, copy.path()).unwrap();
    let ledger = Arc::new(Ledger::default());
    let storage = Storage::open(copy.path()).unwrap();
    storage.load(&mut |record| ledger.load(record)).unwrap();
    let (_commit, history) = storage.start(ledger.clone(), Arc::new(CountingClock::default())).unwrap();
    let mut done = *acknowledged;
    for (caller, done) in done.iter_mut().enumerate() {
        let found: Vec<(Option<String>, Vec<HistoryEntry>)> = (0..ITEMS)
            .map(|item| {
                let key = key(&data_id(caller, item));
                let (total, rows) = history.list(&key, 0, usize::MAX).unwrap();
                assert_eq!(total, rows.len() as u64);
                (ledger.content(&key).map(|content| content.to_string()), rows)
            })
            .collect();
        let is_state_after = |done| {
            found
                .iter()
                .zip(0..)
                .all(|((content, rows), item)| (content.clone(), rows.len()) == expected(caller, item, done))
        };
        let acknowledged = *done;
        *done = (acknowledged..=acknowledged + 1)
            .find(|done| is_state_after(*done))
            .unwrap_or_else(|| panic!("caller {caller}: not the state after {acknowledged} operations"));
    }
    done
}
