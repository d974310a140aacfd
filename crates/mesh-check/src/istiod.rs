//! istiod as a sink of MCP over xDS, by `spec/mesh.md` §5 and §6 and `spec/istiod-as-seen.md` §2 and §4.

mod age;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use bytes::Bytes;
use prost::Message;

pub use age::Age;

use crate::registry::{Entries, Stored};
use crate::rules::Rules;
use crate::sink::Peer;
use crate::view::{Offer, View, has_one_slash};
use crate::wire::discovery::{DiscoveryRequest, DiscoveryResponse, Node};
use crate::wire::google::{Any, Struct};
use crate::wire::mcp::Resource;
use crate::wire::{ADS_PATH, RESOURCE_URL};

const MESH_CONFIG: &str = "core/v1alpha1/MeshConfig";
const BACK_OFF_FIRST: Duration = Duration::from_millis(500);
const BACK_OFF_MAX: Duration = Duration::from_secs(60);

/// The client of a `xds://` configuration source.
#[derive(Debug)]
pub struct IstiodSink {
    age: Age,
    started: Instant,
    back_off: Duration,
    ever_answered: BTreeSet<String>,
    view: View,
}

impl IstiodSink {
    pub fn new(age: Age) -> Self {
        let mut sink = Self {
            age,
            started: Instant::now(),
            back_off: BACK_OFF_FIRST,
            ever_answered: BTreeSet::new(),
            view: View::default(),
        };
        sink.view.is_synced = !age.waits_for_all();
        sink
    }

    fn node(&self) -> Node {
        Node {
            id: self.age.node_id().to_owned(),
            metadata: Some(Struct::of(&[("GENERATOR", "api"), ("ISTIO_VERSION", "65536.65536.65536")])),
            ..Node::default()
        }
    }

    /// The nonce of a first request: the sink's clock as text, never empty.
    fn clock(&self) -> String {
        format!("2026-11-27 06:40:20.362 +0000 UTC m=+{:.9}", self.started.elapsed().as_secs_f64())
    }

    fn apply(&mut self, answer: DiscoveryResponse) {
        let kind = answer.type_url;
        self.view.answer(&kind, &answer.nonce);
        if !self.age.types().contains(&kind) {
            self.view.fault(format!("an answer of the type {kind:?}, which was not asked for"));
            return;
        }
        match kind == self.age.service_entry() {
            true => self.apply_entries(answer.resources),
            false => self.apply_others(&kind, answer.resources),
        }
        self.ever_answered.insert(kind);
        self.view.is_synced |= self.ever_answered.len() == self.age.types().len();
    }

    /// What is absent is deleted; what is refused stays as it was.
    fn apply_entries(&mut self, resources: Vec<Any>) {
        let before = self.view.entries.clone();
        let mut entries = Entries::new();
        for resource in resources {
            let Some(offer) = self.read(resource) else { continue };
            let name = offer.name;
            if entries.contains_key(&name) {
                self.view.fault(format!("{name} comes twice"));
            }
            let old = before.get(&name);
            if let Some(old) = old.filter(|old| old.created != offer.stored.created) {
                let (was, is) = (old.created, offer.stored.created);
                self.view.fault(format!("{name}: its time of creation changed from {was:?} to {is:?}"));
            }
            match self.judge(old, &offer.stored) {
                Ok(()) => drop(entries.insert(name, offer.stored)),
                Err(why) => {
                    if let Some(why) = why {
                        self.view.fault(format!("{name}: {why}"));
                    }
                    if let Some(old) = old {
                        entries.insert(name, old.clone());
                    }
                }
            }
        }
        self.view.answers += 1;
        self.view.store(entries, true);
    }

    fn read(&mut self, resource: Any) -> Option<Offer> {
        let read = unwrapped(resource).and_then(Offer::of);
        let offer = read.map_err(|why| self.view.fault(why)).ok()?;
        if !has_one_slash(&offer.name) {
            self.view.fault(format!("{:?} is not namespace/name", offer.name));
            return None;
        }
        if offer.stored.created.is_none() {
            self.view.fault(format!("{}: no time of creation", offer.name));
            if self.age.needs_create_time() {
                return None;
            }
        }
        Some(offer)
    }

