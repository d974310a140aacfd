//! What a client says it holds of an item.

use std::{fmt, hash::BuildHasher, sync::Arc};

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use navaid_core::{config_item::ContentMd5, time::Timestamp};

use super::watched::KeyId;

/// Longest text kept of what is no digest: only subscriber queries show it.
const ODD_TEXT_MAX: usize = 64;

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

impl From<Option<ContentMd5>> for HeldMd5 {
    fn from(md5: Option<ContentMd5>) -> Self {
        md5.map_or(Self::Nothing, Self::Md5)
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

/// Seconds since 1970.
type Seconds = u32;

/// What a listener holds of one key, and since when, to the second. There is one for each (listener, key), and most
/// hold nothing, so that only something is kept elsewhere.
#[derive(Debug, Clone)]
pub(super) struct Holding {
    /// Of the key, while it is watched.
    pub(super) id: KeyId,
    since: Seconds,
    held: Option<Box<HeldMd5>>,
}

const _: () = assert!(size_of::<Holding>() == 16);

impl Holding {
    pub(super) fn new(id: KeyId, held: HeldMd5, since: Timestamp) -> Self {
        let mut holding = Self { id, since: 0, held: None };
        holding.set(held, since);
        holding
    }

    fn set(&mut self, held: HeldMd5, since: Timestamp) {
        // Saturates in the year 2106.
        self.since = Seconds::try_from(since.as_millis() / 1_000).unwrap_or(Seconds::MAX);
        self.held = (held != HeldMd5::Nothing).then(|| Box::new(held));
    }

    pub(super) fn held(&self) -> HeldMd5 {
        self.held.as_deref().cloned().unwrap_or(HeldMd5::Nothing)
    }

    pub(super) fn since(&self) -> Timestamp {
        Timestamp(u64::from(self.since) * 1_000)
    }

    /// What is held now: the same as before is held as long as before.
    pub(super) fn update(&mut self, held: HeldMd5, now: Timestamp) {
        if self.held.as_deref().unwrap_or(&HeldMd5::Nothing) != &held {
            self.set(held, now);
        }
    }
}

/// What one listener holds, by the numbers of keys.
#[derive(Debug, Default)]
pub(super) struct Holdings {
    table: HashTable<Holding>,
    hasher: RandomState,
}

impl Holdings {
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn get(&self, id: KeyId) -> Option<&Holding> {
        self.table.find(self.hasher.hash_one(id), |holding| holding.id == id)
    }

    pub(super) fn get_mut(&mut self, id: KeyId) -> Option<&mut Holding> {
        self.table.find_mut(self.hasher.hash_one(id), |holding| holding.id == id)
    }

    /// Makes room for that many more at once: a table that grows by itself is twice as large as it must be.
    pub(super) fn reserve(&mut self, more: usize) {
        let Self { table, hasher } = self;
        table.reserve(more, |holding| hasher.hash_one(holding.id));
    }

    /// Adds what is held of a key that is not among them.
    pub(super) fn add(&mut self, holding: Holding) {
        let Self { table, hasher } = self;
        table.insert_unique(hasher.hash_one(holding.id), holding, |other| hasher.hash_one(other.id));
    }

    pub(super) fn remove(&mut self, id: KeyId) -> Option<Holding> {
        let found = self.table.find_entry(self.hasher.hash_one(id), |holding| holding.id == id);
        found.ok().map(|entry| entry.remove().0)
    }
}

impl IntoIterator for Holdings {
    type Item = Holding;
    type IntoIter = hashbrown::hash_table::IntoIter<Holding>;

    fn into_iter(self) -> Self::IntoIter {
        self.table.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_still_is_held_since_it_was_first_said() {
        let mut holding = Holding::new(7, HeldMd5::Nothing, Timestamp(5_900));
        assert_eq!((holding.held(), holding.since()), (HeldMd5::Nothing, Timestamp(5_000)));
        holding.update(HeldMd5::Nothing, Timestamp(9_000));
        assert_eq!(holding.since(), Timestamp(5_000));
        for held in [HeldMd5::Md5(ContentMd5::of("a")), HeldMd5::parse("odd"), HeldMd5::Nothing] {
            holding.update(held.clone(), Timestamp(9_000));
            assert_eq!((holding.held(), holding.since()), (held, Timestamp(9_000)));
        }
    }

    #[test]
    fn holdings_are_found_by_the_number_of_their_key() {
        let mut holdings = Holdings::default();
        for id in 0..1_000 {
            holdings.add(Holding::new(id, HeldMd5::Nothing, Timestamp(u64::from(id) * 1_000)));
        }
        assert_eq!(holdings.remove(500).map(|holding| holding.since()), Some(Timestamp(500_000)));
        assert!(holdings.remove(500).is_none() && holdings.get(500).is_none());
        let md5 = HeldMd5::Md5(ContentMd5::of("a"));
        holdings.get_mut(501).unwrap().update(md5.clone(), Timestamp(9_000));
        assert_eq!(holdings.get(501).map(Holding::held), Some(md5));
        assert_eq!((holdings.len(), holdings.into_iter().count()), (999, 999));
    }
}
