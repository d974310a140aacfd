//! Watching items by pattern: a watcher is told which items appear and go, not what they hold (`spec/grpc` §10.5).
//! Gray releases do not count: an item is there while it has a formal one.

use std::sync::Arc;

use navaid_core::{
    ConfigKey, ConnectionId, NamespaceId, PatternMatches, PatternOutbox, TooManyPatterns, WatchPattern,
};

use super::Configs;

impl Configs {
    /// Tells the connection of the items that match, until it ends the watch; says whether matches are left out.
    ///
    /// # Errors
    /// [`TooManyPatterns`]: as many are watched on this server as may be.
    pub fn watch_pattern(
        &self,
        pattern: WatchPattern,
        watcher: &ConnectionId,
        outbox: Arc<dyn PatternOutbox<ConfigKey>>,
    ) -> Result<bool, TooManyPatterns> {
        self.patterns.lock().watch(pattern, (watcher, outbox), |namespace| self.listed(namespace))
    }

    fn listed(&self, namespace: &str) -> Vec<ConfigKey> {
        let Ok(namespace) = NamespaceId::parse(namespace) else { return Vec::new() };
        let (_, items) = self.catalog.slice(&namespace, 0, usize::MAX);
        items.iter().map(|item| item.key.clone()).collect()
    }

    /// Ends one watch.
    pub fn unwatch_pattern(&self, pattern: &WatchPattern, watcher: &ConnectionId) {
        self.patterns.lock().unwatch(pattern, watcher);
    }

    /// Ends all watches of a connection that is gone.
    pub fn forget_patterns(&self, watcher: &ConnectionId) {
        self.patterns.lock().forget(watcher);
    }

    /// The items that a pattern matches; none if the connection does not watch it.
    pub fn pattern_matches(
        &self,
        pattern: &WatchPattern,
        watcher: &ConnectionId,
    ) -> Option<PatternMatches<ConfigKey>> {
        self.patterns.lock().matches(pattern, watcher)
    }

    /// Whether the item is there, as the connection's watches know it; none if none matches it.
    pub fn watched_presence(&self, key: &ConfigKey, watcher: &ConnectionId) -> Option<bool> {
        self.patterns.lock().presence(key, watcher)
    }
}
