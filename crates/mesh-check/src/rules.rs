//! What Istio accepts in a service entry (`spec/mesh.md` §7, and what a running istiod kept or refused in
//! `spec/istiod-as-seen.md` §4). One violation drops the whole entry.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use crate::wire::networking::{Resolution, ServiceEntry, ServicePort, WorkloadEntry};

const HOST_MAX: usize = 255;
const LABEL_MAX: usize = 63;
const PREFIX_MAX: usize = 253;
/// Protocols that every age since 1.4 knows.
const HTTP_LIKE: [&str; 4] = ["HTTP", "HTTP2", "GRPC", "GRPC-WEB"];
const TLS_LIKE: [&str; 2] = ["HTTPS", "TLS"];
const OTHER: [&str; 5] = ["TCP", "UDP", "MONGO", "REDIS", "MYSQL"];
/// Known from 1.8 on.
const HTTP_PROXY: &str = "HTTP_PROXY";

/// Whose rules count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Pilot 1.4: IPv4 only, and a static entry has endpoints.
    Pilot14,
    /// istiod, 1.8 to today.
    Istiod,
}

impl Rules {
    /// Looks whether an entry would be taken.
    ///
    /// # Errors
    /// It would be dropped; the text says why.
    pub fn check(self, entry: &ServiceEntry) -> Result<(), String> {
        if entry.hosts.is_empty() {
            return Err("no host".to_owned());
        }
        entry.hosts.iter().try_for_each(|host| check_host(host))?;
        let resolution = Resolution::try_from(entry.resolution)
            .map_err(|_| format!("resolution {} is unknown", entry.resolution))?;
        let ports = self.check_ports(&entry.ports)?;
        if entry.hosts.len() > 1 && resolution != Resolution::None {
            let shares = |port: &ServicePort| self.is_http_like(port) || one_of(&TLS_LIKE, &port.protocol);
            if let Some(port) = entry.ports.iter().find(|port| !shares(port)) {
                return Err(format!("several hosts with the protocol {}", port.protocol));
            }
        }
        if self == Self::Pilot14 && resolution == Resolution::Static && entry.endpoints.is_empty() {
            return Err("static without an endpoint".to_owned());
        }
        if resolution == Resolution::None && !entry.endpoints.is_empty() {
            return Err("endpoints without a resolution".to_owned());
        }
        entry.endpoints.iter().try_for_each(|endpoint| self.check_endpoint(endpoint, resolution, &ports))
    }

    fn check_ports(self, ports: &[ServicePort]) -> Result<BTreeMap<&str, u32>, String> {
        let mut names = BTreeMap::new();
        for port in ports {
            check_port(port.number)?;
            if port.target_port != 0 {
                check_port(port.target_port)?;
            }
            check_dns_label(&port.name).map_err(|why| format!("port name {:?}: {why}", port.name))?;
            if names.values().any(|number| *number == port.number) {
                return Err(format!("two ports with the number {}", port.number));
            }
            if names.insert(port.name.as_str(), port.number).is_some() {
                return Err(format!("two ports with the name {:?}", port.name));
            }
            let protocol = &port.protocol;
            let known = self.is_http_like(port) || one_of(&TLS_LIKE, protocol) || one_of(&OTHER, protocol);
            if !protocol.is_empty() && !known {
                return Err(format!("protocol {protocol:?} is unknown"));
            }
        }
        Ok(names)
    }

    fn is_http_like(self, port: &ServicePort) -> bool {
        one_of(&HTTP_LIKE, &port.protocol)
            || (self == Self::Istiod && port.protocol.eq_ignore_ascii_case(HTTP_PROXY))
    }

    fn check_endpoint(
        self,
        endpoint: &WorkloadEntry,
        resolution: Resolution,
        ports: &BTreeMap<&str, u32>,
    ) -> Result<(), String> {
        let address = &endpoint.address;
        let is_ip = match self {
            Self::Pilot14 => address.parse::<Ipv4Addr>().is_ok(),
            Self::Istiod => address.parse::<IpAddr>().is_ok(),
        };
        match resolution {
            Resolution::Static if !is_ip => return Err(format!("static endpoint {address:?} is no address")),
            Resolution::Dns | Resolution::DnsRoundRobin if !is_ip => check_host(address)?,
            _ => {}
        }
        for (name, port) in &endpoint.ports {
            if !ports.contains_key(name.as_str()) {
                return Err(format!("endpoint port {name:?} is no port of the service"));
            }
            check_port(*port)?;
        }
        endpoint.labels.iter().try_for_each(|(key, value)| check_label(key, value))
    }
}

fn one_of(protocols: &[&str], protocol: &str) -> bool {
    protocols.iter().any(|known| known.eq_ignore_ascii_case(protocol))
}

fn check_port(port: u32) -> Result<(), String> {
    match port {
        1..=65_535 => Ok(()),
        _ => Err(format!("port {port}")),
    }
}

/// A host name; a wildcard may be its first label only.
fn check_host(host: &str) -> Result<(), String> {
    let name = host.strip_prefix("*.").unwrap_or(host);
    if host.len() > HOST_MAX {
        return Err(format!("host {host:?} is longer than {HOST_MAX}"));
    }
    name.split('.').try_for_each(check_dns_label).map_err(|why| format!("host {host:?}: {why}"))
}

fn check_dns_label(label: &str) -> Result<(), String> {
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    check_word(label, LABEL_MAX, inside)
}

/// A key may have a DNS prefix and a slash; a value is a word or empty. Istio does not count a value's characters,
/// Kubernetes does, and so does this.
fn check_label(key: &str, value: &str) -> Result<(), String> {
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let name = match key.split_once('/') {
        Some((prefix, name)) => {
            if prefix.len() > PREFIX_MAX {
                return Err(format!("label {key:?}: the prefix is longer than {PREFIX_MAX}"));
            }
            prefix.split('.').try_for_each(check_dns_label).map_err(|why| format!("label {key:?}: {why}"))?;
            name
        }
        None => key,
    };
    check_word(name, LABEL_MAX, inside).map_err(|why| format!("label {key:?}: {why}"))?;
    match value.is_empty() {
        true => Ok(()),
        false => check_word(value, LABEL_MAX, inside).map_err(|why| format!("value of {key:?}: {why}")),
    }
}

/// Letters and digits at both ends, and `inside` between them.
fn check_word(word: &str, length_max: usize, inside: impl Fn(&u8) -> bool) -> Result<(), String> {
    let bytes = word.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() => {}
        _ => return Err(format!("{word:?} does not begin and end with a letter or digit")),
    }
    if bytes.len() > length_max {
        return Err(format!("{word:?} is longer than {length_max}"));
    }
    match bytes.iter().find(|byte| !inside(byte)) {
        Some(byte) => Err(format!("{word:?} has {:?}", char::from(*byte))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
