//! Aggregated discovery, each answer the state of the world (`spec/mesh` §5, §9.1): Envoy, gRPC, and istiod since 1.7.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use bytes::Bytes;
use foldhash::fast::RandomState;
use navaid_core::{Moment, Now, mesh::MeshSubscription};
use prost::Message;

use super::{
    Answer, Cut, Heard, Interest, ListDigest, Listed, Machine, Peer, Progress, Reply, Shelf, Spacing, Step,
    check_names, reason,
};
use crate::{
    catalog::{Catalog, Table},
    framing::{Framing, frame},
    kind::{Kind, MESH_CONFIG, is_istio_type},
    proto::envoy::service::discovery::v3::{DiscoveryRequest, DiscoveryResponse},
    resource::{Resource, Version},
    settings::{Limits, PushTiming},
};

/// See the module.
#[derive(Debug)]
pub(crate) struct World {
    suffix: Arc<str>,
    limits: Limits,
    peer: Peer,
    types: BTreeMap<TypeKey, Type>,
    nonces: u64,
    spacing: Spacing,
    hasher: RandomState,
}

/// Types in the order in which they are sent: what is unknown, clusters before their endpoints, listeners before their
/// routes.
type TypeKey = (Option<Kind>, Arc<str>);

#[derive(Debug)]
struct Type {
    interest: Interest,
    /// Of the names in the last request.
    listed: ListDigest,
    /// What is to be sent whether it changed or not.
    owed: Owed,
    /// What was refused, to be sent again with the next change.
    spoiled: Owed,
    /// What the last answer held.
    held: Owed,
    progress: Progress,
}

/// Names that are to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Owed {
    Names(BTreeSet<Arc<str>>),
    All,
}

impl Owed {
    const NOTHING: Self = Self::Names(BTreeSet::new());

    fn is_nothing(&self) -> bool {
        *self == Self::NOTHING
    }

    fn add(&mut self, other: Self) {
        match (self, other) {
            (Self::Names(names), Self::Names(more)) => names.extend(more),
            (this, Self::All) => *this = Self::All,
            (Self::All, Self::Names(_)) => {}
        }
    }

    fn take(&mut self) -> Self {
        std::mem::replace(self, Self::NOTHING)
    }

    fn retain(&mut self, interest: &Interest) {
        if let Self::Names(names) = self {
            names.retain(|name| interest.has(name));
        }
    }
}

impl World {
    pub(crate) fn new(suffix: Arc<str>, limits: Limits, timing: PushTiming) -> Self {
        Self {
            suffix,
            limits,
            peer: Peer::default(),
            types: BTreeMap::new(),
            nonces: 0,
            spacing: Spacing::new(timing.spacing),
            hasher: RandomState::default(),
        }
    }

    /// How many names are asked for of other types.
    fn names_beside(&self, key: &TypeKey) -> usize {
        let others = self.types.iter().filter(|(known, _)| *known != key);
        others.filter_map(|(_, known)| known.interest.len()).sum()
    }

    fn framing(&self) -> Framing {
        if self.peer.takes_no_versions { Framing::WorldUnversioned } else { Framing::World }
    }

    /// Makes the answer for one type.
    fn answer(&mut self, key: &TypeKey, due: Owed, catalog: &Catalog, now: Now) -> Answer {
        let framing = self.framing();
        self.nonces += 1;
        let nonce = self.nonces.to_string();
        let known = self.types.get_mut(key).expect("the type was just looked at");
        let (version, resources, count) = match key.0 {
            None => (Version::default().to_string(), Bytes::new(), 0),
            Some(kind) => known.content(&due, framing, &Shelf::new(catalog, kind, &self.suffix)),
        };
        let changed = known.changed_clusters(key.0, catalog);
        known.progress.told = catalog.seq();
        known.owed = Owed::NOTHING;
        known.held = due;
        known.progress.answered(nonce.clone(), version.clone(), count, now.wall);
        if let Some(changed) = changed {
            self.owe_assignments(changed);
        }
        let type_url = key.1.to_string();
        let head =
            DiscoveryResponse { version_info: version, type_url, nonce, ..DiscoveryResponse::default() };
        Answer { head: head.encode_to_vec().into(), resources }
    }

