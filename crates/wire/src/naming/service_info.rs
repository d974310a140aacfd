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
//! subscriber shares it ([`crate::grpc::service_answer`]).

use bytes::Bytes;
use navaid_core::{Instance, Lifetime, Metadata, ServiceKey};

use super::host::{self, HostKeys, HostWriter};
use crate::json::writer;

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
    /// As `Udp`, and hosts name their service without a group: the lists of the DNS plugins (recorded: `ns1-api-dns` on
    /// 1.4.8).
    Dns,
}

/// What lists of 1.x say beside: `dom`, `useSpecifiedURL`, `env` and `metadata`, and in each host `valid` and `marked`
/// (`spec/naming-semantics` §5.2). Clients of 2.x and later have no such keys and skip them.
#[derive(Debug, Clone, Copy)]
pub struct LegacyKeys<'a> {
    /// The service, grouped for Java clients, bare for others.
    pub dom: &'a str,
    /// Of the service; none if nobody set any.
    pub metadata: Option<&'a Metadata>,
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
    /// For readers of the 1.x age.
    pub legacy: Option<LegacyKeys<'a>>,
}

impl ServiceInfo<'_> {
    /// Encodes the view; `hosts` are shown in the order given.
    pub fn encode<'h>(&self, hosts: impl IntoIterator<Item = &'h Instance>) -> EncodedServiceInfo {
        let mut head = Vec::with_capacity(256);
        self.write_head(&mut head);
        let writer = HostWriter::new(self.service, self.lifetime, self.host_keys());
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
            ServiceInfoFace::Http | ServiceInfoFace::Udp | ServiceInfoFace::Dns => {
                writer::string(out, self.service.grouped())
            }
        }
        if matches!(self.face, ServiceInfoFace::Grpc | ServiceInfoFace::Http) {
            out.extend_from_slice(b",\"groupName\":");
            writer::string(out, self.service.group());
        }
        if let Some(legacy) = &self.legacy {
            legacy.write(out);
        }
        out.extend_from_slice(b",\"clusters\":");
        writer::string(out, self.clusters);
        out.extend_from_slice(b",\"cacheMillis\":");
        writer::whole(out, self.cache_millis);
        out.extend_from_slice(b",\"hosts\":[");
    }

    fn host_keys(&self) -> HostKeys {
        match (self.face, self.legacy) {
            (_, None) => HostKeys::Modern,
            (ServiceInfoFace::Dns, Some(_)) => HostKeys::LegacyBareName,
            (_, Some(_)) => HostKeys::Legacy,
        }
    }
}

impl LegacyKeys<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b",\"dom\":");
        writer::string(out, self.dom);
        out.extend_from_slice(b",\"useSpecifiedURL\":false,\"env\":\"\",\"metadata\":");
        match self.metadata {
            Some(metadata) => host::write_metadata(out, metadata),
            None => out.extend_from_slice(b"{}"),
        }
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

    /// A datagram: the view as a JSON **string** inside an object. `ack_number` is what the client will repeat; a
    /// number below 2^53, because Node reads a double. [`super::datagram::packed`] makes it ready to be sent.
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
}

#[cfg(test)]
mod tests;
