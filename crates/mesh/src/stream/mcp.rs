//! The Mesh Configuration Protocol, as sinks of Istio 1.1 to 1.8 speak it (`spec/mesh` §3, §4).

use std::{collections::BTreeMap, sync::Arc};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use navaid_core::{Moment, Now, mesh::MeshSubscription};
use prost::Message;

use super::{Answer, Cut, Heard, Machine, Progress, Reply, Spacing, Step, check_names, plain, reason};
use crate::{
    catalog::{Catalog, Table},
    framing::{Framing, frame},
    kind::Kind,
    proto::istio::mcp::v1alpha1::{RequestResources, Resources},
    resource::{Resource, Version},
    settings::{Limits, PushTiming},
};

/// See the module.
#[derive(Debug)]
pub(crate) struct Mcp {
    limits: Limits,
    sink: Arc<str>,
    collections: BTreeMap<Arc<str>, Collection>,
    nonces: u64,
    spacing: Spacing,
}

#[derive(Debug)]
struct Collection {
    kind: Option<Kind>,
    /// Whether the sink takes increments; only of the synthetic collection it does (`spec/mesh` §4).
    is_incremental: bool,
    /// What an incremental sink has.
    held: HashMap<Arc<str>, Version, RandomState>,
    /// What such a sink had, before the last answer, of what that told.
    before: Vec<(Arc<str>, Option<Version>)>,
    /// Whether it may lack what did not change since: it refused an answer, or went untold of removals.
    must_compare: bool,
    must_answer: bool,
    progress: Progress,
}

/// What is sent of a collection.
enum Due {
    Whole,
    Increment { resources: Vec<Resource>, removed: Vec<Arc<str>> },
}

impl Mcp {
    pub(crate) fn new(limits: Limits, timing: PushTiming) -> Self {
        Self {
            limits,
            sink: Arc::default(),
            collections: BTreeMap::new(),
            nonces: 0,
            spacing: Spacing::new(timing.spacing),
        }
    }

    fn answer(&mut self, name: &Arc<str>, due: Due, catalog: &Catalog, now: Now) -> Answer {
        self.nonces += 1;
        let nonce = self.nonces.to_string();
        let known = self.collections.get_mut(name).expect("the collection was just looked at");
        let version = known.version(catalog);
        let mut head = Resources {
            system_version_info: version.clone(),
            collection: name.to_string(),
            nonce: nonce.clone(),
            ..Resources::default()
        };
        let (resources, count) = match (&due, known.kind) {
            (Due::Whole, Some(kind)) => {
                let table = catalog.table(kind);
                (table.whole(Framing::Mcp, kind), table.len())
            }
            (Due::Increment { resources, removed }, Some(kind)) => {
                head.incremental = true;
                head.removed_resources = removed.iter().map(ToString::to_string).collect();
                (frame(Framing::Mcp, kind, resources.iter()), resources.len())
            }
            (_, None) => (bytes::Bytes::new(), 0),
        };
        known.sent(&due, catalog);
        known.progress.answered(nonce, version, count, now.wall);
        Answer { head: head.encode_to_vec().into(), resources }
    }
}

impl Collection {
    fn new(kind: Option<Kind>) -> Self {
        Self {
            kind,
            is_incremental: false,
            held: HashMap::default(),
            before: Vec::new(),
            must_compare: false,
            must_answer: true,
            progress: Progress::default(),
        }
    }

    fn version(&self, catalog: &Catalog) -> String {
        self.kind.map_or_else(Version::default, |kind| catalog.table(kind).version()).to_string()
    }

    /// A request without a nonce: the sink begins anew, and says what it has.
    fn begin(&mut self, request: RequestResources) {
        self.is_incremental = request.incremental && self.kind == Some(Kind::SyntheticServiceEntry);
        let held = request.initial_resource_versions.into_iter();
        self.held = held
            .filter(|_| self.is_incremental)
            .map(|(name, version)| (name.into(), Version::parse(&version).unwrap_or_default()))
            .collect();
        self.must_answer = true;
        self.progress.told = 0;
    }

    fn due(&self, catalog: &Catalog) -> Option<Due> {
        let Some(kind) = self.kind else { return self.must_answer.then_some(Due::Whole) };
        let table = catalog.table(kind);
        let is_news = self.must_answer || table.has_changed_since(self.progress.told);
        if self.progress.is_unanswered() || !is_news {
            return None;
        }
        if self.is_incremental && (self.progress.has_answered() || !self.held.is_empty()) {
            return self.increment(table);
        }
        let is_same = table.version().to_string() == self.progress.sent();
        (self.must_answer || !is_same).then_some(Due::Whole)
    }

