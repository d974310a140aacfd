//! Active health checks: connects to persistent instances, or asks them over HTTP, and records who answers.
//!
//! ```text
//! Registry ─▶ Roster ─▶ probe (TCP, HTTP, MySQL) ─▶ Finding ─▶ Target ─▶ Mark ─▶ Registry::record
//!  (who)      (when)         (the only I/O)                  (what it means)       (committed)
//! ```
//!
//! [`ProbeRunner`] waits and does the I/O; the roster and its targets are plain structs to which time is passed.
//! The rules are those of `spec/naming-semantics` §7. Ephemeral instances are not probed: they live by their clients.
//! What was found lately can be read through [`Probes`], also by parts that do not know this crate.
//!
//! Reading order: [`finding`], `cadence` and `streak` (what follows from a finding), `target`, `roster`, the probes
//! (`check`), [`registry`] (what this crate needs from the program), `tally`, [`runner`].

pub mod finding;
pub mod history;

mod cadence;
mod streak;
mod target;

mod roster;

mod check;

pub mod registry;
mod tally;

pub mod runner;

pub use finding::Finding;
pub use registry::{RecordError, Registry, Subject};
pub use runner::{PROBES_MAX, ProbeRunner, Probes};
pub use streak::Mark;