    /// (!) A cluster that changed waits for its endpoints, for which Envoy may not ask.
    fn owe_assignments(&mut self, changed: Owed) {
        let assignments = self.types.iter_mut().filter(|((kind, _), _)| *kind == Some(Kind::Assignment));
        for (_, known) in assignments {
            match &changed {
                Owed::All => known.owed.add(Owed::All),
                Owed::Names(names) => {
                    let asked = names.iter().filter(|name| known.interest.has(name)).cloned();
                    known.owed.add(Owed::Names(asked.collect()));
                }
            }
        }
    }
}

impl Type {
    fn new(listed: &Listed) -> Result<Self, Cut> {
        let names = listed.read()?;
        Ok(Self {
            interest: if names.is_empty() { Interest::All } else { Interest::Names(names) },
            listed: listed.digest(),
            owed: Owed::All,
            spoiled: Owed::NOTHING,
            held: Owed::NOTHING,
            progress: Progress::default(),
        })
    }

    /// Takes the names of a request that is not the first: what is new among them is owed. Once names were given, none
    /// means none. Says whether it asks for the same again.
    fn renew(&mut self, listed: &Listed) -> Result<bool, Cut> {
        if listed.digest() == self.listed {
            return Ok(true);
        }
        let names = listed.read()?;
        self.listed = listed.digest();
        let new = match &self.interest {
            Interest::All if names.is_empty() => return Ok(true),
            Interest::All => names.clone(),
            Interest::Names(before) if *before == names => return Ok(true),
            Interest::Names(before) => names.difference(before).cloned().collect(),
        };
        self.interest = Interest::Names(names);
        self.owed.add(Owed::Names(new));
        self.owed.retain(&self.interest);
        self.spoiled.retain(&self.interest);
        Ok(false)
    }

    /// What is sent now; none if nothing is to be said.
    fn due(&mut self, (kind, type_url): &TypeKey, catalog: &Catalog) -> Option<Owed> {
        if **type_url == *MESH_CONFIG {
            return None; // (!) an answer to this would block Istio up to 1.11
        }
        let Some(kind) = *kind else {
            return (!self.owed.is_nothing()).then_some(Owed::NOTHING);
        };
        let table = catalog.table(kind);
        let waits = self.progress.is_unanswered() && kind != Kind::Cluster;
        if waits || (self.owed.is_nothing() && !table.has_changed_since(self.progress.told)) {
            return None;
        }
        let mut due = self.changed(table);
        if !due.is_nothing() && !kind.is_complete() {
            let spoiled = self.spoiled.take();
            self.owed.add(spoiled);
        }
        let is_new = !self.owed.is_nothing()
            || !kind.is_complete()
            || self.version(kind, table) != self.progress.sent();
        due.add(self.owed.clone());
        if due.is_nothing() || !is_new {
            self.progress.told = catalog.seq(); // so that it is not looked through again
            return None;
        }
        Some(due)
    }

    /// What changed of what is asked for.
    fn changed(&self, table: &Table) -> Owed {
        if self.progress.told == 0 {
            return Owed::All;
        }
        let Some(changed) = table.changed_since(self.progress.told) else { return Owed::All };
        Owed::Names(changed.filter(|name| self.interest.has(name)).cloned().collect())
    }

    /// Clusters that an answer of this kind changes, once it is not the first.
    fn changed_clusters(&self, kind: Option<Kind>, catalog: &Catalog) -> Option<Owed> {
        let is_later = kind == Some(Kind::Cluster) && self.progress.has_answered();
        is_later.then(|| self.changed(catalog.table(Kind::Cluster)))
    }

