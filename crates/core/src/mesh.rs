//! What the mesh edge tells of itself: who is connected, what each was given, and what a service becomes.

use std::{net::SocketAddr, sync::Arc};

use crate::{config_item::ConfigKey, service::ServiceKey, time::Timestamp};

/// Which protocol a stream of the mesh speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeshProtocol {
    /// The Mesh Configuration Protocol of Istio up to 1.8.
    Mcp,
    /// Aggregated discovery, each answer the state of the world.
    World,
    /// Aggregated discovery by increments.
    Delta,
}

impl MeshProtocol {
    pub const ALL: [Self; 3] = [Self::Mcp, Self::World, Self::Delta];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mcp => "mcp",
            Self::World => "xds",
            Self::Delta => "delta-xds",
        }
    }
}

/// One open stream.
#[derive(Debug, Clone)]
pub struct MeshConnection {
    /// As the peer calls itself; empty for sinks of Istio up to 1.8, which do not.
    pub node: Arc<str>,
    pub peer: SocketAddr,
    pub protocol: MeshProtocol,
    pub opened: Timestamp,
    pub subscriptions: Vec<MeshSubscription>,
}

/// What a stream was told of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeshSubscription {
    /// The type or collection, as asked for.
    pub type_name: Arc<str>,
    /// How many names it asks for; none: all there are.
    pub names: Option<usize>,
    pub answers: u64,
    /// Resources in the last answer.
    pub resources: usize,
    /// Version of the last answer; empty before the first.
    pub sent: String,
    pub sent_at: Option<Timestamp>,
    /// Version that was accepted last.
    pub acknowledged: String,
    /// Version that was refused last, and the peer's reason.
    pub refused: Option<(String, String)>,
}

/// What would be sent of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct MeshEntry {
    pub service: ServiceKey,
    /// None if the service cannot be shown; the findings say why.
    pub shown: Option<MeshEntryContent>,
    pub findings: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct MeshEntryContent {
    /// `namespace/name` in Istio.
    pub name: String,
    pub version: String,
    pub hosts: Vec<Arc<str>>,
    pub ports: Vec<MeshPort>,
    pub endpoints: Vec<MeshEntryEndpoint>,
    pub created: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeshPort {
    pub number: u16,
    pub name: &'static str,
    pub protocol: &'static str,
    /// The cluster's name in Envoy and gRPC.
    pub cluster: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeshEntryEndpoint {
    pub address: String,
    pub port: u16,
    pub port_name: &'static str,
    pub weight: u32,
    pub locality: String,
    pub labels: Vec<(Arc<str>, Arc<str>)>,
}

/// What becomes of a configuration item with routing rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeshRules {
    pub item: ConfigKey,
    /// What is sent of it.
    pub shown: Vec<MeshRule>,
    pub findings: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeshRule {
    /// `VirtualService` or `DestinationRule`.
    pub kind: &'static str,
    /// `namespace/name` in Istio.
    pub name: Arc<str>,
    pub version: String,
}

/// Counts since the start, and what is there now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MeshTally {
    /// Open streams of MCP, of the state of the world, and of increments.
    pub streams: [usize; 3],
    /// Answers sent.
    pub pushes: u64,
    /// Bytes of resources sent.
    pub bytes: u64,
    /// Answers that peers refused.
    pub refusals: u64,
    /// Requests of an answer that is not the last.
    pub stale: u64,
    /// Streams that were ended for breaking a limit or a rule.
    pub cut: u64,
    /// Resources of each kind, with its name.
    pub resources: [(&'static str, usize); 9],
    /// Services that were built anew, and the time it took together, in microseconds.
    pub builds: u64,
    pub build_us: u64,
    /// Time from a change to the answer that tells it, together, in microseconds; and how many answers it was taken of.
    pub send_us: u64,
    pub sends: u64,
}
