//! Selections as bytes: encoded once for each protocol that shows them, joined with a fresh `lastRefTime` at each use.

use std::time::Duration;

use bytes::Bytes;
use navaid_core::ServiceKey;
use navaid_naming::{Face, Selection};
use navaid_wire::naming::{EncodedServiceInfo, LegacyKeys, ServiceInfo, ServiceInfoFace, host};

use crate::{agent::ListReader, node::Node};

/// The selection as gRPC answers and pushes show it.
pub(crate) fn grpc(node: &Node, selection: &Selection) -> EncodedServiceInfo {
    encoded(node, selection, Face::Grpc, |_| (ServiceInfoFace::Grpc, None))
}

/// The selection as the lists of HTTP v1 and v2 show it.
pub(crate) fn http(node: &Node, selection: &Selection, reader: ListReader) -> EncodedServiceInfo {
    let (face, dom): (_, fn(&ServiceKey) -> Option<&str>) = match reader {
        ListReader::Modern => (Face::HttpV1, |_| None),
        ListReader::Legacy => (Face::HttpV1Legacy, |key| Some(key.name())),
        ListReader::LegacyJava => (Face::HttpV1LegacyJava, |key| Some(key.grouped())),
    };
    encoded(node, selection, face, |key| (ServiceInfoFace::Http, dom(key)))
}

/// The selection as datagrams show it, which only clients of the 1.x age read.
pub(crate) fn datagram(node: &Node, selection: &Selection) -> EncodedServiceInfo {
    encoded(node, selection, Face::Udp, |key| (ServiceInfoFace::Udp, Some(key.grouped())))
}

/// The selection as the DNS plugins list it, to be asked for again after `cache`. They ask for a name every few seconds
/// at most, so its bytes are not kept.
pub(crate) fn dns(selection: &Selection, cache: Duration) -> EncodedServiceInfo {
    let shown = info(selection, cache, ServiceInfoFace::Dns, Some(selection.key.name()));
    shown.encode(selection.hosts.iter().map(|host| &**host))
}

/// The hosts of the selection as v3 lists them.
pub(crate) fn host_list(selection: &Selection) -> Bytes {
    selection.encoded(Face::HttpV3, |selection| {
        let hosts = selection.hosts.iter().map(|host| (&**host, host.healthy));
        host::list(&selection.key, selection.lifetime, hosts).into()
    })
}

/// `shape` says how a service is shown on this face, and as what `dom`.
fn encoded(
    node: &Node,
    selection: &Selection,
    face: Face,
    shape: impl FnOnce(&ServiceKey) -> (ServiceInfoFace, Option<&str>),
) -> EncodedServiceInfo {
    let head = selection.encoded(face, |selection| {
        let (shown, dom) = shape(&selection.key);
        let cache = node.naming.switches().push_cache;
        let hosts = selection.hosts.iter().map(|host| &**host);
        info(selection, cache, shown, dom).encode(hosts).head
    });
    EncodedServiceInfo::from_head(head, selection.protected)
}

/// `dom` is how readers of the 1.x age are told the service.
fn info<'a>(
    selection: &'a Selection,
    cache: Duration,
    face: ServiceInfoFace,
    dom: Option<&'a str>,
) -> ServiceInfo<'a> {
    let metadata = selection.metadata.as_ref().map(|service| &service.metadata);
    ServiceInfo {
        face,
        service: &selection.key,
        clusters: &selection.clusters,
        cache_millis: u64::try_from(cache.as_millis()).unwrap_or(u64::MAX),
        lifetime: selection.lifetime,
        reach_protection_threshold: selection.protected,
        legacy: dom.map(|dom| LegacyKeys { dom, metadata }),
    }
}
