//! Brings the catalog in step with the registry, one service at a time.

use std::{sync::Arc, time::Instant};

use foldhash::fast::RandomState;
use hashbrown::HashSet;
use navaid_core::{Now, ServiceKey};
use navaid_naming::{Filter, Naming};

use crate::{
    catalog::Owner,
    encode,
    finding::Finding,
    settings::Translation,
    switchboard::Switchboard,
    translate::{Source, Translated, translate},
};

/// Builds services. One task has it.
pub(crate) struct Builder {
    naming: Arc<Naming>,
    board: Arc<Switchboard>,
    /// Services of which another one has a host name: built again when one becomes free.
    eclipsed: HashSet<ServiceKey, RandomState>,
}

impl Builder {
    pub(crate) fn new(naming: Arc<Naming>, board: Arc<Switchboard>) -> Self {
        Self { naming, board, eclipsed: HashSet::default() }
    }

    /// Builds a service anew; gives those that may be shown now that it has changed.
    pub(crate) fn build(&mut self, key: &ServiceKey, now: Now) -> Vec<ServiceKey> {
        let started = Instant::now();
        let translated = translated(&self.naming, &self.board, key, now);
        let (service, findings) =
            translated.map_or((None, Vec::new()), |translated| (translated.service, translated.findings));
        let settings = &self.board.settings.translation;
        let resources = service.as_ref().map(|service| encode::resources(service, settings));
        let owner = Owner::Service(key.clone());
        let replaced = self.board.catalog.lock().replace(&owner, resources.unwrap_or_default());
        self.board.tally.built(started.elapsed());
        let is_eclipsed = findings.iter().any(|finding| matches!(finding, Finding::HostTaken { .. }));
        if is_eclipsed || replaced.taken.is_some() {
            self.eclipsed.insert(key.clone());
        } else {
            self.eclipsed.remove(key);
        }
        match service.filter(|_| replaced.taken.is_none()) {
            Some(service) => _ = self.board.ports.lock().insert(key.clone(), service.ports),
            None => _ = self.board.ports.lock().remove(key),
        }
        if replaced.has_freed { self.eclipsed.drain().collect() } else { Vec::new() }
    }
}

/// What a service becomes; none for one that is not listed or not exported.
pub(crate) fn translated(
    naming: &Naming,
    board: &Switchboard,
    key: &ServiceKey,
    now: Now,
) -> Option<Translated> {
    let settings = &board.settings.translation;
    if !settings.exports(key) || naming.service(key).is_none() {
        return None;
    }
    let view = naming.view(key, now);
    let selection = naming.query(key, &Filter::default(), now);
    let ports = board.ports.lock().get(key).cloned().unwrap_or_default();
    let owner = Owner::Service(key.clone());
    let source = Source {
        key,
        metadata: selection.metadata.as_ref().map(|metadata| &metadata.metadata),
        instances: view.hosts(),
        seen: &selection.hosts,
        created: view.created,
        ports: &ports,
        is_taken: &|host| board.catalog.lock().is_taken(host, &owner),
    };
    Some(translate(&source, settings, &|address, name| naming.label(address, name)))
}

impl Translation {
    /// Whether services of its namespace and group are shown.
    pub(crate) fn exports(&self, key: &ServiceKey) -> bool {
        self.exports_namespace(key.namespace()) && has(&self.groups, key.group())
    }

    /// Whether anything of the namespace is shown.
    pub(crate) fn exports_namespace(&self, namespace: &str) -> bool {
        has(&self.namespaces, namespace)
    }
}

/// An empty list has all.
fn has(list: &[Arc<str>], name: &str) -> bool {
    list.is_empty() || list.iter().any(|listed| **listed == *name)
}
