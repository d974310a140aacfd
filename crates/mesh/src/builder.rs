//! Brings the catalog in step with the registry, one service at a time.

use std::{sync::Arc, time::Instant};

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashSet};
use navaid_core::{Now, ServiceKey};
use navaid_naming::{Filter, Naming};

use crate::{
    catalog::Owner,
    encode,
    settings::Translation,
    switchboard::Switchboard,
    translate::{ServicePort, Source, Translated, translate},
};

/// Builds services. One task has it.
pub(crate) struct Builder {
    naming: Arc<Naming>,
    board: Arc<Switchboard>,
    /// The ports of each service that is shown.
    ports: HashMap<ServiceKey, Vec<ServicePort>, RandomState>,
    /// Services whose host name another one has: built again when anything goes.
    eclipsed: HashSet<ServiceKey, RandomState>,
}

impl Builder {
    pub(crate) fn new(naming: Arc<Naming>, board: Arc<Switchboard>) -> Self {
        Self { naming, board, ports: HashMap::default(), eclipsed: HashSet::default() }
    }

    /// Builds a service anew; gives those that may be shown now that it has changed.
    pub(crate) fn build(&mut self, key: &ServiceKey, now: Now) -> Vec<ServiceKey> {
        let started = Instant::now();
        let ports = self.ports.get(key).map_or(&[][..], Vec::as_slice);
        let translated = translated(&self.naming, &self.board.settings.translation, key, ports, now);
        let service = translated.and_then(|translated| translated.service);
        let resources = service.as_ref();
        let resources = resources.map(|service| encode::resources(service, &self.board.settings.translation));
        let taken =
            self.board.catalog.lock().replace(&Owner::Service(key.clone()), resources.unwrap_or_default());
        self.board.tally.built(started.elapsed());
        if taken.is_some() {
            self.eclipsed.insert(key.clone());
        } else {
            self.eclipsed.remove(key);
        }
        let was_shown = match service.filter(|_| taken.is_none()) {
            Some(service) => {
                self.ports.insert(key.clone(), service.ports);
                false
            }
            None => self.ports.remove(key).is_some(),
        };
        if was_shown { self.eclipsed.drain().collect() } else { Vec::new() }
    }
}

/// What a service becomes; none for one that is not listed or not exported.
pub(crate) fn translated(
    naming: &Naming,
    settings: &Translation,
    key: &ServiceKey,
    ports: &[ServicePort],
    now: Now,
) -> Option<Translated> {
    if !settings.exports(key) || naming.service(key).is_none() {
        return None;
    }
    let view = naming.view(key, now);
    let selection = naming.query(key, &Filter::default(), now);
    let source = Source {
        key,
        metadata: selection.metadata.as_ref().map(|metadata| &metadata.metadata),
        instances: view.hosts(),
        seen: &selection.hosts,
        created: view.created,
        ports,
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
