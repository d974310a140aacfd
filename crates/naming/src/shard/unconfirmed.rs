//! Instances without a client: how they come, how a publication takes their place, and how they go.

use std::{collections::HashSet, sync::Arc};

use navaid_core::{
    ClientId, ClusterName, ConnectionId, Endpoint, Instance, Lifetime, Moment, ServiceKey, Timestamp,
};

use super::{Chore, Effect, Listing, ServiceShard};
use crate::{
    context::Context,
    publication::{Content, Publication},
    service::Service,
    unconfirmed::{Past, PastConnection, UnconfirmedInstance, Waiting},
};

/// What a publication did to unconfirmed instances.
#[derive(Debug, Clone, Default)]
pub(crate) struct Confirmed {
    /// Instances that waited since a restart and have a client again.
    pub(crate) restarted: usize,
    /// Instances that waited since a restart, and that their client is back without.
    pub(crate) left: usize,
    /// Connections whose client is back.
    pub(crate) returned: Vec<Arc<PastConnection>>,
}

/// Unconfirmed instances whose place a publication takes.
pub(super) struct Replaced {
    /// Those that are published now.
    pub(super) confirmed: Vec<UnconfirmedInstance>,
    /// Others of the same entry of the same client, which is back without them.
    pub(super) left: Vec<UnconfirmedInstance>,
}

impl Replaced {
    /// Takes out what `content` replaces. The client whose instance is published again has one entry in the service,
    /// so that what was in the entry before and is not now is gone.
    pub(super) fn by(service: &mut Service, client: &ClientId, content: &Content) -> Self {
        let mut replaced = Self { confirmed: Vec::new(), left: Vec::new() };
        if service.unconfirmed.is_empty() {
            return replaced;
        }
        for instance in content.instances() {
            replaced.confirmed.extend(service.unconfirmed.take(&instance.endpoint, &instance.cluster));
        }
        match client {
            // (!) An address has one entry in a service, whatever its cluster (`spec/naming-semantics` §2.2).
            ClientId::Address(endpoint, _) => {
                replaced.left.extend(service.unconfirmed.take_beating(endpoint));
            }
            ClientId::Connection(_) => {
                for past in replaced.connections() {
                    replaced.left.extend(service.unconfirmed.take_all(|entry| entry.past.is(&past)));
                }
            }
        }
        replaced
    }

    pub(super) fn len(&self) -> usize {
        self.confirmed.len() + self.left.len()
    }

    /// Whether callers see the same as before: each instance of `content` was served, just as it is now.
    pub(super) fn shows_the_same(&self, content: &Content) -> bool {
        let published = content.instances();
        self.left.is_empty()
            && !self.confirmed.is_empty()
            && self.confirmed.len() == published.len()
            && self.confirmed.iter().zip(published).all(|(was, is)| *was.instance == *is)
    }

    pub(super) fn told(&self, client: &ClientId) -> Confirmed {
        let since_restart = |entries: &[UnconfirmedInstance]| {
            entries.iter().filter(|entry| entry.waiting == Waiting::Restart).count()
        };
        Confirmed {
            restarted: since_restart(&self.confirmed),
            left: since_restart(&self.left),
            returned: match client {
                ClientId::Connection(_) => self.connections(),
                ClientId::Address(..) => Vec::new(),
            },
        }
    }

    /// The connections that published what is confirmed, each once.
    fn connections(&self) -> Vec<Arc<PastConnection>> {
        let mut connections: Vec<Arc<PastConnection>> = Vec::new();
        for entry in &self.confirmed {
            if let Past::Connection(past) = &entry.past
                && !connections.iter().any(|known| Arc::ptr_eq(known, past))
            {
                connections.push(past.clone());
            }
        }
        connections
    }
}

impl ServiceShard {
    /// Takes back a service that was served before a restart: instances, each until its own time, and since when it is
    /// known. A service that has become persistent takes no instances. Gives how many were taken.
    pub(crate) fn restore(
        &mut self,
        key: &ServiceKey,
        created: Timestamp,
        instances: Vec<(Instance, Past)>,
        context: &Context<'_>,
    ) -> (Effect, usize) {
        let fixed = self.services.get(key).and_then(Service::fixed_lifetime);
        let mut effect = Effect::NONE;
        let mut taken = 0;
        if !instances.is_empty() && fixed != Some(Lifetime::Persistent) {
            effect = Effect { is_changed: true, listing: self.list(key, Lifetime::Ephemeral, context) };
            let service = self.services.get_mut(key).expect("listed above");
            let mut first: Option<Arc<Instance>> = None;
            for (mut instance, past) in instances {
                if let Some(first) = &first {
                    instance.share_texts_with(first);
                }
                let instance = Arc::new(instance);
                first.get_or_insert_with(|| instance.clone());
                let until = context.active + service.unconfirmed_for(&instance, &past, context);
                let added = UnconfirmedInstance { instance, past, waiting: Waiting::Restart, until };
                taken += usize::from(service.unconfirmed.insert(added));
            }
            service.changed(context.mono());
            self.instances += taken;
            self.unconfirmed += taken;
            self.plan_end(key, context);
        }
        if let Some(service) = self.services.get_mut(key).filter(|service| service.lifetime.is_some()) {
            service.created = created;
        }
        (effect, taken)
    }

