//! Clients come, publish, withdraw and go.

use std::sync::Arc;

use navaid_core::{
    ClientId, ConnectionId, Instance, Now, ServiceKey,
    event::{Departure, Entry, Event},
};

use super::Naming;
use crate::{
    client::{Client, ClientProfile},
    context::Context,
    error::NamingError,
    publication::{Content, Publication},
    refusals::Limit,
    shard::{Published, ServiceShard},
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
            self.drop_subscriber(key, id, Departure::ClientGone, context.now);
        }
        for key in client.published.iter() {
            let mut shard = self.service_shard(key);
            if let Some(withdrawn) = shard.withdraw(key, id, context) {
                self.settle(&shard, key, withdrawn.effect, context.now);
                self.note_withdrawal(id, key, &withdrawn, (Departure::ClientGone, context.now));
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

    /// Removes the client's entry in the service, whatever it holds (`spec/naming-semantics` §2.2), or what is served of
    /// an address that has not beaten since a restart. Says whether there was one; that there was none is no error.
    pub fn deregister(&self, client: &ClientId, key: &ServiceKey, now: Now) -> bool {
        self.withdraw(client, key, now) || self.renounce_beating(client, key, now)
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
            return Err(self.refusals.refuse(Limit::BatchSize, limits));
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
                client.publishes(shard.own_key(key), published.before, published.after);
                self.settle(&shard, key, published.effect, now);
                self.note_publication(id, key, &published, now);
                self.note_confirmed(&published.confirmed, context.active);
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
        let limits = &self.settings.limits;
        let replaced = shard.get(key).and_then(|service| service.publications.get(id));
        if held - replaced.map_or(0, |entry| entry.instances().len()) + wanted > limits.instances_per_client {
            return Err(self.refusals.refuse(Limit::InstancesPerClient, limits));
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
        self.note_withdrawal(id, key, &withdrawn, (Departure::Requested, now));
        drop(shard);
        client.withdrew(key, withdrawn.before);
        clients.forget_if_empty(id);
        true
    }

    /// Notes that a client's entry came or became another, if it did. Called, as all that notes changes of a service,
    /// with its shard locked, so that the journal has them in their order.
    pub(super) fn note_publication(&self, id: &ClientId, key: &ServiceKey, published: &Published, now: Now) {
        if published.effect.is_changed {
            let entry = || Entry { first: published.first.clone(), instances: counted(published.after) };
            self.journal
                .note(now.wall, key, || Event::InstanceRegistered { client: id.clone(), entry: entry() });
        }
    }

    /// Notes that a client's entry went, why and when.
    pub(super) fn note_withdrawal(
        &self,
        id: &ClientId,
        key: &ServiceKey,
        withdrawn: &Published,
        (reason, now): (Departure, Now),
    ) {
        self.journal.note(now.wall, key, || {
            let entry = Entry { first: withdrawn.first.clone(), instances: counted(withdrawn.before) };
            Event::InstanceDeregistered { client: id.clone(), entry, reason }
        });
    }

    /// What a client publishes in a service: the instances as published.
    pub fn publication(&self, id: &ClientId, key: &ServiceKey) -> Vec<Arc<Instance>> {
        let shard = self.service_shard(key);
        let entry = shard.get(key).and_then(|service| service.publications.get(id));
        entry.map(Publication::instances).unwrap_or_default().to_vec()
    }
}

fn counted(instances: usize) -> u32 {
    u32::try_from(instances).unwrap_or(u32::MAX)
}
