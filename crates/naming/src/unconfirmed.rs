//! Instances that are served while no client stands behind them, because their client could not help it: the server
//! was started again, or told the client to move.
//!
//! ```text
//!                      ┌─ the same instance is published, or beats ─▶ confirmed: a publication as any other
//! restart, move ─▶ unconfirmed
//!                      └─ its client is back without it, or its time is over ─▶ gone
//! ```
//!
//! They belong to no client, count towards no client's limit, and are told apart from publications only here: a view
//! shows them like any other. None has the ip, port and cluster of a publication of its service.

use std::{hash::BuildHasher, sync::Arc};

use hashbrown::HashTable;
use navaid_core::{ClusterName, ConnectionId, Endpoint, Instance, Moment, ServiceKey, Voucher};
use parking_lot::Mutex;

/// Why an instance has no client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// The server was started again.
    Restart,
    /// The server told its client to move.
    Move,
}

/// A connection that is gone, and what it published.
#[derive(Debug)]
pub(crate) struct PastConnection {
    pub(crate) id: ConnectionId,
    /// Services in which something of it was taken back; some may hold nothing of it any more.
    pub(crate) services: Mutex<Vec<ServiceKey>>,
    /// When a connection last published an instance of it, in active time: its client is back.
    pub(crate) returned: Mutex<Option<Moment>>,
}

/// Who vouched for an unconfirmed instance.
#[derive(Debug, Clone)]
pub(crate) enum Past {
    Beats,
    Connection(Arc<PastConnection>),
    Several,
}

impl Past {
    pub(crate) fn voucher(&self) -> Voucher {
        match self {
            Self::Beats => Voucher::Beats,
            Self::Connection(past) => Voucher::Connection(past.id.clone()),
            Self::Several => Voucher::Several,
        }
    }

    pub(crate) fn is(&self, connection: &Arc<PastConnection>) -> bool {
        matches!(self, Self::Connection(past) if Arc::ptr_eq(past, connection))
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct UnconfirmedInstance {
    pub(crate) instance: Arc<Instance>,
    pub(crate) past: Past,
    pub(crate) waiting: Waiting,
    /// When it goes, in active time.
    pub(crate) until: Moment,
}

/// The unconfirmed instances of a service: 8 bytes while there are none. Each ip, port and cluster once.
#[derive(Debug, Default)]
pub(crate) struct Unconfirmed(Option<Box<Table>>);

#[derive(Debug, Default)]
struct Table {
    /// By endpoint: a beat does not name the cluster.
    entries: HashTable<UnconfirmedInstance>,
    hasher: foldhash::fast::RandomState,
}

impl Unconfirmed {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |table| table.entries.len())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &UnconfirmedInstance> {
        self.0.iter().flat_map(|table| table.entries.iter())
    }

    /// Adds an instance, unless one of its ip, port and cluster is there: that one is then vouched for by several.
    /// Says whether it was added.
    pub(crate) fn insert(&mut self, added: UnconfirmedInstance) -> bool {
        let Table { entries, hasher } = &mut **self.0.get_or_insert_default();
        let hash = hasher.hash_one(&added.instance.endpoint);
        let is_same = |known: &UnconfirmedInstance| {
            known.instance.endpoint == added.instance.endpoint
                && known.instance.cluster == added.instance.cluster
        };
        if let Some(known) = entries.find_mut(hash, is_same) {
            known.past = Past::Several;
            known.until = known.until.max(added.until);
            return false;
        }
        entries.insert_unique(hash, added, |entry| hasher.hash_one(&entry.instance.endpoint));
        true
    }

    /// The instance of an endpoint in a cluster.
    pub(crate) fn get(&self, endpoint: &Endpoint, cluster: &ClusterName) -> Option<&UnconfirmedInstance> {
        self.find(endpoint, |known| known.instance.cluster == *cluster)
    }

    /// The instance of an endpoint that lived by its beats, in whatever cluster.
    pub(crate) fn beating(&self, endpoint: &Endpoint) -> Option<&UnconfirmedInstance> {
        self.find(endpoint, |known| matches!(known.past, Past::Beats))
    }

    fn find(
        &self,
        endpoint: &Endpoint,
        is_wanted: impl Fn(&UnconfirmedInstance) -> bool,
    ) -> Option<&UnconfirmedInstance> {
        let Table { entries, hasher } = &**self.0.as_ref()?;
        let hash = hasher.hash_one(endpoint);
        entries.find(hash, |known| known.instance.endpoint == *endpoint && is_wanted(known))
    }

    /// Takes out what [`Unconfirmed::get`] finds.
    pub(crate) fn take(&mut self, endpoint: &Endpoint, cluster: &ClusterName) -> Option<UnconfirmedInstance> {
        self.take_one(endpoint, |known| known.instance.cluster == *cluster)
    }

    /// Takes out what [`Unconfirmed::beating`] finds.
    pub(crate) fn take_beating(&mut self, endpoint: &Endpoint) -> Option<UnconfirmedInstance> {
        self.take_one(endpoint, |known| matches!(known.past, Past::Beats))
    }

    fn take_one(
        &mut self,
        endpoint: &Endpoint,
        is_wanted: impl Fn(&UnconfirmedInstance) -> bool,
    ) -> Option<UnconfirmedInstance> {
        let Table { entries, hasher } = &mut **self.0.as_mut()?;
        let hash = hasher.hash_one(endpoint);
        let is_it = |known: &UnconfirmedInstance| known.instance.endpoint == *endpoint && is_wanted(known);
        let taken = entries.find_entry(hash, is_it).ok()?.remove().0;
        self.shrink();
        Some(taken)
    }

    /// Takes out all that `leaves` accepts.
    pub(crate) fn take_all(
        &mut self,
        mut leaves: impl FnMut(&UnconfirmedInstance) -> bool,
    ) -> Vec<UnconfirmedInstance> {
        let Some(table) = self.0.as_mut() else { return Vec::new() };
        let taken = table.entries.extract_if(|entry| leaves(entry)).collect();
        self.shrink();
        taken
    }

    /// When the first of them goes.
    pub(crate) fn first_end(&self) -> Option<Moment> {
        self.iter().map(|entry| entry.until).min()
    }

    fn shrink(&mut self) {
        if self.0.as_ref().is_some_and(|table| table.entries.is_empty()) {
            self.0 = None;
        }
    }
}
