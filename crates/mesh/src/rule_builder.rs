//! Brings the catalog in step with the configuration centre, one item at a time.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use foldhash::fast::RandomState;
use hashbrown::HashSet;
use navaid_config::Configs;
use navaid_core::{ConfigItem, ConfigKey};

use crate::{
    catalog::{Catalog, Owner},
    encode::{Wrapped, wrap},
    kind::Kind,
    resource::Resource,
    routing::{self, Refusal, Routing, RoutingRule},
    settings::Translation,
    switchboard::Switchboard,
};

/// Tells from which configuration item a rule is.
const ITEM: &str = "navaid.io/config";

/// Builds items with routing rules. One task has it.
pub(crate) struct RuleBuilder {
    configs: Arc<Configs>,
    board: Arc<Switchboard>,
    /// Items of which another one has a rule's name: built again when anything goes.
    eclipsed: HashSet<ConfigKey, RandomState>,
}

impl RuleBuilder {
    pub(crate) fn new(configs: Arc<Configs>, board: Arc<Switchboard>) -> Self {
        Self { configs, board, eclipsed: HashSet::default() }
    }

    /// Whether a change of the item may be one of the mesh.
    pub(crate) fn concerns(&self, key: &ConfigKey) -> bool {
        let is_tagged = || self.configs.item(key).is_some_and(|item| routing::is_tagged(&item));
        is_tagged() || self.eclipsed.contains(key) || self.is_served(key)
    }

    fn is_served(&self, key: &ConfigKey) -> bool {
        self.board.catalog.lock().owned_by(&Owner::Document(key.clone())).next().is_some()
    }

    /// Builds an item anew; gives those that may be shown now that it has changed. A content that cannot be taken leaves
    /// what there is: a slip of an editor must not take the rules of a mesh away.
    pub(crate) fn build(&mut self, key: &ConfigKey) -> Vec<ConfigKey> {
        let started = Instant::now();
        let item = self.configs.item(key);
        let read = item.and_then(|item| {
            let read = read(&item, &self.board.settings.translation)?;
            Some(read.map(|routing| resources(&item, routing)))
        });
        let resources = match read {
            None => Vec::new(),
            Some(Ok(resources)) => resources,
            Some(Err(refusal)) => {
                let is_served = self.is_served(key);
                tracing::warn!(item = %key, is_served, %refusal, "routing rules are not taken: what is served stays");
                return Vec::new();
            }
        };
        let owner = Owner::Document(key.clone());
        let (taken, has_gone) = {
            let mut catalog = self.board.catalog.lock();
            let names = |catalog: &Catalog| -> BTreeSet<(Kind, Arc<str>)> {
                catalog.owned_by(&owner).map(|(kind, resource)| (kind, resource.name.clone())).collect()
            };
            let before = names(&catalog);
            let taken = catalog.replace(&owner, resources).taken;
            (taken, !before.is_subset(&names(&catalog)))
        };
        self.board.tally.built(started.elapsed());
        if let Some(rule) = taken {
            tracing::warn!(item = %key, %rule, "routing rules are left out: another item has one of that name");
            self.eclipsed.insert(key.clone());
        } else {
            self.eclipsed.remove(key);
        }
        if !has_gone {
            return Vec::new();
        }
        self.eclipsed.iter().filter(|eclipsed| *eclipsed != key).cloned().collect()
    }
}

/// What an item says; none for one that is not tagged for the mesh, or not exported.
pub(crate) fn read(item: &ConfigItem, settings: &Translation) -> Option<Result<Routing, Refusal>> {
    let is_exported = routing::is_tagged(item) && settings.exports_namespace(item.key.namespace());
    is_exported.then(|| routing::read(item, settings))
}

fn resources(item: &ConfigItem, routing: Routing) -> Vec<(Kind, Resource)> {
    routing.rules.into_iter().map(|rule| (rule.kind, resource(item, rule))).collect()
}

fn resource(item: &ConfigItem, rule: RoutingRule) -> Resource {
    let origin = item.key.to_string();
    let mut annotations = pairs(&rule.annotations);
    annotations.push((ITEM, &origin));
    wrap(Wrapped {
        name: &rule.name,
        created: item.created_at,
        labels: &pairs(&rule.labels),
        annotations: &annotations,
        body: rule.body,
    })
}

fn pairs(owned: &[(String, String)]) -> Vec<(&str, &str)> {
    owned.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}
