//! A map that nearly always is empty: 8 bytes while it is, because there are as many as services.

use std::hash::Hash;

use hashbrown::{Equivalent, HashMap};

type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// See the module. None is an empty map.
#[derive(Debug)]
pub(crate) struct RareMap<K, V>(Option<Box<Map<K, V>>>);

impl<K, V> Default for RareMap<K, V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: Eq + Hash, V> RareMap<K, V> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn contains_key(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    pub(crate) fn get<Q: Hash + Equivalent<K>>(&self, key: &Q) -> Option<&V> {
        self.0.as_ref()?.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.0.as_mut()?.get_mut(key)
    }

    /// Replaces what was there.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.0.get_or_insert_default().insert(key, value);
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let map = self.0.as_mut()?;
        let removed = map.remove(key);
        if map.is_empty() {
            self.0 = None;
        }
        removed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn map_takes_room_only_while_it_holds_something() {
        let mut map = RareMap::default();
        assert_eq!(size_of_val(&map), 8);
        assert!(map.get(&1).is_none() && map.remove(&1).is_none());
        map.insert(1, "a");
        map.insert(1, "b");
        assert!(map.contains_key(&1) && !map.is_empty());
        assert_eq!(map.get_mut(&1).map(|value| std::mem::replace(value, "c")), Some("b"));
        assert_eq!(map.remove(&1), Some("c"));
        assert!(map.is_empty());
    }
}
