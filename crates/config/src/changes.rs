//! Keys that changed and of which their reader has not been told yet.

use std::sync::atomic::{AtomicBool, Ordering};

use foldhash::fast::RandomState;
use hashbrown::HashSet;
use navaid_core::config_item::ConfigKey;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// A coalescing set with one reader. Marking never waits; a key marked ten times is told once. It holds at most every
/// key that exists, each as one shared text; and nothing where it needs a follower and has none.
#[derive(Debug, Default)]
pub struct Changes {
    needs_follower: AtomicBool,
    keys: Mutex<HashSet<ConfigKey, RandomState>>,
    marked: Notify,
}

impl Changes {
    /// Changes that are noted once somebody follows.
    pub fn unfollowed() -> Self {
        Self { needs_follower: AtomicBool::new(true), ..Self::default() }
    }

    /// From now on changes are noted. Read all items after this, then what [`Changes::take`] gives.
    pub fn follow(&self) {
        self.needs_follower.store(false, Ordering::Release);
    }

    /// Notes that `key` changed. Call it after the change can be read.
    pub fn mark(&self, key: ConfigKey) {
        if self.needs_follower.load(Ordering::Acquire) {
            return;
        }
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
