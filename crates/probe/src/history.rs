//! The last probes of a target, kept for whoever asks why an instance is marked as it is.

use std::{collections::VecDeque, time::Duration};

use navaid_core::{ProbeRecord, Timestamp};

use crate::finding::Finding;

/// Probes kept for each target; the oldest goes when another comes.
pub const RECORDS_MAX: usize = 10;

/// The ring itself.
#[derive(Debug, Default)]
pub(crate) struct History(VecDeque<Probe>);

/// One probe that was made.
#[derive(Debug)]
struct Probe {
    at: Timestamp,
    took: Duration,
    finding: Finding,
}

impl History {
    /// Takes a probe that began at `at`.
    pub(crate) fn push(&mut self, at: Timestamp, took: Duration, finding: Finding) {
        if self.0.len() == RECORDS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(Probe { at, took, finding });
    }

    /// What is kept, oldest first. Texts are made when somebody asks: most histories are never read.
    pub(crate) fn records(&self) -> Vec<ProbeRecord> {
        let record = |probe: &Probe| ProbeRecord {
            at: probe.at,
            took: probe.took,
            verdict: probe.finding.verdict(),
            text: probe.finding.to_string().into(),
        };
        self.0.iter().map(record).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_keeps_the_newest() {
        let mut history = History::default();
        for at in 0..25 {
            history.push(Timestamp(at), Duration::ZERO, Finding::Passed);
        }
        let kept: Vec<_> = history.records().iter().map(|record| record.at.0).collect();
        assert_eq!(kept, (15..25).collect::<Vec<_>>());
    }
}