    /// Keeps what a connection publishes without it, until that time, unless others publish it too. None if it
    /// publishes nothing here.
    pub(crate) fn hold(
        &mut self,
        key: &ServiceKey,
        connection: (&ClientId, &Arc<PastConnection>),
        until: Moment,
        context: &Context<'_>,
    ) -> Option<Effect> {
        let (client, past) = connection;
        let service = self.services.get_mut(key)?;
        let removed = service.publications.remove(client)?;
        let others: HashSet<(&Endpoint, &ClusterName)> = service
            .publications
            .values()
            .flat_map(Publication::instances)
            .map(|instance| (&instance.endpoint, &instance.cluster))
            .collect();
        let alone = removed.instances().iter();
        let alone: Vec<_> =
            alone.filter(|instance| !others.contains(&(&instance.endpoint, &instance.cluster))).collect();
        let mut held = 0;
        for instance in alone {
            let past = Past::Connection(past.clone());
            let added =
                UnconfirmedInstance { instance: instance.clone(), past, waiting: Waiting::Move, until };
            held += usize::from(service.unconfirmed.insert(added));
        }
        let before = removed.instances().len();
        let effect = if held == before { Effect::NONE } else { Effect::CHANGED };
        if effect.is_changed {
            service.changed(context.mono());
        }
        *self.publications.of(client) -= 1;
        self.instances -= before - held;
        self.unconfirmed += held;
        self.not_saved(key);
        self.plan_end(key, context);
        self.plan_cleaning(key, context);
        Some(effect)
    }

    /// Removes an unconfirmed instance that its client takes back over a connection from where it was published.
    pub(crate) fn renounce(
        &mut self,
        key: &ServiceKey,
        (endpoint, cluster): (&Endpoint, &ClusterName),
        from: &ConnectionId,
        context: &Context<'_>,
    ) -> Option<UnconfirmedInstance> {
        let service = self.services.get_mut(key)?;
        let known = service.unconfirmed.get(endpoint, cluster)?;
        let Past::Connection(past) = &known.past else { return None };
        if past.id.ip() != from.ip() {
            return None;
        }
        let taken = service.unconfirmed.take(endpoint, cluster)?;
        self.without(key, std::slice::from_ref(&taken), context);
        Some(taken)
    }

    /// Removes an unconfirmed instance that lived by its beats.
    pub(crate) fn renounce_beating(
        &mut self,
        key: &ServiceKey,
        endpoint: &Endpoint,
        context: &Context<'_>,
    ) -> Option<UnconfirmedInstance> {
        let taken = self.services.get_mut(key)?.unconfirmed.take_beating(endpoint)?;
        self.without(key, std::slice::from_ref(&taken), context);
        Some(taken)
    }

    /// Removes what is left of a connection whose client is back.
    pub(crate) fn forsake(
        &mut self,
        key: &ServiceKey,
        past: &Arc<PastConnection>,
        context: &Context<'_>,
    ) -> Vec<UnconfirmedInstance> {
        let Some(service) = self.services.get_mut(key) else { return Vec::new() };
        let taken = service.unconfirmed.take_all(|entry| entry.past.is(past));
        self.without(key, &taken, context);
        taken
    }

    /// Removes the unconfirmed instances whose time is over.
    pub(super) fn end_unconfirmed(
        &mut self,
        key: &ServiceKey,
        context: &Context<'_>,
    ) -> Vec<UnconfirmedInstance> {
        let Some(service) = self.services.get_mut(key) else { return Vec::new() };
        let taken = service.unconfirmed.take_all(|entry| entry.until <= context.active);
        self.without(key, &taken, context);
        self.plan_end(key, context);
        taken
    }

    /// After unconfirmed instances were taken out and nothing took their place.
    fn without(&mut self, key: &ServiceKey, taken: &[UnconfirmedInstance], context: &Context<'_>) {
        if taken.is_empty() {
            return;
        }
        if let Some(service) = self.services.get_mut(key) {
            service.changed(context.mono());
        }
        self.instances -= taken.len();
        self.unconfirmed -= taken.len();
        self.not_saved(key);
        self.mark_gone(key, taken.iter().map(|entry| &*entry.instance), context);
        self.plan_cleaning(key, context);
    }

    fn plan_end(&mut self, key: &ServiceKey, context: &Context<'_>) {
        let Some(end) = self.services.get(key).and_then(|service| service.unconfirmed.first_end()) else {
            return;
        };
        self.chores.arm(context.mono() + end.since(context.active), Chore::Unconfirmed(key.clone()));
    }

    /// The unconfirmed instance of an endpoint that lived by its beats.
    pub(crate) fn unconfirmed_beating(&self, key: &ServiceKey, endpoint: &Endpoint) -> Option<Arc<Instance>> {
        let known = self.services.get(key)?.unconfirmed.beating(endpoint)?;
        Some(known.instance.clone())
    }

    /// Services that appeared in lists before anybody told when; they are known since `now`.
    pub(crate) fn date_undated(&mut self, now: Timestamp) {
        let undated: Vec<ServiceKey> = self
            .services
            .values_mut()
            .filter(|service| service.lifetime.is_some() && service.created == Timestamp::default())
            .map(|service| {
                service.created = now;
                service.key.clone()
            })
            .collect();
        undated.iter().for_each(|key| self.not_saved(key));
    }

    /// Plans what becomes of a service without instances.
    pub(super) fn plan_cleaning(&mut self, key: &ServiceKey, context: &Context<'_>) {
        if self.services.get(key).is_some_and(|service| !service.has_instances()) {
            let at = context.mono() + context.settings.empty_service_after;
            self.chores.arm(at, Chore::EmptyService(key.clone()));
        }
    }
}

/// An effect of what went, if anything did.
pub(crate) fn effect_of(taken: &[UnconfirmedInstance]) -> Effect {
    Effect { is_changed: !taken.is_empty(), listing: Listing::Same }
}
