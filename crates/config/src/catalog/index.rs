//! The maps of the catalogue, changed together.

use std::{
    collections::BTreeMap,
    ops::Bound::{Excluded, Unbounded},
    sync::Arc,
};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use navaid_core::{
    capacity::{CapacityLimits, CapacityOwner},
    config_item::{ConfigItem, ConfigKey},
    gray::{GrayName, GrayRelease},
    history::HistoryId,
    name::DEFAULT_NAMESPACE,
    record::ConfigSequence,
};

use super::entry::Entry;

#[derive(Default)]
pub(super) struct Index {
    entries: HashMap<ConfigKey, Arc<Entry>, RandomState>,
    /// namespace → row id → formal release: lists and scans go by row id.
    namespaces: HashMap<Arc<str>, BTreeMap<u64, Arc<ConfigItem>>, RandomState>,
    items_by_id: HashMap<u64, Arc<ConfigItem>, RandomState>,
    /// group of the default namespace → how many formal releases.
    groups: HashMap<Arc<str>, usize, RandomState>,
    capacities: HashMap<CapacityOwner, CapacityLimits, RandomState>,
    sequence: ConfigSequence,
}

impl Index {
    pub(super) fn entry(&self, key: &ConfigKey) -> Option<&Arc<Entry>> {
        self.entries.get(key)
    }

    pub(super) fn item_by_id(&self, id: u64) -> Option<&Arc<ConfigItem>> {
        self.items_by_id.get(&id)
    }

    pub(super) fn count(&self, namespace: &str) -> usize {
        self.namespaces.get(namespace).map_or(0, BTreeMap::len)
    }

    pub(super) fn count_all(&self) -> usize {
        self.items_by_id.len()
    }

    pub(super) fn visit(
        &self,
        namespace: &str,
        (after, limit): (u64, usize),
        mut look_at: impl FnMut(&Arc<ConfigItem>),
    ) -> Option<u64> {
        let items = self.namespaces.get(namespace)?.range((Excluded(after), Unbounded));
        items.take(limit).fold(None, |_, (id, item)| {
            look_at(item);
            Some(*id)
        })
    }

    pub(super) fn slice(&self, namespace: &str, skip: usize, limit: usize) -> Vec<Arc<ConfigItem>> {
        let Some(items) = self.namespaces.get(namespace) else { return Vec::new() };
        items.values().skip(skip).take(limit).cloned().collect()
    }

    pub(super) fn keys_where(&self, is_wanted: impl Fn(&ConfigItem) -> bool) -> Vec<ConfigKey> {
        let items = self.namespaces.values().flatten().filter(|(_, item)| is_wanted(item));
        let by_id: BTreeMap<u64, ConfigKey> = items.map(|(id, item)| (*id, item.key.clone())).collect();
        by_id.into_values().collect()
    }

    pub(super) fn put_item(&mut self, item: Arc<ConfigItem>) {
        self.sequence.next_item = self.sequence.next_item.max(item.id + 1);
        let is_new = self.items_by_id.insert(item.id, Arc::clone(&item)).is_none();
        let namespace = item.key.namespace();
        if is_new && namespace == DEFAULT_NAMESPACE {
            self.join_group(item.key.group());
        }
        match self.namespaces.get_mut(namespace) {
            Some(items) => {
                items.insert(item.id, Arc::clone(&item));
            }
            None => {
                self.namespaces.insert(namespace.into(), BTreeMap::from([(item.id, Arc::clone(&item))]));
            }
        }
        self.replace(&item.key.clone(), |entry| entry.with_formal(Some(item)));
    }

    pub(super) fn remove_item(&mut self, key: &ConfigKey, id: u64) {
        self.items_by_id.remove(&id);
        if key.namespace() == DEFAULT_NAMESPACE {
            self.leave_group(key.group());
        }
        if let Some(items) = self.namespaces.get_mut(key.namespace()) {
            items.remove(&id);
            if items.is_empty() {
                self.namespaces.remove(key.namespace());
            }
        }
        self.replace(key, |entry| entry.with_formal(None));
    }

    fn join_group(&mut self, group: &str) {
        match self.groups.get_mut(group) {
            Some(count) => *count += 1,
            None => drop(self.groups.insert(group.into(), 1)),
        }
    }

    fn leave_group(&mut self, group: &str) {
        let Some(count) = self.groups.get_mut(group) else { return };
        *count -= 1;
        if *count == 0 {
            self.groups.remove(group);
        }
    }

    /// How many items count for an owner.
    pub(super) fn usage(&self, owner: &CapacityOwner) -> usize {
        match owner {
            CapacityOwner::Cluster => self.count_all(),
            CapacityOwner::Namespace(id) => self.count(id.as_str()),
            CapacityOwner::Group(name) => self.groups.get(name.as_str()).copied().unwrap_or(0),
        }
    }

    /// What is kept for an owner, be it that nothing is set.
    pub(super) fn limits(&self, owner: &CapacityOwner) -> Option<CapacityLimits> {
        self.capacities.get(owner).copied()
    }

    pub(super) fn put_limits(&mut self, owner: CapacityOwner, limits: CapacityLimits) {
        self.capacities.insert(owner, limits);
    }

    pub(super) fn remove_limits(&mut self, owner: &CapacityOwner) {
        self.capacities.remove(owner);
    }

    pub(super) fn put_gray(&mut self, key: ConfigKey, release: Arc<GrayRelease>) {
        self.replace(&key, |entry| entry.with_gray(release));
    }

    pub(super) fn remove_gray(&mut self, key: &ConfigKey, name: &GrayName) {
        self.replace(key, |entry| entry.without_gray(name));
    }

    fn replace(&mut self, key: &ConfigKey, change: impl FnOnce(&Entry) -> Entry) {
        let entry = match self.entries.get(key) {
            Some(entry) => change(entry),
            None => change(&Entry::default()),
        };
        if entry.is_empty() {
            self.entries.remove(key);
        } else {
            self.entries.insert(key.clone(), Arc::new(entry));
        }
    }

    pub(super) fn sequence(&self) -> ConfigSequence {
        self.sequence
    }

    pub(super) fn raise_sequence(&mut self, stored: ConfigSequence) {
        self.sequence.next_item = self.sequence.next_item.max(stored.next_item);
        self.sequence.next_history = self.sequence.next_history.max(stored.next_history);
    }

    /// Takes the next row id; [`Index::put_item`] moves on.
    pub(super) fn next_item_id(&self) -> u64 {
        self.sequence.next_item
    }

    pub(super) fn take_history_id(&mut self) -> HistoryId {
        let id = HistoryId(self.sequence.next_history);
        self.sequence.next_history += 1;
        id
    }
}
