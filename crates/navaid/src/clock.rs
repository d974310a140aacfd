//! The machine's clocks behind the [`Clock`] seam.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use navaid_core::{Moment, Now, Timestamp, seam::Clock};

/// Wall clock of the system; monotonic time since this was made.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    pub fn start() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for SystemClock {
    /// A wall clock before 1970 reads as 1970.
    fn now(&self) -> Now {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now {
            wall: Timestamp(millis(wall.as_millis())),
            mono: Moment(millis(self.started.elapsed().as_millis())),
        }
    }
}

fn millis(span: u128) -> u64 {
    u64::try_from(span).unwrap_or(u64::MAX)
}
