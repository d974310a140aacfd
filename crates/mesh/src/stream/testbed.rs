//! What the tests of all machines need: a catalog to change, and answers as messages.

use std::time::Duration;

use bytes::Bytes;
use navaid_core::{GroupName, Moment, NamespaceId, Now, ServiceKey, ServiceName, Timestamp};
use prost::Message;

use super::{Answer, Machine, Step};
use crate::{
    catalog::{Catalog, Owner},
    kind::Kind,
    proto::{envoy::config::core::v3::Node, google::rpc::Status},
    resource::Resource,
};

pub(crate) const CLUSTERS: &str = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
pub(crate) const ASSIGNMENTS: &str = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
pub(crate) const LISTENERS: &str = "type.googleapis.com/envoy.config.listener.v3.Listener";
pub(crate) const ENTRIES: &str = "networking.istio.io/v1/ServiceEntry";
/// Least time between two changes on a stream of Istio.
pub(crate) const SPACING: Duration = Duration::from_millis(200);

/// Sets resources of one kind, each its own owner; empty content removes one.
pub(crate) fn put(catalog: &mut Catalog, kind: Kind, resources: &[(&str, &str)]) {
    for (name, content) in resources {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let service = ServiceName::parse(&format!("{}{plain}", kind.label())).unwrap();
        let owner = Owner::Service(ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &service));
        let resource = Resource::new((*name).into(), Bytes::copy_from_slice(content.as_bytes()));
        let resources = if content.is_empty() { Vec::new() } else { vec![(kind, resource)] };
        assert_eq!(catalog.replace(&owner, resources).taken, None);
    }
}

/// A moment so many milliseconds after the start.
pub(crate) fn at(ms: u64) -> Now {
    Now { wall: Timestamp(1_000_000 + ms), mono: Moment(ms) }
}

/// The next answer, which must be due, as a message.
pub(crate) fn answer<M: Message + Default>(machine: &mut impl Machine, catalog: &Catalog, now: Now) -> M {
    match machine.next(catalog, now) {
        Step::Answer(Answer { head, resources }) => {
            M::decode([head, resources].concat().as_slice()).expect("an answer is a message")
        }
        other => panic!("expected an answer, got {other:?}"),
    }
}

/// Asserts that nothing is to be said.
pub(crate) fn assert_idle(machine: &mut impl Machine, catalog: &Catalog, now: Now) {
    assert_eq!(machine.next(catalog, now), Step::Idle);
}

pub(crate) fn node(id: &str) -> Option<Node> {
    Some(Node { id: id.to_owned(), ..Node::default() })
}

pub(crate) fn refusal(text: &str) -> Option<Status> {
    Some(Status { code: 13, message: text.to_owned() })
}
