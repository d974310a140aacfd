//! The resource of MCP in which everything of Istio's travels (`spec/mesh` §2.1, §5.2).

use bytes::Bytes;
use navaid_core::Timestamp;
use prost::Message;
use prost_types::Any;

use crate::{
    proto::istio::mcp::v1alpha1::{Metadata, Resource as McpResource},
    resource::{Resource, Version},
};

/// What goes into a resource of MCP.
#[derive(Debug, Clone)]
pub(crate) struct Wrapped<'a> {
    /// `namespace/name`.
    pub(crate) name: &'a str,
    pub(crate) created: Timestamp,
    pub(crate) labels: &'a [(&'a str, &'a str)],
    pub(crate) annotations: &'a [(&'a str, &'a str)],
    pub(crate) body: Any,
}

/// Wraps a body. Its version is a digest of all that is sent but the time, because istiod ignores a change under a version
/// that it knows (`spec/istiod-as-seen` §4).
pub(crate) fn wrap(wrapped: Wrapped<'_>) -> Resource {
    let owned =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let metadata = Metadata {
        name: wrapped.name.to_owned(),
        create_time: None,
        version: String::new(),
        labels: owned(wrapped.labels),
        annotations: owned(wrapped.annotations),
    };
    let mut resource = McpResource { metadata: Some(metadata), body: Some(wrapped.body) };
    let version = Version::of(&resource.encode_to_vec());
    if let Some(metadata) = &mut resource.metadata {
        metadata.version = version.to_string();
        metadata.create_time = Some(seconds(wrapped.created));
    }
    Resource { name: wrapped.name.into(), version, message: Bytes::from(resource.encode_to_vec()) }
}

/// (!) Istio up to 1.13 drops a resource without a time (`spec/mesh` §5.2).
fn seconds(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: i64::try_from(at.as_millis() / 1000).unwrap_or(i64::MAX), nanos: 0 }
}
