//! Watching services by pattern: a watcher is told which services appear and go, not what becomes of their instances
//! (`spec/naming-semantics` §14).
//!
//! Watching begins with what the lists show, services without instances among it. From then on a service appears with
//! its first publication and goes with its last.

use std::sync::{Arc, atomic::Ordering};

use navaid_core::{
    ConnectionId, NamespaceId, PatternMatches, PatternOutbox, ServiceKey, TooManyPatterns, WatchPattern,
};

use super::Naming;
use crate::{
    catalog::Page,
    service::Service,
    shard::{Effect, Listing, ServiceShard},
};

impl Naming {
    /// Tells the connection of the services that match, until it ends the watch or disconnects; says whether matches
    /// are left out.
    ///
    /// # Errors
    /// [`TooManyPatterns`]: as many are watched on this server as may be.
    pub fn watch_pattern(
        &self,
        pattern: WatchPattern,
        watcher: &ConnectionId,
        outbox: Arc<dyn PatternOutbox<ServiceKey>>,
    ) -> Result<bool, TooManyPatterns> {
        let mut patterns = self.patterns.lock();
        // Before the lists are read: a service that is not among them yet is noted.
        self.has_patterns.store(true, Ordering::SeqCst);
        let watched = patterns.watch(pattern, (watcher, outbox), |namespace| self.listed(namespace));
        self.has_patterns.store(!patterns.is_empty(), Ordering::SeqCst);
        watched
    }

    fn listed(&self, namespace: &str) -> Vec<ServiceKey> {
        let Ok(namespace) = NamespaceId::parse(namespace) else { return Vec::new() };
        self.catalog.lock().page(&namespace, None, Page::ALL).keys
    }

    /// Ends one watch.
    pub fn unwatch_pattern(&self, pattern: &WatchPattern, watcher: &ConnectionId) {
        let mut patterns = self.patterns.lock();
        patterns.unwatch(pattern, watcher);
        self.has_patterns.store(!patterns.is_empty(), Ordering::SeqCst);
    }

    pub(super) fn forget_patterns(&self, watcher: &ConnectionId) {
        let mut patterns = self.patterns.lock();
        patterns.forget(watcher);
        self.has_patterns.store(!patterns.is_empty(), Ordering::SeqCst);
    }

    /// The services that a pattern matches; none if the connection does not watch it.
    pub fn pattern_matches(
        &self,
        pattern: &WatchPattern,
        watcher: &ConnectionId,
    ) -> Option<PatternMatches<ServiceKey>> {
        self.patterns.lock().matches(pattern, watcher)
    }

    /// Whether the service is there, as the connection's watches know it; none if none matches it.
    pub fn watched_presence(&self, key: &ServiceKey, watcher: &ConnectionId) -> Option<bool> {
        self.patterns.lock().presence(key, watcher)
    }

    /// Notes a change for the watchers. Called with the service's shard locked; costs a look while nobody watches.
    pub(super) fn note_for_watchers(&self, shard: &ServiceShard, key: &ServiceKey, effect: Effect) {
        let may_matter = effect.is_changed || effect.listing != Listing::Same;
        if may_matter && self.has_patterns.load(Ordering::SeqCst) {
            let is_offered = shard.get(key).is_some_and(Service::has_instances);
            self.patterns.lock().note(key, is_offered);
        }
    }
}
