//! The last probes of a target, kept for whoever asks why an instance is marked as it is.

use std::{collections::VecDeque, time::Duration};

use navaid_core::{Moment, Timestamp};

use crate::finding::Finding;

/// Probes kept for each target; the oldest goes when another comes.
pub const RECORDS_MAX: usize = 10;

/// One probe that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeRecord {
    /// When it began.
    pub at: Timestamp,
    pub took: Duration,
    pub finding: Finding,
}

/// What is known of the probes of one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeReport {
    /// When the next probe is due; none while one is under way, and if its checker is not available.
    pub next: Option<Moment>,
    /// The last probes, at most [`RECORDS_MAX`], oldest first.
    pub records: Vec<ProbeRecord>,
}

/// The ring itself.
#[derive(Debug, Default)]
pub(crate) struct History(VecDeque<ProbeRecord>);

impl History {
    pub(crate) fn push(&mut self, record: ProbeRecord) {
        if self.0.len() == RECORDS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(record);
    }

    pub(crate) fn to_vec(&self) -> Vec<ProbeRecord> {
        self.0.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_keeps_the_newest() {
        let mut history = History::default();
        for at in 0..25 {
            history.push(ProbeRecord { at: Timestamp(at), took: Duration::ZERO, finding: Finding::Passed });
        }
        let kept: Vec<_> = history.to_vec().iter().map(|record| record.at.0).collect();
        assert_eq!(kept, (15..25).collect::<Vec<_>>());
    }
}
