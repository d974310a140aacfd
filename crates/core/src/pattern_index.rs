//! Who watches which patterns, and what each pattern matches: the bookkeeping that both engines do alike.
//!
//! Plain state; an engine keeps it behind a lock and notes what appears and goes. A watcher is told *that* a key it
//! watches changed, and asks what has become of it when it sends the notice, so that it never sends what is old.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::Arc,
};

use crate::{
    client::ConnectionId,
    pattern::{WatchPattern, WatchedKey},
};

/// How much a server watches by pattern (`spec/naming-semantics` §14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatternLimits {
    /// Different patterns of all clients together.
    pub patterns: usize,
    /// Keys that one pattern may match; further ones are not seen.
    pub matches: usize,
}

impl Default for PatternLimits {
    fn default() -> Self {
        Self { patterns: 20, matches: 500 }
    }
}

/// As many patterns are watched as may be: nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot watch another pattern: {max} are watched already")]
pub struct TooManyPatterns {
    pub max: usize,
}

/// Where a watcher is told that a key it watches by pattern appeared or went. Called under the engine's lock: it must
/// neither block nor call the engine.
pub trait PatternOutbox<K>: Send + Sync + 'static {
    fn changed(&self, key: &K);
}

/// What a pattern matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternMatches<K> {
    pub keys: Vec<K>,
    /// Whether there may be more, which are not seen.
    pub is_full: bool,
}

/// See the module.
pub struct PatternIndex<K> {
    limits: PatternLimits,
    patterns: HashMap<Arc<str>, Watched<K>>,
}

struct Watched<K> {
    pattern: WatchPattern,
    matched: HashSet<K>,
    /// Whether a match was left out.
    overflowed: bool,
    watchers: HashMap<ConnectionId, Arc<dyn PatternOutbox<K>>>,
}

impl<K> Default for PatternIndex<K> {
    fn default() -> Self {
        Self { limits: PatternLimits::default(), patterns: HashMap::new() }
    }
}

impl<K> fmt::Debug for PatternIndex<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PatternIndex").field("patterns", &self.patterns.keys()).finish_non_exhaustive()
    }
}

