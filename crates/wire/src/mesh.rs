//! What `GET /v3/admin/mesh/…` answers: Navaid's own, without an example in Nacos.

use std::{collections::BTreeMap, sync::Arc};

use navaid_core::mesh::{MeshConnection, MeshEntry, MeshEntryContent, MeshRules, MeshSubscription};
use serde::Serialize;

/// A peer of the mesh port, and what it was told.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownConnection {
    /// As the peer calls itself; empty for sinks of Istio up to 1.8.
    pub node: Arc<str>,
    /// Address and port.
    pub peer: String,
    /// `mcp`, `xds` or `delta-xds`.
    pub protocol: &'static str,
    /// Milliseconds since the epoch.
    pub opened: u64,
    /// For how many milliseconds it is open.
    pub age: u64,
    pub subscriptions: Vec<ShownSubscription>,
}

/// What a peer was told of one type.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownSubscription {
    /// Type or collection, as asked for.
    #[serde(rename = "type")]
    pub type_name: Arc<str>,
    /// How many names are asked for; null for all there are.
    pub names: Option<usize>,
    pub answers: u64,
    /// Resources in the last answer.
    pub resources: usize,
    pub version_sent: String,
    /// Milliseconds since the epoch; null before the first answer.
    pub sent_at: Option<u64>,
    pub version_acknowledged: String,
    /// Version that was refused last, and why; null if none was.
    pub version_refused: Option<String>,
    pub refusal: Option<String>,
}

impl ShownConnection {
    /// `now`: milliseconds since the epoch.
    pub fn new(connection: MeshConnection, now: u64) -> Self {
        let opened = connection.opened.as_millis();
        Self {
            node: connection.node,
            peer: connection.peer.to_string(),
            protocol: connection.protocol.as_str(),
            opened,
            age: now.saturating_sub(opened),
            subscriptions: connection.subscriptions.into_iter().map(ShownSubscription::new).collect(),
        }
    }
}

impl ShownSubscription {
    fn new(subscription: MeshSubscription) -> Self {
        let (version_refused, refusal) = subscription.refused.unzip();
        Self {
            type_name: subscription.type_name,
            names: subscription.names,
            answers: subscription.answers,
            resources: subscription.resources,
            version_sent: subscription.sent,
            sent_at: subscription.sent_at.map(|at| at.as_millis()),
            version_acknowledged: subscription.acknowledged,
            version_refused,
            refusal,
        }
    }
}

/// What a service becomes in the mesh.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownEntry {
    /// `namespace@@group@@name`.
    pub service: String,
    /// Null if the service is not shown; the findings say why.
    pub entry: Option<ShownContent>,
    /// What was changed or left out, in words.
    pub findings: Vec<String>,
}

/// As a service entry, with the names of clusters beside the ports.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownContent {
    pub name: String,
    pub version: String,
    pub hosts: Vec<Arc<str>>,
    pub ports: Vec<ShownPort>,
    pub endpoints: Vec<ShownEndpoint>,
    /// Milliseconds since the epoch.
    pub created: u64,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ShownPort {
    pub number: u16,
    pub name: &'static str,
    pub protocol: &'static str,
    pub cluster: String,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ShownEndpoint {
    pub address: String,
    /// By name of the service's port.
    pub ports: BTreeMap<&'static str, u16>,
    pub weight: u32,
    pub locality: String,
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
}

impl From<MeshEntry> for ShownEntry {
    fn from(entry: MeshEntry) -> Self {
        Self {
            service: entry.service.to_string(),
            entry: entry.shown.map(ShownContent::from),
            findings: entry.findings,
        }
    }
}

impl From<MeshEntryContent> for ShownContent {
    fn from(content: MeshEntryContent) -> Self {
        let ports = content.ports.into_iter().map(|port| ShownPort {
            number: port.number,
            name: port.name,
            protocol: port.protocol,
            cluster: port.cluster,
        });
        let endpoints = content.endpoints.into_iter().map(|endpoint| ShownEndpoint {
            address: endpoint.address,
            ports: [(endpoint.port_name, endpoint.port)].into(),
            weight: endpoint.weight,
            locality: endpoint.locality,
            labels: endpoint.labels.into_iter().collect(),
        });
        Self {
            name: content.name,
            version: content.version,
            hosts: content.hosts,
            ports: ports.collect(),
            endpoints: endpoints.collect(),
            created: content.created.as_millis(),
        }
    }
}

/// What becomes of a configuration item with routing rules.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownRules {
    pub namespace_id: String,
    pub group_name: String,
    pub data_id: String,
    /// What is sent; empty if nothing is, and the findings say why.
    pub rules: Vec<ShownRule>,
    /// What is wrong or left out, in words.
    pub findings: Vec<String>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ShownRule {
    /// `VirtualService` or `DestinationRule`.
    pub kind: &'static str,
    /// `namespace/name` in Istio.
    pub name: Arc<str>,
    pub version: String,
}

impl From<MeshRules> for ShownRules {
    fn from(rules: MeshRules) -> Self {
        let rule = |rule: navaid_core::mesh::MeshRule| ShownRule {
            kind: rule.kind,
            name: rule.name,
            version: rule.version,
        };
        Self {
            namespace_id: rules.item.namespace().to_owned(),
            group_name: rules.item.group().to_owned(),
            data_id: rules.item.data_id().to_owned(),
            rules: rules.shown.into_iter().map(rule).collect(),
            findings: rules.findings,
        }
    }
}
