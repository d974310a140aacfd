//! Resources as fields of an answer, put together from bytes that are encoded already.
//!
//! An answer is a message without resources, followed by its resources as further fields of the same message: protobuf
//! takes fields in any order, so that what differs between streams is small and what is large is shared.

use bytes::{BufMut, Bytes, BytesMut};
use prost::{
    Message,
    encoding::{encode_varint, encoded_len_varint},
};

use crate::{kind::Kind, proto::istio::mcp::v1alpha1 as mcp, resource::Resource};

// Tags of fields with a length: the number of the field, shifted, and 2.
const FIELD_1: u8 = 0x0a;
const FIELD_2: u8 = 0x12;
const FIELD_3: u8 = 0x1a;

/// How the resources of an answer are wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Field 2 of `DiscoveryResponse`: an `Any`.
    World,
    /// The same for Istio 1.11, without the version in a resource of MCP.
    WorldUnversioned,
    /// Field 2 of `DeltaDiscoveryResponse`: name, version and an `Any`.
    Delta,
    /// Field 3 of MCP's `Resources`: the message itself.
    Mcp,
}

/// Puts all of the resources behind one another.
pub(crate) fn frame<'a>(
    framing: Framing,
    kind: Kind,
    resources: impl Iterator<Item = &'a Resource> + Clone,
) -> Bytes {
    let size = resources.clone().map(|resource| resource.message.len() + 160).sum();
    let mut buffer = BytesMut::with_capacity(size);
    for resource in resources {
        match framing {
            Framing::World => put_any(&mut buffer, FIELD_2, kind, &resource.message),
            Framing::WorldUnversioned => {
                put_any(&mut buffer, FIELD_2, kind, &without_version(&resource.message));
            }
            Framing::Delta => put_delta(&mut buffer, kind, resource),
            Framing::Mcp => put(&mut buffer, FIELD_3, &resource.message),
        }
    }
    buffer.freeze()
}

fn put_delta(buffer: &mut BytesMut, kind: Kind, resource: &Resource) {
    let version = resource.version.to_string();
    let any = any_len(kind, resource.message.len());
    let length = field_len(version.len()) + field_len(any) + field_len(resource.name.len());
    put_head(buffer, FIELD_2, length);
    put(buffer, FIELD_1, version.as_bytes());
    put_any(buffer, FIELD_2, kind, &resource.message);
    put(buffer, FIELD_3, resource.name.as_bytes());
}

fn put_any(buffer: &mut BytesMut, tag: u8, kind: Kind, message: &[u8]) {
    put_head(buffer, tag, any_len(kind, message.len()));
    put(buffer, FIELD_1, kind.any_type().as_bytes());
    put(buffer, FIELD_2, message);
}

fn any_len(kind: Kind, message: usize) -> usize {
    field_len(kind.any_type().len()) + field_len(message)
}

fn put(buffer: &mut BytesMut, tag: u8, bytes: &[u8]) {
    put_head(buffer, tag, bytes.len());
    buffer.put_slice(bytes);
}

fn put_head(buffer: &mut BytesMut, tag: u8, length: usize) {
    buffer.put_u8(tag);
    encode_varint(length as u64, buffer);
}

fn field_len(length: usize) -> usize {
    1 + encoded_len_varint(length as u64) + length
}

/// (!) Istio 1.11 refuses every change of a resource that bears a version (`spec/mesh` §6). Such sinks are so few that their
/// answers are made anew each time.
fn without_version(message: &Bytes) -> Vec<u8> {
    match mcp::Resource::decode(message.clone()) {
        Ok(mut resource) => {
            if let Some(metadata) = &mut resource.metadata {
                metadata.version.clear();
            }
            resource.encode_to_vec()
        }
        Err(_) => message.to_vec(), // not a resource of MCP
    }
}

#[cfg(test)]
mod tests {
    use prost_types::Any;

    use super::*;
    use crate::proto::envoy::service::discovery::v3::{
        DeltaDiscoveryResponse, DiscoveryResponse, Resource as DeltaResource,
    };

    fn resources() -> Vec<Resource> {
        let resource = |name: &str, length| Resource::new(name.into(), vec![7; length].into());
        vec![resource("a", 3), resource("b", 300), resource("c", 0)]
    }

    #[test]
    fn head_and_framed_resources_are_one_message() {
        let resources = resources();
        let head = DiscoveryResponse { nonce: "9".to_owned(), ..DiscoveryResponse::default() };
        let mut bytes = head.encode_to_vec();
        bytes.extend(frame(Framing::World, Kind::Cluster, resources.iter()));
        let whole = DiscoveryResponse::decode(bytes.as_slice()).unwrap();
        let any = |resource: &Resource| Any {
            type_url: Kind::Cluster.any_type().to_owned(),
            value: resource.message.to_vec(),
        };
        let wanted = DiscoveryResponse { resources: resources.iter().map(any).collect(), ..head };
        assert_eq!(whole, wanted);
    }

    #[test]
    fn delta_frames_bear_name_and_version() {
        let resources = resources();
        let bytes = frame(Framing::Delta, Kind::Assignment, resources.iter());
        let whole = DeltaDiscoveryResponse::decode(bytes).unwrap();
        let wanted = |resource: &Resource| DeltaResource {
            version: resource.version.to_string(),
            resource: Some(Any {
                type_url: Kind::Assignment.any_type().to_owned(),
                value: resource.message.to_vec(),
            }),
            name: resource.name.to_string(),
        };
        assert_eq!(whole.resources, resources.iter().map(wanted).collect::<Vec<_>>());
    }

    #[test]
    fn istio_1_11_gets_no_version() {
        let metadata = mcp::Metadata { version: "1".into(), name: "n/a".into(), ..mcp::Metadata::default() };
        let message = mcp::Resource { metadata: Some(metadata), body: None }.encode_to_vec();
        let resource = Resource::new("n/a".into(), message.into());
        let bytes = frame(Framing::WorldUnversioned, Kind::ServiceEntry, [resource].iter());
        let answer = DiscoveryResponse::decode(bytes).unwrap();
        let sent = mcp::Resource::decode(answer.resources[0].value.as_slice()).unwrap().metadata.unwrap();
        assert_eq!((sent.version.as_str(), sent.name.as_str()), ("", "n/a"));
    }
}
