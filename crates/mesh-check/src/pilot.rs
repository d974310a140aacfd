//! Pilot 1.4 as a sink of the old Mesh Configuration Protocol, by `spec/mesh.md` §3 and §4.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use prost::Message;

use crate::dice::Dice;
use crate::registry::{Entries, Stored};
use crate::rules::Rules;
use crate::sink::Peer;
use crate::stream::Room;
use crate::view::{Offer, View, has_one_slash};
use crate::wire::MCP_PATH;
use crate::wire::google::Status;
use crate::wire::mcp::{RequestResources, Resource, Resources, SinkNode};

/// What Pilot 1.4.0 asks for on one stream.
pub const COLLECTIONS: [&str; 17] = [
    "istio/authentication/v1alpha1/meshpolicies",
    "istio/authentication/v1alpha1/policies",
    "istio/config/v1alpha2/httpapispecs",
    "istio/config/v1alpha2/httpapispecbindings",
    "istio/mixer/v1/config/client/quotaspecs",
    "istio/mixer/v1/config/client/quotaspecbindings",
    "istio/networking/v1alpha3/destinationrules",
    "istio/networking/v1alpha3/envoyfilters",
    "istio/networking/v1alpha3/gateways",
    SERVICE_ENTRIES,
    "istio/networking/v1alpha3/sidecars",
    "istio/networking/v1alpha3/virtualservices",
    "istio/rbac/v1alpha1/clusterrbacconfigs",
    "istio/rbac/v1alpha1/rbacconfigs",
    "istio/rbac/v1alpha1/serviceroles",
    "istio/rbac/v1alpha1/servicerolebindings",
    "istio/security/v1beta1/authorizationpolicies",
];
/// The collection with the services.
pub const SERVICE_ENTRIES: &str = "istio/networking/v1alpha3/serviceentries";
/// `--mcpMaxMsgSize`: a longer message ends the stream.
pub const MESSAGE_MAX: usize = 4 * 1024 * 1024;
const RECONNECT_WAIT: Duration = Duration::from_secs(1);

pub(crate) const INVALID_ARGUMENT: i32 = 3;
const UNIMPLEMENTED: i32 = 12;

/// The main sink of Pilot 1.4, whose sink id is empty.
#[derive(Debug)]
pub struct Pilot14Sink {
    dice: Dice,
    ever_answered: BTreeSet<String>,
    view: View,
}

impl Pilot14Sink {
    /// A sink that asks in an order of its own.
    pub fn new(seed: u64) -> Self {
        Self { dice: Dice::new(seed), ever_answered: BTreeSet::new(), view: View::default() }
    }

    /// Takes an answer in.
    ///
    /// # Errors
    /// It is refused; that is the NACK.
    fn apply(&mut self, answer: Resources) -> Result<(), Status> {
        let collection = answer.collection;
        if !COLLECTIONS.contains(&collection.as_str()) {
            return Err(Status { code: UNIMPLEMENTED, message: format!("no collection {collection:?}") });
        }
        self.view.answer(&collection, &answer.nonce);
        if answer.incremental {
            // The main controller replaces its store all the same.
            self.view.fault(format!("{collection}: incremental, though never asked so"));
        }
        match collection == SERVICE_ENTRIES {
            true => self.apply_entries(answer.resources)?,
            false => self.apply_others(&collection, answer.resources)?,
        }
        self.ever_answered.insert(collection);
        self.view.is_synced = self.ever_answered.len() == COLLECTIONS.len();
        Ok(())
    }

