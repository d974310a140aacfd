//! What of the three protocols a peer must know: to read an answer, and to acknowledge it.

use bytes::Bytes;
use navaid_core::mesh::MeshSubscription;
use prost::Message;

use crate::{
    kind::Kind,
    proto::{
        envoy::{
            config::{
                cluster::v3::Cluster, endpoint::v3::ClusterLoadAssignment, listener::v3::Listener,
                route::v3::RouteConfiguration,
            },
            service::discovery::v3::{
                DeltaDiscoveryRequest, DeltaDiscoveryResponse, DiscoveryRequest, DiscoveryResponse,
            },
        },
        istio::mcp::v1alpha1::{RequestResources, Resource as McpResource, Resources},
    },
    stream::{Machine, delta::Delta, mcp::Mcp, world::World},
};

/// An answer, taken apart.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) type_name: String,
    pub(super) nonce: String,
    /// Whether what is not among the resources is gone.
    pub(super) is_whole: bool,
    /// By name.
    pub(super) resources: Vec<(String, Bytes)>,
    pub(super) removed: Vec<String>,
}

/// A protocol, from its peer's side.
pub(super) trait Dialect: Machine {
    fn kind(type_name: &str) -> Option<Kind>;

    /// # Panics
    /// The answer is no message of the protocol.
    fn read(answer: Bytes) -> Said;

    fn type_of(request: &Self::Request) -> &str;

    /// Whether the peer says that it holds only what the request tells.
    fn begins_anew(_request: &Self::Request) -> bool {
        false
    }

    /// Asks for these names too, and acknowledges the last answer.
    fn ask(known: &MeshSubscription, nonce: &str, names: Vec<String>) -> Self::Request;

    /// Acknowledges the last answer. Whoever was asked for these names is asked for no others.
    fn acknowledge(known: &MeshSubscription, nonce: &str, names: Vec<String>) -> Self::Request {
        Self::ask(known, nonce, names)
    }
}

impl Dialect for World {
    fn kind(type_name: &str) -> Option<Kind> {
        Kind::of_type(type_name)
    }

    fn read(answer: Bytes) -> Said {
        let answer = DiscoveryResponse::decode(answer).expect("an answer of discovery");
        let kind = Kind::of_type(&answer.type_url);
        let named = |any: prost_types::Any| {
            let value = Bytes::from(any.value);
            assert_eq!(Some(any.type_url.as_str()), kind.map(Kind::any_type));
            (name(kind, value.clone()), value)
        };
        Said {
            is_whole: kind.is_none_or(Kind::is_complete),
            resources: answer.resources.into_iter().map(named).collect(),
            removed: Vec::new(),
            type_name: answer.type_url,
            nonce: answer.nonce,
        }
    }

    fn type_of(request: &DiscoveryRequest) -> &str {
        &request.type_url
    }

    fn ask(known: &MeshSubscription, nonce: &str, names: Vec<String>) -> DiscoveryRequest {
        DiscoveryRequest {
            type_url: known.type_name.to_string(),
            resource_names: names.into_iter().filter(|_| known.names.is_some()).map(Bytes::from).collect(),
            response_nonce: nonce.to_owned(),
            ..DiscoveryRequest::default()
        }
    }
}

impl Dialect for Delta {
    fn kind(type_name: &str) -> Option<Kind> {
        Kind::of_type(type_name)
    }

    fn read(answer: Bytes) -> Said {
        let answer = DeltaDiscoveryResponse::decode(answer).expect("an answer of incremental discovery");
        let kind = Kind::of_type(&answer.type_url);
        let named = |resource: crate::proto::envoy::service::discovery::v3::Resource| {
            let value = Bytes::from(resource.resource.expect("a resource has a body").value);
            assert_eq!(resource.name, name(kind, value.clone()));
            (resource.name, value)
        };
        Said {
            is_whole: false,
            resources: answer.resources.into_iter().map(named).collect(),
            removed: answer.removed_resources,
            type_name: answer.type_url,
            nonce: answer.nonce,
        }
    }

    fn type_of(request: &DeltaDiscoveryRequest) -> &str {
        &request.type_url
    }

    fn ask(known: &MeshSubscription, nonce: &str, names: Vec<String>) -> DeltaDiscoveryRequest {
        DeltaDiscoveryRequest {
            type_url: known.type_name.to_string(),
            resource_names_subscribe: if known.names.is_some() { names } else { Vec::new() },
            response_nonce: nonce.to_owned(),
            ..DeltaDiscoveryRequest::default()
        }
    }

    fn acknowledge(known: &MeshSubscription, nonce: &str, _names: Vec<String>) -> DeltaDiscoveryRequest {
        Self::ask(known, nonce, Vec::new())
    }
}

impl Dialect for Mcp {
    fn kind(type_name: &str) -> Option<Kind> {
        Kind::of_collection(type_name)
    }

    fn read(answer: Bytes) -> Said {
        let answer = Resources::decode(answer).expect("an answer of MCP");
        let named = |resource: McpResource| {
            let value = Bytes::from(resource.encode_to_vec());
            (name(Some(Kind::McpServiceEntry), value.clone()), value)
        };
        // A sink looks at removals only beside a resource.
        let removed = if answer.resources.is_empty() { Vec::new() } else { answer.removed_resources };
        Said {
            is_whole: !answer.incremental,
            resources: answer.resources.into_iter().map(named).collect(),
            removed,
            type_name: answer.collection,
            nonce: answer.nonce,
        }
    }

    fn type_of(request: &RequestResources) -> &str {
        &request.collection
    }

    fn begins_anew(request: &RequestResources) -> bool {
        request.response_nonce.is_empty() && request.error_detail.is_none()
    }

    fn ask(known: &MeshSubscription, nonce: &str, _names: Vec<String>) -> RequestResources {
        RequestResources {
            collection: known.type_name.to_string(),
            response_nonce: nonce.to_owned(),
            ..RequestResources::default()
        }
    }
}

/// A resource's message without the version in it, which one old Istio is not given.
pub(super) fn unversioned(kind: Kind, message: &Bytes) -> Bytes {
    if kind != Kind::ServiceEntry {
        return message.clone();
    }
    let mut resource = McpResource::decode(message.clone()).expect("a resource of MCP");
    resource.metadata.iter_mut().for_each(|metadata| metadata.version.clear());
    resource.encode_to_vec().into()
}

/// The name in a resource's message.
fn name(kind: Option<Kind>, message: Bytes) -> String {
    match kind.expect("nothing is told of an unknown type") {
        Kind::Cluster => Cluster::decode(message).expect("a cluster").name,
        Kind::Assignment => ClusterLoadAssignment::decode(message).expect("an assignment").cluster_name,
        Kind::Listener => Listener::decode(message).expect("a listener").name,
        Kind::Route => RouteConfiguration::decode(message).expect("a route").name,
        Kind::ServiceEntry
        | Kind::VirtualService
        | Kind::DestinationRule
        | Kind::McpServiceEntry
        | Kind::SyntheticServiceEntry => {
            let resource = McpResource::decode(message).expect("a resource of MCP");
            resource.metadata.expect("a resource has metadata").name
        }
    }
}
