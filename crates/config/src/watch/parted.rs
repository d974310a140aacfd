//! Long polls that have ended, whose clients are expected back.
//!
//! A client that polls is connected most of the time, but not always; whoever asks who listens must see it between two
//! polls as well. Over HTTP a client has no name: the next poll of the same address whose first key (by order) is the
//! same takes the place of the one that ended longest ago, so that several clients of one address are not mixed up in
//! number. What no poll takes up is forgotten after twice its hold.

use std::{collections::VecDeque, sync::Arc};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use navaid_core::{
    config_item::ConfigKey,
    time::{Moment, Timestamp},
};

use super::{Map, held::Holding, watcher::Watcher};

/// Most (poll, key) pairs that are kept; a poll that does not fit is shown only while it is held.
pub const PARTED_KEYS_MAX: usize = 200_000;
/// Fewest polls between two looks for what is over.
const PURGE_EVERY_MIN: usize = 1_024;

/// A poll that has ended.
#[derive(Debug)]
pub(super) struct Parted {
    pub(super) watcher: Arc<Watcher>,
    pub(super) keys: Map<ConfigKey, Holding>,
    pub(super) at: Timestamp,
    pub(super) until: Moment,
}

/// Address, and the first of the keys.
type Face = (Arc<str>, ConfigKey);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct PartedPolls {
    polls: HashMap<Face, VecDeque<Parted>, RandomState>,
    /// (poll, key) pairs in all.
    keys: usize,
    since_purge: usize,
}

impl PartedPolls {
    /// Keeps a poll that has ended.
    pub(super) fn park(&mut self, parted: Parted, now: Moment) {
        self.since_purge += 1;
        if self.since_purge > PURGE_EVERY_MIN.max(self.polls.len()) {
            self.purge(now);
        }
        if self.keys + parted.keys.len() > PARTED_KEYS_MAX {
            return;
        }
        let Some(first) = parted.keys.keys().min() else { return };
        let face = (Arc::clone(parted.watcher.ip()), first.clone());
        self.keys += parted.keys.len();
        self.polls.entry(face).or_default().push_back(parted);
    }

    /// Takes the poll whose client seems to be back with these keys.
    pub(super) fn take<'k>(
        &mut self,
        ip: &Arc<str>,
        keys: impl IntoIterator<Item = &'k ConfigKey>,
        now: Moment,
    ) -> Option<Parted> {
        if self.polls.is_empty() {
            return None;
        }
        let face = (Arc::clone(ip), keys.into_iter().min()?.clone());
        let polls = self.polls.get_mut(&face)?;
        let parted = polls.pop_front()?;
        self.keys -= parted.keys.len();
        if polls.is_empty() {
            self.polls.remove(&face);
        }
        (parted.until > now).then_some(parted)
    }

    /// Polls whose clients may still come back.
    pub(super) fn iter(&self, now: Moment) -> impl Iterator<Item = &Parted> {
        self.polls.values().flatten().filter(move |parted| parted.until > now)
    }

    fn purge(&mut self, now: Moment) {
        self.since_purge = 0;
        let keys = &mut self.keys;
        self.polls.retain(|_, polls| {
            polls.retain(|parted| {
                let stays = parted.until > now;
                *keys -= if stays { 0 } else { parted.keys.len() };
                stays
            });
            !polls.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::name::{DataId, GroupName, NamespaceId};

    use super::*;
    use crate::{
        catalog::entry::ClientLabels,
        watch::held::{HeldMd5, Holding},
    };

    fn key(data_id: &str) -> ConfigKey {
        ConfigKey::new(&NamespaceId::default(), &GroupName::default(), &DataId::parse(data_id).unwrap())
    }

    fn parted(ip: &str, names: &[&str], second: u64) -> Parted {
        let holding = || Holding::new(0, HeldMd5::Nothing, Timestamp(0));
        Parted {
            watcher: Arc::new(Watcher::polling(&ClientLabels { ip, ..ClientLabels::default() })),
            keys: names.iter().map(|name| (key(name), holding())).collect(),
            at: Timestamp(second * 1_000),
            until: at(second + 60),
        }
    }

    fn at(second: u64) -> Moment {
        Moment(second * 1_000)
    }

    #[test]
    fn a_client_that_is_back_takes_the_place_of_one_poll() {
        let mut polls = PartedPolls::default();
        polls.park(parted("1.1.1.1", &["b", "a"], 0), at(0));
        polls.park(parted("1.1.1.1", &["a", "c"], 1), at(1));
        polls.park(parted("2.2.2.2", &["a"], 2), at(2));
        let ip: Arc<str> = "1.1.1.1".into();
        let mut take = |second| polls.take(&ip, [&key("d"), &key("a")], at(second)).map(|poll| poll.at);
        assert_eq!(take(3), Some(Timestamp(0)), "the oldest first");
        assert_eq!(take(3), Some(Timestamp(1_000)));
        assert_eq!(take(3), None, "another address is another client");
        assert_eq!((polls.iter(at(3)).count(), polls.keys), (1, 1));
        assert_eq!(polls.iter(at(62)).count(), 0, "over");
    }

    #[test]
    fn polls_are_kept_up_to_a_bound_and_a_time() {
        let mut polls = PartedPolls::default();
        let names: Vec<String> = (0..1_000).map(|number| number.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for _ in 0..=PARTED_KEYS_MAX / names.len() {
            polls.park(parted("1.1.1.1", &names, 0), at(0));
        }
        assert_eq!(polls.keys, PARTED_KEYS_MAX);
        for _ in 0..=PURGE_EVERY_MIN {
            polls.park(parted("1.1.1.1", &["a"], 100), at(100));
        }
        assert!(polls.keys <= PURGE_EVERY_MIN + 1, "those before are over: {}", polls.keys);
        assert!(polls.iter(at(100)).count() > 0);
    }
}
