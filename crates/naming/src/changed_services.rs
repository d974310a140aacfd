//! The services that changed, for one reader that keeps a picture of them all: the mesh edge.

use std::sync::atomic::{AtomicBool, Ordering};

use foldhash::fast::RandomState;
use hashbrown::HashSet;
use navaid_core::ServiceKey;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// A coalescing set: marking never waits, and a service marked ten times is told once. It holds at most every service
/// that changed since it was read, each as one shared text, and nothing until somebody follows.
#[derive(Debug, Default)]
pub struct ChangedServices {
    is_followed: AtomicBool,
    keys: Mutex<HashSet<ServiceKey, RandomState>>,
    marked: Notify,
}

impl ChangedServices {
    /// From now on changes are noted. Read all services after this, then what [`ChangedServices::take`] gives.
    pub fn follow(&self) {
        self.is_followed.store(true, Ordering::Release);
    }

    /// Notes a change, which can be read from when the caller lets go of the service's shard.
    pub(crate) fn mark(&self, key: &ServiceKey) {
        if !self.is_followed.load(Ordering::Acquire) {
            return;
        }
        if self.keys.lock().insert(key.clone()) {
            self.marked.notify_one();
        }
    }

    /// Waits until something is marked and takes all of it. For one reader.
    ///
    /// # Cancel safety
    /// Nothing is taken unless it is returned.
    pub async fn take(&self) -> Vec<ServiceKey> {
        loop {
            let keys: Vec<_> = self.keys.lock().drain().collect();
            if !keys.is_empty() {
                return keys;
            }
            self.marked.notified().await;
        }
    }
}
