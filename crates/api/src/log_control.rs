//! How much the running server logs, part by part: asked for by operators, done by the binary, which owns the log.

use tracing::level_filters::LevelFilter;

/// The log of the process, as far as operators may change it.
pub trait LogControl: Send + Sync {
    /// From now on, `part` (the path of a module; those below it follow) logs at `level` and what is graver. Lasts
    /// until it is changed again or the process ends.
    ///
    /// # Errors
    /// The log cannot be changed; only while the process ends.
    fn set_level(&self, part: &'static str, level: LevelFilter) -> Result<(), LogUnchanged>;
}

/// The log stays as it was, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot change the log level: {0}")]
pub struct LogUnchanged(pub String);
