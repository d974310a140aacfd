//! What active health checks of persistent instances tell of themselves: the vocabulary of
//! [`seam::Probing`](crate::seam::Probing). How probes are made and what follows from them is not known here.

use std::{sync::Arc, time::Duration};

use crate::time::{Moment, Timestamp};

/// What is known of the probes of one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeReport {
    /// When the next probe is due; none while one is under way.
    pub next: Option<Moment>,
    /// Probes in a row that passed, or failed, and have not changed the instance's health (yet); one of them is 0.
    pub passes: u32,
    pub failures: u32,
    /// The last probes, oldest first; a few.
    pub records: Vec<ProbeRecord>,
}

/// One probe that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeRecord {
    /// When it began.
    pub at: Timestamp,
    pub took: Duration,
    pub verdict: ProbeVerdict,
    /// What was found, for people.
    pub text: Arc<str>,
}

/// How a probe counts (`spec/naming-semantics` §7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeVerdict {
    Passed,
    /// Makes an instance unhealthy once enough of these came in a row.
    Failed,
    /// Makes an instance unhealthy at once.
    FailedAtOnce,
    /// Says nothing about the instance.
    NotCounted,
}

/// Probes that were made, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProbeCounts {
    pub tcp: u64,
    pub http: u64,
    pub mysql: u64,
}

/// How many probes this server made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProbeTally {
    /// Since it started.
    pub total: ProbeCounts,
    /// Since the last midnight (UTC): what Nacos's metrics show, which begin anew each day.
    pub today: ProbeCounts,
}
