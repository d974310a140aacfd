//! Services with their instances, as discovery answers and pushes show them: encoded once, sent many times.
//!
//! Only `lastRefTime` differs between two sends of one view, and clients want it to grow strictly. So a view is
//! encoded as what comes before its digits and what comes after, and each send joins the two around fresh digits:
//!
//! ```text
//! {"name":…,"hosts":[…],"lastRefTime":  1730000001000  ,"checksum":"",…,"valid":true}
//!  └──────────── head ─────────────┘                   └─────────── tail ─────────┘
//! ```
//!
//! Cost: some 350 bytes an instance plus its metadata, for as long as the encoded view is kept; a push to a further
//! subscriber shares it ([`EncodedServiceInfo::notify`]).

use bytes::Bytes;
use navaid_core::{Instance, Lifetime, ServiceKey};

use super::reserved::{self, BeatTimes};
use crate::{
    grpc::{PayloadType, payload},
    json::writer,
};

/// `cacheMillis` of every answer, unless the switch says otherwise.
pub const DEFAULT_CACHE_MILLIS: u64 = 10_000;

/// Which protocol shows the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServiceInfoFace {
    /// `name` bare, `groupName` beside it.
    Grpc,
    /// `name` grouped, `groupName` beside it: v1 and v2 lists.
    Http,
    /// `name` grouped, no `groupName`: datagrams.
    Udp,
}

/// What an encoded view says beside its instances.
#[derive(Debug, Clone, Copy)]
pub struct ServiceInfo<'a> {
    pub face: ServiceInfoFace,
    pub service: &'a ServiceKey,
    /// The filter exactly as asked for: old clients key their cache by it.
    pub clusters: &'a str,
    pub cache_millis: u64,
    /// Shown as `ephemeral` in every host.
    pub lifetime: Lifetime,
    /// When reached, every host is shown healthy (`spec/naming-semantics` §5.4).
    pub reach_protection_threshold: bool,
}

impl ServiceInfo<'_> {
    /// Encodes the view; `hosts` are shown in the order given.
    pub fn encode<'h>(&self, hosts: impl IntoIterator<Item = &'h Instance>) -> EncodedServiceInfo {
        let mut head = Vec::with_capacity(256);
        self.write_head(&mut head);
        let writer = HostWriter::new(self.service, self.lifetime);
        let mut first = true;
        for instance in hosts {
            if !first {
                head.push(b',');
            }
            first = false;
            writer.write(&mut head, instance, instance.healthy || self.reach_protection_threshold);
        }
        head.extend_from_slice(b"],\"lastRefTime\":");
        EncodedServiceInfo::from_head(head.into(), self.reach_protection_threshold)
    }

    fn write_head(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"name\":");
        match self.face {
            ServiceInfoFace::Grpc => writer::string(out, self.service.name()),
            ServiceInfoFace::Http | ServiceInfoFace::Udp => writer::string(out, self.service.grouped()),
        }
        if self.face != ServiceInfoFace::Udp {
            out.extend_from_slice(b",\"groupName\":");
            writer::string(out, self.service.group());
        }
        out.extend_from_slice(b",\"clusters\":");
        writer::string(out, self.clusters);
        out.extend_from_slice(b",\"cacheMillis\":");
        writer::whole(out, self.cache_millis);
        out.extend_from_slice(b",\"hosts\":[");
    }
}

/// Both spellings of "all ips": `allIPs` up to 2.x, `allIps` in 3.x.
fn tail(reach_protection_threshold: bool) -> Bytes {
    Bytes::from_static(if reach_protection_threshold {
        b",\"checksum\":\"\",\"allIPs\":false,\"allIps\":false,\"reachProtectionThreshold\":true,\"valid\":true}"
    } else {
        b",\"checksum\":\"\",\"allIPs\":false,\"allIps\":false,\"reachProtectionThreshold\":false,\"valid\":true}"
    })
}

/// An encoded view, still without its `lastRefTime`. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedServiceInfo {
    pub head: Bytes,
    pub tail: Bytes,
}

impl EncodedServiceInfo {
    /// A view of which only the head was kept.
    pub fn from_head(head: Bytes, reach_protection_threshold: bool) -> Self {
        Self { head, tail: tail(reach_protection_threshold) }
    }

    /// The JSON text: body of an HTTP list.
    pub fn to_json(&self, last_ref_time: u64) -> Bytes {
        let mut out = Vec::with_capacity(self.len_max());
        self.write(&mut out, last_ref_time);
        out.into()
    }

    /// A whole `QueryServiceResponse`.
    pub fn query_response(&self, last_ref_time: u64) -> Bytes {
        const BEFORE: &[u8] = b"{\"resultCode\":200,\"errorCode\":0,\"serviceInfo\":";
        self.wrapped(PayloadType::QueryServiceResponse, "", BEFORE, last_ref_time, b",\"success\":true}")
            .to_bytes()
    }