    /// What a sink of increments lacks. (!) It looks at removals only beside a resource, so that one goes along
    /// (`spec/mesh` §4).
    fn increment(&self, table: &Table) -> Option<Due> {
        let mut resources: Vec<Resource> = Vec::new();
        let mut removed = Vec::new();
        let mut look = |name: &Arc<str>| match table.get(name) {
            Some(resource) if self.held.get(name) != Some(&resource.version) => {
                resources.push(resource.clone())
            }
            Some(_) => {}
            None if self.held.contains_key(name) => removed.push(name.clone()),
            None => {}
        };
        let is_known = self.progress.told > 0 && !self.must_compare;
        match table.changed_since(self.progress.told).filter(|_| is_known) {
            Some(changed) => changed.for_each(&mut look),
            None => {
                table.all().for_each(|resource| look(&resource.name));
                self.held.keys().filter(|name| table.get(name).is_none()).for_each(&mut look);
            }
        }
        if resources.is_empty() && !removed.is_empty() {
            resources.extend(table.all().next().cloned());
        }
        if resources.is_empty() {
            removed.clear(); // until there is one
        }
        let has_news = !resources.is_empty();
        (has_news || self.must_answer).then_some(Due::Increment { resources, removed })
    }

    fn sent(&mut self, due: &Due, catalog: &Catalog) {
        self.must_answer = false;
        self.progress.told = catalog.seq();
        if !self.is_incremental {
            return;
        }
        let Some(kind) = self.kind else { return };
        let (resources, removed) = match due {
            Due::Whole => {
                let table = catalog.table(kind);
                let gone = self.held.keys().filter(|name| table.get(name).is_none());
                (table.all().cloned().collect(), gone.cloned().collect())
            }
            Due::Increment { resources, removed } => (resources.clone(), removed.clone()),
        };
        let Self { held, before, .. } = self;
        let gone = removed.into_iter().map(|name| (held.remove(&name), name)).map(|(had, name)| (name, had));
        *before = gone.collect();
        let had = |resource: Resource| (held.insert(resource.name.clone(), resource.version), resource.name);
        before.extend(resources.into_iter().map(had).map(|(had, name)| (name, had)));
        // (!) Without a resource removals are not looked at: they wait.
        self.must_compare = catalog.table(kind).len() == 0 && !self.held.is_empty();
    }

    /// The last answer was refused: the sink has what it had.
    fn refused(&mut self, reason: String) {
        self.progress.refused(reason);
        for (name, had) in self.before.drain(..) {
            match had {
                Some(version) => _ = self.held.insert(name, version),
                None => _ = self.held.remove(&name),
            }
        }
        self.must_compare = true;
    }
}

impl Machine for Mcp {
    type Request = RequestResources;

    fn hear(&mut self, mut request: RequestResources) -> Result<Heard, Cut> {
        check_names(request.initial_resource_versions.keys().chain([&request.collection]).map(String::len))?;
        if let Some(sink) = request.sink_node.take() {
            self.sink = plain(&sink.id).into();
        }
        if request.initial_resource_versions.len() > self.limits.names_per_stream {
            return Err(Cut::TooManyNames { max: self.limits.names_per_stream });
        }
        let name: Arc<str> = std::mem::take(&mut request.collection).into();
        let count = self.collections.len();
        let Some(known) = self.collections.get_mut(&name) else {
            if count >= self.limits.types_per_stream {
                return Err(Cut::TooManyTypes { max: self.limits.types_per_stream });
            }
            let mut known = Collection::new(Kind::of_collection(&name));
            known.begin(request);
            self.collections.insert(name, known);
            return Ok(Heard::Taken);
        };
        if request.response_nonce.is_empty() && request.error_detail.is_none() {
            known.begin(request);
            known.progress.accepted();
            return Ok(Heard::Taken);
        }
        match (known.progress.reply(&request.response_nonce), request.error_detail) {
            (Reply::Last, None) => {
                known.progress.accepted();
                Ok(Heard::Taken)
            }
            (Reply::Last, Some(status)) => {
                known.refused(reason(&status));
                Ok(Heard::Refused)
            }
            (Reply::First | Reply::Again | Reply::Stale, _) => Ok(Heard::Stale),
        }
    }

    fn next(&mut self, catalog: &Catalog, now: Now) -> Step {
        let mut wait: Option<Moment> = None;
        let mut found = None;
        for (name, known) in &self.collections {
            let Some(due) = known.due(catalog) else { continue };
            let is_change = known.progress.has_answered() && !known.must_answer;
            match self.spacing.until(now.mono).filter(|_| is_change) {
                Some(until) => wait = Some(until),
                None => {
                    found = Some((name.clone(), due, is_change));
                    break;
                }
            }
        }
        let Some((name, due, is_change)) = found else { return wait.map_or(Step::Idle, Step::Wait) };
        if is_change {
            self.spacing.sent(now.mono);
        }
        Step::Answer(self.answer(&name, due, catalog, now))
    }

    fn node(&self) -> Arc<str> {
        self.sink.clone()
    }

    fn subscriptions(&self) -> Vec<MeshSubscription> {
        self.collections.iter().map(|(name, known)| known.progress.subscription(name, None)).collect()
    }
}

#[cfg(test)]
mod tests;
