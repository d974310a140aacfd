//! Service entries, wrapped as MCP wraps every resource (`spec/mesh` §2.1, §2.2, §5.2).

use std::sync::Arc;

use prost::Message;
use prost_types::Any;

use super::wrap::{Wrapped, wrap};
use crate::{
    kind::Kind,
    proto::istio::networking::v1alpha3::{
        ServiceEntry, ServicePort as IstioPort, WorkloadEntry,
        service_entry::{Location, Resolution},
    },
    resource::{Resource, Version},
    settings::Translation,
    translate::{Address, MeshEndpoint, MeshService, Protocol, ServicePort},
};

/// The type of the body, for every version of Istio (`spec/mesh` §2.2).
const BODY: &str = "type.googleapis.com/istio.networking.v1alpha3.ServiceEntry";
/// Tells the service of a host name that had to be rewritten, and of every other one.
const SERVICE: &str = "navaid.io/service";
/// By these the synthetic collection tells a change of endpoints from one of the service (`spec/mesh` §4).
const SERVICE_VERSION: &str = "networking.alpha.istio.io/serviceVersion";
const ENDPOINTS_VERSION: &str = "networking.alpha.istio.io/endpointsVersion";

pub(super) fn resources(service: &MeshService, settings: &Translation) -> Vec<(Kind, Resource)> {
    let mut resources = Vec::new();
    for part in parts(service) {
        let entry = entry(service, &part, settings);
        let wrapped = Wrapped {
            name: &part.name,
            created: service.created,
            labels: &[("registryType", "nacos")],
            annotations: &[("virtual", "1"), (SERVICE, service.key.as_str())],
            body: Any { type_url: BODY.to_owned(), value: entry.encode_to_vec() },
        };
        let is_same = is_fit_for_pilot_1_4(&entry);
        resources.push((Kind::ServiceEntry, wrap(wrapped.clone())));
        let Some(old) = (if is_same { Some(entry) } else { for_pilot_1_4(entry) }) else { continue };
        let wrapped =
            Wrapped { body: Any { type_url: BODY.to_owned(), value: old.encode_to_vec() }, ..wrapped };
        resources.push((Kind::SyntheticServiceEntry, synthetic(wrapped.clone(), old)));
        resources.push((Kind::McpServiceEntry, wrap(wrapped)));
    }
    resources
}

/// What one entry says of a service.
struct Part<'a> {
    /// `namespace/name`.
    name: String,
    hosts: &'a [Arc<str>],
    /// Index of the port.
    port: usize,
}

/// (!) One entry for each port: Istio lets every endpoint of an entry serve every port of it, on the port's own number
/// where the endpoint names none (`spec/mesh` §7), and joins entries of one host. The first in the order of protocols has
/// the name of the service, the others `~` and theirs after it, which is in no DNS name.
///
/// An entry has all hosts where its port is told apart by host; else there is one for each, since Istio refuses an entry
/// with several hosts and a TCP port.
fn parts(service: &MeshService) -> Vec<Part<'_>> {
    let first = service.ports.iter().map(|port| port.protocol).min();
    let mut parts = Vec::new();
    for (port, ServicePort { protocol, .. }) in service.ports.iter().enumerate() {
        let suffix = match first == Some(*protocol) {
            true => String::new(),
            false => format!("~{}", protocol.port_name()),
        };
        let together = if protocol.has_host_names() { service.hosts.len() } else { 1 };
        for (number, hosts) in service.hosts.chunks(together).enumerate() {
            let name = if number == 0 { service.name.as_str() } else { &hosts[0] };
            parts.push(Part { name: format!("{}/{name}{suffix}", service.namespace), hosts, port });
        }
    }
    parts
}

fn entry(service: &MeshService, part: &Part<'_>, settings: &Translation) -> ServiceEntry {
    let endpoints = || service.endpoints.iter().filter(|endpoint| endpoint.service_port == part.port);
    let has_names = endpoints().any(|endpoint| matches!(endpoint.address, Address::Name(_)));
    let resolution = if has_names { Resolution::Dns } else { Resolution::Static };
    let ServicePort { number, protocol } = service.ports[part.port];
    ServiceEntry {
        hosts: part.hosts.iter().map(ToString::to_string).collect(),
        ports: vec![IstioPort {
            number: number.into(),
            protocol: protocol.istio().to_owned(),
            name: protocol.port_name().to_owned(),
        }],
        location: Location::MeshInternal.into(),
        resolution: resolution.into(),
        endpoints: endpoints().map(|endpoint| workload(protocol, endpoint)).collect(),
        export_to: settings.export_to.iter().map(ToString::to_string).collect(),
    }
}

fn workload(protocol: Protocol, endpoint: &MeshEndpoint) -> WorkloadEntry {
    WorkloadEntry {
        address: endpoint.address.to_string(),
        ports: [(protocol.port_name().to_owned(), endpoint.port.into())].into(),
        labels: endpoint.labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
        locality: endpoint.locality.path(),
        weight: endpoint.weight,
    }
}

fn is_ipv4(endpoint: &WorkloadEntry) -> bool {
    endpoint.address.parse::<std::net::Ipv4Addr>().is_ok()
}

fn is_fit_for_pilot_1_4(entry: &ServiceEntry) -> bool {
    !entry.endpoints.is_empty() && entry.endpoints.iter().all(is_ipv4)
}

/// (!) Pilot 1.4 refuses an entry without endpoints, or with one that is not IPv4 (`spec/mesh` §4).
fn for_pilot_1_4(mut entry: ServiceEntry) -> Option<ServiceEntry> {
    entry.endpoints.retain(is_ipv4);
    entry.resolution = Resolution::Static.into();
    (!entry.endpoints.is_empty()).then_some(entry)
}

fn synthetic(wrapped: Wrapped<'_>, mut entry: ServiceEntry) -> Resource {
    let endpoints: Vec<u8> = entry.endpoints.iter().flat_map(Message::encode_to_vec).collect();
    entry.endpoints.clear();
    let service = Version::of(&entry.encode_to_vec()).to_string();
    let endpoints = Version::of(&endpoints).to_string();
    let versions = [(SERVICE_VERSION, service.as_str()), (ENDPOINTS_VERSION, endpoints.as_str())];
    let annotations: Vec<_> = wrapped.annotations.iter().copied().chain(versions).collect();
    wrap(Wrapped { annotations: &annotations, ..wrapped })
}
