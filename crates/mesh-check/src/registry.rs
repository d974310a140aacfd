//! What a mesh has after its sink took in the entries: which endpoints answer on which port of which host.

use std::collections::{BTreeMap, BTreeSet};

use crate::wire::google::Timestamp;
use crate::wire::networking::{ServiceEntry, ServicePort, WorkloadEntry};

/// An entry as a sink keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    pub version: String,
    pub created: Option<Timestamp>,
    pub annotations: BTreeMap<String, String>,
    pub entry: ServiceEntry,
}

/// Entries by `namespace/name`.
pub type Entries = BTreeMap<String, Stored>;

/// All services, by host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registry(pub BTreeMap<String, Service>);

/// A host of the mesh: `port → address → endpoint`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    pub ports: BTreeMap<u32, Port>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Port {
    pub name: String,
    /// In capitals.
    pub protocol: String,
    /// By `address:port`.
    pub endpoints: BTreeMap<String, Endpoint>,
}

/// Where calls go to, and how many of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub weight: u32,
    pub labels: BTreeMap<String, String>,
    /// `region/zone/subzone`.
    pub locality: String,
}

impl Registry {
    /// Reads the entries as Istio does: a host that several of them have gets the endpoints of all.
    pub fn of(entries: &Entries) -> Self {
        let mut registry = Self::default();
        for stored in entries.values() {
            for host in &stored.entry.hosts {
                registry.0.entry(host.clone()).or_default().add(&stored.entry);
            }
        }
        registry
    }

    /// Every `host|port|address:port`.
    pub fn routes(&self) -> BTreeSet<String> {
        let ports = self.0.iter().flat_map(|(host, s)| s.ports.iter().map(move |(n, port)| (host, n, port)));
        ports
            .flat_map(|(host, number, port)| {
                port.endpoints.keys().map(move |address| format!("{host}|{number}|{address}"))
            })
            .collect()
    }
}

impl Service {
    /// The endpoints of all ports, by `address:port`.
    pub fn endpoints(&self) -> BTreeMap<String, Endpoint> {
        self.ports.values().flat_map(|port| port.endpoints.clone()).collect()
    }

    fn add(&mut self, entry: &ServiceEntry) {
        for service_port in &entry.ports {
            let port = self.ports.entry(service_port.number).or_default();
            port.name.clone_from(&service_port.name);
            port.protocol = service_port.protocol.to_uppercase();
            for endpoint in &entry.endpoints {
                let address = format!("{}:{}", endpoint.address, port_of(endpoint, service_port));
                port.endpoints.insert(address, Endpoint::of(endpoint));
            }
        }
    }
}

impl Endpoint {
    fn of(endpoint: &WorkloadEntry) -> Self {
        Self {
            // 0 stands for unset, which counts as 1.
            weight: endpoint.weight.max(1),
            labels: endpoint.labels.clone(),
            locality: endpoint.locality.clone(),
        }
    }
}

/// Every endpoint serves every port of its entry: on what it says itself, else on the target port, else on the port's
/// own number (`spec/mesh.md` §7).
fn port_of(endpoint: &WorkloadEntry, port: &ServicePort) -> u32 {
    match (endpoint.ports.get(&port.name), port.target_port) {
        (Some(own), _) => *own,
        (None, 0) => port.number,
        (None, target) => target,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoint_answers_on_every_port_of_its_entry() {
        let port = |number, name: &str, target_port| ServicePort {
            number,
            name: name.to_owned(),
            protocol: "http".to_owned(),
            target_port,
        };
        let endpoint = WorkloadEntry {
            address: "10.0.0.1".to_owned(),
            ports: [("http".to_owned(), 8080)].into(),
            ..WorkloadEntry::default()
        };
        let entry = ServiceEntry {
            hosts: vec!["a.nacos".to_owned()],
            ports: vec![port(80, "http", 0), port(81, "own", 0), port(82, "target", 9000)],
            endpoints: vec![endpoint],
            ..ServiceEntry::default()
        };
        let stored = Stored { version: String::new(), created: None, annotations: BTreeMap::new(), entry };
        let registry = Registry::of(&[("public/a".to_owned(), stored)].into());
        let routes: Vec<String> = registry.routes().into_iter().collect();
        let wanted = ["a.nacos|80|10.0.0.1:8080", "a.nacos|81|10.0.0.1:81", "a.nacos|82|10.0.0.1:9000"];
        assert_eq!(routes, wanted);
        assert_eq!(registry.0["a.nacos"].endpoints()["10.0.0.1:8080"].weight, 1);
        assert_eq!(registry.0["a.nacos"].ports[&80].protocol, "HTTP");
    }
}
