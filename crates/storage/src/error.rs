//! Why a data directory cannot be opened. Each message is one sentence for the operator: what is wrong, where, and
//! the way out.

use std::{
    io,
    path::{Path, PathBuf},
};

use navaid_core::command::LogIndex;

use crate::stored::StoredError;

/// The data directory cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process serves this directory.
    #[error(
        "data directory {} is in use by another process{}; stop it, or choose another directory",
        dir.display(),
        pid.map_or(String::new(), |pid| format!(" (pid {pid})"))
    )]
    InUse { dir: PathBuf, pid: Option<u32> },
    /// The operating system refused: permissions, space, a disk error.
    #[error("cannot {action} {}: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    /// The bytes are not what was written.
    #[error("{} is damaged ({damage}); {}", path.display(), way_out.sentence(path))]
    Damaged { path: PathBuf, damage: String, way_out: WayOut },
    /// The log begins after the stored state ends.
    #[error(
        "the log in {} begins at command {first}, but the stored state ends at command {}; restore the whole data \
         directory from a backup",
        dir.display(),
        applied.0
    )]
    Gap { dir: PathBuf, first: u64, applied: LogIndex },
    /// Written by a release that knows more than this one.
    #[error("{} was {reason}; start that release, or restore a backup made by this one", path.display())]
    Newer { path: PathBuf, reason: StoredError },
    /// A thread could not be started.
    #[error("cannot start thread {name}: {source}")]
    Thread { name: &'static str, source: io::Error },
}

/// What an operator can do about a damaged file besides restoring a backup of the data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayOut {
    /// Without the identity the node counts as a new one; nothing else is lost.
    ForgetIdentity,
    /// Without the log, what was written after the last checkpoint is lost.
    ForgetLog,
    /// Without the stored state the log is of no use: everything is lost.
    StartEmpty,
}

impl WayOut {
    fn sentence(self, path: &Path) -> String {
        let dir = path.parent().unwrap_or(path).display();
        match self {
            Self::ForgetIdentity => format!(
                "restore {dir} from a backup, or move this file away: the node then takes a new identity, no other \
                 data is lost"
            ),
            Self::ForgetLog => format!(
                "restore the data directory from a backup, or move {dir} away: the writes since the last checkpoint \
                 (at most the last seconds before the stop) are then lost"
            ),
            Self::StartEmpty => format!(
                "restore {dir} from a backup, or move the whole directory away: the node then starts empty, all \
                 stored data is lost"
            ),
        }
    }
}

impl OpenError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }

    /// Sorts what a stored form says into damage and news.
    pub(crate) fn stored(path: &Path, way_out: WayOut) -> impl Fn(StoredError) -> Self {
        move |error| {
            let path = path.to_owned();
            match error {
                StoredError::Newer { .. } => Self::Newer { path, reason: error },
                other => Self::Damaged { path, damage: other.to_string(), way_out },
            }
        }
    }
}

/// Writing failed; the node must be started again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StoreFailed(pub std::sync::Arc<str>);
