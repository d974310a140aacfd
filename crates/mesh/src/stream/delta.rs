//! Aggregated discovery by increments (`spec/mesh` §9.2): Envoy with `DELTA_GRPC`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use navaid_core::{Moment, Now, mesh::MeshSubscription};
use prost::Message;

use super::{Answer, Cut, Heard, Machine, Peer, Progress, Reply, Shelf, Spacing, Step, check_names, reason};
use crate::{
    catalog::{Catalog, Seq},
    framing::{Framing, frame},
    kind::{Kind, MESH_CONFIG, is_istio_type},
    proto::envoy::service::discovery::v3::{DeltaDiscoveryRequest, DeltaDiscoveryResponse},
    resource::{Resource, Version},
    settings::{Limits, PushTiming},
};

/// Subscribes to all.
const WILDCARD: &str = "*";

/// See the module.
#[derive(Debug)]
pub(crate) struct Delta {
    suffix: Arc<str>,
    limits: Limits,
    peer: Peer,
    types: BTreeMap<(Option<Kind>, Arc<str>), Type>,
    nonces: u64,
    spacing: Spacing,
}

/// What a peer has and wants of one type. Memory: for each name that it has some 24 bytes, and 40 for each it wants.
#[derive(Debug)]
struct Type {
    names: BTreeSet<Arc<str>>,
    is_wildcard: bool,
    /// What the peer has, by its own word or ours, as the text of the version.
    held: HashMap<Arc<str>, Held, RandomState>,
    /// What is to be sent whatever the peer has.
    owed: BTreeSet<Arc<str>>,
    /// What was refused, to be told again with the next change.
    spoiled: BTreeSet<Arc<str>>,
    /// What the last answer told.
    last: BTreeSet<Arc<str>>,
    must_answer: bool,
    progress: Progress,
}

/// The version that a peer has of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Held {
    Version(Version),
    /// Another server's, or none of ours.
    Foreign,
    /// It was told that there is none.
    Nothing,
}

/// What an increment tells.
#[derive(Debug, Default)]
struct Increment {
    resources: Vec<Resource>,
    removed: Vec<Arc<str>>,
}

impl Increment {
    fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.removed.is_empty()
    }

    fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.resources.iter().map(|resource| &resource.name).chain(&self.removed)
    }
}

impl Delta {
    pub(crate) fn new(suffix: Arc<str>, limits: Limits, timing: PushTiming) -> Self {
        Self {
            suffix,
            limits,
            peer: Peer::default(),
            types: BTreeMap::new(),
            nonces: 0,
            spacing: Spacing::new(timing.spacing),
        }
    }

    /// Names that peers gave: those they ask for, and those they say they have, until they are told what of it is right.
    fn names(&self) -> usize {
        let given = |known: &Type| match known.progress.has_answered() {
            true => known.names.len(),
            false => known.names.len().max(known.held.len()),
        };
        self.types.values().map(given).sum()
    }

    fn answer(
        &mut self,
        key: &(Option<Kind>, Arc<str>),
        told: Increment,
        catalog: &Catalog,
        now: Now,
    ) -> Answer {
        self.nonces += 1;
        let nonce = self.nonces.to_string();
        let known = self.types.get_mut(key).expect("the type was just looked at");
        let kind = key.0.unwrap_or(Kind::Cluster); // of an unknown type nothing is framed
        let version = key.0.map_or_else(Version::default, |kind| catalog.table(kind).version()).to_string();
        let is_first = !known.progress.has_answered();
        known.sent(&told, catalog.seq());
        known.progress.answered(nonce.clone(), version.clone(), told.resources.len(), now.wall);
        let head = DeltaDiscoveryResponse {
            system_version_info: version,
            type_url: key.1.to_string(),
            nonce,
            removed_resources: told.removed.iter().map(ToString::to_string).collect(),
            ..DeltaDiscoveryResponse::default()
        };
        let resources = frame(Framing::Delta, kind, told.resources.iter());
        if key.0 == Some(Kind::Cluster) && !is_first {
            self.owe_assignments(&told.resources);
        }
        Answer { head: head.encode_to_vec().into(), resources }
    }

