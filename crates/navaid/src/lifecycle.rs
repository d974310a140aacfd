//! From a running server to an ended process: tasks with an owner, and a shutdown in order.
//!
//! ```text
//! signal ─► Unready ─► Refuse ─► MoveClients ─► Drain ─► (tasks end) ─► Flush ─► exit
//!           └──────────────── grace minus the flush share ───────────┘  └ rest ┘
//! ```
//!
//! Parts register a step for a [`Phase`] while they start. Steps of one phase run together; a phase begins when
//! the one before it is done. When the time of the first phases is over, what is left of them is dropped and
//! flushing begins, so that a slow client cannot cost data. A second signal ends everything at once.
//!
//! Starting needs no phases: it is the plain order of statements in [`serve`](crate::serve), ports last.

mod signals;
mod tasks;

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, timeout_at};

pub use signals::{Signal, Signals};
pub use tasks::{TaskEnd, Tasks};

/// Stages of the shutdown, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Readiness answers no, so that load balancers look elsewhere.
    Unready,
    /// Ports accept nothing new.
    Refuse,
    /// Connected clients are told to go to another server.
    MoveClients,
    /// Requests and outboxes come to their end.
    Drain,
    /// What is acknowledged is on disk; files are closed.
    Flush,
}

/// Phases before the tasks are asked to end.
const BEFORE_TASKS: [Phase; 4] = [Phase::Unready, Phase::Refuse, Phase::MoveClients, Phase::Drain];

/// One part in this many of the grace period is kept for [`Phase::Flush`].
const FLUSH_SHARE: u32 = 4;

type Step = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

/// Why the server stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// A signal asked for it.
    Signal(Signal),
    /// A task ended that should have run as long as the server.
    Task(TaskEnd),
}

/// How the shutdown went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything came to its end.
    Clean,
    /// A step failed or the grace period was over first; the log says which.
    Incomplete,
    /// A second signal cut it off.
    Cut,
}

/// The end of a running server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Why it stopped.
    pub stop: Stop,
    /// How that went.
    pub outcome: Outcome,
}

/// Collects the steps of the shutdown and owns the tasks. See the module.
pub struct Lifecycle {
    grace: Duration,
    steps: BTreeMap<Phase, Vec<(&'static str, Step)>>,
    tasks: Tasks,
}

impl fmt::Debug for Lifecycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lifecycle").field("grace", &self.grace).finish_non_exhaustive()
    }
}

impl Lifecycle {
    /// A life cycle whose whole shutdown takes `grace` at most.
    pub fn new(grace: Duration) -> Self {
        Self { grace, steps: BTreeMap::new(), tasks: Tasks::default() }
    }

    /// The tasks of the server.
    pub fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// Adds a step to a phase of the shutdown. The step is polled only then; it is dropped unfinished when its
    /// time is over, so it must not leave anything half written.
    pub fn on_stop(
        &mut self,
        phase: Phase,
        name: &'static str,
        step: impl Future<Output = anyhow::Result<()>> + Send + 'static,
    ) {
        self.steps.entry(phase).or_default().push((name, Box::pin(step)));
    }

    /// Waits until something asks the server to stop, then shuts it down. `next_signal` is called again during
    /// the shutdown; it must be cancel-safe.
    pub async fn run(self, mut next_signal: impl AsyncFnMut() -> Signal) -> End {
        let stop = tokio::select! {
            signal = next_signal() => Stop::Signal(signal),
            end = self.tasks.first_end() => Stop::Task(end),
        };
        match &stop {
            Stop::Signal(signal) => tracing::info!(%signal, "stopping"),
            Stop::Task(end) => {
                tracing::error!(task = end.name, panicked = end.panicked, "a task ended, stopping")
            }
        }
        let outcome = tokio::select! {
            outcome = self.shut_down() => outcome,
            signal = next_signal() => {
                tracing::warn!(%signal, "stopping at once");
                Outcome::Cut
            }
        };
        End { stop, outcome }
    }

    async fn shut_down(mut self) -> Outcome {
        let start = Instant::now();
        let flush_from = start + self.grace - self.grace / FLUSH_SHARE;
        let mut clean = true;
        for phase in BEFORE_TASKS {
            clean &= run_phase(phase, self.steps.remove(&phase).unwrap_or_default(), flush_from).await;
        }
        self.tasks.stop();
        if timeout_at(flush_from, self.tasks.wait()).await.is_err() {
            tracing::warn!(left = self.tasks.len(), "tasks did not end in time");
            clean = false;
        }
        let flush = self.steps.remove(&Phase::Flush).unwrap_or_default();
        clean &= run_phase(Phase::Flush, flush, start + self.grace).await;
        tracing::info!(took_ms = start.elapsed().as_millis(), clean, "stopped");
        if clean { Outcome::Clean } else { Outcome::Incomplete }
    }
}

/// Runs the steps of a phase together until `deadline`; true when all of them succeeded.
async fn run_phase(phase: Phase, steps: Vec<(&'static str, Step)>, deadline: Instant) -> bool {
    let run = |(name, step): (&'static str, Step)| async move {
        match timeout_at(deadline, step).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::error!(?phase, step = name, error = format!("{error:#}"), "shutdown step failed");
                false
            }
            Err(_) => {
                tracing::warn!(?phase, step = name, "shutdown step did not end in time");
                false
            }
        }
    };
    join_all(steps.into_iter().map(run)).await.into_iter().all(|done| done)
}

#[cfg(test)]
mod tests;