    fn apply_entries(&mut self, resources: Vec<Resource>) -> Result<(), Status> {
        let mut offered = Entries::new();
        for resource in resources {
            let offer = Offer::of(resource).map_err(|why| {
                self.view.fault(why.clone());
                Status { code: INVALID_ARGUMENT, message: why }
            })?;
            if !has_one_slash(&offer.name) {
                self.view.fault(format!("{:?} is not namespace/name", offer.name));
            }
            if let Err(why) = Rules::Pilot14.check(&offer.stored.entry) {
                self.view.fault(format!("discarded {}: {why}", offer.name));
                continue;
            }
            if offered.insert(offer.name.clone(), offer.stored).is_some() {
                self.view.fault(format!("{} comes twice", offer.name));
            }
        }
        let is_event = self.compare(&offered);
        self.view.answers += 1;
        self.view.store(offered, is_event);
        Ok(())
    }

    /// Whether there is an event: an entry came, went, or has another version. Only then are proxies told.
    fn compare(&mut self, offered: &Entries) -> bool {
        let before = self.view.entries.clone();
        let changed = |(name, new): (&String, &Stored)| {
            before.get(name).is_none_or(|old: &Stored| old.version != new.version)
        };
        let is_event = offered.iter().any(changed) || before.keys().any(|name| !offered.contains_key(name));
        for (name, new) in offered {
            let unseen = |old: &&Stored| old.version == new.version && old.entry != new.entry;
            if before.get(name).filter(unseen).is_some() {
                self.view.fault(format!("{name}: changed under the version {:?}", new.version));
            }
        }
        is_event
    }

    fn apply_others(&mut self, collection: &str, resources: Vec<Resource>) -> Result<(), Status> {
        let mut bodies = BTreeMap::new();
        for resource in resources {
            let (Some(metadata), Some(body)) = (resource.metadata, resource.body) else {
                self.view.fault(format!("{collection}: a resource without metadata or body"));
                continue;
            };
            if !is_body_of(collection, &body.type_url) {
                let message = format!("{collection}: a body of the type {:?}", body.type_url);
                self.view.fault(message.clone());
                return Err(Status { code: INVALID_ARGUMENT, message });
            }
            bodies.insert(metadata.name, body.value);
        }
        self.view.store_others(collection, bodies);
        Ok(())
    }
}

/// Beside services, a source of ours offers these two.
fn is_body_of(collection: &str, type_url: &str) -> bool {
    let message = match collection.rsplit('/').next() {
        Some("virtualservices") => "VirtualService",
        Some("destinationrules") => "DestinationRule",
        _ => return false,
    };
    type_url == format!("type.googleapis.com/istio.networking.v1alpha3.{message}")
}

impl Peer for Pilot14Sink {
    const PATH: &'static str = MCP_PATH;

    fn room(&self) -> Room {
        Room { message_max: MESSAGE_MAX, ..Room::default() }
    }

    fn open(&mut self) -> Vec<Bytes> {
        self.view.reopened();
        let mut collections = COLLECTIONS;
        self.dice.shuffle(&mut collections);
        let request = |collection: &str| RequestResources {
            sink_node: Some(SinkNode::default()),
            collection: collection.to_owned(),
            ..RequestResources::default()
        };
        collections.iter().map(|collection| request(collection).encode_to_vec().into()).collect()
    }

    fn receive(&mut self, answer: Bytes) -> Option<Bytes> {
        let answer = match Resources::decode(answer) {
            Ok(answer) => answer,
            Err(error) => {
                self.view.fault(format!("no message: {error}"));
                return None;
            }
        };
        let reply = RequestResources {
            sink_node: Some(SinkNode::default()),
            collection: answer.collection.clone(),
            response_nonce: answer.nonce.clone(),
            error_detail: self.apply(answer).err(),
            ..RequestResources::default()
        };
        if let Some(refusal) = &reply.error_detail {
            self.view.fault(format!("refused with {refusal:?}"));
        }
        Some(reply.encode_to_vec().into())
    }

    fn ended(&mut self, reason: &str) -> Duration {
        if reason.contains("a message of") {
            self.view.fault(format!("the stream was given up for {reason}"));
        }
        RECONNECT_WAIT
    }

    fn view(&self) -> &View {
        &self.view
    }
}

#[cfg(test)]
mod tests;
