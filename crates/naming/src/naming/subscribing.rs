//! Who listens, and what they are told.

use std::sync::Arc;

use navaid_core::{
    ClientId, Now, ServiceKey,
    event::{Departure, Event},
};

use super::Naming;
use crate::{
    error::NamingError,
    push_schedule::DuePush,
    refusals::Limit,
    selection::{Filter, HealthFilter, Selection},
    subscriber::{Subscriber, Subscription},
    view::View,
};

impl Naming {
    /// Makes the client a subscriber of the service, or changes the terms of its subscription, and gives what it sees
    /// now. The first subscription is followed by one push, which repeats it.
    pub fn subscribe(
        &self,
        id: &ClientId,
        key: &ServiceKey,
        subscription: Subscription,
        now: Now,
    ) -> Result<Arc<Selection>, NamingError> {
        let switches = self.switches.load();
        let context = self.context(&switches, now);
        let mut clients = self.client_shard(id);
        let client = clients.admit(id, context.active)?;
        let is_first = !client.subscribed().contains(key);
        let limits = &self.settings.limits;
        if is_first && client.subscribed().len() >= limits.subscriptions_per_client {
            return Err(self.refusals.refuse(Limit::SubscriptionsPerClient, limits));
        }
        let had_none = client.subscribed().is_empty();
        let mut shard = self.service_shard(key);
        let service = shard.entry(key, context.mono());
        client.subscribed_mut().insert(&service.key);
        if had_none {
            clients.watch_subscriber(id, &context);
        }
        let subscriber = match service.subscribers.get(id) {
            Some(known) => known.renewed(subscription),
            None => Subscriber::new(subscription),
        };
        let subscriber = Arc::new(subscriber);
        service.subscribers.insert(id.clone(), subscriber.clone());
        let view = service.view(self.ref_time(now));
        if is_first {
            shard.add_subscription(id);
            self.pushes.subscribed(key, now.mono);
            self.journal.note(now.wall, key, || Event::Subscribed { client: id.clone() });
        }
        drop(shard);
        drop(clients);
        let selection = self.seen_by(&view, &subscriber);
        subscriber.answered(&selection);
        Ok(selection)
    }

    /// Ends the client's subscription of the service, whatever its clusters; says whether there was one.
    pub fn unsubscribe(&self, id: &ClientId, key: &ServiceKey, now: Now) -> bool {
        let active = self.pulse.active(now);
        let mut clients = self.client_shard(id);
        let Some(client) = clients.get_mut(id) else { return false };
        client.touched = active;
        client.subscribed_mut().remove(key);
        let was_there = self.drop_subscriber(key, id, Departure::Requested, now);
        clients.forget_if_empty(id);
        was_there
    }

    pub(super) fn drop_subscriber(
        &self,
        key: &ServiceKey,
        id: &ClientId,
        reason: Departure,
        now: Now,
    ) -> bool {
        let mut shard = self.service_shard(key);
        let Some(service) = shard.get_mut(key) else { return false };
        if service.subscribers.remove(id).is_none() {
            return false;
        }
        shard.drop_subscription(id);
        self.journal.note(now.wall, key, || Event::Unsubscribed { client: id.clone(), reason });
        shard.forget_if_empty(key);
        true
    }

    /// Offers the services whose turn has come to their subscribers; gives the number of offers made. Nothing is
    /// taken while pushing is switched off.
    pub fn push_due(&self, now: Now) -> usize {
        if !self.switches.load().push_enabled {
            return 0;
        }
        self.pushes.take_due(now.mono).iter().map(|due| self.push(due, now)).sum()
    }

    fn push(&self, DuePush { key, since }: &DuePush, now: Now) -> usize {
        let mut shard = self.service_shard(key);
        let Some(service) = shard.get_mut(key).filter(|service| !service.subscribers.is_empty()) else {
            return 0;
        };
        let subscribers: Vec<_> = service.subscribers.values().cloned().collect();
        let view = service.view(self.ref_time(now));
        drop(shard);
        let told = subscribers
            .iter()
            .filter(|subscriber| subscriber.offer(key, &self.seen_by(&view, subscriber), *since));
        told.count()
    }

    /// Offers what a subscriber should have to it again, at once; for an edge that could not deliver.
    pub fn resend(&self, id: &ClientId, key: &ServiceKey, now: Now) -> bool {
        let mut shard = self.service_shard(key);
        let Some(service) = shard.get_mut(key) else { return false };
        let Some(subscriber) = service.subscribers.get(id).cloned() else { return false };
        let view = service.view(self.ref_time(now));
        drop(shard);
        subscriber.owe();
        subscriber.offer(key, &self.seen_by(&view, &subscriber), now.mono)
    }

    fn seen_by(&self, view: &View, subscriber: &Subscriber) -> Arc<Selection> {
        let Subscription { clusters, consumer, .. } = &subscriber.subscription;
        let filter = Filter { clusters, health: HealthFilter::All, consumer_ip: &consumer.ip };
        self.select(view, &filter)
    }
}
