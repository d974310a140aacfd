//! What every consumer checks, on the bytes that it would get (`spec/mesh` §7, §9.3, `spec/clients-on-the-wire` D §2).
//! Written apart from translation and encoding, for tests and for fuzzing: it panics where a consumer would refuse.

use std::{
    collections::{BTreeMap, HashSet},
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use prost::Message;

use super::resources;
use crate::{
    kind::Kind,
    proto::{
        envoy::config::{
            cluster::v3::{Cluster, cluster::DiscoveryType},
            endpoint::v3::ClusterLoadAssignment,
            route::v3::RouteConfiguration,
        },
        istio::{
            mcp::v1alpha1::Resource as McpResource,
            networking::v1alpha3::{ServiceEntry, ServicePort, WorkloadEntry, service_entry::Resolution},
        },
    },
    resource::Resource,
    settings::Translation,
    translate::MeshService,
};

/// Protocols that every Istio since 1.8 knows; several hosts may share those of the first list only.
const BY_HOST: [&str; 7] = ["HTTP", "HTTP2", "HTTP_PROXY", "GRPC", "GRPC-WEB", "HTTPS", "TLS"];
const BY_ADDRESS: [&str; 5] = ["TCP", "UDP", "MONGO", "REDIS", "MYSQL"];

/// Checks everything that is made of a service.
pub(crate) fn check(service: &MeshService, settings: &Translation) {
    let mut names: BTreeMap<Kind, HashSet<Arc<str>>> = BTreeMap::new();
    let (mut by_eds, mut routed) = (HashSet::new(), HashSet::new());
    for (kind, resource) in resources(service, settings) {
        let is_new = names.entry(kind).or_default().insert(resource.name.clone());
        assert!(is_new, "{kind:?} {} is there twice", resource.name);
        match kind {
            Kind::ServiceEntry | Kind::McpServiceEntry | Kind::SyntheticServiceEntry => {
                check_entry(kind, &resource);
            }
            Kind::Cluster => by_eds.extend(check_cluster(&resource)),
            Kind::Assignment => check_assignment(&resource),
            Kind::Route => routed.extend(clusters_of(&resource)),
            Kind::Listener | Kind::VirtualService | Kind::DestinationRule => {}
        }
    }
    let named = |kind| names.remove(&kind).unwrap_or_default();
    let [clusters, assignments] = [Kind::Cluster, Kind::Assignment].map(named);
    assert_eq!(assignments, by_eds, "clusters and their endpoints are told together");
    assert!(routed.is_subset(&clusters), "{routed:?} are not all among {clusters:?}");
}

/// The wrapped resource of MCP, and the entry in it.
pub(crate) fn entry(resource: &Resource) -> (McpResource, ServiceEntry) {
    let wrapped = McpResource::decode(resource.message.clone()).expect("a resource of MCP");
    let body = wrapped.body.as_ref().expect("a resource has a body");
    assert_eq!(body.type_url, "type.googleapis.com/istio.networking.v1alpha3.ServiceEntry");
    let entry = ServiceEntry::decode(body.value.as_slice()).expect("a service entry");
    (wrapped, entry)
}

fn check_entry(kind: Kind, resource: &Resource) {
    let (wrapped, entry) = entry(resource);
    let metadata = wrapped.metadata.expect("Pilot 1.4 crashes without metadata");
    let (namespace, name) = metadata.name.split_once('/').expect("a namespace and a name");
    assert!(!namespace.is_empty() && !name.is_empty() && !name.contains('/'), "{}", metadata.name);
    assert!(metadata.create_time.is_some() && metadata.version == resource.version.to_string());
    assert!(!entry.hosts.is_empty() && entry.hosts.iter().all(|host| is_host(host)), "{:?}", entry.hosts);
    let ports = check_ports(&entry.ports);
    let is_shared = entry.ports.iter().all(|port| BY_HOST.contains(&port.protocol.as_str()));
    assert!(entry.hosts.len() == 1 || is_shared, "{:?} share {:?}", entry.hosts, entry.ports);
    for endpoint in &entry.endpoints {
        check_endpoint(endpoint, &ports);
        let is_named = entry.resolution == i32::from(Resolution::Dns) && is_host(&endpoint.address);
        assert!(endpoint.address.parse::<IpAddr>().is_ok() || is_named, "{}", endpoint.address);
        assert!(kind == Kind::ServiceEntry || endpoint.address.parse::<Ipv4Addr>().is_ok());
    }
    assert!(kind == Kind::ServiceEntry || !entry.endpoints.is_empty());
}

fn check_ports(ports: &[ServicePort]) -> HashSet<&str> {
    let numbers: HashSet<_> = ports.iter().map(|port| port.number).collect();
    let names: HashSet<_> = ports.iter().map(|port| port.name.as_str()).collect();
    assert!(!ports.is_empty() && numbers.len() == ports.len() && names.len() == ports.len(), "{ports:?}");
    for port in ports {
        assert!((1..=65_535).contains(&port.number) && is_dns_label(&port.name), "{port:?}");
        assert!(BY_HOST.iter().chain(&BY_ADDRESS).any(|known| *known == port.protocol), "{port:?}");
    }
    names
}

fn check_endpoint(endpoint: &WorkloadEntry, ports: &HashSet<&str>) {
    assert!(endpoint.weight > 0);
    for (name, port) in &endpoint.ports {
        assert!(ports.contains(name.as_str()) && (1..=65_535).contains(port), "{name} of {ports:?}");
    }
    for (key, value) in &endpoint.labels {
        let (prefix, name) = key.split_once('/').map_or((None, key.as_str()), |(p, name)| (Some(p), name));
        assert!(prefix.is_none_or(|prefix| prefix.len() <= 253 && is_host(prefix)), "{key}");
        assert!(is_label_text(name) && (value.is_empty() || is_label_text(value)), "{key}={value}");
    }
    let parts: Vec<_> = endpoint.locality.split('/').collect();
    let is_part = |part: &&str| part.bytes().all(|b| b.is_ascii_graphic() && b != b'.');
    assert!(parts.len() <= 3 && parts.iter().all(is_part), "{}", endpoint.locality);
}

/// The name by which the cluster asks for its endpoints, if it does.
fn check_cluster(resource: &Resource) -> Option<Arc<str>> {
    let cluster = Cluster::decode(resource.message.clone()).expect("a cluster");
    assert!(!cluster.alt_stat_name.contains(['.', ':']) && cluster.name == *resource.name);
    assert!(cluster.connect_timeout.is_some_and(|timeout| timeout.seconds > 0));
    match DiscoveryType::try_from(cluster.r#type).expect("a type of Envoy") {
        DiscoveryType::Eds => {
            let eds = cluster.eds_cluster_config.expect("a cluster of EDS says where from");
            assert!(eds.eds_config.is_some_and(|source| source.ads.is_some()));
            Some(eds.service_name.into())
        }
        DiscoveryType::LogicalDns => {
            let endpoints = cluster.load_assignment.expect("a cluster of DNS has its endpoint").endpoints;
            assert!(endpoints.len() == 1 && endpoints[0].lb_endpoints.len() == 1);
            None
        }
        other => panic!("nobody makes clusters of type {other:?}"),
    }
}

fn check_assignment(resource: &Resource) {
    let assignment = ClusterLoadAssignment::decode(resource.message.clone()).expect("an assignment");
    assert_eq!(assignment.cluster_name, *resource.name);
    let (mut localities, mut addresses, mut sum) = (HashSet::new(), HashSet::new(), 0_u64);
    for group in assignment.endpoints {
        let locality = group.locality.expect("gRPC refuses a group without one");
        assert!(localities.insert((locality.region, locality.zone, locality.sub_zone)));
        let weights: Vec<u32> =
            group.lb_endpoints.iter().filter_map(|one| one.load_balancing_weight).collect();
        assert_eq!(weights.len(), group.lb_endpoints.len(), "every endpoint has its weight");
        assert!(weights.iter().all(|weight| *weight > 0 && *weight == weights[0]));
        let total: u64 = weights.into_iter().map(u64::from).sum();
        assert_eq!(group.load_balancing_weight.map(u64::from), Some(total));
        sum += total;
        for one in group.lb_endpoints {
            let address = one.endpoint.and_then(|endpoint| endpoint.address?.socket_address);
            let address = address.expect("an endpoint has an address");
            assert!(address.address.parse::<IpAddr>().is_ok() && (1..=65_535).contains(&address.port_value));
            assert!(addresses.insert((address.address, address.port_value)));
        }
    }
    assert!(sum <= u64::from(u32::MAX));
}

fn clusters_of(route: &Resource) -> Vec<Arc<str>> {
    let route = RouteConfiguration::decode(route.message.clone()).expect("a route");
    let routes = route.virtual_hosts.into_iter().flat_map(|host| host.routes);
    routes.map(|route| route.route.expect("a route goes somewhere").cluster.into()).collect()
}

fn is_host(text: &str) -> bool {
    text.len() <= 255 && text.split('.').all(is_dns_label)
}

fn is_dns_label(text: &str) -> bool {
    text.len() <= 63 && is_between_alphanumerics(text, |c| c == '-')
}

/// The name or the value of a label.
fn is_label_text(text: &str) -> bool {
    text.len() <= 63 && is_between_alphanumerics(text, |c| matches!(c, '-' | '_' | '.'))
}

/// Letters and digits, and the characters allowed between the first and the last.
fn is_between_alphanumerics(text: &str, allowed: fn(char) -> bool) -> bool {
    let is_end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let is_legal = |c: char| c.is_ascii_alphanumeric() || allowed(c);
    is_end(text.chars().next()) && is_end(text.chars().last()) && text.chars().all(is_legal)
}
