//! The commands that wait for the committer. Full means refused at once: callers never wait for room.

use std::{collections::VecDeque, sync::Arc};

use navaid_core::{Command, Outcome, command::ConfigCommand, seam::CommitError};
use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

/// Commands that may wait.
pub const MAX_WAITING: usize = 4096;
/// Bytes of content that the waiting commands may hold together.
pub const MAX_WAITING_BYTES: usize = 64 << 20;
/// Commands that share one log entry at most.
const MAX_BATCH: usize = 1024;

/// What a caller of `commit` waits for.
pub(crate) type Answer = oneshot::Sender<Result<Outcome, CommitError>>;

/// A command and whoever waits for it.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) command: Command,
    pub(crate) answer: Answer,
}

/// Many callers, one committer.
#[derive(Debug, Default)]
pub(crate) struct ProposalQueue {
    line: Mutex<Line>,
    /// The line is no longer empty, or closed.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Line {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    closed: bool,
    failure: Option<Arc<str>>,
}

impl ProposalQueue {
    /// Joins the line.
    ///
    /// # Errors
    /// The line is full, or closed, or the store has failed. Nothing was done.
    pub(crate) fn push(
        &self,
        command: Command,
    ) -> Result<oneshot::Receiver<Result<Outcome, CommitError>>, CommitError> {
        let weight = weight(&command);
        let (answer, receiver) = oneshot::channel();
        let mut line = self.line.lock();
        if let Some(reason) = &line.failure {
            return Err(CommitError::Failed(reason.clone()));
        }
        if line.closed {
            return Err(CommitError::Stopping);
        }
        let count = line.waiting.len();
        if count >= MAX_WAITING || (count > 0 && line.bytes + weight > MAX_WAITING_BYTES) {
            return Err(CommitError::Overloaded { limit: count });
        }
        line.bytes += weight;
        line.waiting.push_back(Waiting { command, answer });
        drop(line);
        self.changed.notify_one();
        Ok(receiver)
    }

    /// Waits for commands and moves up to a batch of them to `batch`. False when none will come any more.
    pub(crate) fn take(&self, batch: &mut VecDeque<Waiting>) -> bool {
        let mut line = self.line.lock();
        while line.waiting.is_empty() && !line.closed {
            self.changed.wait(&mut line);
        }
        let count = line.waiting.len().min(MAX_BATCH);
        let taken = batch.len();
        batch.extend(line.waiting.drain(..count));
        line.bytes -= batch.iter().skip(taken).map(|waiting| weight(&waiting.command)).sum::<usize>();
        count > 0
    }

    /// Refuses new commands from now on; those in line keep their place.
    pub(crate) fn close(&self) {
        self.line.lock().closed = true;
        self.changed.notify_all();
    }

    /// Closes the line for good, and tells those in it that nothing was done for them.
    pub(crate) fn fail(&self, reason: Arc<str>) {
        let turned_away = {
            let mut line = self.line.lock();
            line.closed = true;
            line.bytes = 0;
            line.failure.get_or_insert_with(|| reason.clone());
            std::mem::take(&mut line.waiting)
        };
        self.changed.notify_all();
        for waiting in turned_away {
            // A receiver that is gone wants no answer.
            let _ = waiting.answer.send(Err(CommitError::Failed(reason.clone())));
        }
    }

    pub(crate) fn failure(&self) -> Option<Arc<str>> {
        self.line.lock().failure.clone()
    }

    pub(crate) fn len(&self) -> usize {
        self.line.lock().waiting.len()
    }
}

/// Bytes that a waiting command holds on to, roughly: only contents count.
fn weight(command: &Command) -> usize {
    match command {
        Command::Config(ConfigCommand::Publish(publish)) => publish.content.len(),
        Command::Config(
            ConfigCommand::Remove(_) | ConfigCommand::PurgeHistory { .. } | ConfigCommand::SetCapacity(_),
        )
        | Command::Naming(_)
        | Command::Namespace(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::publish;

    #[test]
    fn full_line_refuses_at_once_until_there_is_room() {
        let queue = ProposalQueue::default();
        let waiting: Vec<_> = (0..MAX_WAITING).map(|_| queue.push(publish("a", "")).unwrap()).collect();
        let refusal = queue.push(publish("a", "")).unwrap_err();
        assert_eq!(refusal, CommitError::Overloaded { limit: MAX_WAITING });
        let mut batch = VecDeque::new();
        assert!(queue.take(&mut batch));
        assert_eq!((batch.len(), queue.len()), (MAX_BATCH, MAX_WAITING - MAX_BATCH));
        assert!(queue.push(publish("a", "")).is_ok());
        drop(waiting);
    }

    #[test]
    fn line_holds_no_more_than_its_bytes_but_always_one() {
        let queue = ProposalQueue::default();
        let big = "x".repeat(MAX_WAITING_BYTES + 1);
        assert!(queue.push(publish("a", &big)).is_ok());
        assert_eq!(queue.push(publish("a", "y")).unwrap_err(), CommitError::Overloaded { limit: 1 });
        assert!(queue.take(&mut VecDeque::new()));
        assert!(queue.push(publish("a", "y")).is_ok());
    }

    #[test]
    fn closed_line_refuses_newcomers_and_serves_those_in_it() {
        let queue = ProposalQueue::default();
        let _waiting = queue.push(publish("a", "")).unwrap();
        queue.close();
        assert_eq!(queue.push(publish("a", "")).unwrap_err(), CommitError::Stopping);
        let mut batch = VecDeque::new();
        assert!(queue.take(&mut batch));
        assert_eq!(batch.len(), 1);
        assert!(!queue.take(&mut batch));
    }

    #[test]
    fn failed_line_tells_those_in_it_that_nothing_was_done() {
        let queue = ProposalQueue::default();
        let mut waiting = queue.push(publish("a", "")).unwrap();
        queue.fail("disk full".into());
        let failed = CommitError::Failed("disk full".into());
        assert_eq!(waiting.try_recv(), Ok(Err(failed.clone())));
        assert_eq!(queue.push(publish("a", "")).unwrap_err(), failed);
    }
}
