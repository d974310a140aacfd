//! What the edge tells of itself ([`navaid_core::seam::MeshView`]).

use std::sync::{Arc, atomic::Ordering};

use navaid_config::Configs;
use navaid_core::{
    ConfigKey, ServiceKey,
    mesh::{
        MeshConnection, MeshEntry, MeshEntryContent, MeshEntryEndpoint, MeshPort, MeshRule, MeshRules,
        MeshTally,
    },
    seam::MeshView,
};
use navaid_naming::Naming;

use crate::{
    builder, catalog::Owner, finding::Finding, kind::Kind, resource::Resource, routing::RoutingRule,
    rule_builder, switchboard::Switchboard, translate::MeshService,
};

/// Answers from the catalog and from the engines.
pub struct MeshReport {
    naming: Arc<Naming>,
    configs: Arc<Configs>,
    board: Arc<Switchboard>,
}

impl MeshReport {
    pub(crate) fn new(naming: Arc<Naming>, configs: Arc<Configs>, board: Arc<Switchboard>) -> Self {
        Self { naming, configs, board }
    }
}

impl MeshView for MeshReport {
    fn connections(&self) -> Vec<MeshConnection> {
        self.board.streams.lock().values().cloned().collect()
    }

    fn entry(&self, key: &ServiceKey) -> Option<MeshEntry> {
        let now = self.board.clock.now();
        let translated = builder::translated(&self.naming, &self.board, key, now)?;
        let owner = Owner::Service(key.clone());
        let shown = translated.service.map(|service| {
            let catalog = self.board.catalog.lock();
            let own = catalog.owned_by(&owner).find(|(kind, _)| *kind == Kind::ServiceEntry);
            content(&service, own.map(|(_, resource)| resource.version.to_string()).unwrap_or_default())
        });
        let findings = translated.findings.iter().map(ToString::to_string).collect();
        Some(MeshEntry { service: key.clone(), shown, findings })
    }

    fn rules(&self, key: &ConfigKey) -> Option<MeshRules> {
        let item = self.configs.item(key)?;
        let settings = &self.board.settings.translation;
        let read = rule_builder::read(&item, settings)?;
        let catalog = self.board.catalog.lock();
        let owner = Owner::Document(key.clone());
        let rule = |(kind, resource): (Kind, &Resource)| MeshRule {
            kind: kind.word(),
            name: resource.name.clone(),
            version: resource.version.to_string(),
        };
        let shown: Vec<_> = catalog.owned_by(&owner).map(rule).collect();
        let findings = match read {
            Ok(mut routing) => {
                if shown.is_empty() {
                    let is_taken = |rule: &&RoutingRule| catalog.table(rule.kind).get(&rule.name).is_some();
                    let taken = routing.rules.iter().find(is_taken);
                    let finding = taken.map(|rule| Finding::RuleTaken { rule: rule.name.as_str().into() });
                    routing.findings.extend(finding);
                }
                routing.findings
            }
            Err(refusal) => {
                let (reason, is_served) = (refusal.to_string(), !shown.is_empty());
                vec![Finding::ContentRefused { reason, is_served }]
            }
        };
        let findings = findings.iter().map(ToString::to_string).collect();
        Some(MeshRules { item: key.clone(), shown, findings })
    }

    fn tally(&self) -> MeshTally {
        let tally = &self.board.tally;
        let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let catalog = self.board.catalog.lock();
        MeshTally {
            streams: [0, 1, 2].map(|at| tally.open[at].load(Ordering::Relaxed)),
            pushes: count(&tally.pushes),
            bytes: count(&tally.bytes),
            refusals: count(&tally.refusals),
            stale: count(&tally.stale),
            cut: count(&tally.cut),
            resources: Kind::ALL.map(|kind| (kind.label(), catalog.table(kind).len())),
            builds: count(&tally.builds),
            build_us: count(&tally.build_us),
            send_us: count(&tally.send_us),
            sends: count(&tally.sends),
        }
    }
}

fn content(service: &MeshService, version: String) -> MeshEntryContent {
    let port = |at: usize| &service.ports[at];
    MeshEntryContent {
        name: format!("{}/{}", service.namespace, service.name),
        version,
        hosts: service.hosts.clone(),
        ports: service
            .ports
            .iter()
            .map(|port| MeshPort {
                number: port.number,
                name: port.protocol.port_name(),
                protocol: port.protocol.istio(),
                cluster: crate::encode::cluster_name(port, &service.hosts[0]).to_string(),
            })
            .collect(),
        endpoints: service
            .endpoints
            .iter()
            .map(|endpoint| MeshEntryEndpoint {
                address: endpoint.address.to_string(),
                port: endpoint.port,
                port_name: port(endpoint.service_port).protocol.port_name(),
                weight: endpoint.weight,
                locality: endpoint.locality.path(),
                labels: endpoint.labels.clone(),
            })
            .collect(),
        created: service.created,
    }
}
