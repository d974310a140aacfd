//! Messages of `istio.mcp.v1alpha1`.

use std::collections::BTreeMap;

use prost::Message;

use super::google::{Any, Status, Timestamp};

#[derive(Clone, PartialEq, Eq, Message)]
pub struct Metadata {
    /// `namespace/name`.
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, optional, tag = "2")]
    pub create_time: Option<Timestamp>,
    #[prost(string, tag = "3")]
    pub version: String,
    #[prost(btree_map = "string, string", tag = "4")]
    pub labels: BTreeMap<String, String>,
    #[prost(btree_map = "string, string", tag = "5")]
    pub annotations: BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub struct Resource {
    #[prost(message, optional, tag = "1")]
    pub metadata: Option<Metadata>,
    #[prost(message, optional, tag = "2")]
    pub body: Option<Any>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub struct SinkNode {
    #[prost(string, tag = "1")]
    pub id: String,
    #[prost(btree_map = "string, string", tag = "2")]
    pub annotations: BTreeMap<String, String>,
}

/// From the sink: a question, an ACK or a NACK.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct RequestResources {
    #[prost(message, optional, tag = "1")]
    pub sink_node: Option<SinkNode>,
    #[prost(string, tag = "2")]
    pub collection: String,
    #[prost(btree_map = "string, string", tag = "3")]
    pub initial_resource_versions: BTreeMap<String, String>,
    #[prost(string, tag = "4")]
    pub response_nonce: String,
    #[prost(message, optional, tag = "5")]
    pub error_detail: Option<Status>,
    #[prost(bool, tag = "6")]
    pub incremental: bool,
}

/// From the source.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Resources {
    #[prost(string, tag = "1")]
    pub system_version_info: String,
    #[prost(string, tag = "2")]
    pub collection: String,
    #[prost(message, repeated, tag = "3")]
    pub resources: Vec<Resource>,
    #[prost(string, repeated, tag = "4")]
    pub removed_resources: Vec<String>,
    #[prost(string, tag = "5")]
    pub nonce: String,
    #[prost(bool, tag = "6")]
    pub incremental: bool,
}