    /// Version of everything that is asked for.
    fn version(&self, kind: Kind, table: &Table) -> String {
        match &self.interest {
            Interest::Names(names) if kind.is_complete() => {
                let found = names.iter().filter_map(|name| table.get(name));
                found.fold(Version::default(), |sum, resource| sum.with(resource.version)).to_string()
            }
            Interest::Names(_) | Interest::All => table.version().to_string(),
        }
    }

    /// Version, framed resources, and how many.
    fn content(&self, due: &Owed, framing: Framing, shelf: &Shelf<'_>) -> (String, Bytes, usize) {
        let Shelf { kind, table, .. } = *shelf;
        let is_whole = kind.is_complete() || *due == Owed::All;
        let names = match (&self.interest, due) {
            (Interest::Names(names), _) if is_whole => Some(names),
            (_, Owed::Names(names)) if !is_whole => Some(names),
            _ => None,
        };
        let version = self.version(kind, table);
        match names {
            Some(names) => {
                let found: Vec<Resource> = names.iter().filter_map(|name| shelf.find(name)).collect();
                (version, frame(framing, kind, found.iter()), found.len())
            }
            None => (version, table.whole(framing, kind), table.len()),
        }
    }
}

impl Machine for World {
    type Request = DiscoveryRequest;

    fn hear(&mut self, request: DiscoveryRequest) -> Result<Heard, Cut> {
        check_names(request.resource_names.iter().map(Bytes::len).chain([request.type_url.len()]))?;
        self.peer.learn(request.node);
        let listed = Listed::new(request.resource_names, &self.hasher);
        let key = (Kind::of_type(&request.type_url), Arc::from(request.type_url));
        if listed.len() + self.names_beside(&key) > self.limits.names_per_stream {
            return Err(Cut::TooManyNames { max: self.limits.names_per_stream });
        }
        let count = self.types.len();
        let Some(known) = self.types.get_mut(&key) else {
            if count >= self.limits.types_per_stream {
                return Err(Cut::TooManyTypes { max: self.limits.types_per_stream });
            }
            self.types.insert(key, Type::new(&listed)?);
            return Ok(Heard::Taken);
        };
        match (known.progress.reply(&request.response_nonce), request.error_detail) {
            (Reply::Stale, _) | (Reply::Again, Some(_)) => Ok(Heard::Stale),
            (Reply::First, _) => {
                *known = Type::new(&listed)?;
                Ok(Heard::Taken)
            }
            (Reply::Last, Some(status)) => {
                known.progress.refused(reason(&status));
                let held = known.held.take();
                if key.0.is_some_and(|kind| !kind.is_complete()) {
                    known.spoiled.add(held);
                }
                known.renew(&listed)?;
                Ok(Heard::Refused)
            }
            (Reply::Last, None) => {
                known.progress.accepted();
                known.renew(&listed)?;
                Ok(Heard::Taken)
            }
            (Reply::Again, None) => {
                if known.renew(&listed)? {
                    known.owed.add(Owed::All);
                }
                Ok(Heard::Taken)
            }
        }
    }

    fn next(&mut self, catalog: &Catalog, now: Now) -> Step {
        let mut wait: Option<Moment> = None;
        let mut found = None;
        for (key, known) in &mut self.types {
            let Some(due) = known.due(key, catalog) else { continue };
            let is_change = is_istio_type(&key.1) && known.progress.has_answered();
            match self.spacing.until(now.mono).filter(|_| is_change) {
                Some(until) => wait = Some(until),
                None => {
                    found = Some((key.clone(), due, is_change));
                    break;
                }
            }
        }
        let Some((key, due, is_change)) = found else { return wait.map_or(Step::Idle, Step::Wait) };
        if is_change {
            self.spacing.sent(now.mono);
        }
        Step::Answer(self.answer(&key, due, catalog, now))
    }

    fn node(&self) -> Arc<str> {
        self.peer.id.clone()
    }

    fn subscriptions(&self) -> Vec<MeshSubscription> {
        let tell =
            |((_, name), known): (&TypeKey, &Type)| known.progress.subscription(name, known.interest.len());
        self.types.iter().map(tell).collect()
    }
}

#[cfg(test)]
mod tests;
