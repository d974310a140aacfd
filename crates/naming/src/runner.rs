//! Lets time pass for the engine: ticks every second, pushes when a service's turn comes. The only part that waits.

use std::{sync::Arc, time::Duration};

use navaid_core::{Moment, Now, command::NamingCommand, seam::Clock};
use tokio::{task::JoinSet, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::naming::{Naming, WarmCounts};

const TICK: Duration = Duration::from_secs(1);
/// A gap between two ticks beyond this means that the process, or the machine, did not run.
const PAUSE_SUSPECTED: Duration = Duration::from_secs(2);
/// Clean-up commands under way at once; what is left over is asked for again by a later tick.
const CLEANUPS_MAX: usize = 64;

/// Runs one [`Naming`] until it is told to stop. Its owner awaits [`NamingRunner::run`] in a task that it joins.
pub struct NamingRunner {
    naming: Arc<Naming>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    cleanups: JoinSet<()>,
}

impl NamingRunner {
    pub fn new(naming: Arc<Naming>, clock: Arc<dyn Clock>, stop: CancellationToken) -> Self {
        Self { naming, clock, stop, cleanups: JoinSet::new() }
    }

    /// Returns once stopped; clean-up commands under way are dropped, which does not take them back.
    pub async fn run(mut self) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut pauses = PauseWatch::new(self.clock.now());
        loop {
            let now = self.clock.now();
            tokio::select! {
                () = self.stop.cancelled() => return,
                _ = ticks.tick() => self.tick(&mut pauses),
                () = until(self.naming.next_push(), now) => {
                    self.naming.push_due(self.clock.now());
                }
                () = self.naming.push_planned() => {}
                Some(_) = self.cleanups.join_next() => {}
            }
        }
    }

    fn tick(&mut self, pauses: &mut PauseWatch) {
        let now = self.clock.now();
        if let Some(pause) = pauses.observe(now) {
            info!(pause_ms = pause.as_millis(), "process was paused; instances are given time to beat");
            self.naming.forgive(pause);
        }
        if let Some(WarmCounts { restored, confirmed, left }) = self.naming.warm_restart_ended() {
            info!(restored, confirmed, left, "every instance of before the restart is confirmed or gone");
        }
        let room = CLEANUPS_MAX.saturating_sub(self.cleanups.len());
        for command in self.naming.tick(now).into_iter().take(room) {
            self.cleanups.spawn(clean_up(self.naming.clone(), command));
        }
    }
}

async fn clean_up(naming: Arc<Naming>, command: NamingCommand) {
    if let Err(error) = naming.propose(command).await {
        warn!(%error, "expired metadata was not removed; it is tried again");
    }
}

/// Waits until a moment; for ever if there is none.
async fn until(at: Option<Moment>, now: Now) {
    match at {
        Some(at) => tokio::time::sleep(at.since(now.mono)).await,
        None => std::future::pending().await,
    }
}

/// Notices from the readings of the clocks that the process did not run for a while.
#[derive(Debug)]
struct PauseWatch {
    last: Now,
}

impl PauseWatch {
    fn new(now: Now) -> Self {
        Self { last: now }
    }

    /// How long nothing ran since the last reading, by the monotonic clock. A machine that slept may show it on its
    /// wall clock only: then silence was not counted, and the pause is zero, but beats were missed all the same.
    fn observe(&mut self, now: Now) -> Option<Duration> {
        let mono = now.mono.since(self.last.mono);
        let wall = Duration::from_millis(now.wall.as_millis().saturating_sub(self.last.wall.as_millis()));
        self.last = now;
        if mono > PAUSE_SUSPECTED {
            Some(mono - TICK)
        } else if wall > mono + PAUSE_SUSPECTED {
            Some(Duration::ZERO)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
