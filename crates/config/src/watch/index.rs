//! The two indexes behind [`Watches`](super::Watches), and the polls that have ended.

use std::{sync::Arc, time::Duration};

use navaid_core::{
    config_item::ConfigKey,
    time::{Moment, Now},
};

use super::{
    ConfigOutbox, KEYS_PER_LISTENER_MAX, Keys, LISTENERS_PER_KEY_MAX, ListenItem, Map, WatchStatus,
    held::Holding,
    parted::{Parted, PartedPolls},
    watcher::Watcher,
};
use crate::error::ConfigError;

type MemberId = u64;

/// A listener as the index knows it.
pub(super) struct Member {
    pub(super) id: MemberId,
    pub(super) watcher: Arc<Watcher>,
    pub(super) outbox: Arc<dyn ConfigOutbox>,
}

#[derive(Default)]
pub(super) struct Index {
    listeners: Map<ConfigKey, Map<MemberId, Arc<Member>>>,
    keys: Map<MemberId, Keys>,
    parted: PartedPolls,
}

impl Index {
    pub(super) fn watch(
        &mut self,
        member: &Arc<Member>,
        items: &[ListenItem],
        now: Now,
    ) -> Result<(), ConfigError> {
        self.check_room(member.id, items)?;
        let is_poll = member.watcher.connection().is_none();
        let keys = items.iter().map(|item| &item.key);
        let before = is_poll.then(|| self.parted.take(member.watcher.ip(), keys, now.mono)).flatten();
        for item in items {
            self.insert(member, item, before.as_ref(), now);
        }
        Ok(())
    }

    fn check_room(&self, id: MemberId, items: &[ListenItem]) -> Result<(), ConfigError> {
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

    fn insert(&mut self, member: &Arc<Member>, item: &ListenItem, before: Option<&Parted>, now: Now) {
        let held = item.held.clone();
        let keys = self.keys.entry(member.id).or_default();
        if let Some(holding) = keys.get_mut(&item.key) {
            return holding.update(held, now.wall);
        }
        let mut holding = before.and_then(|parted| parted.keys.get(&item.key)).cloned();
        match &mut holding {
            Some(holding) => holding.update(held, now.wall),
            None => holding = Some(Holding::new(held, now.wall)),
        }
        keys.extend(holding.map(|holding| (item.key.clone(), holding)));
        self.listeners.entry(item.key.clone()).or_default().insert(member.id, Arc::clone(member));
    }

    pub(super) fn remove(&mut self, id: MemberId, key: &ConfigKey) {
        let Some(keys) = self.keys.get_mut(&id) else { return };
        if keys.remove(key).is_none() {
            return;
        }
        if keys.is_empty() {
            self.keys.remove(&id);
        }
        self.remove_listener(id, key);
    }

    fn remove_listener(&mut self, id: MemberId, key: &ConfigKey) {
        if let Some(listeners) = self.listeners.get_mut(key) {
            listeners.remove(&id);
            if listeners.is_empty() {
                self.listeners.remove(key);
            }
        }
    }

    /// Ends all watches of a member; says what it held.
    pub(super) fn forget(&mut self, id: MemberId) -> Keys {
        let keys = self.keys.remove(&id).unwrap_or_default();
        for key in keys.keys() {
            self.remove_listener(id, key);
        }
        keys
    }

    /// Ends all watches of a poll and keeps in mind what it held, for as long as `shown`.
    pub(super) fn part(&mut self, member: &Member, now: Now, shown: Duration) {
        let keys = self.forget(member.id);
        let watcher = Arc::clone(&member.watcher);
        self.parted.park(Parted { watcher, keys, at: now.wall, until: now.mono + shown }, now.mono);
    }

    pub(super) fn holding_mut(&mut self, id: MemberId, key: &ConfigKey) -> Option<&mut Holding> {
        self.keys.get_mut(&id)?.get_mut(key)
    }

    pub(super) fn outboxes(&self, key: &ConfigKey) -> Vec<Arc<dyn ConfigOutbox>> {
        let Some(listeners) = self.listeners.get(key) else { return Vec::new() };
        listeners.values().map(|member| Arc::clone(&member.outbox)).collect()
    }

    pub(super) fn of_key(&self, key: &ConfigKey, now: Moment) -> Vec<WatchStatus> {
        let members = self.listeners.get(key).into_iter().flat_map(Map::values);
        let held = members.filter_map(|member| self.status(member, key));
        let parted = self.parted.iter(now).filter_map(|parted| status(parted, key));
        // Where addresses stand for clients, what a connected one holds counts.
        parted.chain(held).collect()
    }

    pub(super) fn of_ip(&self, ip: &str, now: Moment) -> Vec<WatchStatus> {
        let pairs = self.listeners.iter().flat_map(|(key, members)| {
            let of_ip = members.values().filter(|member| &**member.watcher.ip() == ip);
            of_ip.filter_map(move |member| self.status(member, key))
        });
        let parted = self.parted.iter(now).filter(|parted| &**parted.watcher.ip() == ip);
        let parted = parted.flat_map(|parted| parted.keys.keys().filter_map(|key| status(parted, key)));
        parted.chain(pairs).collect()
    }

    fn status(&self, member: &Member, key: &ConfigKey) -> Option<WatchStatus> {
        let holding = self.keys.get(&member.id)?.get(key)?;
        Some(WatchStatus {
            watcher: Arc::clone(&member.watcher),
            key: key.clone(),
            held: holding.held(),
            since: holding.since(),
            parted: None,
        })
    }

    pub(super) fn count(&self) -> usize {
        self.keys.values().map(Map::len).sum()
    }
}

fn status(parted: &Parted, key: &ConfigKey) -> Option<WatchStatus> {
    let holding = parted.keys.get(key)?;
    Some(WatchStatus {
        watcher: Arc::clone(&parted.watcher),
        key: key.clone(),
        held: holding.held(),
        since: holding.since(),
        parted: Some(parted.at),
    })
}
