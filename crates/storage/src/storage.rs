//! Opening a data directory: check, load, replay, serve.

use std::{path::Path, sync::Arc};

use navaid_core::{
    Record,
    command::LogIndex,
    seam::{Apply, Clock, Commit, HistoryReader},
};
use tracing::info;

use crate::{
    directory::Directory,
    error::OpenError,
    identity::Identity,
    log::{Log, Tail},
    standalone::{Backlog, Parts, ProposalQueue, Standalone, StoredHistory},
    state::State,
};

const LOG_DIR: &str = "log";

/// An open data directory that is not served yet.
///
/// ```text
/// open ──► load (records into the engines) ──► start (replays what the state lacks, then serves)
/// ```
#[derive(Debug)]
pub struct Storage {
    identity: Identity,
    state: State,
    applied: LogIndex,
    log: Log,
    queue: Arc<ProposalQueue>,
    /// Logged, but not in the state.
    tail: Tail,
}

impl Storage {
    /// Opens the directory, or makes an empty one, and verifies everything in it but the values of the state, which
    /// [`Storage::load`] verifies. Holds the directory against other processes until the handles that
    /// [`Storage::start`] gives out are dropped.
    ///
    /// # Errors
    /// In use, damaged, of a newer release, or refused by the operating system.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        let directory = Directory::open(dir)?;
        let identity = Identity::open(&directory)?;
        let state = State::open(directory)?;
        let applied = state.applied()?;
        let (log, tail) = Log::open(&dir.join(LOG_DIR), applied)?;
        Ok(Self { identity, state, applied, log, queue: Arc::default(), tail })
    }

    /// Who this node is.
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// Where engines propose. What is proposed before [`Storage::start`] waits for it; so the engines can be built
    /// with it, and then be what `start` applies to.
    pub fn commit(&self) -> Arc<dyn Commit> {
        self.queue.clone()
    }

    /// Hands every stored record to `each`: the id sequence, items, gray releases, services, instances, overlays,
    /// namespaces. Gives the index of the command up to which they are the state.
    ///
    /// # Errors
    /// A value is damaged, or of a newer release.
    pub fn load(&self, each: &mut dyn FnMut(Record)) -> Result<LogIndex, OpenError> {
        self.state.load(each)?;
        Ok(self.applied)
    }

    /// Applies the logged commands that the state lacks, and begins to accept new ones.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn start(
        self,
        apply: Arc<dyn Apply>,
        clock: Arc<dyn Clock>,
    ) -> Result<(Arc<Standalone>, Arc<dyn HistoryReader>), OpenError> {
        let state = Arc::new(self.state);
        let backlog = Arc::new(Backlog::new(self.applied));
        let history = StoredHistory::new(state.clone(), backlog.clone());
        if !self.tail.is_empty() {
            info!(
                commands = self.tail.len(),
                applied = self.applied.0,
                "replaying the log after the last checkpoint"
            );
        }
        let parts = Parts { log: self.log, queue: self.queue, state, backlog, apply, clock };
        let standalone = Standalone::start(parts, self.tail)?;
        Ok((Arc::new(standalone), Arc::new(history)))
    }
}
