//! Answers and pushes around an encoded service: the hosts are neither encoded again nor copied.

use bytes::Bytes;

use super::{PayloadType, payload};
use crate::{json::writer, naming::EncodedServiceInfo};

impl EncodedServiceInfo {
    /// A whole `QueryServiceResponse`.
    pub fn query_response(&self, last_ref_time: u64) -> SharedPayload {
        const BEFORE: &[u8] = b"{\"resultCode\":200,\"errorCode\":0,\"serviceInfo\":";
        self.wrapped(PayloadType::QueryServiceResponse, "", BEFORE, last_ref_time, b",\"success\":true}")
    }

    /// A whole `SubscribeServiceResponse`.
    pub fn subscribe_response(&self, last_ref_time: u64) -> SharedPayload {
        const BEFORE: &[u8] = b"{\"resultCode\":200,\"errorCode\":0,\"message\":\"success\",\"serviceInfo\":";
        self.wrapped(PayloadType::SubscribeServiceResponse, "", BEFORE, last_ref_time, b",\"success\":true}")
    }

    /// A whole `NotifySubscriberRequest`, which shares this view's bytes. `server_ip` is our own address.
    pub fn notify(&self, request_id: &str, server_ip: &str, last_ref_time: u64) -> SharedPayload {
        let mut before = Vec::with_capacity(64);
        before.extend_from_slice(b"{\"headers\":{},\"requestId\":");
        writer::string(&mut before, request_id);
        before.extend_from_slice(b",\"serviceInfo\":");
        self.wrapped(
            PayloadType::NotifySubscriberRequest,
            server_ip,
            &before,
            last_ref_time,
            b",\"module\":\"naming\"}",
        )
    }

    fn wrapped(
        &self,
        payload: PayloadType,
        client_ip: &str,
        before: &[u8],
        last_ref_time: u64,
        behind: &[u8],
    ) -> SharedPayload {
        let mut suffix = Vec::with_capacity(20 + self.tail.len() + behind.len());
        writer::whole(&mut suffix, last_ref_time);
        suffix.extend_from_slice(&self.tail);
        suffix.extend_from_slice(behind);
        let body_len = before.len() + self.head.len() + suffix.len();
        let mut prefix = Vec::with_capacity(payload::envelope_max(client_ip) + before.len());
        payload::write_envelope(&mut prefix, payload, client_ip, body_len);
        prefix.extend_from_slice(before);
        SharedPayload { chunks: [prefix.into(), self.head.clone(), suffix.into()] }
    }
}

/// A whole message in pieces, the large one shared with other messages: thousands of waiting pushes of one view hold
/// its hosts once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedPayload {
    pub chunks: [Bytes; 3],
}

impl SharedPayload {
    /// Bytes of the whole message.
    pub fn len(&self) -> usize {
        self.chunks.iter().map(Bytes::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The message in one piece.
    pub fn to_bytes(&self) -> Bytes {
        self.chunks.concat().into()
    }
}

impl From<Bytes> for SharedPayload {
    fn from(whole: Bytes) -> Self {
        Self { chunks: [whole, Bytes::new(), Bytes::new()] }
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::{GroupName, Lifetime, NamespaceId, ServiceKey, ServiceName};
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        grpc::Payload,
        naming::{ServiceInfo, ServiceInfoFace},
    };

    fn encoded() -> EncodedServiceInfo {
        let name = ServiceName::parse("s").unwrap();
        let view = ServiceInfo {
            face: ServiceInfoFace::Grpc,
            service: &ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name),
            clusters: "",
            cache_millis: 10_000,
            lifetime: Lifetime::Ephemeral,
            reach_protection_threshold: false,
            legacy: None,
        };
        view.encode([])
    }

    fn parsed(json: &[u8]) -> Value {
        serde_json::from_slice(json).unwrap()
    }

    #[test]
    fn messages_hold_the_view_between_their_own_keys() {
        let encoded = encoded();
        let info = parsed(&encoded.to_json(42));

        let query = Payload::decode(encoded.query_response(42).to_bytes()).unwrap();
        assert_eq!(query.payload_type(), Some(PayloadType::QueryServiceResponse));
        let body = json!({"resultCode": 200, "errorCode": 0, "serviceInfo": info, "success": true});
        assert_eq!(parsed(&query.body), body);

        let subscribe = Payload::decode(encoded.subscribe_response(42).to_bytes()).unwrap();
        assert_eq!(parsed(&subscribe.body)["message"], "success");
        assert_eq!(parsed(&subscribe.body)["serviceInfo"], info);

        let push = encoded.notify("1042", "10.0.0.2", 42);
        let whole = push.to_bytes();
        assert_eq!(whole.len(), push.len());
        let push = Payload::decode(whole).unwrap();
        assert_eq!(push.payload_type(), Some(PayloadType::NotifySubscriberRequest));
        assert_eq!(push.client_ip, "10.0.0.2");
        let body = json!({"headers": {}, "requestId": "1042", "serviceInfo": info, "module": "naming"});
        assert_eq!(parsed(&push.body), body);
    }

    #[test]
    fn pushes_of_one_view_share_its_bytes() {
        let encoded = encoded();
        let (one, two) = (encoded.notify("1", "", 1), encoded.notify("2", "", 2));
        assert_eq!(one.chunks[1].as_ptr(), two.chunks[1].as_ptr());
    }
}
