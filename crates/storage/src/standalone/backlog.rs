//! The records that are logged and applied but not yet in the stored state.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use navaid_core::{Record, command::LogIndex};
use parking_lot::{Condvar, Mutex};

/// How long a record waits for others before the keeper writes them. A crash costs at most the replay of what was
/// logged meanwhile.
const WRITE_DELAY: Duration = Duration::from_secs(1);
/// Bytes at which the keeper does not wait any longer.
const WRITE_BYTES: usize = 4 << 20;
/// Bytes at which the committer waits for the keeper, which itself holds as much at most while it writes.
const MAX_BYTES: usize = 32 << 20;
/// What a record weighs beside its content.
const RECORD_BYTES: usize = 256;

/// One committer puts records in, one keeper takes them out, readers of history ask it to hurry.
#[derive(Debug)]
pub(crate) struct Backlog {
    pile: Mutex<Pile>,
    /// For the keeper: there is something to do.
    work: Condvar,
    /// For the others: something was written, or will never be.
    written: Condvar,
}

#[derive(Debug)]
struct Pile {
    records: Vec<Record>,
    bytes: usize,
    /// When the oldest record came; none when nothing waits.
    since: Option<Instant>,
    /// Last command whose records came in.
    pushed: LogIndex,
    /// Last command whose records are durable.
    durable: LogIndex,
    /// The checkpoint before that: redb falls back to it when the last one is found torn.
    durable_before: LogIndex,
    is_urgent: bool,
    closed: bool,
    failure: Option<Arc<str>>,
}

/// What the keeper writes next.
pub(crate) struct Work {
    pub(crate) records: Vec<Record>,
    pub(crate) applied: LogIndex,
}

impl Backlog {
    /// An empty backlog behind a state that holds everything up to `durable`.
    pub(crate) fn new(durable: LogIndex) -> Self {
        let pile = Pile {
            records: Vec::new(),
            bytes: 0,
            since: None,
            pushed: durable,
            durable,
            durable_before: LogIndex(0),
            is_urgent: false,
            closed: false,
            failure: None,
        };
        Self { pile: Mutex::new(pile), work: Condvar::new(), written: Condvar::new() }
    }

    /// Adds the records of the commands up to `last`. Waits while there is no room; after a failure nothing is kept,
    /// because the log has it all.
    pub(crate) fn push(&self, last: LogIndex, records: Vec<Record>) {
        let bytes: usize = records.iter().map(weight).sum();
        let mut pile = self.pile.lock();
        while pile.bytes >= MAX_BYTES && pile.failure.is_none() {
            self.written.wait(&mut pile);
        }
        if pile.failure.is_some() {
            return;
        }
        pile.records.extend(records);
        pile.bytes += bytes;
        pile.pushed = last;
        let was_idle = pile.since.is_none();
        pile.since.get_or_insert_with(Instant::now);
        if was_idle || pile.bytes >= WRITE_BYTES {
            self.work.notify_one();
        }
    }

    /// Waits until there is enough to write. None when the backlog is closed and empty.
    pub(crate) fn next_work(&self) -> Option<Work> {
        let mut pile = self.pile.lock();
        loop {
            match pile.since {
                None if pile.closed => return None,
                None => self.work.wait(&mut pile),
                Some(_) if pile.closed || pile.is_urgent || pile.bytes >= WRITE_BYTES => break,
                Some(since) => {
                    if self.work.wait_until(&mut pile, since + WRITE_DELAY).timed_out() {
                        break;
                    }
                }
            }
        }
        pile.since = None;
        pile.is_urgent = false;
        pile.bytes = 0;
        self.written.notify_all();
        Some(Work { records: std::mem::take(&mut pile.records), applied: pile.pushed })
    }

    /// Notes that everything up to `applied` is durable.
    pub(crate) fn done(&self, applied: LogIndex) {
        let mut pile = self.pile.lock();
        pile.durable_before = pile.durable;
        pile.durable = applied;
        self.written.notify_all();
    }

