//! The clients of one shard.

use std::sync::Arc;

use hashbrown::HashMap;
use navaid_core::{ClientId, Lifetime, Moment};

use crate::{
    client::{Client, ClientProfile},
    context::Context,
    error::NamingError,
    wheel::TimerWheel,
};

/// Silence after which an address client that only subscribes is gone (`spec/naming-semantics` §2.4).
const IDLE_SUBSCRIBER_AFTER: std::time::Duration = std::time::Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct ClientShard {
    /// Boxed, because a map keeps up to twice the room that it needs.
    clients: HashMap<ClientId, Box<Client>, foldhash::fast::RandomState>,
    /// Address clients that subscribe, by when they may have been silent for too long, in active time.
    subscribing: TimerWheel<ClientId>,
}

impl ClientShard {
    pub(crate) fn new() -> Self {
        Self { clients: HashMap::default(), subscribing: TimerWheel::new() }
    }

    pub(crate) fn get(&self, client: &ClientId) -> Option<&Client> {
        self.clients.get(client).map(|client| &**client)
    }

    pub(crate) fn get_mut(&mut self, client: &ClientId) -> Option<&mut Client> {
        self.clients.get_mut(client).map(|client| &mut **client)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&ClientId, &Client)> {
        self.clients.iter().map(|(id, client)| (id, &**client))
    }

    pub(crate) fn connect(&mut self, client: ClientId, profile: Arc<ClientProfile>, active: Moment) {
        self.clients.insert(client, Box::new(Client::connected(profile, active)));
    }

    pub(crate) fn remove(&mut self, client: &ClientId) -> Option<Client> {
        self.clients.remove(client).map(|client| *client)
    }

    /// The client, which a sign of life has come from. Address clients come to exist by it; connections must have
    /// been connected.
    ///
    /// # Errors
    /// [`NamingError::WrongClient`]: the connection is not known, or not any more.
    pub(crate) fn admit(&mut self, id: &ClientId, active: Moment) -> Result<&mut Client, NamingError> {
        if matches!(id, ClientId::Connection(_)) && !self.clients.contains_key(id) {
            return Err(NamingError::WrongClient { client: id.clone() });
        }
        let client = self.clients.entry_ref(id).or_insert_with(|| Box::new(Client::at_address(active)));
        client.touched = active;
        Ok(client)
    }

    /// Forgets an address client that holds nothing.
    pub(crate) fn forget_if_empty(&mut self, id: &ClientId) {
        if self.clients.get(id).is_some_and(|client| client.is_forgettable()) {
            self.clients.remove(id);
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
            let Some(client) = self.clients.get(&id).filter(|client| !client.subscribed().is_empty()) else {
                continue;
            };
            let due = client.touched + IDLE_SUBSCRIBER_AFTER;
            if client.published.is_empty() && active > due {
                idle.push(id);
            } else {
                // With publications, it lives as long as they do: look again later.
                self.subscribing.arm(due.max(active + IDLE_SUBSCRIBER_AFTER), id);
            }
        }
        idle
    }
}
