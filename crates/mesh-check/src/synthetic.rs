//! annotations instead of versions.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use prost::Message;

use crate::pilot::{INVALID_ARGUMENT, MESSAGE_MAX};
use crate::registry::{Entries, Stored};
use crate::rules::Rules;
use crate::sink::Peer;
use crate::stream::Room;
use crate::view::{Offer, View, has_one_slash};
use crate::wire::MCP_PATH;
use crate::wire::google::Status;
use crate::wire::mcp::{RequestResources, Resources, SinkNode};

/// The only collection of this sink.
pub const SYNTHETIC: &str = "istio/networking/v1alpha3/synthetic/serviceentries";
const SINK_ID: &str = "SSEMCP";
const RECONNECT_WAIT: Duration = Duration::from_secs(1);
/// A change makes Pilot send everything to every proxy.
const SERVICE_VERSION: &str = "networking.alpha.istio.io/serviceVersion";
/// A change makes Pilot send the endpoints of this service alone; empty, it never does.
const ENDPOINTS_VERSION: &str = "networking.alpha.istio.io/endpointsVersion";

/// The sink with the id `SSEMCP`.
#[derive(Debug, Default)]
pub struct SyntheticSink {
    view: View,
}

impl SyntheticSink {
    pub fn new() -> Self {
        Self::default()
    }

    fn request(&self) -> RequestResources {
        let node = SinkNode { id: SINK_ID.to_owned(), annotations: BTreeMap::new() };
        RequestResources {
            sink_node: Some(node),
            collection: SYNTHETIC.to_owned(),
            incremental: true,
            ..RequestResources::default()
        }
    }

    /// # Errors
    /// The answer is refused; that is the NACK.
    fn apply(&mut self, answer: Resources) -> Result<(), Status> {
        self.view.answer(&answer.collection, &answer.nonce);
        if answer.collection != SYNTHETIC {
            return Err(refusal(format!("no collection {:?}", answer.collection)));
        }
        if answer.resources.is_empty() {
            // Nothing is applied, what was removed neither, and it does not count as an answer. The last entries can
            // be removed in no other way, but as long as some remain one of them must come along.
            let remains = |name: &String| answer.incremental && !answer.removed_resources.contains(name);
            if !answer.removed_resources.is_empty() && self.view.entries.keys().any(remains) {
                self.view.fault("removals without a resource are not applied");
            }
            return Ok(());
        }
        let before = self.view.entries.clone();
        let mut entries = match answer.incremental {
            true => (*before).clone(),
            false => Entries::new(),
        };
        for resource in answer.resources {
            let offer = Offer::of(resource).map_err(refusal)?;
            if !has_one_slash(&offer.name) {
                self.view.fault(format!("{:?} is not namespace/name", offer.name));
            }
            if let Err(why) = Rules::Pilot14.check(&offer.stored.entry) {
                self.view.fault(format!("discarded {}: {why}", offer.name));
                continue;
            }
            if let Some(fault) = before.get(&offer.name).and_then(|old| unseen(old, &offer.stored)) {
                self.view.fault(format!("{}: {fault}", offer.name));
            }
            entries.insert(offer.name, offer.stored);
        }
        if answer.incremental {
            entries.retain(|name, _| !answer.removed_resources.contains(name));
        }
        self.view.answers += 1;
        self.view.is_synced = true;
        self.view.store(entries, true);
        Ok(())
    }
}

/// What of a change Pilot would not pass on to proxies.
fn unseen(old: &Stored, new: &Stored) -> Option<String> {
    let is_same = |key: &str| old.annotations.get(key) == new.annotations.get(key);
    if !is_same(SERVICE_VERSION) || old.entry == new.entry {
        return None;
    }
    let is_empty = new.annotations.get(ENDPOINTS_VERSION).is_none_or(String::is_empty);
    if is_same(ENDPOINTS_VERSION) || is_empty {
        return Some("changed under the same versions".to_owned());
    }
    (old.entry.hosts != new.entry.hosts || old.entry.ports != new.entry.ports)
        .then(|| "host or port changed under the same version of the service".to_owned())
}

fn refusal(message: String) -> Status {
    Status { code: INVALID_ARGUMENT, message }
}

impl Peer for SyntheticSink {
    const PATH: &'static str = MCP_PATH;

    fn room(&self) -> Room {
        Room { message_max: MESSAGE_MAX, ..Room::default() }
    }

    /// A sink that comes again tells which versions it holds.
    fn open(&mut self) -> Vec<Bytes> {
        self.view.reopened();
        let version = |(name, stored): (&String, &Stored)| (name.clone(), stored.version.clone());
        let initial_resource_versions = self.view.entries.iter().map(version).collect();
        vec![RequestResources { initial_resource_versions, ..self.request() }.encode_to_vec().into()]
    }

    fn receive(&mut self, answer: Bytes) -> Option<Bytes> {
        let answer = match Resources::decode(answer) {
            Ok(answer) => answer,
            Err(error) => {
                self.view.fault(format!("no message: {error}"));
                return None;
            }
        };
        let response_nonce = answer.nonce.clone();
        let error_detail = self.apply(answer).err();
        if let Some(refusal) = &error_detail {
            self.view.fault(format!("refused with {refusal:?}"));
        }
        Some(RequestResources { response_nonce, error_detail, ..self.request() }.encode_to_vec().into())
    }

    fn ended(&mut self, _reason: &str) -> Duration {
        RECONNECT_WAIT
    }

    fn view(&self) -> &View {
        &self.view
    }
}

#[cfg(test)]
mod tests;
