//! Who watches which items, and what each held when it last said so.
//!
//! Two indexes that must agree, key → listeners and listener → keys, are changed together under one lock, which is
//! held for map operations only. Memory: about 100 bytes for each (listener, key).

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use navaid_core::config_item::{ConfigKey, ContentMd5};
use parking_lot::Mutex;

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

/// What a client says it holds of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldMd5 {
    /// Nothing: an empty digest.
    Nothing,
    Md5(ContentMd5),
    /// A text that is no digest as we write it (upper case, too short, …): it equals none.
    Other(Arc<str>),
}

impl HeldMd5 {
    pub fn parse(text: &str) -> Self {
        if text.is_empty() {
            return Self::Nothing;
        }
        match ContentMd5::from_hex(text) {
            Some(md5) if !text.bytes().any(|b| b.is_ascii_uppercase()) => Self::Md5(md5),
            _ => Self::Other(text.chars().take(ODD_TEXT_MAX).collect::<String>().into()),
        }
    }

    /// Whether a client that holds this is up to date when `current` is what it would be given.
    pub fn is_current(&self, current: Option<ContentMd5>) -> bool {
        match (self, current) {
            (Self::Nothing, None) => true,
            (Self::Md5(held), Some(md5)) => *held == md5,
            (Self::Nothing | Self::Md5(_) | Self::Other(_), _) => false,
        }
    }
}

impl fmt::Display for HeldMd5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Md5(md5) => md5.fmt(f),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// One key that a client wants to watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenItem {
    pub key: ConfigKey,
    pub held: HeldMd5,
}

/// One line of an answer to "who listens": which address watches which item, and what it held when it last said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchStatus {
    pub ip: Arc<str>,
    pub key: ConfigKey,
    pub held: HeldMd5,
}

/// Longest text kept of what is no digest: only subscriber queries show it.
const ODD_TEXT_MAX: usize = 64;

type Map<K, V> = HashMap<K, V, RandomState>;
type WatcherId = u64;

struct Watcher {
    id: WatcherId,
    ip: Arc<str>,
    outbox: Arc<dyn ConfigOutbox>,
}

#[derive(Default)]
struct Index {
    listeners: Map<ConfigKey, Map<WatcherId, Arc<Watcher>>>,
    keys: Map<WatcherId, Map<ConfigKey, HeldMd5>>,
}

/// The index of watched items.
#[derive(Default)]
pub struct Watches {
    next_id: AtomicU64,
    index: Mutex<Index>,
}

/// A connection or a long poll that may watch items. Dropping it ends all its watches; so its outbox must not own it.
pub struct Listener {
    watches: Arc<Watches>,
    watcher: Arc<Watcher>,
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("id", &self.watcher.id)
            .field("ip", &self.watcher.ip)
            .finish_non_exhaustive()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.watches.index.lock().forget(self.watcher.id);
    }
}

impl Watches {
    /// A listener of its own, which watches nothing yet. `ip` is shown by subscriber queries.
    pub fn listener(self: &Arc<Self>, ip: Arc<str>, outbox: Arc<dyn ConfigOutbox>) -> Listener {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        Listener { watches: Arc::clone(self), watcher: Arc::new(Watcher { id, ip, outbox }) }
    }

    /// Watches `items` as well; of a key named twice the last digest counts.
    ///
    /// # Errors
    /// A limit would be passed; then no watch was added.
    pub fn watch(&self, listener: &Listener, items: &[ListenItem]) -> Result<(), ConfigError> {
        let mut index = self.index.lock();
        index.check_room(listener.watcher.id, items)?;
        for item in items {
            index.insert(&listener.watcher, item);
        }
        Ok(())
    }

    /// Ends the watch of `keys`; those that are not watched do not matter.
    pub fn unwatch<'k>(&self, listener: &Listener, keys: impl IntoIterator<Item = &'k ConfigKey>) {
        let mut index = self.index.lock();
        for key in keys {
            index.remove(listener.watcher.id, key);
        }
    }

    /// Whom to tell that `key` changed, gathered so that telling needs no lock.
    pub(crate) fn outboxes(&self, key: &ConfigKey) -> Vec<Arc<dyn ConfigOutbox>> {
        let index = self.index.lock();
        let Some(listeners) = index.listeners.get(key) else { return Vec::new() };
        listeners.values().map(|watcher| Arc::clone(&watcher.outbox)).collect()
    }

    /// Who watches `key`.
    pub fn of_key(&self, key: &ConfigKey) -> Vec<WatchStatus> {
        let index = self.index.lock();
        let Some(listeners) = index.listeners.get(key) else { return Vec::new() };
        let status = |watcher: &Arc<Watcher>| {
            let held = index.keys.get(&watcher.id)?.get(key)?.clone();
            Some(WatchStatus { ip: Arc::clone(&watcher.ip), key: key.clone(), held })
        };
        listeners.values().filter_map(status).collect()
    }

    /// What the listeners of an address watch. Looks at every watch there is: an operator's question.
    pub fn of_ip(&self, ip: &str) -> Vec<WatchStatus> {
        let index = self.index.lock();
        let mut found = Vec::new();
        for (key, listeners) in &index.listeners {
            for watcher in listeners.values().filter(|watcher| &*watcher.ip == ip) {
                if let Some(held) = index.keys.get(&watcher.id).and_then(|keys| keys.get(key)) {
                    found.push(WatchStatus {
                        ip: Arc::clone(&watcher.ip),
                        key: key.clone(),
                        held: held.clone(),
                    });
                }
            }
        }
        found
    }

    /// How many (listener, key) pairs there are.
    pub fn count(&self) -> usize {
        self.index.lock().keys.values().map(Map::len).sum()
    }
}

impl Index {
    fn check_room(&self, id: WatcherId, items: &[ListenItem]) -> Result<(), ConfigError> {
        let watched = self.keys.get(&id);
        let is_new = |item: &&ListenItem| watched.is_none_or(|keys| !keys.contains_key(&item.key));
        let count = watched.map_or(0, Map::len) + items.iter().filter(is_new).count();
        if count > KEYS_PER_LISTENER_MAX {
            return Err(ConfigError::TooManyKeys { limit: KEYS_PER_LISTENER_MAX });
        }
        let is_full = |item: &ListenItem| {
            self.listeners.get(&item.key).is_some_and(|l| l.len() >= LISTENERS_PER_KEY_MAX)
        };
        if items.iter().filter(is_new).any(is_full) {
            return Err(ConfigError::TooManyListeners { limit: LISTENERS_PER_KEY_MAX });
        }
        Ok(())
    }

    fn insert(&mut self, watcher: &Arc<Watcher>, item: &ListenItem) {
        self.listeners.entry(item.key.clone()).or_default().insert(watcher.id, Arc::clone(watcher));
        self.keys.entry(watcher.id).or_default().insert(item.key.clone(), item.held.clone());
    }

    fn remove(&mut self, id: WatcherId, key: &ConfigKey) {
        let Some(keys) = self.keys.get_mut(&id) else { return };
        if keys.remove(key).is_none() {
            return;
        }
        if keys.is_empty() {
            self.keys.remove(&id);
        }
        self.remove_listener(id, key);
    }

    fn remove_listener(&mut self, id: WatcherId, key: &ConfigKey) {
        if let Some(listeners) = self.listeners.get_mut(key) {
            listeners.remove(&id);
            if listeners.is_empty() {
                self.listeners.remove(key);
            }
        }
    }

    fn forget(&mut self, id: WatcherId) {
        for key in self.keys.remove(&id).unwrap_or_default().into_keys() {
            self.remove_listener(id, &key);
        }
    }
}
