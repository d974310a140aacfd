//! What every implementor of [`Commit`] and [`HistoryReader`] must do, as a suite that each of them runs.
//!
//! ```no_run
//! # fn open_an_empty_store_of_yours(
//! #     apply: std::sync::Arc<dyn navaid_core::seam::Apply>,
//! #     clock: std::sync::Arc<dyn navaid_core::seam::Clock>,
//! # ) -> navaid_storage::contract::Opened { unreachable!() }
//! for (name, case) in navaid_storage::contract::CASES {
//!     eprintln!("{name}");
//!     case(&mut |apply, clock| open_an_empty_store_of_yours(apply, clock));
//! }
//! ```
//!
//! The suite brings its own engine, the [`Ledger`], and a clock that only moves when it is read.

mod ledger;
pub mod samples;

use std::{
    fs, io,
    path::Path,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use navaid_core::{
    Command, ConfigKey, ContentMd5, DataId, GroupName, HistoryEntry, HistoryId, Moment, NamespaceId, Now,
    Operator, Outcome, Timestamp,
    command::{ConfigCommand, ConfigOutcome, PublishCondition, PublishConfig, PublishTarget, RemoveConfig},
    config_item::Description,
    history::HistoryOp,
    seam::{Apply, Clock, Commit, HistoryReader, Pending},
};

pub use self::ledger::Ledger;

/// An empty store at work.
pub struct Opened {
    pub commit: Arc<dyn Commit>,
    pub history: Arc<dyn HistoryReader>,
}

/// Opens an empty store that orders commands for this engine by this clock.
pub type Open<'a> = &'a mut dyn FnMut(Arc<dyn Apply>, Arc<dyn Clock>) -> Opened;

/// A rule, checked on a store of its own; panics where it is broken.
pub type Case = fn(Open<'_>);

/// Every case by name.
pub const CASES: &[(&str, Case)] = &[
    ("commit_answers_with_the_outcome", commit_answers_with_the_outcome),
    ("commit_is_visible_before_it_is_answered", commit_is_visible_before_it_is_answered),
    (
        "commit_from_many_callers_is_one_order_without_gaps",
        commit_from_many_callers_is_one_order_without_gaps,
    ),
    ("commit_keeps_the_order_of_calls", commit_keeps_the_order_of_calls),
    ("commit_whose_caller_left_is_still_committed", commit_whose_caller_left_is_still_committed),
    ("commit_carries_the_time_of_the_clock", commit_carries_the_time_of_the_clock),
    ("history_sees_what_was_just_acknowledged", history_sees_what_was_just_acknowledged),
    ("history_lists_newest_first_by_item", history_lists_newest_first_by_item),
    ("history_of_nothing_is_empty", history_of_nothing_is_empty),
    ("history_purge_takes_older_rows_only", history_purge_takes_older_rows_only),
];

/// A clock that shows 1, 2, 3, … milliseconds.
#[derive(Debug, Default)]
pub struct CountingClock(AtomicU64);

impl Clock for CountingClock {
    fn now(&self) -> Now {
        let at = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Now { wall: Timestamp(at), mono: Moment(at) }
    }
}

/// Waits for a future on this thread.
pub fn wait<T>(future: Pending<T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

/// Copies a data directory as it lies on disk at this moment, which is what a crash would leave.
///
/// # Errors
/// As the file system says.
pub fn copy_image(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for file in fs::read_dir(from)? {
        let file = file?;
        let target = to.join(file.file_name());
        if file.file_type()?.is_dir() {
            copy_image(&file.path(), &target)?;
        } else {
            fs::copy(file.path(), target)?;
        }
    }
    Ok(())
}

/// A small source of numbers that are the same for the same seed.
#[derive(Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// A number below `below`.
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// The item `public/g/<data_id>`.
pub fn key(data_id: &str) -> ConfigKey {
    let group = GroupName::parse("g").expect("a valid group");
    ConfigKey::new(&NamespaceId::default(), &group, &DataId::parse(data_id).expect("a valid data id"))
}

/// An unconditional publish of a formal release.
pub fn publish(data_id: &str, content: &str) -> Command {
    Command::Config(ConfigCommand::Publish(Box::new(PublishConfig {
        key: key(data_id),
        target: PublishTarget::Formal,
        content: content.into(),
        md5: ContentMd5::of(content),
        encrypted_data_key: "".into(),
        description: Description::default(),
        condition: PublishCondition::Always,
        operator: Operator { user: None, ip: "127.0.0.1".into() },
        max_grays: 10,
        capacity: None,
    })))
}

/// Removal of a formal release.
pub fn remove(data_id: &str) -> Command {
    let operator = Operator::default();
    Command::Config(ConfigCommand::Remove(RemoveConfig { key: key(data_id), gray: None, operator }))
}

fn purge(before: u64) -> Command {
    Command::Config(ConfigCommand::PurgeHistory { before: Timestamp(before) })
}

fn open(open: Open<'_>) -> (Arc<Ledger>, Opened) {
    let ledger = Arc::new(Ledger::default());
    let opened = open(ledger.clone(), Arc::new(CountingClock::default()));
    (ledger, opened)
}

fn commit(opened: &Opened, command: Command) -> Outcome {
    wait(opened.commit.commit(command)).expect("a healthy store commits")
}

fn commit_answers_with_the_outcome(start: Open<'_>) {
    let (_, store) = open(start);
    for (id, data_id) in [(1, "a"), (2, "b"), (1, "a")] {
        let md5 = ContentMd5::of("x");
        let expected = Outcome::Config(ConfigOutcome::Published { id, md5 });
        assert_eq!(commit(&store, publish(data_id, "x")), expected);
    }
    assert_eq!(commit(&store, remove("a")), Outcome::Done);
    assert_eq!(commit(&store, remove("a")), Outcome::Done, "removing nothing succeeds");
}

fn commit_is_visible_before_it_is_answered(start: Open<'_>) {
    let (ledger, store) = open(start);
    commit(&store, publish("a", "1"));
    assert_eq!(ledger.content(&key("a")).as_deref(), Some("1"));
}

fn commit_from_many_callers_is_one_order_without_gaps(start: Open<'_>) {
    const CALLERS: usize = 8;
    const EACH: usize = 25;
    let (ledger, store) = open(start);
    thread::scope(|scope| {
        for caller in 0..CALLERS {
            let store = &store;
            scope.spawn(move || {
                for round in 0..EACH {
                    commit(store, publish(&format!("c{caller}"), &round.to_string()));
                }
            });
        }
    });
    let indices: Vec<u64> = ledger.seen().iter().map(|(index, _)| index.0).collect();
    assert_eq!(indices, (1..=(CALLERS * EACH) as u64).collect::<Vec<_>>());
}

fn commit_keeps_the_order_of_calls(start: Open<'_>) {
    let (ledger, store) = open(start);
    let pending: Vec<_> =
        (0..50).map(|round| store.commit.commit(publish("a", &round.to_string()))).collect();
    for pending in pending {
        wait(pending).expect("a healthy store commits");
    }
    assert_eq!(ledger.content(&key("a")).as_deref(), Some("49"));
}

fn commit_whose_caller_left_is_still_committed(start: Open<'_>) {
    let (ledger, store) = open(start);
    drop(store.commit.commit(publish("left", "x")));
    commit(&store, publish("stayed", "y"));
    assert_eq!(ledger.content(&key("left")).as_deref(), Some("x"));
}

fn commit_carries_the_time_of_the_clock(start: Open<'_>) {
    let (ledger, store) = open(start);
    for _ in 0..3 {
        commit(&store, publish("a", "x"));
    }
    let times: Vec<Timestamp> = ledger.seen().iter().map(|(_, at)| *at).collect();
    assert!(times.is_sorted() && times[0] >= Timestamp(1) && times[2] > times[0], "{times:?}");
}

fn history_sees_what_was_just_acknowledged(start: Open<'_>) {
    let (_, store) = open(start);
    for round in 1..=20 {
        commit(&store, publish("a", &round.to_string()));
        let newest = store.history.get(HistoryId(round)).expect("readable");
        assert_eq!(newest.map(|row| row.id), Some(HistoryId(round)));
    }
}

fn history_lists_newest_first_by_item(start: Open<'_>) {
    let (_, store) = open(start);
    // A neighbour whose key text extends the item's must not be mixed in.
    for (data_id, content) in [("a", "1"), ("a.b", "n"), ("a", "2"), ("a.b", "n"), ("a", "3")] {
        commit(&store, publish(data_id, content));
    }
    commit(&store, remove("a"));
    let list = |skip, limit| {
        let (total, rows) = store.history.list(&key("a"), skip, limit).expect("readable");
        assert_eq!(total, 4);
        rows.iter().map(|row| (row.id.0, row.op, row.content.to_string())).collect::<Vec<_>>()
    };
    let row = |id, op, content: &str| (id, op, content.to_owned());
    let all = vec![
        row(6, HistoryOp::Delete, "3"),
        row(5, HistoryOp::Update, "2"),
        row(3, HistoryOp::Update, "1"),
        row(1, HistoryOp::Insert, "1"),
    ];
    assert_eq!(list(0, 10), all);
    assert_eq!(list(1, 2), all[1..3]);
    assert_eq!(list(4, 10), []);
    assert_eq!(list(0, 0), []);
    let newest = store.history.newest_of_item(1).expect("readable");
    assert_eq!(newest.map(|row| row.id), Some(HistoryId(6)));
}

fn history_of_nothing_is_empty(start: Open<'_>) {
    let (_, store) = open(start);
    let none: Option<HistoryEntry> = None;
    assert_eq!(store.history.list(&key("a"), 0, 10), Ok((0, vec![])));
    assert_eq!(store.history.get(HistoryId(1)), Ok(none.clone()));
    assert_eq!(store.history.newest_of_item(1), Ok(none));
}

fn history_purge_takes_older_rows_only(start: Open<'_>) {
    let (ledger, store) = open(start);
    for round in 0..5 {
        commit(&store, publish("a", &round.to_string()));
        commit(&store, publish("b", &round.to_string()));
    }
    let times: Vec<u64> = ledger.seen().iter().map(|(_, at)| at.0).collect();
    commit(&store, purge(times[6]));
    let left = |data_id| {
        let (total, rows) = store.history.list(&key(data_id), 0, 100).expect("readable");
        assert_eq!(total, rows.len() as u64);
        rows.iter().map(|row| row.id.0).collect::<Vec<_>>()
    };
    assert_eq!((left("a"), left("b")), (vec![9, 7], vec![10, 8]));
    assert_eq!(store.history.get(HistoryId(6)), Ok(None));
    assert_eq!(store.history.newest_of_item(1).expect("readable").map(|row| row.id), Some(HistoryId(9)));
}
