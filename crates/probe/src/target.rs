//! One instance that is probed: when next, and what its findings come to. Knows neither sockets nor clocks.

use std::time::Duration;

use navaid_core::{
    Moment, Now, ProbeReport, Switches, Timestamp, service::HealthChecker, switches::ProbePace,
};

use crate::{
    cadence::Cadence,
    finding::Finding,
    history::History,
    registry::Subject,
    streak::{Mark, Streak},
};

/// What a target is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Waiting {
        until: Moment,
    },
    /// A probe, or the record of what it came to, is under way: another is not started.
    Busy {
        since: Now,
    },
}

/// Lifecycle: `Waiting` → [`Target::begin`] → `Busy` → [`Target::judge`] → (recorded) → [`Target::rest`] → `Waiting`.
#[derive(Debug)]
pub(crate) struct Target {
    subject: Subject,
    phase: Phase,
    cadence: Cadence,
    streak: Streak,
    history: History,
}

impl Target {
    /// `seed` spreads first probes.
    pub(crate) fn new(subject: Subject, seed: u64, switches: &Switches, now: Moment) -> Self {
        // The reference spreads all kinds by the pace of TCP.
        let cadence = Cadence::starting(seed, switches.tcp_probes.max);
        let phase = Phase::Waiting { until: now + cadence.interval() };
        Self { subject, phase, cadence, streak: Streak::default(), history: History::default() }
    }

    pub(crate) fn subject(&self) -> &Subject {
        &self.subject
    }

    pub(crate) fn report(&self) -> ProbeReport {
        let (passes, failures) = self.streak.counts();
        ProbeReport { next: self.due(), passes, failures, records: self.history.records() }
    }

    /// When it is to be probed next.
    pub(crate) fn due(&self) -> Option<Moment> {
        match self.phase {
            Phase::Waiting { until } => Some(until),
            Phase::Busy { .. } => None,
        }
    }

    /// The same instance, probed another way. What was found the old way counts no more, but is still told.
    pub(crate) fn retargeted(self, subject: Subject, now: Moment) -> Self {
        let phase = Phase::Waiting { until: now + self.cadence.interval() };
        Self { subject, phase, streak: Streak::default(), ..self }
    }

    /// Starts a probe.
    pub(crate) fn begin(&mut self, now: Now) {
        self.phase = Phase::Busy { since: now };
    }

    /// Skips a probe that is due.
    pub(crate) fn skip(&mut self, now: Moment) {
        self.phase = Phase::Waiting { until: now + self.cadence.interval() };
    }

    /// Takes what a probe found about an instance that is marked `healthy` or not, and says what follows. Stays busy:
    /// [`Target::rest`] is called when what follows is done.
    pub(crate) fn judge(
        &mut self,
        finding: Finding,
        took: Duration,
        healthy: bool,
        switches: &Switches,
    ) -> Option<Mark> {
        if let Some(pace) = pace_of(&self.subject.checker, switches) {
            self.cadence.follow(finding.cost(), took, pace);
        }
        let mark = self.streak.count(finding.weight(), healthy, switches.probe_times);
        self.history.push(self.since(), took, finding);
        mark
    }

    /// Ends being busy. Intervals count from the start of the last probe.
    pub(crate) fn rest(&mut self, now: Moment) {
        let since = match self.phase {
            Phase::Busy { since } => since.mono,
            Phase::Waiting { .. } => return,
        };
        self.phase = Phase::Waiting { until: (since + self.cadence.interval()).max(now) };
    }

    fn since(&self) -> Timestamp {
        match self.phase {
            Phase::Busy { since } => since.wall,
            Phase::Waiting { .. } => Timestamp::default(),
        }
    }
}

fn pace_of<'a>(checker: &HealthChecker, switches: &'a Switches) -> Option<&'a ProbePace> {
    match checker {
        HealthChecker::Tcp => Some(&switches.tcp_probes),
        HealthChecker::Http { .. } => Some(&switches.http_probes),
        HealthChecker::Mysql { .. } => Some(&switches.mysql_probes),
        HealthChecker::None => None,
    }
}

#[cfg(test)]
mod tests;
