//! The few traits by which crates meet that may not import one another.
//!
//! | seam | implemented by | called by |
//! |---|---|---|
//! | [`Commit`] | storage (standalone), later cluster (Raft) and external databases | engines |
//! | [`Apply`] | the binary, dispatching to the engines | whoever orders commands |
//! | [`HistoryReader`] | storage (embedded), later MySQL and PostgreSQL | the configuration engine |
//! | [`LabelSource`] | labels (file, HTTP); a new kind of source implements it | the follower of labels |
//! | [`Probing`] | probe | edges |
//! | [`MeshView`] | mesh | the HTTP edge |
//! | [`Clock`] | the binary, tests | edges and runners |

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use crate::{
    command::{Command, LogIndex, Outcome, Proposal},
    config_item::ConfigKey,
    history::{HistoryEntry, HistoryId},
    instance::Endpoint,
    labels::LabelEntry,
    mesh::{MeshConnection, MeshEntry, MeshRules, MeshTally},
    probe::{ProbeReport, ProbeTally},
    record::Record,
    service::ServiceKey,
    time::Now,
};

/// A future that may move between threads and borrows nothing.
pub type Pending<T> = Pin<Box<dyn Future<Output = T> + Send + 'static>>;

/// Puts a command into the one order and answers when it is durable and applied.
///
/// Durability: when the future answers `Ok`, the command is fsynced (on a majority, once there is a cluster) and
/// every later read of this node sees its effect. Order: commands of one caller that awaits each are applied in its
/// order. Cancel safety: dropping the future does not take the command back.
pub trait Commit: Send + Sync + 'static {
    fn commit(&self, command: Command) -> Pending<Result<Outcome, CommitError>>;

    /// Whether commands can be committed at all; false after a failure of the store, until the node is started again.
    fn is_healthy(&self) -> bool {
        true
    }
}

/// Why a command was not committed. Only [`CommitError::Unknown`] leaves open whether it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// As many commands wait as may wait (`limit`); nothing was done.
    #[error("cannot accept the write: {limit} writes are waiting already")]
    Overloaded { limit: usize },
    /// The node is stopping; nothing was done.
    #[error("cannot accept the write: the server is stopping")]
    Stopping,
    /// The store failed; the node accepts no more writes until it is started again.
    #[error("cannot write to the store: {0}")]
    Failed(Arc<str>),
    /// The store failed while this command was under way: after a restart it is there, or it is not.
    #[error("cannot tell whether the write was stored: {0}")]
    Unknown(Arc<str>),
}

/// Takes ordered commands into the engines. Total: it refuses by outcome, never by failing.
pub trait Apply: Send + Sync + 'static {
    fn apply(&self, index: LogIndex, proposal: &Proposal) -> Applied;
}

/// What applying one command came to.
#[derive(Debug)]
pub struct Applied {
    pub outcome: Outcome,
    pub records: Vec<Record>,
}

/// Reads configuration history where it is stored.
///
/// Blocking: callers run it off the runtime's workers.
pub trait HistoryReader: Send + Sync + 'static {
    /// Rows of an item, newest first, `skip` of them left out, and the count of all its rows.
    ///
    /// # Errors
    /// The store cannot be read.
    fn list(&self, key: &ConfigKey, skip: usize, limit: usize)
    -> Result<(u64, Vec<HistoryEntry>), ReadError>;

    /// # Errors
    /// The store cannot be read.
    fn get(&self, id: HistoryId) -> Result<Option<HistoryEntry>, ReadError>;

    /// The newest row whose `item_id` is this.
    ///
    /// # Errors
    /// The store cannot be read.
    fn newest_of_item(&self, item_id: u64) -> Result<Option<HistoryEntry>, ReadError>;
}

/// The store could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot read the store: {0}")]
pub struct ReadError(pub Arc<str>);

/// Where the labels of addresses come from: the extension point for other inventories (`CmdbService` in Nacos).
///
/// Order: one caller, one read at a time. Cancel safety: what a dropped read would have given, the next
/// one gives.
pub trait LabelSource: Send + 'static {
    /// What the log calls it; holds no secrets.
    fn place(&self) -> &str;

    /// Reads all labels; none if they are as this source last gave them. Ends within a time of its own, and holds no
    /// more memory than a limit of its own.
    ///
    /// # Errors
    /// The labels cannot be had, or cannot be used; what was given before stands.
    fn read(&mut self) -> Borrowing<'_, Result<Option<Vec<LabelEntry>>, LabelsUnread>>;

    /// How long to wait for the next read after so many that failed in a row.
    fn pause(&self, failures: u32) -> Duration;
}

/// A future that may move between threads and borrows what made it.
pub type Borrowing<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Why labels could not be read, for the log: where in them, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LabelsUnread(pub Arc<str>);

/// Tells what active health checks found. Answers at once, from memory.
pub trait Probing: Send + Sync + 'static {
    /// The last probes of a persistent instance; none for one that is not probed.
    fn report(&self, key: &ServiceKey, endpoint: &Endpoint) -> Option<ProbeReport>;

    /// How many probes were made.
    fn tally(&self, now: Now) -> ProbeTally;
}

/// Tells what the mesh edge holds and sends. Answers at once, from memory.
pub trait MeshView: Send + Sync + 'static {
    /// Open streams, oldest first.
    fn connections(&self) -> Vec<MeshConnection>;

    /// What would be sent of a service; none for one that is unknown or not exported.
    fn entry(&self, key: &ServiceKey) -> Option<MeshEntry>;

    /// What is sent of a configuration item; none for one that is unknown, not tagged for the mesh or not exported.
    fn rules(&self, key: &ConfigKey) -> Option<MeshRules>;

    fn tally(&self) -> MeshTally;
}

/// The time, read where work enters.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Now;
}
