//! All targets, by when they are due. Knows neither sockets nor clocks.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use navaid_core::{Endpoint, Moment, Now, ProbeReport, ServiceKey, Switches, service::HealthChecker};

use crate::{finding::Finding, registry::Subject, streak::Mark, target::Target};

/// A target for as long as it is probed one way; never used again. What was found about a target that is gone is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TargetId(u64);

type Name = (ServiceKey, Endpoint);

/// See the module. Every target that waits is in `due`, exactly once.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    targets: HashMap<TargetId, Target>,
    names: HashMap<Name, TargetId>,
    due: BTreeSet<(Moment, TargetId)>,
    last_id: u64,
}

impl Roster {
    /// Takes over who is to be probed now; `seed` gives each new target a number of its own.
    pub(crate) fn sync(
        &mut self,
        subjects: Vec<Subject>,
        seed: impl Fn(TargetId) -> u64,
        switches: &Switches,
        now: Moment,
    ) {
        let mut gone = std::mem::take(&mut self.names);
        for subject in subjects {
            if subject.checker == HealthChecker::None {
                continue;
            }
            let name = (subject.key.clone(), subject.endpoint.clone());
            let old = gone.remove(&name);
            if let Some(old) = old
                && self.targets.get(&old).is_some_and(|target| *target.subject() == subject)
            {
                self.names.insert(name, old);
                continue;
            }
            let old = old.and_then(|old| self.remove(old));
            let id = self.next_id();
            let target = match old {
                Some(target) => target.retargeted(subject, now),
                None => Target::new(subject, seed(id), switches, now),
            };
            self.names.insert(name, id);
            self.insert(id, target);
        }
        for id in gone.into_values() {
            self.remove(id);
        }
    }

    /// When the next target is due.
    pub(crate) fn next_due(&self) -> Option<Moment> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Starts a target that is due.
    pub(crate) fn begin(&mut self, now: Now) -> Option<(TargetId, Subject)> {
        let id = self.pop_due(now.mono)?;
        let target = self.targets.get_mut(&id)?;
        target.begin(now);
        Some((id, target.subject().clone()))
    }

    /// Lets all targets that are due wait for their next turn.
    pub(crate) fn skip_due(&mut self, now: Moment) {
        while let Some(id) = self.pop_due(now) {
            let Some(target) = self.targets.get_mut(&id) else { continue };
            target.skip(now);
            self.due.extend(target.due().map(|at| (at, id)));
        }
    }

    /// The subject of a target that is still to be probed this way.
    pub(crate) fn subject(&self, id: TargetId) -> Option<&Subject> {
        self.targets.get(&id).map(Target::subject)
    }

    /// Takes what a probe found, and says what follows. The target stays busy until [`Roster::rest`].
    pub(crate) fn judge(
        &mut self,
        id: TargetId,
        (finding, took): (Finding, Duration),
        healthy: bool,
        switches: &Switches,
    ) -> Option<Mark> {
        self.targets.get_mut(&id)?.judge(finding, took, healthy, switches)
    }

    /// Ends a target's being busy.
    pub(crate) fn rest(&mut self, id: TargetId, now: Moment) {
        let Some(target) = self.targets.get_mut(&id) else { return };
        target.rest(now);
        self.due.extend(target.due().map(|at| (at, id)));
    }

    pub(crate) fn report(&self, key: &ServiceKey, endpoint: &Endpoint) -> Option<ProbeReport> {
        let target = self.targets.get(self.names.get(&(key.clone(), endpoint.clone()))?)?;
        Some(target.report())
    }

    fn pop_due(&mut self, now: Moment) -> Option<TargetId> {
        let (_, id) = self.due.first().copied().filter(|(at, _)| *at <= now)?;
        self.due.pop_first();
        Some(id)
    }

    fn next_id(&mut self) -> TargetId {
        self.last_id += 1;
        TargetId(self.last_id)
    }

    fn insert(&mut self, id: TargetId, target: Target) {
        self.due.extend(target.due().map(|at| (at, id)));
        self.targets.insert(id, target);
    }

    fn remove(&mut self, id: TargetId) -> Option<Target> {
        let target = self.targets.remove(&id)?;
        if let Some(at) = target.due() {
            self.due.remove(&(at, id));
        }
        Some(target)
    }
}

#[cfg(test)]
mod tests;