    /// (!) Envoy never asks for the endpoints of a cluster that changed, and waits 15 s for them
    /// (`spec/clients-on-the-wire` D §4).
    fn owe_assignments(&mut self, clusters: &[Resource]) {
        for ((kind, _), known) in &mut self.types {
            if *kind == Some(Kind::Assignment) {
                let asked: Vec<_> =
                    clusters.iter().map(|cluster| &cluster.name).filter(|name| known.wants(name)).collect();
                known.owed.extend(asked.into_iter().cloned());
            }
        }
    }
}

impl Type {
    fn new() -> Self {
        Self {
            names: BTreeSet::new(),
            is_wildcard: false,
            held: HashMap::default(),
            owed: BTreeSet::new(),
            spoiled: BTreeSet::new(),
            last: BTreeSet::new(),
            must_answer: true,
            progress: Progress::default(),
        }
    }

    fn wants(&self, name: &str) -> bool {
        self.is_wildcard || self.names.contains(name)
    }

    fn subscribe(&mut self, names: Vec<String>, is_first: bool) {
        if is_first && names.is_empty() {
            self.is_wildcard = true; // the older way to ask for all
        }
        for name in names {
            if name == WILDCARD {
                self.is_wildcard = true;
                self.progress.told = 0;
                self.must_answer = true;
                continue;
            }
            let name: Arc<str> = name.into();
            // On a first request the peer may hold it already; later one who subscribes again wants it again.
            if !is_first || !self.held.contains_key(&name) {
                self.owed.insert(name.clone());
            }
            self.names.insert(name);
        }
    }

    fn unsubscribe(&mut self, names: Vec<String>) {
        for name in names {
            if name == WILDCARD {
                self.is_wildcard = false;
                self.forget_unasked();
                continue;
            }
            self.names.remove(&*name);
            self.owed.remove(&*name);
            if !self.is_wildcard {
                self.held.remove(&*name);
            }
        }
    }

    /// Forgets what the peer has and does not ask for.
    fn forget_unasked(&mut self) {
        let Self { held, names, is_wildcard, .. } = self;
        held.retain(|name, _| *is_wildcard || names.contains(name));
    }

    /// What the peer must be told now; none if it knows everything.
    fn due(&mut self, shelf: Option<Shelf<'_>>, seq: Seq) -> Option<Increment> {
        let Some(shelf) = shelf else { return self.must_answer.then(Increment::default) };
        let waits = self.progress.is_unanswered() && shelf.kind != Kind::Cluster;
        let is_quiet =
            self.owed.is_empty() && !self.must_answer && !shelf.table.has_changed_since(self.progress.told);
        if waits || is_quiet {
            return None;
        }
        let told = self.increment(&shelf);
        if told.is_empty() && !self.must_answer {
            self.progress.told = seq; // so that it is not looked through again
            return None;
        }
        Some(told)
    }

    fn increment(&self, shelf: &Shelf<'_>) -> Increment {
        let table = shelf.table;
        let mut told = Increment::default();
        let mut looked_at = BTreeSet::new();
        let mut look = |name: &Arc<str>, is_owed: bool| {
            if self.wants(name) && looked_at.insert(name.clone()) {
                self.tell(name, is_owed, shelf, &mut told);
            }
        };
        self.owed.iter().for_each(|name| look(name, true));
        match table.changed_since(self.progress.told).filter(|_| self.progress.told > 0) {
            Some(changed) => changed.for_each(|name| look(name, false)),
            None => {
                self.held.keys().for_each(|name| look(name, false));
                self.names.iter().for_each(|name| look(name, false));
                if self.is_wildcard {
                    table.all().for_each(|resource| look(&resource.name, false));
                }
            }
        }
        if !told.is_empty() {
            let names: BTreeSet<_> = told.names().cloned().collect();
            let untold = self.spoiled.iter().filter(|name| self.wants(name) && !names.contains(*name));
            untold.for_each(|name| self.tell(name, true, shelf, &mut told));
        }
        told
    }

    fn tell(&self, name: &Arc<str>, is_owed: bool, shelf: &Shelf<'_>, told: &mut Increment) {
        let held = self.held.get(name);
        match shelf.find(name) {
            Some(resource) if is_owed || held != Some(&Held::Version(resource.version)) => {
                told.resources.push(resource);
            }
            Some(_) => {}
            None if is_owed || held.is_some_and(|held| *held != Held::Nothing) => {
                told.removed.push(name.clone())
            }
            None => {}
        }
    }

