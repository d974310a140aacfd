//! The protobuf envelope of every message (`spec/grpc` §1.3): messages without a package, and field numbers that
//! do not start at 1.
//!
//! ```text
//! Payload  { 2: Metadata { 3: type, 7: map headers, 8: clientIp }, 3: Any { 1: type_url, 2: value = JSON } }
//! ```

use std::collections::BTreeMap;

use bytes::{Buf, Bytes};
use prost::Message as _;

use super::{Headers, PayloadType};

/// Largest message that a server accepts, in bytes, unless set otherwise (`spec/grpc` §1.4).
pub const DEFAULT_INBOUND_MAX: usize = 10 * 1024 * 1024;
/// Largest message that every SDK can receive; larger ones deserve a warning (Python, Rust, C#).
pub const PORTABLE_OUTBOUND_MAX: usize = 4 * 1024 * 1024;

mod proto {
    use super::{BTreeMap, Bytes};

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Metadata {
        #[prost(string, tag = "3")]
        pub(super) r#type: String,
        #[prost(btree_map = "string, string", tag = "7")]
        pub(super) headers: BTreeMap<String, String>,
        #[prost(string, tag = "8")]
        pub(super) client_ip: String,
    }

    /// `google.protobuf.Any`; the type url is not read: only the Rust SDK fills it.
    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Any {
        #[prost(bytes = "bytes", tag = "2")]
        pub(super) value: Bytes,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Payload {
        #[prost(message, optional, tag = "2")]
        pub(super) metadata: Option<Metadata>,
        #[prost(message, optional, tag = "3")]
        pub(super) body: Option<Any>,
    }
}

/// A received message, its JSON body not read yet.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Payload {
    pub type_name: String,
    /// What the sender says its address is: unverified, often empty.
    pub client_ip: String,
    pub headers: Headers,
    /// JSON; shares the bytes it was decoded from.
    pub body: Bytes,
}

/// Bytes that are no payload.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot decode the payload: {0}")]
pub struct MalformedPayload(String);

impl Payload {
    /// Decodes a whole message; the body is not copied when `source` is a [`Bytes`].
    ///
    /// # Errors
    /// Not protobuf of this shape, or a text that is not UTF-8.
    pub fn decode(source: impl Buf) -> Result<Self, MalformedPayload> {
        let decoded =
            proto::Payload::decode(source).map_err(|problem| MalformedPayload(problem.to_string()))?;
        let metadata = decoded.metadata.unwrap_or_default();
        Ok(Self {
            type_name: metadata.r#type,
            client_ip: metadata.client_ip,
            headers: metadata.headers.into_iter().collect(),
            body: decoded.body.unwrap_or_default().value,
        })
    }

    /// The type, if the protocol knows it.
    pub fn payload_type(&self) -> Option<PayloadType> {
        PayloadType::from_name(&self.type_name)
    }

    /// Encodes it as a client does, headers included.
    pub fn encode(&self) -> Bytes {
        let metadata = proto::Metadata {
            r#type: self.type_name.clone(),
            headers: self.headers.iter().map(|(name, value)| (name.into(), value.into())).collect(),
            client_ip: self.client_ip.clone(),
        };
        let body = proto::Any { value: self.body.clone() };
        proto::Payload { metadata: Some(metadata), body: Some(body) }.encode_to_vec().into()
    }
}

/// Appends the envelope of a message without headers up to its JSON, of which `body_len` bytes must follow.
///
/// `client_ip` is left out when empty: unary answers carry none, pushes carry the server's (`spec/grpc` §2.2).
pub fn write_envelope(out: &mut Vec<u8>, payload: PayloadType, client_ip: &str, body_len: usize) {
    let name = payload.name();
    let ip_len = if client_ip.is_empty() { 0 } else { field_len(client_ip.len()) };
    write_tag_len(out, 0x12, field_len(name.len()) + ip_len);
    write_tag_len(out, 0x1A, name.len());
    out.extend_from_slice(name.as_bytes());
    if !client_ip.is_empty() {
        write_tag_len(out, 0x42, client_ip.len());
        out.extend_from_slice(client_ip.as_bytes());
    }
    write_tag_len(out, 0x1A, field_len(body_len));
    write_tag_len(out, 0x12, body_len);
}

/// Bytes that [`write_envelope`] takes at most, for a reservation.
pub(crate) fn envelope_max(client_ip: &str) -> usize {
    // The longest type name has 36 characters; six tags and lengths take at most 6 bytes each.
    80 + client_ip.len()
}

/// Encodes a message without headers around a body: one allocation.
pub fn encode(payload: PayloadType, client_ip: &str, body: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(envelope_max(client_ip) + body.len());
    write_envelope(&mut out, payload, client_ip, body.len());
    out.extend_from_slice(body);
    out.into()
}

fn field_len(len: usize) -> usize {
    1 + prost::length_delimiter_len(len) + len
}

fn write_tag_len(out: &mut Vec<u8>, tag: u8, len: usize) {
    out.push(tag);
    prost::encode_length_delimiter(len, out).expect("a vector grows as needed");
}

#[cfg(test)]
mod tests;