    /// A whole `SubscribeServiceResponse`.
    pub fn subscribe_response(&self, last_ref_time: u64) -> Bytes {
        const BEFORE: &[u8] = b"{\"resultCode\":200,\"errorCode\":0,\"message\":\"success\",\"serviceInfo\":";
        self.wrapped(PayloadType::SubscribeServiceResponse, "", BEFORE, last_ref_time, b",\"success\":true}")
            .to_bytes()
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

    /// A datagram: the view as a JSON **string** inside an object. `ack_number` is what the client will repeat; a
    /// number below 2^53, because Node reads a double. Packets of 1024 bytes and more are sent as gzip.
    pub fn udp_packet(&self, last_ref_time: u64, ack_number: u64) -> Vec<u8> {
        let json = self.to_json(last_ref_time);
        let text = std::str::from_utf8(&json).expect("the view was written as text");
        let mut out = Vec::with_capacity(json.len() + json.len() / 4 + 64);
        out.extend_from_slice(b"{\"type\":\"dom\",\"data\":");
        writer::string(&mut out, text);
        out.extend_from_slice(b",\"lastRefTime\":");
        writer::whole(&mut out, ack_number);
        out.push(b'}');
        out
    }

    /// Appends the JSON text.
    pub fn write(&self, out: &mut Vec<u8>, last_ref_time: u64) {
        out.extend_from_slice(&self.head);
        writer::whole(out, last_ref_time);
        out.extend_from_slice(&self.tail);
    }

    fn len_max(&self) -> usize {
        self.head.len() + 20 + self.tail.len()
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

/// Writes instances of one service as hosts (`spec/naming-semantics` §1.3, §5.2).
pub struct HostWriter {
    /// `group@@name`, escaped.
    grouped: Vec<u8>,
    ephemeral: bool,
}

impl HostWriter {
    pub fn new(service: &ServiceKey, lifetime: Lifetime) -> Self {
        let mut grouped = Vec::with_capacity(service.grouped().len());
        writer::string_part(&mut grouped, service.grouped());
        Self { grouped, ephemeral: lifetime.is_ephemeral() }
    }

    /// Appends one host object; `healthy` is what is shown.
    pub fn write(&self, out: &mut Vec<u8>, instance: &Instance, healthy: bool) {
        out.extend_from_slice(b"{\"instanceId\":\"");
        self.write_id(out, instance);
        out.extend_from_slice(b"\",\"ip\":");
        writer::string(out, &instance.endpoint.ip);
        out.extend_from_slice(b",\"port\":");
        writer::whole(out, instance.endpoint.port.into());
        out.extend_from_slice(b",\"weight\":");
        writer::double(out, instance.weight);
        out.extend_from_slice(b",\"healthy\":");
        writer::flag(out, healthy);
        out.extend_from_slice(b",\"enabled\":");
        writer::flag(out, instance.enabled);
        out.extend_from_slice(b",\"ephemeral\":");
        writer::flag(out, self.ephemeral);
        out.extend_from_slice(b",\"clusterName\":");
        writer::string(out, instance.cluster.as_str());
        out.extend_from_slice(b",\"serviceName\":\"");
        out.extend_from_slice(&self.grouped);
        out.extend_from_slice(b"\",\"metadata\":");
        write_metadata(out, instance);
        write_derived(out, instance);
        out.push(b'}');
    }

    fn write_id(&self, out: &mut Vec<u8>, instance: &Instance) {
        match &instance.id {
            navaid_core::InstanceId::Given(id) => writer::string_part(out, id),
            navaid_core::InstanceId::Simple => {
                writer::string_part(out, &instance.endpoint.ip);
                out.push(b'#');
                writer::whole(out, instance.endpoint.port.into());
                out.push(b'#');
                out.extend_from_slice(instance.cluster.as_str().as_bytes());
                out.push(b'#');
                out.extend_from_slice(&self.grouped);
            }
        }
    }
}

fn write_metadata(out: &mut Vec<u8>, instance: &Instance) {
    out.push(b'{');
    for (at, (key, value)) in instance.metadata.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        writer::string(out, key);
        out.push(b':');
        writer::string(out, value);
    }
    out.push(b'}');
}

/// The four values that Java derives from the metadata.
fn write_derived(out: &mut Vec<u8>, instance: &Instance) {
    let times = BeatTimes::of(&instance.metadata);
    let millis = |span: std::time::Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    out.extend_from_slice(b",\"instanceHeartBeatInterval\":");
    writer::whole(out, millis(times.interval));
    out.extend_from_slice(b",\"instanceHeartBeatTimeOut\":");
    writer::whole(out, millis(times.timeout));
    out.extend_from_slice(b",\"ipDeleteTimeout\":");
    writer::whole(out, millis(times.delete_timeout));
    if let Some(generator) = reserved::shown_generator(&instance.metadata) {
        out.extend_from_slice(b",\"instanceIdGenerator\":");
        writer::string(out, generator);
    }
}

/// A JSON list of hosts: `data` of the v3 client list.
pub fn host_list<'h>(
    service: &ServiceKey,
    lifetime: Lifetime,
    hosts: impl IntoIterator<Item = (&'h Instance, bool)>,
) -> Vec<u8> {
    let writer = HostWriter::new(service, lifetime);
    let mut out = vec![b'['];
    for (instance, healthy) in hosts {
        if out.len() > 1 {
            out.push(b',');
        }
        writer.write(&mut out, instance, healthy);
    }
    out.push(b']');
    out
}

#[cfg(test)]
mod tests;
