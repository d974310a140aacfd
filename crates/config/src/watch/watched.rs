//! The keys that are watched, each with a number and those who watch it.
//!
//! The text of a key is kept once, however many watch it, and everything else refers to it by its number. Most keys
//! that are listened to do not exist and have one watcher: such a key takes its text and 50 bytes.

use std::{hash::BuildHasher, sync::Arc};

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use navaid_core::config_item::ConfigKey;
use slab::Slab;

use super::{
    Map,
    index::{Member, MemberId},
};

/// Stands for a key while somebody watches it; later perhaps for another.
pub(super) type KeyId = u32;

/// See the module.
#[derive(Default)]
pub(super) struct WatchedKeys {
    keys: Slab<WatchedKey>,
    ids: HashTable<KeyId>,
    hasher: RandomState,
}

pub(super) struct WatchedKey {
    pub(super) key: ConfigKey,
    watchers: Watchers,
}

/// One of them needs no table.
enum Watchers {
    One(Arc<Member>),
    Many(Box<Map<MemberId, Arc<Member>>>),
}

impl WatchedKeys {
    /// The number of a key that is watched.
    pub(super) fn id(&self, key: &ConfigKey) -> Option<KeyId> {
        let is_it = |id: &KeyId| self.keys[*id as usize].key == *key;
        self.ids.find(self.hasher.hash_one(key), is_it).copied()
    }

    /// The key of that number, and who watches it.
    pub(super) fn get(&self, id: KeyId) -> &WatchedKey {
        &self.keys[id as usize]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (KeyId, &WatchedKey)> {
        self.keys.iter().map(|(at, watched)| (number(at), watched))
    }

    /// Adds a watcher of a key; gives the key's number.
    pub(super) fn add(&mut self, key: &ConfigKey, member: &Arc<Member>) -> KeyId {
        if let Some(id) = self.id(key) {
            self.keys[id as usize].watchers.add(member);
            return id;
        }
        let watchers = Watchers::One(Arc::clone(member));
        let id = number(self.keys.insert(WatchedKey { key: key.clone(), watchers }));
        let Self { keys, ids, hasher } = self;
        ids.insert_unique(hasher.hash_one(key), id, |id| hasher.hash_one(&keys[*id as usize].key));
        id
    }

    /// Takes a watcher away from the key of that number, and the key with the last one.
    pub(super) fn remove(&mut self, id: KeyId, member: MemberId) {
        let watched = &mut self.keys[id as usize];
        if watched.watchers.remove(member) {
            return;
        }
        let hash = self.hasher.hash_one(&watched.key);
        if let Ok(entry) = self.ids.find_entry(hash, |known| *known == id) {
            entry.remove();
        }
        self.keys.remove(id as usize);
    }
}

fn number(at: usize) -> KeyId {
    KeyId::try_from(at).expect("keys of 2^32 watches do not fit into memory")
}

impl WatchedKey {
    pub(super) fn watcher_count(&self) -> usize {
        match &self.watchers {
            Watchers::One(_) => 1,
            Watchers::Many(members) => members.len(),
        }
    }

    pub(super) fn watchers(&self) -> impl Iterator<Item = &Arc<Member>> {
        let (one, many) = match &self.watchers {
            Watchers::One(member) => (Some(member), None),
            Watchers::Many(members) => (None, Some(members.values())),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }
}

impl Watchers {
    fn add(&mut self, member: &Arc<Member>) {
        match self {
            Self::One(one) if one.id == member.id => {}
            Self::One(one) => {
                let members = [&*one, member].map(|member| (member.id, Arc::clone(member)));
                *self = Self::Many(Box::new(members.into_iter().collect()));
            }
            Self::Many(members) => drop(members.insert(member.id, Arc::clone(member))),
        }
    }

    /// Whether any are left.
    fn remove(&mut self, id: MemberId) -> bool {
        match self {
            Self::One(one) => one.id != id,
            Self::Many(members) => {
                members.remove(&id);
                !members.is_empty()
            }
        }
    }
}
