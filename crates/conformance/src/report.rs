//! What a developer reads of a replay.

use std::fmt;

use crate::replay::Outcome;

/// The differences of one replay as text, one a line.
#[derive(Debug)]
pub struct Report<'a> {
    pub outcome: &'a Outcome,
    /// Whether differences that break no client are shown.
    pub notes: bool,
    /// The number of differences shown.
    pub most: usize,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.outcome.differences.iter().filter(|found| self.notes || found.difference.is_fail());
        let mut left = 0;
        for (index, found) in shown.enumerate() {
            if index < self.most {
                writeln!(formatter, "     step {} {}: {}", found.step, found.label, found.difference)?;
            } else {
                left += 1;
            }
        }
        if left > 0 {
            writeln!(formatter, "     … and {left} more differences")?;
        }
        if self.outcome.is_cut {
            writeln!(formatter, "     … and not replayed to its end")?;
        }
        Ok(())
    }
}
