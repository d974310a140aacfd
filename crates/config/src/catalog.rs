//! The catalogue: every item with its releases, in memory. Commands change it in the one order, and say what has to
//! be stored; reads take a lock for one look-up and leave with shared pointers.
//!
//! Invariants: an entry has a formal release or at least one gray one; gray releases are sorted by priority; the
//! index by id holds exactly the formal releases; ids are never given twice. One writer at a time: whoever orders
//! commands calls [`Catalog::apply`]. No write waits for a disk here: commands are durable before they are applied.
//! Items are counted as they come and go, so that what capacity goes by is always exact.
//!
//! Memory beside the content: about 500 bytes for an item (names, description, three index entries).

mod apply;
mod capacity;
pub mod entry;
mod index;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use navaid_core::{
    capacity::{CapacityLimits, CapacityOwner, CapacityRules, OverCapacity},
    command::{ConfigCommand, ConfigOutcome, PublishCondition},
    config_item::{ConfigItem, ConfigKey},
    gray::{GrayName, GrayRelease},
    name::NamespaceId,
    record::Record,
    seam::Applied,
    time::Timestamp,
};
use parking_lot::RwLock;

use self::{
    entry::{ClientLabels, Entry, Served},
    index::Index,
};
use crate::changes::Changes;

/// The state of configuration, empty at first. See the module.
pub struct Catalog {
    index: RwLock<Index>,
    changes: Arc<Changes>,
    item_changes: Arc<Changes>,
}

impl Default for Catalog {
    fn default() -> Self {
        Self {
            index: RwLock::default(),
            changes: Arc::default(),
            item_changes: Arc::new(Changes::unfollowed()),
        }
    }
}

impl Catalog {
    /// Takes a stored record at start. A record that is not the catalogue's comes back.
    pub fn load(&self, record: Record) -> Option<Record> {
        let mut index = self.index.write();
        match record {
            Record::PutItem(item) => index.put_item(Arc::new(item)),
            Record::PutGray(key, release) => index.put_gray(key, Arc::new(release)),
            Record::PutConfigSequence(sequence) => index.raise_sequence(sequence),
            Record::PutCapacity(owner, limits) => index.put_limits(owner, limits),
            other => return Some(other),
        }
        None
    }

    /// Applies a command at the proposer's time: total and deterministic. What changed is visible when this returns,
    /// and marked for the watchers.
    pub fn apply(&self, at: Timestamp, command: &ConfigCommand) -> Applied {
        let effect = apply::apply(&mut self.index.write(), at, command);
        for record in &effect.records {
            match record {
                Record::PutItem(item) => self.item_changes.mark(item.key.clone()),
                Record::RemoveItem(key) => self.item_changes.mark(key.clone()),
                _ => {}
            }
        }
        if let Some(key) = effect.changed {
            self.changes.mark(key);
        }
        Applied { outcome: effect.outcome, records: effect.records }
    }

    /// Keys that changed, for whoever tells the watchers.
    pub fn changes(&self) -> Arc<Changes> {
        Arc::clone(&self.changes)
    }

    /// Items (formal releases) that were published, described or removed, changed content or not, for one reader that
    /// follows: the mesh edge.
    pub fn item_changes(&self) -> Arc<Changes> {
        Arc::clone(&self.item_changes)
    }

    /// Keys of the items (formal releases) that are wanted, by row id. Writers wait meanwhile, and every item is looked
    /// at: for the start.
    pub fn keys_where(&self, is_wanted: impl Fn(&ConfigItem) -> bool) -> Vec<ConfigKey> {
        self.index.read().keys_where(is_wanted)
    }

    /// The item with all its releases.
    pub fn entry(&self, key: &ConfigKey) -> Option<Arc<Entry>> {
        self.index.read().entry(key).cloned()
    }

    /// The release that a client gets (`spec/config-semantics` §3.1, 2.5 order).
    pub fn read(&self, key: &ConfigKey, labels: &ClientLabels<'_>) -> Option<Served> {
        self.entry(key)?.serve(labels)
    }

    /// What a publish of the formal release with this condition would be refused with, if it were applied now.
    pub(crate) fn refusal(&self, key: &ConfigKey, condition: &PublishCondition) -> Option<ConfigOutcome> {
        apply::refusal(condition, self.entry(key)?.formal()?.md5)
    }

    /// The formal release.
    pub fn item(&self, key: &ConfigKey) -> Option<Arc<ConfigItem>> {
        self.entry(key)?.formal().cloned()
    }

    /// The formal release with that row id.
    pub fn item_by_id(&self, id: u64) -> Option<Arc<ConfigItem>> {
        self.index.read().item_by_id(id).cloned()
    }

    /// One gray release.
    pub fn gray(&self, key: &ConfigKey, name: &GrayName) -> Option<Arc<GrayRelease>> {
        self.entry(key)?.gray(name).cloned()
    }

    /// How many items a namespace has (formal releases).
    pub fn count(&self, namespace: &NamespaceId) -> usize {
        self.index.read().count(namespace.as_str())
    }

    /// How many items an owner has, and the limits that it has, or would be given by these rules when it is counted.
    pub fn capacity(&self, owner: &CapacityOwner, rules: &CapacityRules) -> (usize, CapacityLimits) {
        let index = self.index.read();
        (index.usage(owner), capacity::standing(&index, rules, owner))
    }

    /// Whether all these items (key and bytes of the content) have room as things stand; applying decides anew.
    ///
    /// # Errors
    /// The refusal that one of them would meet.
    pub(crate) fn check_room<'i>(
        &self,
        rules: &CapacityRules,
        items: impl Iterator<Item = (&'i ConfigKey, usize)>,
    ) -> Result<(), OverCapacity> {
        capacity::check_all(&self.index.read(), rules, items)
    }

    /// How many items there are (formal releases).
    pub fn count_all(&self) -> usize {
        self.index.read().count_all()
    }

    /// Shows up to `limit` items of a namespace whose row id is above `after`, by row id, to `look_at`, and gives the
    /// last one's row id; none when there was none. Writers wait meanwhile, so a scan looks at a few at a time and
    /// reads no contents here.
    pub fn visit(
        &self,
        namespace: &NamespaceId,
        (after, limit): (u64, usize),
        look_at: impl FnMut(&Arc<ConfigItem>),
    ) -> Option<u64> {
        self.index.read().visit(namespace.as_str(), (after, limit), look_at)
    }

    /// `limit` items of a namespace by row id, `skip` of them left out, and the count of all.
    pub fn slice(&self, namespace: &NamespaceId, skip: usize, limit: usize) -> (usize, Vec<Arc<ConfigItem>>) {
        let index = self.index.read();
        (index.count(namespace.as_str()), index.slice(namespace.as_str(), skip, limit))
    }
}