    /// Whether an entry replaces what is stored under its name.
    ///
    /// # Errors
    /// The old one stays, if there is one; for a reason where that is the source's fault.
    fn judge(&self, old: Option<&Stored>, new: &Stored) -> Result<(), Option<String>> {
        if let Some(old) = old {
            if self.age.refuses_versions() {
                if !new.version.is_empty() {
                    return Err(Some(format!("conflicting resource version {:?}", new.version)));
                }
            } else if old.version == new.version {
                let is_changed = old.entry != new.entry;
                return Err(is_changed.then(|| format!("changed under the version {:?}", new.version)));
            }
        }
        if new.version.is_empty() != self.age.refuses_versions() {
            return Err(Some(format!("the version is {:?}", new.version)));
        }
        Rules::Istiod.check(&new.entry).map_err(|why| Some(format!("refused: {why}")))
    }

    fn apply_others(&mut self, kind: &str, resources: Vec<Any>) {
        let mut bodies = BTreeMap::new();
        for resource in resources {
            match unwrapped(resource) {
                Ok(Resource { metadata: Some(metadata), body: Some(body) })
                    if has_one_slash(&metadata.name) && is_body_of(kind, &body.type_url) =>
                {
                    bodies.insert(metadata.name, body.value);
                }
                Ok(other) => self.view.fault(format!("{kind}: cannot be taken: {other:?}")),
                Err(why) => self.view.fault(format!("{kind}: {why}")),
            }
        }
        self.view.store_others(kind, bodies);
    }
}

fn unwrapped(resource: Any) -> Result<Resource, String> {
    if resource.type_url != RESOURCE_URL {
        return Err(format!("a resource of the type {:?}, not wrapped", resource.type_url));
    }
    Resource::decode(resource.value).map_err(|error| format!("a resource that is none: {error}"))
}

/// Bodies keep the message type of v1alpha3, whatever version is asked for.
fn is_body_of(kind: &str, type_url: &str) -> bool {
    let Some(message) = kind.rsplit('/').next() else { return false };
    ["VirtualService", "DestinationRule"].contains(&message)
        && type_url == format!("type.googleapis.com/istio.networking.v1alpha3.{message}")
}

impl Peer for IstiodSink {
    const PATH: &'static str = ADS_PATH;

    /// The node is in the first request only.
    fn open(&mut self) -> Vec<Bytes> {
        self.view.reopened();
        let types = self.age.types();
        let kinds = std::iter::once(MESH_CONFIG).chain(types.iter().map(String::as_str));
        let requests = kinds.enumerate().map(|(place, kind)| DiscoveryRequest {
            node: (place == 0).then(|| self.node()),
            type_url: kind.to_owned(),
            response_nonce: self.clock(),
            ..DiscoveryRequest::default()
        });
        requests.map(|request| request.encode_to_vec().into()).collect()
    }

    /// Every answer is acknowledged, whatever was in it, but for a mesh configuration with a content.
    fn receive(&mut self, answer: Bytes) -> Option<Bytes> {
        self.back_off = BACK_OFF_FIRST;
        let answer = match DiscoveryResponse::decode(answer) {
            Ok(answer) => answer,
            Err(error) => {
                self.view.fault(format!("no message: {error}"));
                return None;
            }
        };
        let reply = DiscoveryRequest {
            node: Some(self.node()),
            version_info: answer.version_info.clone(),
            type_url: answer.type_url.clone(),
            response_nonce: answer.nonce.clone(),
            ..DiscoveryRequest::default()
        };
        if answer.type_url == MESH_CONFIG {
            self.view.fault("the mesh configuration was answered");
            if !answer.resources.is_empty() {
                return None;
            }
        } else {
            self.apply(answer);
        }
        Some(reply.encode_to_vec().into())
    }

    fn ended(&mut self, _reason: &str) -> Duration {
        let wait = self.back_off;
        self.back_off = (wait * 3 / 2).min(BACK_OFF_MAX);
        wait
    }

    fn view(&self) -> &View {
        &self.view
    }
}

#[cfg(test)]
mod tests;
