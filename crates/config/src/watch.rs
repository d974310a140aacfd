//! Who watches which items, what each holds, and since when.
//!
//! Two indexes that must agree, key → listeners and listener → keys, are changed together under one lock, which is
//! held for map operations only. Memory: some 20 bytes for each (listener, key), most of which watch what is not there,
//! and for each key that anybody watches its text and 50 bytes.

pub mod held;
mod index;
pub mod parted;
mod watched;
pub mod watcher;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use navaid_core::{
    config_item::ConfigKey,
    time::{Now, Timestamp},
};
use parking_lot::Mutex;

use self::{
    held::HeldMd5,
    index::{Index, Member},
    watcher::Watcher,
};
use crate::error::ConfigError;

/// Most keys that one listener may watch: what the reference takes in one long poll.
pub const KEYS_PER_LISTENER_MAX: usize = 10_000;
/// Most listeners that one key may have.
pub const LISTENERS_PER_KEY_MAX: usize = 100_000;

/// Where a listener is told that an item changed.
///
/// Called off every lock, possibly several times for one change, and must not block: an implementor keeps one slot
/// for each key, the newest, and drops a listener that never empties it.
pub trait ConfigOutbox: Send + Sync + 'static {
    fn changed(&self, key: &ConfigKey);
}

/// One key that a client wants to watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenItem {
    pub key: ConfigKey,
    pub held: HeldMd5,
}

/// One line of an answer to "who listens".
#[derive(Debug, Clone)]
pub struct WatchStatus {
    pub watcher: Arc<Watcher>,
    pub key: ConfigKey,
    /// What the client last said it holds, or was given.
    pub held: HeldMd5,
    /// Since when, to the second.
    pub since: Timestamp,
    /// When its last poll ended; none while it is connected or polls.
    pub parted: Option<Timestamp>,
}

type Map<K, V> = HashMap<K, V, RandomState>;

/// The index of watched items.
#[derive(Default)]
pub struct Watches {
    next_id: AtomicU64,
    index: Mutex<Index>,
}

/// A connection or a long poll that may watch items. Dropping it ends all its watches; so its outbox must not own it.
pub struct Listener {
    watches: Arc<Watches>,
    member: Arc<Member>,
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("id", &self.member.id)
            .field("watcher", &self.member.watcher)
            .finish_non_exhaustive()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.watches.index.lock().forget(self.member.id);
    }
}

impl Listener {
    /// Who it is.
    pub fn watcher(&self) -> &Watcher {
        &self.member.watcher
    }

    /// Whether it watches that item.
    pub fn watches(&self, key: &ConfigKey) -> bool {
        self.watches.index.lock().holding_mut(self.member.id, key).is_some()
    }

    /// Ends all watches of a poll that was held for `hold` at most; its client is shown until it polls again, but no
    /// longer than for twice that time.
    pub(crate) fn part(self, now: Now, hold: Duration) {
        self.watches.index.lock().part(&self.member, now, hold * 2);
    }
}

impl Watches {
    /// A listener of its own, which watches nothing yet.
    pub fn listener(self: &Arc<Self>, watcher: Watcher, outbox: Arc<dyn ConfigOutbox>) -> Listener {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let member = Member { id, watcher: Arc::new(watcher), outbox };
        Listener { watches: Arc::clone(self), member: Arc::new(member) }
    }

    /// Watches `items` as well; of a key named twice the last digest counts.
    ///
    /// # Errors
    /// A limit would be passed; then no watch was added.
    pub fn watch(&self, listener: &Listener, items: &[ListenItem], now: Now) -> Result<(), ConfigError> {
        self.index.lock().watch(&listener.member, items, now)
    }

    /// Ends the watch of `keys`; those that are not watched do not matter.
    pub fn unwatch<'k>(&self, listener: &Listener, keys: impl IntoIterator<Item = &'k ConfigKey>) {
        let mut index = self.index.lock();
        for key in keys {
            index.remove(listener.member.id, key);
        }
    }

    /// Notes that a listener was given this of a key that it watches; of any other key nothing is noted.
    pub(crate) fn given(&self, listener: &Listener, key: &ConfigKey, held: HeldMd5, now: Timestamp) {
        if let Some(holding) = self.index.lock().holding_mut(listener.member.id, key) {
            holding.update(held, now);
        }
    }

    /// What a listener holds of a key, if it watches it.
    pub(crate) fn held(&self, listener: &Listener, key: &ConfigKey) -> Option<HeldMd5> {
        self.index.lock().holding_mut(listener.member.id, key).map(|holding| holding.held())
    }

    /// Whom to tell that `key` changed, gathered so that telling needs no lock.
    pub(crate) fn outboxes(&self, key: &ConfigKey) -> Vec<Arc<dyn ConfigOutbox>> {
        self.index.lock().outboxes(key)
    }

    /// Who watches `key`, clients between two polls included.
    pub fn of_key(&self, key: &ConfigKey, now: Now) -> Vec<WatchStatus> {
        self.index.lock().of_key(key, now.mono)
    }

    /// What the listeners of an address watch, clients between two polls included. Looks at every watch there is: an
    /// operator's question.
    pub fn of_ip(&self, ip: &str, now: Now) -> Vec<WatchStatus> {
        self.index.lock().of_ip(ip, now.mono)
    }

    /// How many (listener, key) pairs there are; clients between two polls do not count.
    pub fn count(&self) -> usize {
        self.index.lock().count()
    }
}
