//! The commit path of a server that is alone: one thread orders, logs and applies; one writes the stored state behind.
//!
//! ```text
//! commit() ──► ProposalQueue ──► committer: stamp, log + fsync, apply, answer ──► Backlog ──► keeper: state.redb
//!   full: Overloaded at once       everything that waited during one fsync        full: the      a checkpoint every
//!                                  shares the next                                committer      second or few MiB
//!                                                                                 waits
//! ```
//!
//! What is acknowledged is in the log; the state may lie behind it by the backlog and catches up at the next start.

mod backlog;
mod committer;
mod history;
mod keeper;
mod queue;

use std::{
    future::ready,
    io,
    sync::Arc,
    thread::{self, JoinHandle},
};

use navaid_core::{
    Command, Outcome,
    seam::{Apply, Clock, Commit, CommitError, Pending},
};
use parking_lot::Mutex;

pub use self::queue::{MAX_WAITING, MAX_WAITING_BYTES};
pub(crate) use self::{
    backlog::Backlog, committer::Committer, history::StoredHistory, keeper::Keeper, queue::ProposalQueue,
};
use crate::{
    error::{OpenError, StoreFailed},
    log::{Log, Tail},
    state::State,
};

/// [`Commit`] on the log and state of one data directory.
///
/// Owned by the binary, which calls [`Standalone::stop`] at shutdown; dropping it stops it as well.
#[derive(Debug)]
pub struct Standalone {
    queue: Arc<ProposalQueue>,
    /// The committer and the keeper, until they are joined.
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What the two threads work on.
pub(crate) struct Parts {
    pub(crate) log: Log,
    pub(crate) queue: Arc<ProposalQueue>,
    pub(crate) state: Arc<State>,
    pub(crate) backlog: Arc<Backlog>,
    pub(crate) apply: Arc<dyn Apply>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Standalone {
    /// Replays the tail of the log, then starts to take commands.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(crate) fn start(parts: Parts, tail: Tail) -> Result<Self, OpenError> {
        let queue = parts.queue;
        let standalone = Self { queue: queue.clone(), threads: Mutex::default() };
        let keeper = Keeper::new(parts.state, parts.backlog.clone(), queue.clone());
        // Ends the keeper when it is dropped, so also when this function fails.
        let committer = Committer::new(parts.log, parts.backlog, queue, (parts.apply, parts.clock));
        standalone.spawn("navaid-keeper", move || keeper.run())?;
        committer.replay(tail);
        standalone.spawn("navaid-committer", move || committer.run())?;
        Ok(standalone)
    }

    fn spawn(&self, name: &'static str, body: impl FnOnce() + Send + 'static) -> Result<(), OpenError> {
        let spawned: io::Result<_> = thread::Builder::new().name(name.into()).spawn(body);
        self.threads.lock().push(spawned.map_err(|source| OpenError::Thread { name, source })?);
        Ok(())
    }

    /// Commands that wait for their turn, at most [`MAX_WAITING`].
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Refuses new commands, commits those that wait, writes a checkpoint and ends the threads. Blocks for as long as
    /// that takes; a second call finds nothing left to do.
    ///
    /// # Errors
    /// The store has failed, now or earlier.
    pub fn stop(&self) -> Result<(), StoreFailed> {
        self.queue.close();
        let threads = std::mem::take(&mut *self.threads.lock());
        for thread in threads {
            if thread.join().is_err() {
                self.queue.fail("a storage thread panicked".into());
            }
        }
        self.queue.failure().map_or(Ok(()), |reason| Err(StoreFailed(reason)))
    }
}

impl Drop for Standalone {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::error!(%error, "the store stopped after a failure");
        }
    }
}

impl Commit for Standalone {
    fn commit(&self, command: Command) -> Pending<Result<Outcome, CommitError>> {
        self.queue.commit(command)
    }

    fn is_healthy(&self) -> bool {
        self.queue.is_healthy()
    }
}

impl Commit for ProposalQueue {
    fn is_healthy(&self) -> bool {
        self.failure().is_none()
    }

    /// The command is queued by the call itself, not by the first poll.
    fn commit(&self, command: Command) -> Pending<Result<Outcome, CommitError>> {
        match self.push(command) {
            Err(refusal) => Box::pin(ready(Err(refusal))),
            Ok(answer) => Box::pin(async move {
                let lost = |_| Err(CommitError::Unknown("the committing thread ended".into()));
                answer.await.unwrap_or_else(lost)
            }),
        }
    }
}

#[cfg(test)]
mod tests;
