//! The ports of a service: one for each protocol that its instances speak (`spec/mesh` §10.5).

use std::{collections::BTreeMap, sync::Arc};

use navaid_core::{Instance, Metadata};

use super::{ServicePort, protocol_of};
use crate::finding::Finding;

/// The protocols of Istio that a service can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Protocol {
    Http,
    Grpc,
    Http2,
    GrpcWeb,
    HttpProxy,
    Https,
    Tls,
    Tcp,
    Udp,
    Mongo,
    Redis,
    Mysql,
}

impl Protocol {
    /// What a metadata's word means; none for an unknown one. Case does not matter.
    fn parse(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "http" | "rest" | "springcloud" => Self::Http,
            "grpc" | "tri" | "triple" => Self::Grpc,
            "http2" | "h2c" => Self::Http2,
            "grpc-web" => Self::GrpcWeb,
            "http_proxy" => Self::HttpProxy,
            "https" => Self::Https,
            "tls" => Self::Tls,
            "tcp" | "dubbo" | "dubbo2" => Self::Tcp,
            "udp" => Self::Udp,
            "mongo" => Self::Mongo,
            "redis" => Self::Redis,
            "mysql" => Self::Mysql,
            _ => return None,
        })
    }

    /// The protocol as Istio writes it.
    pub(crate) fn istio(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Grpc => "GRPC",
            Self::Http2 => "HTTP2",
            Self::GrpcWeb => "GRPC-WEB",
            Self::HttpProxy => "HTTP_PROXY",
            Self::Https => "HTTPS",
            Self::Tls => "TLS",
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Mongo => "MONGO",
            Self::Redis => "REDIS",
            Self::Mysql => "MYSQL",
        }
    }

    /// The name of its port: a DNS label.
    pub(crate) fn port_name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Grpc => "grpc",
            Self::Http2 => "http2",
            Self::GrpcWeb => "grpc-web",
            Self::HttpProxy => "http-proxy",
            Self::Https => "https",
            Self::Tls => "tls",
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Mongo => "mongo",
            Self::Redis => "redis",
            Self::Mysql => "mysql",
        }
    }

    /// Whether Envoy must speak HTTP/2 to it.
    pub(crate) fn is_http2(self) -> bool {
        matches!(self, Self::Grpc | Self::Http2)
    }

    /// Whether it is told apart by host name, so that one entry may have several (`spec/mesh` §7).
    pub(crate) fn has_host_names(self) -> bool {
        match self {
            Self::Http
            | Self::Grpc
            | Self::Http2
            | Self::GrpcWeb
            | Self::HttpProxy
            | Self::Https
            | Self::Tls => true,
            Self::Tcp | Self::Udp | Self::Mongo | Self::Redis | Self::Mysql => false,
        }
    }
}

/// Which port of the service an instance stands behind.
#[derive(Debug, Default)]
pub(crate) struct Places {
    by_protocol: BTreeMap<Protocol, usize>,
    /// Whether every instance stands behind the first.
    is_single: bool,
}

impl Places {
    pub(super) fn of(&self, protocol: Protocol) -> usize {
        if self.is_single { 0 } else { self.by_protocol.get(&protocol).copied().unwrap_or(0) }
    }
}

type Instances = [Arc<Instance>];

/// The protocol that an instance, or its service, says it speaks; HTTP if neither does (`spec/mesh` §8.2).
pub(super) fn protocol(instance: &Instance, service: Option<&Metadata>) -> Protocol {
    protocol_of(&instance.metadata, service)
        .map_or(Protocol::Http, |word| Protocol::parse(word).unwrap_or(Protocol::Tcp))
}

fn protocol_of_service(service: &Metadata) -> Protocol {
    protocol_of(&Metadata::default(), Some(service))
        .map_or(Protocol::Http, |word| Protocol::parse(word).unwrap_or(Protocol::Tcp))
}

