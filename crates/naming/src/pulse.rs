//! The two ways in which the engine reads time.
//!
//! Pushes and clean-ups use the monotonic clock as it is. Beats use *active* time: the monotonic clock without the
//! spans in which this process did not run, plus a grace for every such span. A client cannot beat to a server that
//! sleeps, so nobody expires because the server slept.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use navaid_core::{Moment, Now};

/// What every instance is given after a pause, on top of the pause: one default beat timeout.
pub const PAUSE_GRACE: Duration = Duration::from_secs(15);

/// Shared clock readings. Relaxed atomics: each value stands for itself.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    /// Milliseconds that do not count as silence.
    forgiven: AtomicU64,
    /// The latest monotonic reading that anybody brought, for commands, which carry no local clock.
    latest: AtomicU64,
}

impl Pulse {
    /// Notes a reading and gives it as active time.
    pub(crate) fn active(&self, now: Now) -> Moment {
        self.latest.fetch_max(now.mono.0, Ordering::Relaxed);
        Moment(now.mono.0.saturating_sub(self.forgiven.load(Ordering::Relaxed)))
    }

    pub(crate) fn latest(&self) -> Moment {
        Moment(self.latest.load(Ordering::Relaxed))
    }

    pub(crate) fn forgive(&self, pause: Duration) {
        let span = u64::try_from((pause + PAUSE_GRACE).as_millis()).unwrap_or(u64::MAX);
        self.forgiven.fetch_add(span, Ordering::Relaxed);
    }
}