    /// Nothing will be written any more.
    pub(crate) fn fail(&self, reason: Arc<str>) {
        let mut pile = self.pile.lock();
        pile.failure = Some(reason);
        pile.records = Vec::new();
        pile.bytes = 0;
        self.written.notify_all();
    }

    /// Nothing will be pushed any more.
    pub(crate) fn close(&self) {
        self.pile.lock().closed = true;
        self.work.notify_one();
    }

    /// Waits until everything that was pushed before this call is in the stored state.
    ///
    /// # Errors
    /// It will never be: the store has failed.
    pub(crate) fn catch_up(&self) -> Result<(), Arc<str>> {
        let mut pile = self.pile.lock();
        let target = pile.pushed;
        loop {
            // First of all: after a failure nothing is counted as pushed any more.
            if let Some(reason) = &pile.failure {
                return Err(reason.clone());
            }
            if pile.durable >= target {
                return Ok(());
            }
            pile.is_urgent = true;
            self.work.notify_one();
            self.written.wait(&mut pile);
        }
    }

    /// The last command that the log need not keep.
    pub(crate) fn purgeable(&self) -> LogIndex {
        self.pile.lock().durable_before
    }
}

/// Bytes that a record holds on to, roughly.
fn weight(record: &Record) -> usize {
    RECORD_BYTES
        + match record {
            Record::PutItem(item) => item.content.len(),
            Record::PutGray(_, gray) => gray.content.len(),
            Record::AppendHistory(entry) => entry.content.len(),
            Record::RemoveItem(_)
            | Record::RemoveGray(..)
            | Record::PurgeHistory { .. }
            | Record::PutConfigSequence(_)
            | Record::PutCapacity(..)
            | Record::RemoveCapacity(_)
            | Record::PutInstance(..)
            | Record::RemoveInstance(..)
            | Record::PutService(..)
            | Record::RemoveService(_)
            | Record::PutOverlay(..)
            | Record::RemoveOverlay(..)
            | Record::PutSwitches(_)
            | Record::PutNamespace(_)
            | Record::RemoveNamespace(_) => 0,
        }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::contract::{Ledger, publish};

    /// The records of a publish with so much content.
    fn records(bytes: usize) -> Vec<Record> {
        use navaid_core::{Proposal, Timestamp, seam::Apply};
        let command = publish("a", &"x".repeat(bytes));
        Ledger::default().apply(LogIndex(1), &Proposal { at: Timestamp(1), command }).records
    }

    #[test]
    fn full_backlog_holds_the_committer_until_the_keeper_took_it() {
        let backlog = Backlog::new(LogIndex(0));
        backlog.push(LogIndex(1), records(MAX_BYTES));
        thread::scope(|scope| {
            let pushing = scope.spawn(|| backlog.push(LogIndex(2), records(1)));
            let work = backlog.next_work().unwrap();
            assert_eq!((work.applied, work.records.len()), (LogIndex(1), 3));
            pushing.join().unwrap();
        });
        backlog.close();
        assert_eq!(backlog.next_work().unwrap().applied, LogIndex(2));
        assert!(backlog.next_work().is_none());
    }

    #[test]
    fn log_may_be_removed_up_to_the_checkpoint_before_the_last() {
        let backlog = Backlog::new(LogIndex(5));
        assert_eq!(backlog.purgeable(), LogIndex(0));
        backlog.done(LogIndex(8));
        assert_eq!(backlog.purgeable(), LogIndex(5));
        backlog.done(LogIndex(9));
        assert_eq!(backlog.purgeable(), LogIndex(8));
    }

    #[test]
    fn failure_frees_everybody_who_waits() {
        let backlog = Backlog::new(LogIndex(0));
        backlog.push(LogIndex(1), records(MAX_BYTES));
        thread::scope(|scope| {
            scope.spawn(|| backlog.push(LogIndex(2), records(1)));
            let reader = scope.spawn(|| backlog.catch_up());
            backlog.fail("disk full".into());
            // A reader that came after the push of a failed record is told so too.
            assert_eq!(reader.join().unwrap(), Err("disk full".into()));
        });
    }
}
