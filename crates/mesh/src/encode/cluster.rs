//! Clusters and their endpoints, by the rules of the strictest consumer (`spec/mesh` §9.3, `spec/clients-on-the-wire` D §2,
//! §3, §5).

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use prost::Message;
use prost_types::Any;

use super::{any, cluster_name, resource};
use crate::{
    dns_name::is_host_name,
    proto::envoy::{
        config::{
            cluster::v3::{
                Cluster,
                cluster::{DiscoveryType, DnsLookupFamily, EdsClusterConfig},
            },
            core::v3 as core,
            endpoint::v3::{ClusterLoadAssignment, Endpoint, LbEndpoint, LocalityLbEndpoints},
        },
        extensions::upstreams::http::v3::{
            HttpProtocolOptions,
            http_protocol_options::{ExplicitHttpConfig, Http1, Http2},
        },
    },
    resource::Resource,
    translate::{Address, Locality, MeshEndpoint, MeshService},
};

const CONNECT_TIMEOUT: prost_types::Duration = prost_types::Duration { seconds: 5, nanos: 0 };
/// Version 3 of xDS, as a number of the wire.
const V3: i32 = 2;
const HTTP_OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
const HTTP_OPTIONS_TYPE: &str = "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

/// The cluster of a port.
pub(super) fn cluster(service: &MeshService, at: usize) -> Resource {
    let port = &service.ports[at];
    let name = cluster_name(port, &service.hosts[0]);
    let options = HttpProtocolOptions { explicit_http_config: Some(http_config(port.protocol.is_http2())) };
    let mut cluster = Cluster {
        name: name.to_string(),
        connect_timeout: Some(CONNECT_TIMEOUT),
        // (!) Prometheus names of Envoy end at the first dot; labels of a host hold no underscore, so this is as unique.
        alt_stat_name: format!("outbound_{}_{}", port.number, service.hosts[0].replace('.', "_")),
        ..Cluster::default()
    };
    if port.protocol.has_host_names() {
        let options: Any = any(HTTP_OPTIONS_TYPE, &options);
        cluster.typed_extension_protocol_options = [(HTTP_OPTIONS.to_owned(), options)].into();
    }
    match by_name(service, at) {
        Some(endpoint) => resolve_by_name(&mut cluster, endpoint),
        None => {
            cluster.set_type(DiscoveryType::Eds);
            cluster.eds_cluster_config =
                Some(EdsClusterConfig { eds_config: Some(ads()), service_name: name.to_string() });
        }
    }
    resource(name, &cluster)
}

/// Whether the port's only endpoints have host names, so that it has no assignment.
pub(super) fn is_by_name(service: &MeshService, at: usize) -> bool {
    by_name(service, at).is_some()
}

/// (!) A host name in an assignment costs Envoy the answer, so a port with names only becomes a cluster that is resolved by
/// its first; where there are addresses, names are left out.
fn by_name(service: &MeshService, at: usize) -> Option<&MeshEndpoint> {
    let mut own = service.endpoints.iter().filter(|endpoint| endpoint.service_port == at);
    let first = own.clone().next()?;
    own.all(|endpoint| matches!(endpoint.address, Address::Name(_))).then_some(first)
}

fn resolve_by_name(cluster: &mut Cluster, endpoint: &MeshEndpoint) {
    cluster.set_type(DiscoveryType::LogicalDns);
    // (!) By itself Envoy takes only the IPv6 address of a name that has both.
    cluster.set_dns_lookup_family(DnsLookupFamily::V4Preferred);
    cluster.load_assignment = Some(ClusterLoadAssignment {
        cluster_name: cluster.name.clone(),
        endpoints: vec![LocalityLbEndpoints {
            locality: Some(core::Locality::default()),
            lb_endpoints: vec![lb_endpoint(endpoint)],
            load_balancing_weight: Some(1),
        }],
    });
}

fn http_config(is_http2: bool) -> ExplicitHttpConfig {
    ExplicitHttpConfig {
        http_protocol_options: (!is_http2).then_some(Http1 {}),
        http2_protocol_options: is_http2.then_some(Http2 {}),
    }
}

/// The answer stream itself is where further resources come from.
pub(super) fn ads() -> core::ConfigSource {
    core::ConfigSource {
        ads: Some(core::AggregatedConfigSource {}),
        resource_api_version: V3,
        ..core::ConfigSource::default()
    }
}

/// The endpoints of a port. (!) One locality for each weight, with the weight on both levels: Envoy heeds the endpoints'
/// weights only, gRPC the localities' only. A locality is always there, if empty.
pub(super) fn assignment(service: &MeshService, at: usize) -> Resource {
    let name = cluster_name(&service.ports[at], &service.hosts[0]);
    let mut localities: BTreeMap<(&Locality, u32), Vec<&MeshEndpoint>> = BTreeMap::new();
    for endpoint in service.endpoints.iter().filter(|endpoint| endpoint.service_port == at) {
        if matches!(endpoint.address, Address::Ip(_)) {
            localities.entry((&endpoint.locality, endpoint.weight)).or_default().push(endpoint);
        }
    }
    let mut weights: BTreeMap<&Locality, usize> = BTreeMap::new();
    localities.keys().for_each(|(locality, _)| *weights.entry(locality).or_default() += 1);
    let groups = localities.iter().map(|((locality, weight), endpoints)| LocalityLbEndpoints {
        locality: Some(wire_locality(locality, (weights[locality] > 1).then_some(*weight))),
        lb_endpoints: endpoints.iter().map(|endpoint| lb_endpoint(endpoint)).collect(),
        load_balancing_weight: Some(endpoints.iter().map(|endpoint| endpoint.weight).sum()),
    });
    resource(
        name.clone(),
        &ClusterLoadAssignment { cluster_name: name.to_string(), endpoints: groups.collect() },
    )
}

fn wire_locality(locality: &Locality, weight: Option<u32>) -> core::Locality {
    let sub_zone = match (&*locality.sub_zone, weight) {
        (sub_zone, None) => sub_zone.to_owned(),
        ("", Some(weight)) => format!("weight-{weight}"),
        (sub_zone, Some(weight)) => format!("{sub_zone}-weight-{weight}"),
    };
    core::Locality { region: locality.region.to_string(), zone: locality.zone.to_string(), sub_zone }
}

fn lb_endpoint(endpoint: &MeshEndpoint) -> LbEndpoint {
    let address =
        core::SocketAddress { address: endpoint.address.to_string(), port_value: endpoint.port.into() };
    let address = core::Address { socket_address: Some(address) };
    LbEndpoint {
        endpoint: Some(Endpoint { address: Some(address) }),
        load_balancing_weight: Some(endpoint.weight),
    }
}

/// Whether a name may be that of an assignment of ours: `outbound|PORT||HOST` below our suffix.
pub(crate) fn is_assignment_name(name: &str, suffix: &str) -> bool {
    let parsed = name.strip_prefix("outbound|").and_then(|rest| rest.split_once("||"));
    parsed.is_some_and(|(port, host)| {
        let is_ours = host.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.'));
        port.parse::<u16>().is_ok_and(|port| port != 0) && is_ours && is_host_name(host)
    })
}

/// What is sent for a cluster without endpoints: to leave the assignment out would leave its endpoints in use, and keep
/// a new cluster waiting.
pub(crate) fn empty_assignment(name: &Arc<str>) -> Resource {
    let assignment = ClusterLoadAssignment { cluster_name: name.to_string(), endpoints: Vec::new() };
    Resource::new(name.clone(), Bytes::from(assignment.encode_to_vec()))
}
