//! When findings in a row change the health of an instance (`spec/naming-semantics` §7.2).

use crate::finding::Weight;

/// A change of health that the findings ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Healthy,
    Unhealthy,
}

/// Findings that agree, since the last that did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Streak {
    passes: u32,
    failures: u32,
}

impl Streak {
    /// Counts a finding about an instance that is marked `healthy` or not; `times` in a row change that. After a mark
    /// the counts start again.
    pub(crate) fn count(&mut self, weight: Weight, healthy: bool, times: u32) -> Option<Mark> {
        match weight {
            Weight::Nothing => return None,
            Weight::For => self.failures = 0,
            Weight::Against | Weight::Decisive => self.passes = 0,
        }
        let mark = match (weight, healthy) {
            (Weight::For, false) => {
                self.passes += 1;
                (self.passes >= times).then_some(Mark::Healthy)
            }
            (Weight::Against, true) => {
                self.failures += 1;
                (self.failures >= times).then_some(Mark::Unhealthy)
            }
            (Weight::Decisive, true) => Some(Mark::Unhealthy),
            (Weight::For, true) | (Weight::Against | Weight::Decisive, false) | (Weight::Nothing, _) => None,
        };
        if mark.is_some() {
            *self = Self::default();
        }
        mark
    }

    /// Passes and failures in a row that have not led to a mark.
    pub(crate) fn counts(self) -> (u32, u32) {
        (self.passes, self.failures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds findings (`+` for, `-` against, `x` decisive, `0` nothing) and shows the marks (`H`, `U`, `.`).
    fn check(healthy: bool, findings: &str, expected: &str) {
        let (mut streak, mut healthy) = (Streak::default(), healthy);
        let mut count = |finding| {
            let weight = match finding {
                '+' => Weight::For,
                '-' => Weight::Against,
                'x' => Weight::Decisive,
                _ => Weight::Nothing,
            };
            let mark = streak.count(weight, healthy, 3);
            if let Some(mark) = mark {
                healthy = mark == Mark::Healthy;
            }
            mark.map_or('.', |mark| if mark == Mark::Healthy { 'H' } else { 'U' })
        };
        let marks: String = findings.chars().map(&mut count).collect();
        assert_eq!(marks, expected, "after {findings}");
    }

    #[test]
    fn three_findings_in_a_row_change_health() {
        check(true, "---", "..U");
        check(false, "+++", "..H");
        check(true, "------+++---", "..U.....H..U");
    }

    #[test]
    fn finding_that_differs_breaks_the_row() {
        check(true, "--+--+---", "........U");
        check(false, "++-+x++++", ".......H.");
    }

    #[test]
    fn decisive_finding_marks_at_once() {
        check(true, "x", "U");
        check(false, "xx+++x", "....HU");
    }

    #[test]
    fn probe_that_could_not_be_made_counts_nothing() {
        check(true, "--0-", "...U");
        check(true, "000000", "......");
    }
}
