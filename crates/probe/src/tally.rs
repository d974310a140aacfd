//! Counts probes by kind, since the start and since midnight.

use navaid_core::{ProbeCounts, ProbeTally, Timestamp, service::HealthChecker};

/// Milliseconds of a day.
const DAY: u64 = 24 * 60 * 60 * 1000;

/// See the module. Knows no clock: a day has passed once somebody comes with a later one.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    counts: ProbeTally,
    day: u64,
}

impl Tally {
    /// Counts a probe that is made now.
    pub(crate) fn count(&mut self, checker: &HealthChecker, now: Timestamp) {
        self.turn_day(now);
        for counts in [&mut self.counts.total, &mut self.counts.today] {
            if let Some(counter) = counter_of(checker, counts) {
                *counter += 1;
            }
        }
    }

    pub(crate) fn read(&mut self, now: Timestamp) -> ProbeTally {
        self.turn_day(now);
        self.counts
    }

    fn turn_day(&mut self, now: Timestamp) {
        let day = now.as_millis() / DAY;
        if self.day != day {
            self.day = day;
            self.counts.today = ProbeCounts::default();
        }
    }
}

fn counter_of<'c>(checker: &HealthChecker, counts: &'c mut ProbeCounts) -> Option<&'c mut u64> {
    match checker {
        HealthChecker::Tcp => Some(&mut counts.tcp),
        HealthChecker::Http { .. } => Some(&mut counts.http),
        HealthChecker::Mysql { .. } => Some(&mut counts.mysql),
        HealthChecker::None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_the_day_begin_anew_at_midnight() {
        let mut tally = Tally::default();
        let http = HealthChecker::Http { path: "".into(), headers: "".into(), expected_code: 200 };
        tally.count(&HealthChecker::Tcp, Timestamp(DAY - 1));
        tally.count(&http, Timestamp(DAY - 1));
        let one_each = ProbeCounts { tcp: 1, http: 1, mysql: 0 };
        assert_eq!(tally.read(Timestamp(DAY - 1)), ProbeTally { total: one_each, today: one_each });
        tally.count(&HealthChecker::Tcp, Timestamp(DAY));
        let two = ProbeTally {
            total: ProbeCounts { tcp: 2, ..one_each },
            today: ProbeCounts { tcp: 1, ..ProbeCounts::default() },
        };
        assert_eq!(tally.read(Timestamp(DAY)), two);
        assert_eq!(tally.read(Timestamp(2 * DAY)).today, ProbeCounts::default());
    }
}
