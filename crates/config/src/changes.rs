//! Keys whose content changed and whose watchers have not been told yet.

use foldhash::fast::RandomState;
use hashbrown::HashSet;
use navaid_core::config_item::ConfigKey;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// A coalescing set with one reader. Marking never waits; a key marked ten times is told once. It holds at most every
/// key that exists, each as one shared text.
#[derive(Debug, Default)]
pub struct Changes {
    keys: Mutex<HashSet<ConfigKey, RandomState>>,
    marked: Notify,
}

impl Changes {
    /// Notes that the content of `key` changed. Call it after the change can be read.
    pub fn mark(&self, key: ConfigKey) {
        self.keys.lock().insert(key);
        self.marked.notify_one();
    }

    /// Waits until something is marked and takes all of it.
    ///
    /// # Cancel safety
    /// Nothing is taken unless it is returned.
    pub async fn take(&self) -> Vec<ConfigKey> {
        loop {
            let keys = self.take_now();
            if !keys.is_empty() {
                return keys;
            }
            self.marked.notified().await;
        }
    }

    /// Takes what is marked now.
    pub(crate) fn take_now(&self) -> Vec<ConfigKey> {
        self.keys.lock().drain().collect()
    }
}
