//! Listening: who is told that something changed.

use std::{sync::Arc, time::Duration};

use navaid_core::{config_item::ConfigKey, time::Now};

use super::{Configs, long_poll::LongPoll};
use crate::{
    catalog::entry::ClientLabels,
    error::ConfigError,
    watch::{ConfigOutbox, ListenItem, Listener, watcher::Watcher},
};

impl Configs {
    /// A listener for one connection. It watches until it is dropped.
    pub fn listener(&self, watcher: Watcher, outbox: Arc<dyn ConfigOutbox>) -> Listener {
        self.watches.listener(watcher, outbox)
    }

    /// Watches `items` as well, and answers those of which the client does not hold what it would be given now.
    ///
    /// A change after this call reaches the outbox; one before it is in the answer; one meanwhile is in one of both,
    /// perhaps in both. Items that an earlier call named stay watched.
    ///
    /// # Errors
    /// [`ConfigError::TooManyKeys`], [`ConfigError::TooManyListeners`]; then nothing more is watched.
    pub fn listen(
        &self,
        listener: &Listener,
        items: &[ListenItem],
        labels: &ClientLabels<'_>,
        now: Now,
    ) -> Result<Vec<ConfigKey>, ConfigError> {
        listener.watcher().prefers(labels);
        self.watches.watch(listener, items, now)?;
        Ok(self.differing(items, labels))
    }

    /// Ends the watch of `keys`; those that are not watched do not matter.
    pub fn unlisten<'k>(&self, listener: &Listener, keys: impl IntoIterator<Item = &'k ConfigKey>) {
        self.watches.unwatch(listener, keys);
    }

    /// The keys of which a client does not hold what it would be given now, in the order given.
    pub fn differing(&self, items: &[ListenItem], labels: &ClientLabels<'_>) -> Vec<ConfigKey> {
        items.iter().filter(|item| self.differs(item, labels)).map(|item| item.key.clone()).collect()
    }

    pub(crate) fn differs(&self, item: &ListenItem, labels: &ClientLabels<'_>) -> bool {
        !item.held.is_current(self.md5_for(&item.key, labels))
    }

    /// Waits until the client no longer holds what it would be given of one of `items`, at most for `hold`; answers
    /// the keys that differ then, none when the time is over. Keys are expected once each. Its client is shown among
    /// those who watch until it polls again, but no longer than for twice `hold`.
    ///
    /// # Errors
    /// As [`Configs::listen`].
    ///
    /// # Cancel safety
    /// Dropping it ends its watches; nothing else happens.
    pub async fn long_poll(
        &self,
        items: &[ListenItem],
        labels: &ClientLabels<'_>,
        hold: Duration,
        now: Now,
    ) -> Result<Vec<ConfigKey>, ConfigError> {
        let poll = LongPoll::start(self, items, labels, now)?;
        Ok(poll.wait(hold).await)
    }
}
