//! Makes the probes that are due and records what follows. The only part that waits.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use navaid_core::{
    Endpoint, Moment, Now, ProbeReport, ProbeTally, ServiceKey,
    seam::{Clock, Probing},
};
use parking_lot::Mutex;
use tokio::{
    task::{Id, JoinError, JoinSet},
    time::MissedTickBehavior,
};
use tokio_util::sync::CancellationToken;

use crate::{
    check::Prober,
    finding::Finding,
    registry::{RecordError, Registry, Subject},
    roster::{Roster, TargetId},
    streak::Mark,
    tally::Tally,
};

/// Probes, and records of what they came to, under way at once, unless a setting says otherwise. Targets that are due
/// beyond these wait for their turn, longest due first.
pub const PROBES_MAX: usize = 512;
/// How often it is looked whether instances or their checkers changed.
const LOOK: Duration = Duration::from_secs(1);

/// Reads what the runner knows; cheap to clone, and outlives the runner.
#[derive(Debug, Clone, Default)]
pub struct Probes {
    roster: Arc<Mutex<Roster>>,
    tally: Arc<Mutex<Tally>>,
}

impl Probing for Probes {
    fn report(&self, key: &ServiceKey, endpoint: &Endpoint) -> Option<ProbeReport> {
        self.roster.lock().report(key, endpoint)
    }

    fn tally(&self, now: Now) -> ProbeTally {
        self.tally.lock().read(now.wall)
    }
}

/// Probes until it is told to stop. Its owner awaits [`ProbeRunner::run`] in a task that it joins.
pub struct ProbeRunner {
    registry: Arc<dyn Registry>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    /// See [`PROBES_MAX`].
    probes_max: usize,
    probes: Probes,
    prober: Prober,
    /// Spreads first probes; another in every process.
    seed: RandomState,
    /// What the roster was made of.
    revision: Option<u64>,
    work: JoinSet<Work>,
    /// Whose work a task is, so that no target is lost with a task that fails.
    workers: HashMap<Id, TargetId>,
}

/// What a task came back with.
enum Work {
    Probed { finding: Finding, took: Duration },
    Recorded(Result<(), RecordError>),
}

impl ProbeRunner {
    /// `probes_max` is [`PROBES_MAX`], or what an operator set instead; none are made if it is 0.
    pub fn new(
        registry: Arc<dyn Registry>,
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
        probes_max: usize,
    ) -> Self {
        Self {
            registry,
            clock,
            stop,
            probes_max,
            probes: Probes::default(),
            prober: Prober::default(),
            seed: RandomState::new(),
            revision: None,
            work: JoinSet::new(),
            workers: HashMap::new(),
        }
    }

    pub fn probes(&self) -> Probes {
        self.probes.clone()
    }

    /// Returns once stopped, when all its tasks have ended; records under way are dropped, which does not take them
    /// back.
    pub async fn run(mut self) {
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stop = self.stop.clone();
        loop {
            let pause = self.pause();
            tokio::select! {
                () = stop.cancelled() => break,
                _ = looks.tick() => self.look(),
                () = sleep(pause) => {}
                Some(done) = self.work.join_next_with_id() => self.take(done),
            }
            self.start_due();
        }
        self.work.shutdown().await;
    }

    /// How long until a target is due that there is room for.
    fn pause(&self) -> Option<Duration> {
        if self.work.len() >= self.probes_max {
            return None;
        }
        let due = self.probes.roster.lock().next_due()?;
        Some(due.since(self.now()))
    }

    fn now(&self) -> Moment {
        self.clock.now().mono
    }

    /// Follows instances that come and go.
    fn look(&mut self) {
        let revision = Some(self.registry.revision());
        if self.revision == revision {
            return;
        }
        self.revision = revision;
        let (subjects, switches) = (self.registry.subjects(), self.registry.switches());
        let seed = |id: TargetId| self.seed.hash_one(id);
        let now = self.now();
        self.probes.roster.lock().sync(subjects, seed, &switches, now);
    }

    fn start_due(&mut self) {
        let now = self.clock.now();
        if !self.registry.switches().health_check_enabled {
            self.probes.roster.lock().skip_due(now.mono);
            return;
        }
        while self.work.len() < self.probes_max {
            let Some((id, subject)) = self.probes.roster.lock().begin(now) else { return };
            self.probes.tally.lock().count(&subject.checker, now.wall);
            let (prober, clock) = (self.prober.clone(), self.clock.clone());
            self.start(id, async move {
                let finding = prober.probe(&subject).await;
                Work::Probed { finding, took: clock.now().mono.since(now.mono) }
            });
        }
    }

    fn start(&mut self, id: TargetId, work: impl Future<Output = Work> + Send + 'static) {
        let task = self.work.spawn(work);
        self.workers.insert(task.id(), id);
    }

    fn take(&mut self, done: Result<(Id, Work), JoinError>) {
        let task = match &done {
            Ok((task, _)) => *task,
            Err(error) => error.id(),
        };
        let Some(id) = self.workers.remove(&task) else { return };
        let is_recording = match done {
            Ok((_, Work::Probed { finding, took })) => self.judge(id, finding, took),
            Ok((_, Work::Recorded(Ok(())))) => false,
            Ok((_, Work::Recorded(Err(error)))) => {
                tracing::warn!(%error, "health was not recorded; further probes lead to it again");
                false
            }
            Err(error) => {
                tracing::error!(%error, "a probe failed to run");
                false
            }
        };
        if is_recording {
            return;
        }
        let now = self.now();
        self.probes.roster.lock().rest(id, now);
    }

    /// Judges a finding; says whether a record was started.
    fn judge(&mut self, id: TargetId, finding: Finding, took: Duration) -> bool {
        let switches = self.registry.switches();
        let found = finding.clone();
        let Some(Subject { key, endpoint, .. }) = self.probes.roster.lock().subject(id).cloned() else {
            return false;
        };
        let Some(healthy) = self.registry.is_healthy(&key, &endpoint) else { return false };
        let mark = self.probes.roster.lock().judge(id, (finding, took), healthy, &switches);
        // Switched off while the probe was under way: its finding is kept, but changes nothing.
        let Some(mark) = mark.filter(|_| switches.health_check_enabled) else { return false };
        let words = match mark {
            Mark::Healthy => "healthy",
            Mark::Unhealthy => "unhealthy",
        };
        tracing::debug!(service = %key, instance = %endpoint, finding = %found, "instance is marked {words}");
        let record = self.registry.record(&key, &endpoint, mark);
        self.start(id, async move { Work::Recorded(record.await) });
        true
    }
}

/// Waits that long; for ever if there is nothing to wait for.
async fn sleep(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}
