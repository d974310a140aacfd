//! Selections as bytes: encoded once for each protocol that shows them, joined with a fresh `lastRefTime` at each use.

use bytes::Bytes;
use navaid_naming::{Face, Selection};
use navaid_wire::naming::{EncodedServiceInfo, ServiceInfo, ServiceInfoFace, host};

use crate::node::Node;

/// The selection as gRPC answers and pushes show it.
pub(crate) fn grpc(node: &Node, selection: &Selection) -> EncodedServiceInfo {
    encoded(node, selection, Face::Grpc, ServiceInfoFace::Grpc)
}

/// The selection as the lists of HTTP v1 and v2 show it.
pub(crate) fn http(node: &Node, selection: &Selection) -> EncodedServiceInfo {
    encoded(node, selection, Face::HttpV1, ServiceInfoFace::Http)
}

/// The selection as datagrams show it.
pub(crate) fn datagram(node: &Node, selection: &Selection) -> EncodedServiceInfo {
    encoded(node, selection, Face::Udp, ServiceInfoFace::Udp)
}

/// The hosts of the selection as v3 lists them.
pub(crate) fn host_list(selection: &Selection) -> Bytes {
    selection.encoded(Face::HttpV3, |selection| {
        let hosts = selection.hosts.iter().map(|host| (&**host, host.healthy));
        host::list(&selection.key, selection.lifetime, hosts).into()
    })
}

fn encoded(node: &Node, selection: &Selection, face: Face, shown: ServiceInfoFace) -> EncodedServiceInfo {
    let head = selection.encoded(face, |selection| {
        let cache = node.naming.switches().push_cache;
        let info = ServiceInfo {
            face: shown,
            service: &selection.key,
            clusters: &selection.clusters,
            cache_millis: u64::try_from(cache.as_millis()).unwrap_or(u64::MAX),
            lifetime: selection.lifetime,
            reach_protection_threshold: selection.protected,
        };
        info.encode(selection.hosts.iter().map(|host| &**host)).head
    });
    EncodedServiceInfo::from_head(head, selection.protected)
}
