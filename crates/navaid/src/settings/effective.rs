//! What `navaid settings --effective` prints: every setting with the value that counts and where it came from.

use std::fmt;

use super::mistake::{escaped, visible};
use super::secret::{MASK, Secret};
use super::source::Origin;

/// One setting that has an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) key: &'static str,
    pub(crate) value: String,
    /// Whether the value must not be shown.
    pub(crate) secret: bool,
    pub(crate) origin: Origin,
    /// The text that somebody wrote, placeholders resolved; it tells one secret from another, which `value` does not.
    pub(crate) written: Option<Secret>,
    /// How the value comes about when nobody wrote one and it is known only later.
    pub(crate) derived: &'static str,
}

/// One key that was written and has no effect in this release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Idle {
    pub(crate) key: String,
    /// As written, placeholders unresolved; masked when it is a secret.
    pub(crate) value: String,
    pub(crate) origin: Origin,
}

/// Columns that a setting and its value are widened to at most.
const MAX_WIDTH: usize = 200;

/// The listing; its `Display` is the output.
#[derive(Debug, Clone, Default)]
pub struct Effective {
    pub(crate) rows: Vec<Row>,
    pub(crate) idle: Vec<Idle>,
}

impl Effective {
    /// Keys that were written and have no effect in this release, as they may be printed.
    pub fn idle_keys(&self) -> impl Iterator<Item = String> {
        self.idle.iter().map(|idle| visible(&idle.key))
    }
}

impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width =
            self.rows.iter().map(|row| row.key.len() + row.value.len() + 3).max().unwrap_or(0).min(MAX_WIDTH);
        for row in &self.rows {
            let value = if row.secret && !row.value.is_empty() { MASK } else { &row.value };
            let line = format!("{} = {}", row.key, escaped(value));
            write!(f, "{line:width$}  # {}", row.origin)?;
            match row.value.as_str() {
                "" if !row.derived.is_empty() => writeln!(f, ": {}", row.derived)?,
                _ => writeln!(f)?,
            }
        }
        if !self.idle.is_empty() {
            writeln!(f, "\n# written, without effect in this release:")?;
        }
        for idle in &self.idle {
            writeln!(f, "# {} = {}  # {}", visible(&idle.key), escaped(&idle.value), idle.origin)?;
        }
        Ok(())
    }
}
