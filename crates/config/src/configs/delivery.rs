//! Who has got it: what each client that watches an item holds, beside what it would be given now.

use navaid_core::{
    config_item::{ConfigKey, ContentMd5},
    time::{Now, Timestamp},
};

use super::Configs;
use crate::{
    catalog::entry::Served,
    watch::{Listener, WatchStatus, held::HeldMd5},
};

/// A client that watches an item.
#[derive(Debug, Clone)]
pub struct ClientHolding {
    pub status: WatchStatus,
    /// What it would be given now; none if that is nothing.
    pub expected: Option<Served>,
}

impl ClientHolding {
    /// Whether it holds what it would be given.
    pub fn is_current(&self) -> bool {
        self.status.held.is_current(self.expected_md5())
    }

    /// Digest of what it would be given.
    pub fn expected_md5(&self) -> Option<ContentMd5> {
        self.expected.as_ref().map(|served| served.md5)
    }
}

impl Configs {
    /// Who watches an item on this server, in no particular order, clients between two polls included.
    pub fn delivery(&self, key: &ConfigKey, now: Now) -> Vec<ClientHolding> {
        let entry = self.catalog.entry(key);
        let watching = self.watches.of_key(key, now).into_iter();
        let holding = watching.map(|status| {
            let entry = entry.as_ref();
            let expected = status.watcher.with_labels(|labels| entry.and_then(|entry| entry.serve(labels)));
            ClientHolding { status, expected }
        });
        holding.collect()
    }

    /// Notes that a listener was given this release of an item, or nothing. Of items that it does not watch nothing is
    /// noted.
    pub fn given(&self, listener: &Listener, key: &ConfigKey, md5: Option<ContentMd5>, now: Timestamp) {
        self.watches.given(listener, key, HeldMd5::from(md5), now);
    }

    /// Whether a listener holds what it would be given of an item; also when it does not watch it.
    pub fn is_in_step(&self, listener: &Listener, key: &ConfigKey) -> bool {
        self.watches.held(listener, key).is_none_or(|held| {
            held.is_current(listener.watcher().with_labels(|labels| self.md5_for(key, labels)))
        })
    }
}
