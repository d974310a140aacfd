//! From a service of the registry to what the mesh can say of it. Pure: the same service gives the same answer.
//!
//! ```text
//! Selection ─ endpoints (who, weight, locality, labels) ─ ports (by protocol) ─ hosts (names) ─▶ MeshService, checked
//! ```

mod endpoints;
mod hosts;
mod locality;
mod ports;
mod rules;
mod weights;

use std::{fmt, net::IpAddr, sync::Arc};

use navaid_core::{Instance, Metadata, ServiceKey, Timestamp};

use crate::{finding::Finding, settings::Translation};

use hosts::HostName;
pub(crate) use ports::Protocol;

/// Looks up a label of an address that an inventory knows (`site`, `zone`).
pub(crate) type Labels<'a> = &'a dyn Fn(&str, &str) -> Option<Arc<str>>;

/// Names and values, in order.
pub(crate) type LabelPairs = Vec<(Arc<str>, Arc<str>)>;

/// A service as the mesh sees it, before it is encoded for one kind of peer. Passes the rules of `spec/mesh` §7.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MeshService {
    pub(crate) key: ServiceKey,
    /// Istio's namespace.
    pub(crate) namespace: Arc<str>,
    /// `service.group.namespace` with every label a DNS label; the name within the namespace.
    pub(crate) name: String,
    /// The names by which it is called: at least one, no two alike.
    pub(crate) hosts: Vec<Arc<str>>,
    /// At least one.
    pub(crate) ports: Vec<ServicePort>,
    /// By address and port, no two alike.
    pub(crate) endpoints: Vec<MeshEndpoint>,
    pub(crate) created: Timestamp,
}

/// A port by which a service is called: one for each protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServicePort {
    pub(crate) number: u16,
    pub(crate) protocol: Protocol,
}

/// Where an instance listens.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MeshEndpoint {
    pub(crate) address: Address,
    pub(crate) port: u16,
    /// Index of its port in the service.
    pub(crate) service_port: usize,
    /// From 1; all of a service together are within 32 bits.
    pub(crate) weight: u32,
    pub(crate) locality: Locality,
    /// Valid as labels of Istio; in order.
    pub(crate) labels: LabelPairs,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Address {
    Ip(IpAddr),
    Name(Arc<str>),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// Where an endpoint is; parts may be empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Locality {
    pub(crate) region: Arc<str>,
    pub(crate) zone: Arc<str>,
    pub(crate) sub_zone: Arc<str>,
}

/// What became of a service.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Translated {
    /// None if the service has nothing to show, or cannot be shown.
    pub(crate) service: Option<MeshService>,
    pub(crate) findings: Vec<Finding>,
}

/// A service as the registry has it.
pub(crate) struct Source<'a> {
    pub(crate) key: &'a ServiceKey,
    /// What operators set on it.
    pub(crate) metadata: Option<&'a Metadata>,
    /// All instances, disabled ones as well: they too say which ports the service has.
    pub(crate) instances: &'a [Arc<Instance>],
    /// What everybody sees of them: those that are enabled, shown as healthy when too few are.
    pub(crate) seen: &'a [Arc<Instance>],
    pub(crate) created: Timestamp,
    /// The ports that it had when it was translated last: a service that has lost its instances keeps them, so that peers
    /// are told that it is empty instead of losing it.
    pub(crate) ports: &'a [ServicePort],
    /// Whether another service has a host name.
    pub(crate) is_taken: &'a dyn Fn(&str) -> bool,
}

/// Translates a service.
pub(crate) fn translate(source: &Source<'_>, settings: &Translation, labels: Labels<'_>) -> Translated {
    let mut findings = Vec::new();
    let service = build(source, settings, labels, &mut findings);
    let service = service.and_then(|service| match rules::check(&service) {
        Ok(()) => Some(service),
        Err(reason) => {
            findings.push(Finding::Refused { reason: reason.to_string() });
            None
        }
    });
    Translated { service, findings }
}

fn build(
    source: &Source<'_>,
    settings: &Translation,
    labels: Labels<'_>,
    findings: &mut Vec<Finding>,
) -> Option<MeshService> {
    let Source { key, metadata, instances, seen: _, created, ports, is_taken } = source;
    let candidates = endpoints::candidates(source, labels, findings);
    let listed = if settings.is_single_port {
        ports::single(instances, *metadata, findings)
    } else {
        ports::by_protocol(instances, *metadata, findings)
    };
    let (ports, places) = match listed {
        Some(listed) => listed,
        None if ports.is_empty() => return None,
        None => (ports.to_vec(), ports::Places::default()),
    };
    let name = HostName::of(key, findings);
    let hosts = hosts::hosts(&name, instances, settings, findings);
    let hosts = hosts::free(hosts, &name, settings, *is_taken, findings)?;
    let endpoints = endpoints::finish(candidates, &places);
    Some(MeshService {
        key: (*key).clone(),
        namespace: settings.istio_namespace.clone().unwrap_or_else(|| key.namespace().into()),
        name: name.into_text(),
        hosts,
        ports,
        endpoints,
        created: *created,
    })
}

/// What an instance says its protocol is, or its service.
fn protocol_of<'a>(instance: &'a Metadata, service: Option<&'a Metadata>) -> Option<&'a str> {
    let said = |metadata: &'a Metadata, key| metadata.get(key).filter(|text| !text.trim().is_empty());
    said(instance, "istio.protocol")
        .or_else(|| said(instance, "protocol"))
        .or_else(|| said(service?, "protocol"))
        .map(str::trim)
}

#[cfg(test)]
mod tests;
