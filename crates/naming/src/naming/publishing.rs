//! Clients come, publish, withdraw and go.

use std::sync::Arc;

use navaid_core::{ClientId, ConnectionId, Instance, Now, ServiceKey};

use super::Naming;
use crate::{
    client::{Client, ClientProfile},
    context::Context,
    error::NamingError,
    publication::{Content, Publication},
    settings::INSTANCES_KEY,
    shard::ServiceShard,
};

impl Naming {
    /// Makes a connection known; before, and after [`Naming::disconnect`], it can neither publish nor subscribe.
    pub fn connect(&self, id: ConnectionId, profile: Arc<ClientProfile>, now: Now) {
        let client = ClientId::Connection(id);
        let active = self.pulse.active(now);
        self.client_shard(&client).connect(client, profile, active);
    }

    /// Removes a client with all that it publishes and listens to. Unknown clients are none the worse.
    pub fn disconnect(&self, id: &ClientId, now: Now) {
        let switches = self.switches.load();
        let context = self.context(&switches, now);
        let mut clients = self.client_shard(id);
        if let ClientId::Connection(connection) = id {
            self.forget_patterns(connection);
        }
        let Some(client) = clients.remove(id) else { return };
        if matches!(id, ClientId::Connection(_)) {
            // Nobody can publish for a connection that is gone, and there may be much to remove.
            drop(clients);
            self.clear(id, &client, &context);
        } else {
            self.clear(id, &client, &context);
        }
    }

    fn clear(&self, id: &ClientId, client: &Client, context: &Context<'_>) {
        for key in client.subscribed().iter() {
            self.drop_subscriber(key, id);
        }
        for key in client.published.iter() {
            let mut shard = self.service_shard(key);
            if let Some(withdrawn) = shard.withdraw(key, id, context) {
                self.settle(&shard, key, withdrawn.effect, context.now);
            }
        }
    }

    /// Makes `instance` the client's one entry in the service; replaces a batch, too.
    ///
    /// # Errors
    /// The service is persistent, the connection is gone, or the client holds too much.
    pub fn register(
        &self,
        client: &ClientId,
        key: &ServiceKey,
        instance: Instance,
        now: Now,
    ) -> Result<(), NamingError> {
        self.publish(client, key, Content::Single(instance), now)
    }

    /// Makes `instances` the client's entry in the service, whatever it was. (!) An empty batch is an entry, too.
    ///
    /// # Errors
    /// As [`Naming::register`]; the batch is too big; or the client is no connection, and its beats could not tell
    /// which member they are for.
    pub fn register_batch(
        &self,
        client: &ClientId,
        key: &ServiceKey,
        instances: Vec<Instance>,
        now: Now,
    ) -> Result<(), NamingError> {
        if !matches!(client, ClientId::Connection(_)) {
            return Err(NamingError::WrongClient { client: client.clone() });
        }
        self.publish(client, key, Content::Batch(instances), now)
    }

    /// Removes the client's entry in the service, whatever it holds (`spec/naming-semantics` §2.2). Says whether there
    /// was one; that there was none is no error.
    pub fn deregister(&self, client: &ClientId, key: &ServiceKey, now: Now) -> bool {
        self.withdraw(client, key, now)
    }

    pub(super) fn publish(
        &self,
        id: &ClientId,
        key: &ServiceKey,
        content: Content,
        now: Now,
    ) -> Result<(), NamingError> {
        let limits = &self.settings.limits;
        if content.len() > limits.batch_size {
            let (limit, max) = ("instances per batch", limits.batch_size);
            return Err(NamingError::LimitReached { limit, max, setting: None });
        }
        let switches = self.switches.load();
        let context = self.context(&switches, now);
        let mut clients = self.client_shard(id);
        let client = clients.admit(id, context.active)?;
        let mut shard = self.service_shard(key);
        let published = self
            .check_room(&shard, key, id, client.instances(), content.len())
            .and_then(|()| shard.publish(key, id, content, &context));
        match published {
            Ok(published) => {
                client.publishes(key, published.before, published.after);
                self.settle(&shard, key, published.effect, now);
                Ok(())
            }
            Err(error) => {
                drop(shard);
                clients.forget_if_empty(id);
                Err(error)
            }
        }
    }

    fn check_room(
        &self,
        shard: &ServiceShard,
        key: &ServiceKey,
        id: &ClientId,
        held: usize,
        wanted: usize,
    ) -> Result<(), NamingError> {
        let max = self.settings.limits.instances_per_client;
        let replaced = shard.get(key).and_then(|service| service.publications.get(id));
        if held - replaced.map_or(0, |entry| entry.instances().len()) + wanted > max {
            let (limit, setting) = ("instances per client", Some(INSTANCES_KEY));
            return Err(NamingError::LimitReached { limit, max, setting });
        }
        Ok(())
    }

    pub(super) fn withdraw(&self, id: &ClientId, key: &ServiceKey, now: Now) -> bool {
        let switches = self.switches.load();
        let context = self.context(&switches, now);
        let mut clients = self.client_shard(id);
        let Some(client) = clients.get_mut(id) else { return false };
        client.touched = context.active;
        let mut shard = self.service_shard(key);
        let Some(withdrawn) = shard.withdraw(key, id, &context) else { return false };
        self.settle(&shard, key, withdrawn.effect, now);
        drop(shard);
        client.withdrew(key, withdrawn.before);
        clients.forget_if_empty(id);
        true
    }

    /// What a client publishes in a service: the instances as published.
    pub fn publication(&self, id: &ClientId, key: &ServiceKey) -> Vec<Arc<Instance>> {
        let shard = self.service_shard(key);
        let entry = shard.get(key).and_then(|service| service.publications.get(id));
        entry.map(Publication::instances).unwrap_or_default().to_vec()
    }
}
