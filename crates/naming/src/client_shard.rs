//! The clients of one shard.

use std::{hash::BuildHasher, sync::Arc, time::Duration};

use hashbrown::HashTable;
use navaid_core::{ClientId, Lifetime, Moment};

use crate::{
    census::ClientCounts,
    client::{Client, ClientProfile},
    context::Context,
    error::NamingError,
    wheel::TimerWheel,
};

/// Silence after which an address client that only subscribes is gone (`spec/naming-semantics` §2.4).
const IDLE_SUBSCRIBER_AFTER: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct ClientShard {
    /// By id. A table of pointers, because a table may be twice as big as what it holds.
    clients: HashTable<Box<Client>>,
    hasher: foldhash::fast::RandomState,
    counts: ClientCounts,
    /// Address clients that subscribe, by when they may have been silent for too long, in active time.
    subscribing: TimerWheel<ClientId>,
}

impl ClientShard {
    pub(crate) fn new() -> Self {
        Self {
            clients: HashTable::new(),
            hasher: foldhash::fast::RandomState::default(),
            counts: ClientCounts::default(),
            subscribing: TimerWheel::new(),
        }
    }

    pub(crate) fn get(&self, id: &ClientId) -> Option<&Client> {
        self.clients.find(self.hasher.hash_one(id), |client| client.id == *id).map(|client| &**client)
    }

    pub(crate) fn get_mut(&mut self, id: &ClientId) -> Option<&mut Client> {
        self.clients.find_mut(self.hasher.hash_one(id), |client| client.id == *id).map(|client| &mut **client)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Client> {
        self.clients.iter().map(|client| &**client)
    }

    /// How many there are.
    pub(crate) fn counts(&self) -> ClientCounts {
        self.counts
    }

    /// Makes a connection known; one of the same id, which there should not be, is taken for the same.
    pub(crate) fn connect(&mut self, id: ClientId, profile: Arc<ClientProfile>, active: Moment) {
        if self.get(&id).is_none() {
            self.insert(Client::connected(id, profile, active));
        }
    }

    pub(crate) fn remove(&mut self, id: &ClientId) -> Option<Box<Client>> {
        let found = self.clients.find_entry(self.hasher.hash_one(id), |client| client.id == *id);
        let removed = found.ok()?.remove().0;
        *self.counts.of(id) -= 1;
        Some(removed)
    }

    /// The client, which a sign of life has come from. Address clients come to exist by it; connections must have
    /// been connected.
    ///
    /// # Errors
    /// [`NamingError::WrongClient`]: the connection is not known, or not any more.
    pub(crate) fn admit(&mut self, id: &ClientId, active: Moment) -> Result<&mut Client, NamingError> {
        if self.get(id).is_none() {
            if matches!(id, ClientId::Connection(_)) {
                return Err(NamingError::WrongClient { client: id.clone() });
            }
            self.insert(Client::at_address(id.clone(), active));
        }
        let client = self.get_mut(id).expect("inserted if it was not there");
        client.touched = active;
        Ok(client)
    }

    fn insert(&mut self, client: Client) {
        let hasher = &self.hasher;
        let hash = hasher.hash_one(&client.id);
        *self.counts.of(&client.id) += 1;
        self.clients.insert_unique(hash, Box::new(client), |client| hasher.hash_one(&client.id));
    }

    /// Forgets an address client that holds nothing.
    pub(crate) fn forget_if_empty(&mut self, id: &ClientId) {
        if self.get(id).is_some_and(Client::is_forgettable) {
            self.remove(id);
        }
    }

    /// Watches that an address client which subscribes goes on asking.
    pub(crate) fn watch_subscriber(&mut self, id: &ClientId, context: &Context<'_>) {
        if matches!(id, ClientId::Address(_, Lifetime::Ephemeral)) {
            self.subscribing.arm(context.active + IDLE_SUBSCRIBER_AFTER, id.clone());
        }
    }

    /// Address clients that subscribe, publish nothing, and have been silent for too long.
    pub(crate) fn idle_subscribers(&mut self, active: Moment) -> Vec<ClientId> {
        let mut idle = Vec::new();
        for (_, id) in self.subscribing.advance(active) {
            let Some(client) = self.get(&id).filter(|client| !client.subscribed().is_empty()) else {
                continue;
            };
            let due = client.touched + IDLE_SUBSCRIBER_AFTER;
            if !client.published.is_empty() {
                // It lives as long as its publications do.
                self.subscribing.arm(active + IDLE_SUBSCRIBER_AFTER, id);
            } else if active > due {
                idle.push(id);
            } else {
                self.subscribing.arm(due, id);
            }
        }
        idle
    }
}