impl<K: WatchedKey> PatternIndex<K> {
    pub fn new(limits: PatternLimits) -> Self {
        Self { limits, patterns: HashMap::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Makes the connection a watcher of the pattern, as often as it asks; says whether matches are left out. `existing`
    /// gives what there is in the pattern's namespace, and is asked if the pattern's matches are not known.
    ///
    /// # Errors
    /// [`TooManyPatterns`]
    pub fn watch<I>(
        &mut self,
        pattern: WatchPattern,
        watcher: (&ConnectionId, Arc<dyn PatternOutbox<K>>),
        existing: impl FnOnce(&str) -> I,
    ) -> Result<bool, TooManyPatterns>
    where
        I: IntoIterator<Item = K>,
    {
        let text = pattern.text().clone();
        let is_new = !self.patterns.contains_key(&text);
        if is_new && self.patterns.len() >= self.limits.patterns {
            return Err(TooManyPatterns { max: self.limits.patterns });
        }
        let watched = self.patterns.entry(text).or_insert_with(|| Watched::new(pattern));
        watched.watchers.insert(watcher.0.clone(), watcher.1);
        if is_new || watched.overflowed {
            watched.overflowed = false;
            let existing = existing(watched.pattern.namespace());
            for key in existing {
                watched.admit(&key, self.limits.matches);
            }
        }
        Ok(watched.overflowed)
    }

    /// Ends one watch; a pattern without watchers is forgotten.
    pub fn unwatch(&mut self, pattern: &WatchPattern, watcher: &ConnectionId) {
        if let Some(watched) = self.patterns.get_mut(pattern.text()) {
            watched.watchers.remove(watcher);
        }
        self.patterns.retain(|_, watched| !watched.watchers.is_empty());
    }

    /// Ends all watches of a connection.
    pub fn forget(&mut self, watcher: &ConnectionId) {
        self.patterns.retain(|_, watched| {
            watched.watchers.remove(watcher);
            !watched.watchers.is_empty()
        });
    }

    /// Notes whether a key exists now; tells the watchers of the patterns for which that is new.
    pub fn note(&mut self, key: &K, exists: bool) {
        let max = self.limits.matches;
        for watched in self.patterns.values_mut().filter(|watched| watched.pattern.matches(key)) {
            let is_new = if exists { watched.admit(key, max) } else { watched.matched.remove(key) };
            if is_new {
                watched.watchers.values().for_each(|outbox| outbox.changed(key));
            }
        }
    }

    /// What a pattern matches now; none if the connection does not watch it.
    pub fn matches(&self, pattern: &WatchPattern, watcher: &ConnectionId) -> Option<PatternMatches<K>> {
        let watched = self.patterns.get(pattern.text())?;
        watched.watchers.contains_key(watcher).then(|| PatternMatches {
            keys: watched.matched.iter().cloned().collect(),
            is_full: watched.overflowed,
        })
    }

    /// Whether the key exists, as the watches of the connection know it; none if none of them matches it.
    pub fn presence(&self, key: &K, watcher: &ConnectionId) -> Option<bool> {
        let patterns = self.patterns.values();
        let mut watching =
            patterns.filter(|watched| watched.watchers.contains_key(watcher) && watched.pattern.matches(key));
        let first = watching.next()?.matched.contains(key);
        Some(first || watching.any(|watched| watched.matched.contains(key)))
    }
}

impl<K: WatchedKey> Watched<K> {
    fn new(pattern: WatchPattern) -> Self {
        Self { pattern, matched: HashSet::new(), overflowed: false, watchers: HashMap::new() }
    }

    /// Says whether the key is a match that was not known.
    fn admit(&mut self, key: &K, max: usize) -> bool {
        if self.matched.contains(key) || !self.pattern.matches(key) {
            return false;
        }
        if self.matched.len() >= max {
            self.overflowed = true;
            return false;
        }
        self.matched.insert(key.clone())
    }
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;
    use crate::{GroupName, NamespaceId, ServiceKey, ServiceName};

    #[derive(Default)]
    struct Told(Mutex<Vec<String>>);

    impl PatternOutbox<ServiceKey> for Told {
        fn changed(&self, key: &ServiceKey) {
            self.0.lock().push(key.name().to_owned());
        }
    }

    fn service(name: &str) -> ServiceKey {
        ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &ServiceName::parse(name).unwrap())
    }

    fn pattern(name: &str) -> WatchPattern {
        WatchPattern::parse(&format!("public>>*>>{name}")).unwrap()
    }

    fn index() -> PatternIndex<ServiceKey> {
        PatternIndex::new(PatternLimits { patterns: 2, matches: 2 })
    }

    #[test]
    fn watchers_are_told_what_is_new_to_them() {
        let (mut index, told, id) = (index(), Arc::new(Told::default()), ConnectionId::new("c"));
        assert_eq!(index.watch(pattern("a*"), (&id, told.clone()), |_| [service("a1")]), Ok(false));
        index.note(&service("a1"), true);
        index.note(&service("b"), true);
        index.note(&service("a2"), true);
        index.note(&service("a1"), false);
        assert_eq!(*told.0.lock(), ["a2", "a1"]);
        assert_eq!(index.presence(&service("a1"), &id), Some(false));
        assert_eq!(index.presence(&service("a2"), &id), Some(true));
        assert_eq!(index.presence(&service("b"), &id), None);
        let matches = PatternMatches { keys: vec![service("a2")], is_full: false };
        assert_eq!(index.matches(&pattern("a*"), &id), Some(matches));
    }

    #[test]
    fn an_ended_watch_tells_nobody_and_makes_room() {
        let (mut index, told, id) = (index(), Arc::new(Told::default()), ConnectionId::new("c"));
        let outbox = || -> Arc<dyn PatternOutbox<ServiceKey>> { told.clone() };
        for name in ["a", "b"] {
            index.watch(pattern(name), (&id, outbox()), |_| []).unwrap();
        }
        let third = index.watch(pattern("c"), (&id, outbox()), |_| []);
        assert_eq!(third, Err(TooManyPatterns { max: 2 }));
        index.unwatch(&pattern("a"), &id);
        index.note(&service("a"), true);
        assert_eq!(index.watch(pattern("c"), (&id, outbox()), |_| []), Ok(false));
        index.forget(&id);
        index.note(&service("c"), true);
        assert!(told.0.lock().is_empty() && index.is_empty());
    }

    #[test]
    fn matches_beyond_the_limit_are_left_out_until_there_is_room() {
        let (mut index, told, id) = (index(), Arc::new(Told::default()), ConnectionId::new("c"));
        let all = || [service("1"), service("2"), service("3")];
        let outbox = || -> Arc<dyn PatternOutbox<ServiceKey>> { told.clone() };
        assert_eq!(index.watch(pattern("*"), (&id, outbox()), |_| all()), Ok(true));
        index.note(&service("2"), false);
        assert_eq!(*told.0.lock(), ["2"]);
        assert_eq!(index.watch(pattern("*"), (&id, outbox()), |_| [service("1"), service("3")]), Ok(false));
        assert_eq!(index.presence(&service("3"), &id), Some(true));
    }
}
