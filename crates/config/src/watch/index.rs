//! The two indexes behind [`Watches`](super::Watches), and the polls that have ended.

use std::{sync::Arc, time::Duration};

use navaid_core::{
    config_item::ConfigKey,
    time::{Moment, Now},
};

use super::{
    ConfigOutbox, KEYS_PER_LISTENER_MAX, LISTENERS_PER_KEY_MAX, ListenItem, Map, WatchStatus,
    held::{Holding, Holdings},
    parted::{Parted, PartedPolls},
    watched::{KeyId, WatchedKeys},
    watcher::Watcher,
};
use crate::error::ConfigError;

pub(super) type MemberId = u64;

/// A listener as the index knows it.
pub(super) struct Member {
    pub(super) id: MemberId,
    pub(super) watcher: Arc<Watcher>,
    pub(super) outbox: Arc<dyn ConfigOutbox>,
}

#[derive(Default)]
pub(super) struct Index {
    watched: WatchedKeys,
    holdings: Map<MemberId, Holdings>,
    parted: PartedPolls,
}

impl Index {
    pub(super) fn watch(
        &mut self,
        member: &Arc<Member>,
        items: &[ListenItem],
        now: Now,
    ) -> Result<(), ConfigError> {
        let known: Vec<Option<KeyId>> = items.iter().map(|item| self.watched.id(&item.key)).collect();
        let new = self.check_room(member.id, &known)?;
        let is_poll = member.watcher.connection().is_none();
        let keys = items.iter().map(|item| &item.key);
        let before = is_poll.then(|| self.parted.take(member.watcher.ip(), keys, now.mono)).flatten();
        let mut holdings = self.holdings.remove(&member.id).unwrap_or_default();
        holdings.reserve(new);
        for (item, known) in items.iter().zip(known) {
            match known.and_then(|id| holdings.get_mut(id)) {
                Some(holding) => holding.update(item.held.clone(), now.wall),
                None => self.insert(member, &mut holdings, (item, before.as_ref()), now),
            }
        }
        if holdings.len() > 0 {
            self.holdings.insert(member.id, holdings);
        }
        Ok(())
    }

    /// Gives how many keys the member does not watch yet. `known` are the numbers of the keys, none for one that nobody
    /// watches.
    fn check_room(&self, id: MemberId, known: &[Option<KeyId>]) -> Result<usize, ConfigError> {
        let holdings = self.holdings.get(&id);
        let is_new = |known: &Option<KeyId>| {
            known.is_none_or(|key| holdings.is_none_or(|holdings| holdings.get(key).is_none()))
        };
        let new = || known.iter().filter(|known| is_new(known));
        let count = new().count();
        if holdings.map_or(0, Holdings::len) + count > KEYS_PER_LISTENER_MAX {
            return Err(ConfigError::TooManyKeys { limit: KEYS_PER_LISTENER_MAX });
        }
        let is_full = |id: &KeyId| self.watched.get(*id).watcher_count() >= LISTENERS_PER_KEY_MAX;
        if new().flatten().any(is_full) {
            return Err(ConfigError::TooManyListeners { limit: LISTENERS_PER_KEY_MAX });
        }
        Ok(count)
    }

    /// Adds a key that the member did not watch when it asked; it may stand in its list twice.
    fn insert(
        &mut self,
        member: &Arc<Member>,
        holdings: &mut Holdings,
        (item, before): (&ListenItem, Option<&Parted>),
        now: Now,
    ) {
        let (id, held) = (self.watched.add(&item.key, member), item.held.clone());
        if let Some(holding) = holdings.get_mut(id) {
            return holding.update(held, now.wall);
        }
        let holding = match before.and_then(|parted| parted.keys.get(&item.key)).cloned() {
            Some(mut holding) => {
                holding.update(held, now.wall);
                holding.id = id;
                holding
            }
            None => Holding::new(id, held, now.wall),
        };
        holdings.add(holding);
    }

    pub(super) fn remove(&mut self, member: MemberId, key: &ConfigKey) {
        let (Some(id), Some(holdings)) = (self.watched.id(key), self.holdings.get_mut(&member)) else {
            return;
        };
        if holdings.remove(id).is_none() {
            return;
        }
        if holdings.len() == 0 {
            self.holdings.remove(&member);
        }
        self.watched.remove(id, member);
    }

    /// Ends all watches of a member.
    pub(super) fn forget(&mut self, member: MemberId) {
        for holding in self.holdings.remove(&member).unwrap_or_default() {
            self.watched.remove(holding.id, member);
        }
    }

    /// Ends all watches of a poll and keeps in mind what it held, for as long as `shown`.
    pub(super) fn part(&mut self, member: &Member, now: Now, shown: Duration) {
        let holdings = self.holdings.remove(&member.id).unwrap_or_default().into_iter();
        let keys = holdings.map(|holding| {
            let key = self.watched.get(holding.id).key.clone();
            self.watched.remove(holding.id, member.id);
            (key, holding)
        });
        let (keys, watcher) = (keys.collect(), Arc::clone(&member.watcher));
        self.parted.park(Parted { watcher, keys, at: now.wall, until: now.mono + shown }, now.mono);
    }

    pub(super) fn holding_mut(&mut self, member: MemberId, key: &ConfigKey) -> Option<&mut Holding> {
        let id = self.watched.id(key)?;
        self.holdings.get_mut(&member)?.get_mut(id)
    }

    pub(super) fn outboxes(&self, key: &ConfigKey) -> Vec<Arc<dyn ConfigOutbox>> {
        let Some(id) = self.watched.id(key) else { return Vec::new() };
        self.watched.get(id).watchers().map(|member| Arc::clone(&member.outbox)).collect()
    }

    pub(super) fn of_key(&self, key: &ConfigKey, now: Moment) -> Vec<WatchStatus> {
        let id = self.watched.id(key);
        let held = id
            .into_iter()
            .flat_map(|id| self.watched.get(id).watchers().filter_map(move |member| self.status(member, id)));
        let parted = self.parted.iter(now).filter_map(|parted| status(parted, key));
        // Where addresses stand for clients, what a connected one holds counts.
        parted.chain(held).collect()
    }

    pub(super) fn of_ip(&self, ip: &str, now: Moment) -> Vec<WatchStatus> {
        let pairs = self.watched.iter().flat_map(|(id, watched)| {
            let of_ip = watched.watchers().filter(|member| &**member.watcher.ip() == ip);
            of_ip.filter_map(move |member| self.status(member, id))
        });
        let parted = self.parted.iter(now).filter(|parted| &**parted.watcher.ip() == ip);
        let parted = parted.flat_map(|parted| parted.keys.keys().filter_map(|key| status(parted, key)));
        parted.chain(pairs).collect()
    }

    fn status(&self, member: &Member, id: KeyId) -> Option<WatchStatus> {
        let holding = self.holdings.get(&member.id)?.get(id)?;
        Some(WatchStatus {
            watcher: Arc::clone(&member.watcher),
            key: self.watched.get(id).key.clone(),
            held: holding.held(),
            since: holding.since(),
            parted: None,
        })
    }

    pub(super) fn count(&self) -> usize {
        self.holdings.values().map(Holdings::len).sum()
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
