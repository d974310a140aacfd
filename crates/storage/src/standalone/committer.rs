//! The thread that orders commands: one log entry, one fsync for all that waited.

use std::{collections::VecDeque, sync::Arc};

use navaid_core::{
    Proposal,
    command::LogIndex,
    seam::{Apply, Clock, CommitError},
};
use tracing::error;

use super::{
    backlog::Backlog,
    queue::{Answer, ProposalQueue, Waiting},
};
use crate::{
    log::{Log, Tail},
    stored::Batch,
};

/// Bytes after which an entry takes no further command.
const MAX_ENTRY_BYTES: usize = 4 << 20;

pub(crate) struct Committer {
    log: Log,
    backlog: Arc<Backlog>,
    queue: Arc<ProposalQueue>,
    apply: Arc<dyn Apply>,
    clock: Arc<dyn Clock>,
    /// Taken from the queue, not yet logged.
    taken: VecDeque<Waiting>,
}

impl Committer {
    pub(crate) fn new(
        log: Log,
        backlog: Arc<Backlog>,
        queue: Arc<ProposalQueue>,
        (apply, clock): (Arc<dyn Apply>, Arc<dyn Clock>),
    ) -> Self {
        Self { log, backlog, queue, apply, clock, taken: VecDeque::new() }
    }

    /// Applies what the log holds beyond the stored state.
    pub(crate) fn replay(&self, tail: Tail) {
        for (index, proposal) in tail {
            let applied = self.apply.apply(index, &proposal);
            self.backlog.push(index, applied.records);
        }
    }

    pub(crate) fn run(mut self) {
        while !self.taken.is_empty() || self.queue.take(&mut self.taken) {
            if let Err(reason) = self.commit_batch() {
                error!(error = %reason, "the log failed: no more writes until the server is started again");
                self.queue.fail(reason.clone());
                for waiting in self.taken.drain(..) {
                    // A receiver that is gone wants no answer.
                    let _ = waiting.answer.send(Err(CommitError::Failed(reason.clone())));
                }
            }
        }
    }

    /// Logs, applies and answers what one entry can hold of the commands taken.
    fn commit_batch(&mut self) -> Result<(), Arc<str>> {
        let (batch, proposals) = self.next_batch();
        match self.log.append(&batch) {
            Ok(first) => self.apply_batch(first, proposals),
            Err(error) => {
                let reason: Arc<str> = error.to_string().into();
                for (_, answer) in proposals {
                    // A receiver that is gone wants no answer.
                    let _ = answer.send(Err(CommitError::Unknown(reason.clone())));
                }
                return Err(reason);
            }
        }
        self.log.tidy(self.backlog.purgeable()).map_err(|error| error.to_string().into())
    }

    fn next_batch(&mut self) -> (Batch, Vec<(Proposal, Answer)>) {
        let at = self.clock.now().wall;
        let (mut batch, mut proposals) = (Batch::default(), Vec::with_capacity(self.taken.len()));
        let mut bytes = 0;
        while bytes < MAX_ENTRY_BYTES
            && let Some(Waiting { command, answer }) = self.taken.pop_front()
        {
            let proposal = Proposal { at, command };
            batch.push(&proposal);
            bytes += batch.last_len();
            proposals.push((proposal, answer));
        }
        (batch, proposals)
    }

    /// Effects are visible, and their records in the backlog, before anybody is answered.
    fn apply_batch(&self, first: LogIndex, proposals: Vec<(Proposal, Answer)>) {
        let mut records = Vec::new();
        let mut answers = Vec::with_capacity(proposals.len());
        let mut last = first;
        for (index, (proposal, answer)) in (first.0..).map(LogIndex).zip(proposals) {
            let applied = self.apply.apply(index, &proposal);
            records.extend(applied.records);
            answers.push((answer, applied.outcome));
            last = index;
        }
        self.backlog.push(last, records);
        for (answer, outcome) in answers {
            // A receiver that is gone wants no answer; its command stays committed.
            let _ = answer.send(Ok(outcome));
        }
    }
}

impl Drop for Committer {
    /// Also runs when applying panicked: nobody waits for a thread that is gone.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.queue.fail("the committing thread panicked".into());
        }
        self.backlog.close();
    }
}