/// A port for each protocol, the most spoken first; none without instances.
pub(super) fn by_protocol(
    instances: &Instances,
    service: Option<&Metadata>,
    findings: &mut Vec<Finding>,
) -> Option<(Vec<ServicePort>, Places)> {
    let mut counts: BTreeMap<Protocol, BTreeMap<u16, usize>> = BTreeMap::new();
    for instance in instances.iter().filter(|instance| instance.endpoint.port != 0) {
        note_unknown(instance, service, findings);
        *counts.entry(protocol(instance, service)).or_default().entry(instance.endpoint.port).or_default() +=
            1;
    }
    let mut spoken: Vec<_> = counts.into_iter().collect();
    spoken.sort_by_key(|(protocol, ports)| (std::cmp::Reverse(ports.values().sum::<usize>()), *protocol));
    let mut wanted = wanted_port(service, findings);
    let mut ports: Vec<ServicePort> = Vec::new();
    for (protocol, counts) in spoken {
        let number = wanted.take().unwrap_or_else(|| most_frequent(&counts));
        ports.push(ServicePort { number: free(number, protocol, &ports, findings), protocol });
    }
    if let (true, Some(number)) = (ports.is_empty(), wanted) {
        // Without instances the service's own word is all that is known, and enough to tell that it is empty.
        let protocol = service.map_or(Protocol::Http, protocol_of_service);
        ports.push(ServicePort { number, protocol });
    }
    let by_protocol = ports.iter().enumerate().map(|(at, port)| (port.protocol, at)).collect();
    (!ports.is_empty()).then_some((ports, Places { by_protocol, is_single: false }))
}

/// One port for all, as up to Nacos 2.5: that of the first instance, with the protocol that the last one names.
pub(super) fn single(
    instances: &Instances,
    service: Option<&Metadata>,
    findings: &mut Vec<Finding>,
) -> Option<(Vec<ServicePort>, Places)> {
    let first = instances.iter().find(|instance| instance.endpoint.port != 0)?;
    let named = |instance: &&Arc<Instance>| protocol_of(&instance.metadata, service).is_some();
    let last = instances.iter().rfind(named);
    instances.iter().for_each(|instance| note_unknown(instance, service, findings));
    let protocol = last.map_or(Protocol::Http, |instance| protocol(instance, service));
    let number = wanted_port(service, findings).unwrap_or(first.endpoint.port);
    Some((vec![ServicePort { number, protocol }], Places { is_single: true, ..Places::default() }))
}

fn note_unknown(instance: &Instance, service: Option<&Metadata>, findings: &mut Vec<Finding>) {
    let Some(word) = protocol_of(&instance.metadata, service) else { return };
    if Protocol::parse(word).is_none() {
        let finding = Finding::UnknownProtocol { protocol: word.into() };
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
}

/// The number that the service's metadata asks for.
fn wanted_port(service: Option<&Metadata>, findings: &mut Vec<Finding>) -> Option<u16> {
    let given = service?.get("istio.port").map(str::trim).filter(|text| !text.is_empty())?;
    let port = given.parse().ok().filter(|port| *port != 0);
    if port.is_none() {
        findings.push(Finding::InvalidPort { given: given.into() });
    }
    port
}

/// The lowest of those that most instances have.
fn most_frequent(counts: &BTreeMap<u16, usize>) -> u16 {
    let most = counts.iter().max_by_key(|(port, count)| (**count, std::cmp::Reverse(**port)));
    most.map_or(1, |(port, _)| *port)
}

/// The number, or the next one that no other protocol has.
fn free(number: u16, protocol: Protocol, taken: &[ServicePort], findings: &mut Vec<Finding>) -> u16 {
    let is_free = |number: u16| number != 0 && taken.iter().all(|port| port.number != number);
    let mut free = number;
    while !is_free(free) {
        free = free.wrapping_add(1);
    }
    if free != number {
        findings.push(Finding::PortMoved { protocol: protocol.port_name(), from: number, to: free });
    }
    free
}