    /// Notes what is sent now.
    fn sent(&mut self, told: &Increment, seq: Seq) {
        self.progress.told = seq;
        self.owed.clear();
        if !told.is_empty() {
            self.spoiled.clear();
        }
        self.must_answer = false;
        self.last = told.names().cloned().collect();
        for resource in &told.resources {
            self.held.insert(resource.name.clone(), Held::Version(resource.version));
        }
        for name in &told.removed {
            if self.names.contains(name) {
                self.held.insert(name.clone(), Held::Nothing);
            } else {
                self.held.remove(name);
            }
        }
    }
}

impl Machine for Delta {
    type Request = DeltaDiscoveryRequest;

    fn hear(&mut self, request: DeltaDiscoveryRequest) -> Result<Heard, Cut> {
        let held = request.initial_resource_versions.keys();
        let names = held.chain(&request.resource_names_subscribe).chain([&request.type_url]);
        check_names(names.map(String::len))?;
        self.peer.learn(request.node);
        let key = (Kind::of_type(&request.type_url), Arc::from(&*request.type_url));
        let is_new =
            |name: &&String| !self.types.get(&key).is_some_and(|known| known.names.contains(&***name));
        let more = request.resource_names_subscribe.iter().filter(is_new).count();
        // What a peer brings it mostly subscribes to as well.
        let more = more.max(request.initial_resource_versions.len());
        if more + self.names() > self.limits.names_per_stream {
            return Err(Cut::TooManyNames { max: self.limits.names_per_stream });
        }
        let kind = key.0;
        let (count, max) = (self.types.len(), self.limits.types_per_stream);
        let is_first = !self.types.contains_key(&key);
        if is_first && count >= max {
            return Err(Cut::TooManyTypes { max });
        }
        let known = self.types.entry(key).or_insert_with(Type::new);
        if is_first && kind.is_some() {
            let held = request.initial_resource_versions.into_iter();
            known.held = held.map(|(name, version)| (name.into(), Held::parse(&version))).collect();
        }
        let reply = known.progress.reply(&request.response_nonce);
        let mut heard = Heard::Taken;
        match (reply, request.error_detail) {
            // Subscriptions count whatever the nonce is: unlike in the other variant they are told once.
            (Reply::Stale, _) if !request.response_nonce.is_empty() => heard = Heard::Stale,
            (Reply::Last, Some(status)) => {
                known.progress.refused(reason(&status));
                known.spoiled.append(&mut known.last);
                heard = Heard::Refused;
            }
            (Reply::Last, None) => known.progress.accepted(),
            (Reply::First | Reply::Again | Reply::Stale, _) => {}
        }
        known.unsubscribe(request.resource_names_unsubscribe);
        known.subscribe(request.resource_names_subscribe, is_first);
        if is_first {
            known.forget_unasked();
        }
        Ok(heard)
    }

    fn next(&mut self, catalog: &Catalog, now: Now) -> Step {
        let mut wait: Option<Moment> = None;
        let mut found = None;
        for (key, known) in &mut self.types {
            if *key.1 == *MESH_CONFIG {
                continue;
            }
            let shelf = key.0.map(|kind| Shelf::new(catalog, kind, &self.suffix));
            let Some(told) = known.due(shelf, catalog.seq()) else { continue };
            let is_change = is_istio_type(&key.1) && known.progress.has_answered();
            match self.spacing.until(now.mono).filter(|_| is_change) {
                Some(until) => wait = Some(until),
                None => {
                    found = Some((key.clone(), told, is_change));
                    break;
                }
            }
        }
        let Some((key, told, is_change)) = found else { return wait.map_or(Step::Idle, Step::Wait) };
        if is_change {
            self.spacing.sent(now.mono);
        }
        Step::Answer(self.answer(&key, told, catalog, now))
    }

    fn node(&self) -> Arc<str> {
        self.peer.id.clone()
    }

    fn subscriptions(&self) -> Vec<MeshSubscription> {
        self.types
            .iter()
            .map(|((_, name), known)| {
                known.progress.subscription(name, (!known.is_wildcard).then_some(known.names.len()))
            })
            .collect()
    }
}

impl Held {
    fn parse(text: &str) -> Self {
        Version::parse(text).map_or(Self::Foreign, Self::Version)
    }
}

#[cfg(test)]
mod tests;
