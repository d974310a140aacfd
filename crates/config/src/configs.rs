//! What edges call. One method a use case; every API generation comes through here, so that validation, limits,
//! conditions, history and notices are the same for all.

pub mod capacity;
mod data_key;
pub mod delivery;
mod history;
mod listen;
pub mod long_poll;
pub mod revision;
mod search;
mod transfer;
mod turns;
mod watching;
mod write;

use std::sync::Arc;

use navaid_core::{
    config_item::{ConfigItem, ConfigKey, ContentMd5},
    gray::{GrayName, GrayRelease},
    name::NamespaceId,
    pattern_index::PatternIndex,
    seam::{Commit, HistoryReader},
};
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use crate::{
    activity::Activity,
    catalog::{
        Catalog,
        entry::{ClientLabels, Entry, Served},
    },
    changes::Changes,
    settings::ConfigSettings,
    transfer::{IMPORT_WAIT, IMPORTS_WAITING_MAX},
    watch::Watches,
};
pub use turns::Turn;
use turns::Turns;

/// History reads that may be under way in the store at the same time; others wait for their turn.
pub const HISTORY_READS_MAX: usize = 4;

/// The face of the configuration engine. Cheap to share behind an [`Arc`]; reads come from memory and never wait for
/// the store.
pub struct Configs {
    catalog: Arc<Catalog>,
    watches: Arc<Watches>,
    patterns: Arc<Mutex<PatternIndex<ConfigKey>>>,
    commit: Arc<dyn Commit>,
    history: Arc<dyn HistoryReader>,
    settings: ConfigSettings,
    history_reads: Arc<Semaphore>,
    scans: Turns,
    imports: Turns,
    activity: Activity,
}

impl Configs {
    pub fn new(
        catalog: Arc<Catalog>,
        commit: Arc<dyn Commit>,
        history: Arc<dyn HistoryReader>,
        settings: ConfigSettings,
    ) -> Self {
        Self {
            catalog,
            watches: Arc::default(),
            patterns: Arc::new(Mutex::new(PatternIndex::new(settings.patterns))),
            commit,
            history,
            history_reads: Arc::new(Semaphore::new(HISTORY_READS_MAX)),
            scans: Turns::new(settings.search_threads, settings.search_queue, settings.search_wait),
            imports: Turns::new(settings.imports, IMPORTS_WAITING_MAX, IMPORT_WAIT),
            activity: Activity::default(),
            settings,
        }
    }

    /// What it was asked to do.
    pub fn activity(&self) -> &Activity {
        &self.activity
    }

    pub fn settings(&self) -> &ConfigSettings {
        &self.settings
    }

    /// The release that a client gets.
    pub fn read(&self, key: &ConfigKey, labels: &ClientLabels<'_>) -> Option<Served> {
        self.activity.read();
        self.catalog.read(key, labels)
    }

    /// Digest of what [`Configs::read`] would give.
    pub fn md5_for(&self, key: &ConfigKey, labels: &ClientLabels<'_>) -> Option<ContentMd5> {
        self.catalog.entry(key)?.md5(labels)
    }

    /// The item with all its releases.
    pub fn entry(&self, key: &ConfigKey) -> Option<Arc<Entry>> {
        self.catalog.entry(key)
    }

    /// The formal release with everything that is stored about it.
    pub fn item(&self, key: &ConfigKey) -> Option<Arc<ConfigItem>> {
        self.catalog.item(key)
    }

    /// The formal release with that row id.
    pub fn item_by_id(&self, id: u64) -> Option<Arc<ConfigItem>> {
        self.catalog.item_by_id(id)
    }

    /// One gray release.
    pub fn gray(&self, key: &ConfigKey, name: &GrayName) -> Option<Arc<GrayRelease>> {
        self.catalog.gray(key, name)
    }

    /// Work that runs or waits for its turn, by kind: searches (exports among them) and imports.
    pub fn turns_taken(&self) -> [(&'static str, usize); 2] {
        [("searches", self.scans.taken()), ("imports", self.imports.taken())]
    }

    /// How many items a namespace has.
    pub fn count(&self, namespace: &NamespaceId) -> usize {
        self.catalog.count(namespace)
    }

    /// Items that were published, described or removed, for the mesh edge.
    pub fn item_changes(&self) -> Arc<Changes> {
        self.catalog.item_changes()
    }

    /// Keys of the items that are wanted, by row id; looks at all of them.
    pub fn keys_where(&self, is_wanted: impl Fn(&ConfigItem) -> bool) -> Vec<ConfigKey> {
        self.catalog.keys_where(is_wanted)
    }

    /// How many items there are.
    pub fn count_all(&self) -> usize {
        self.catalog.count_all()
    }

    /// Who watches what.
    pub fn watches(&self) -> &Arc<Watches> {
        &self.watches
    }

    pub(crate) fn patterns(&self) -> &Arc<Mutex<PatternIndex<ConfigKey>>> {
        &self.patterns
    }

    pub(crate) fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    pub(crate) fn commit(&self) -> &Arc<dyn Commit> {
        &self.commit
    }
}
