//! What a sink holds and has seen, for tests to look at.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use bytes::Bytes;

use crate::registry::{Entries, Registry, Stored};
use crate::wire::SERVICE_ENTRY_URL;
use crate::wire::google::Any;
use crate::wire::mcp::Resource;
use crate::wire::networking::ServiceEntry;

/// Faults and losses that are kept; a source that goes on is known by then.
const KEPT_MAX: usize = 1_000;

/// A look at a sink; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct View {
    pub entries: Arc<Entries>,
    pub registry: Arc<Registry>,
    /// Resources of other types: `type → name → body`.
    pub others: Arc<BTreeMap<String, BTreeMap<String, Bytes>>>,
    /// Types or collections that were answered on the stream of now.
    pub answered: BTreeSet<String>,
    /// Whether the control plane of this sink would serve proxies.
    pub is_synced: bool,
    /// Streams opened so far.
    pub streams: usize,
    /// Answers with service entries so far.
    pub answers: usize,
    /// What the source did that it must not do, or that this sink would not have taken.
    pub faults: Vec<String>,
    /// Routes ([`Registry::routes`]) that were there and then were not, in the order in which they went.
    pub lost: Vec<String>,
    nonces: HashSet<String>,
}

/// An entry that an answer offers.
pub(crate) struct Offer {
    /// `metadata.name`, as it came.
    pub(crate) name: String,
    pub(crate) stored: Stored,
}

impl View {
    /// A new stream was opened.
    pub(crate) fn reopened(&mut self) {
        self.streams += 1;
        self.answered.clear();
        self.nonces.clear();
    }

    pub(crate) fn fault(&mut self, fault: impl Into<String>) {
        if self.faults.len() < KEPT_MAX {
            self.faults.push(fault.into());
        }
    }

    /// Notes an answer to a type or a collection.
    pub(crate) fn answer(&mut self, kind: &str, nonce: &str) {
        self.answered.insert(kind.to_owned());
        if nonce.is_empty() {
            self.fault(format!("{kind}: an answer without a nonce"));
        } else if !self.nonces.insert(nonce.to_owned()) {
            self.fault(format!("{kind}: the nonce {nonce:?} came twice on one stream"));
        }
    }

    /// Takes entries over; proxies see them only if there was an event.
    pub(crate) fn store(&mut self, entries: Entries, is_event: bool) {
        self.entries = Arc::new(entries);
        if is_event {
            let registry = Registry::of(&self.entries);
            let (before, now) = (self.registry.routes(), registry.routes());
            let room = KEPT_MAX - self.lost.len();
            self.lost.extend(before.difference(&now).take(room).cloned());
            self.registry = Arc::new(registry);
        }
    }

    pub(crate) fn store_others(&mut self, kind: &str, resources: BTreeMap<String, Bytes>) {
        Arc::make_mut(&mut self.others).insert(kind.to_owned(), resources);
    }
}

impl Offer {
    /// Reads a resource of the service entries.
    ///
    /// # Errors
    /// It has no metadata, or its body is no service entry; the text says which.
    pub(crate) fn of(resource: Resource) -> Result<Self, String> {
        let metadata = resource.metadata.ok_or("a resource without metadata")?;
        let entry = decode(&metadata.name, resource.body)?;
        if metadata.create_time.is_some_and(|time| !time.is_valid()) {
            return Err(format!("{}: its time of creation is no time", metadata.name));
        }
        let stored = Stored {
            version: metadata.version,
            created: metadata.create_time,
            annotations: metadata.annotations,
            entry,
        };
        Ok(Self { name: metadata.name, stored })
    }
}

fn decode(name: &str, body: Option<Any>) -> Result<ServiceEntry, String> {
    let body = body.ok_or_else(|| format!("{name}: no body"))?;
    if body.type_url != SERVICE_ENTRY_URL {
        return Err(format!("{name}: a body of the type {:?}", body.type_url));
    }
    prost::Message::decode(body.value).map_err(|error| format!("{name}: {error}"))
}

/// Whether a name is `namespace/name`; else istiod drops the resource and Pilot takes it for one without a namespace.
pub(crate) fn has_one_slash(name: &str) -> bool {
    name.matches('/').count() == 1
}
