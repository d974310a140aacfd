//! What Istio takes (`spec/mesh` §7): one violation would cost the whole entry, without a word to us. Written apart from
//! the translation, which it checks.

use std::collections::HashSet;

use super::MeshService;
use crate::{
    dns_name::{is_host_name, is_label},
    label::{is_key, is_value},
};

/// The rule that a service breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("`{0}` is not a host name")]
    Host(String),
    #[error("it has no host name")]
    NoHost,
    #[error("it has no port")]
    NoPort,
    #[error("two of its ports have the number {0}, or one has the number 0")]
    PortNumber(u16),
    #[error("two of its ports have the name {0}")]
    PortName(&'static str),
    #[error("its namespace `{0}` or name `{1}` has a slash, or is empty")]
    Name(String, String),
    #[error("an endpoint has no port, or one that the service lacks")]
    EndpointPort,
    #[error("an endpoint has a weight of 0, or the sum of all is above 32 bits")]
    Weight,
    #[error("two endpoints have one address and port")]
    Double,
    #[error("`{0}` is not a label")]
    Label(String),
}

pub(super) fn check(service: &MeshService) -> Result<(), Refusal> {
    if service.hosts.is_empty() {
        return Err(Refusal::NoHost);
    }
    if let Some(host) = service.hosts.iter().find(|host| !is_host_name(host)) {
        return Err(Refusal::Host(host.to_string()));
    }
    let is_part = |part: &str| !part.is_empty() && !part.contains('/');
    if !is_part(&service.namespace) || !is_part(&service.name) {
        return Err(Refusal::Name(service.namespace.to_string(), service.name.clone()));
    }
    check_ports(service)?;
    check_endpoints(service)
}

fn check_ports(service: &MeshService) -> Result<(), Refusal> {
    if service.ports.is_empty() {
        return Err(Refusal::NoPort);
    }
    let (mut numbers, mut names) = (HashSet::new(), HashSet::new());
    for port in &service.ports {
        if port.number == 0 || !numbers.insert(port.number) {
            return Err(Refusal::PortNumber(port.number));
        }
        let name = port.protocol.port_name();
        if !is_label(name) || !names.insert(name) {
            return Err(Refusal::PortName(name));
        }
    }
    Ok(())
}

fn check_endpoints(service: &MeshService) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    let mut sum = 0_u64;
    for endpoint in &service.endpoints {
        if endpoint.port == 0 || endpoint.service_port >= service.ports.len() {
            return Err(Refusal::EndpointPort);
        }
        if !seen.insert((endpoint.address.to_string(), endpoint.port)) {
            return Err(Refusal::Double);
        }
        sum += u64::from(endpoint.weight);
        if endpoint.weight == 0 || sum > u64::from(u32::MAX) {
            return Err(Refusal::Weight);
        }
        if let Some((key, value)) =
            endpoint.labels.iter().find(|(key, value)| !is_key(key) || !is_value(value))
        {
            return Err(Refusal::Label(format!("{key}={value}")));
        }
    }
    Ok(())
}
