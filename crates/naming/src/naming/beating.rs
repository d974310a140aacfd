//! Beats, and what becomes of those who do not beat.

use std::{sync::Arc, time::Duration};

use navaid_core::{
    ClientId, ClusterName, Endpoint, Instance, InstanceId, Lifetime, Metadata, Now, ServiceKey,
    command::NamingCommand,
    event::{Departure, Event, HealthCheck, Removal},
};

use super::Naming;
use crate::{
    beat_table::BeatOwner,
    context::{Context, Verdict},
    error::NamingError,
    publication::Content,
    shard::Listing,
};

/// What a beat with JSON says of its instance (`spec/naming-semantics` §6.1). It registers an unknown instance.
#[derive(Debug, Clone, PartialEq)]
pub struct FullBeat {
    /// None if neither the beat nor its request names a cluster.
    pub cluster: Option<ClusterName>,
    /// None if the beat names no weight.
    pub weight: Option<f64>,
    /// None if the beat names no metadata.
    pub metadata: Option<Metadata>,
}

/// What a beat came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeatAnswer {
    /// The instance is known, now; the pause until its next beat (`clientBeatInterval`).
    Known { interval: Duration },
    /// The instance is unknown and the beat did not describe it: the client registers again (code 20404).
    Unknown,
}

impl Naming {
    pub fn beat(
        &self,
        key: &ServiceKey,
        endpoint: &Endpoint,
        full: Option<FullBeat>,
        now: Now,
    ) -> Result<BeatAnswer, NamingError> {
        let client = ClientId::Address(endpoint.clone(), Lifetime::Ephemeral);
        if let Some(answer) = self.hear(key, &client, now) {
            return Ok(answer);
        }
        let instance = match (self.unconfirmed_beating(key, endpoint), full) {
            (Some(unconfirmed), _) => (*unconfirmed).clone(),
            (None, Some(full)) => self.revive(key, &client, endpoint, full),
            (None, None) => return Ok(BeatAnswer::Unknown),
        };
        self.publish(&client, key, Content::Single(instance), now)?;
        Ok(self.hear(key, &client, now).unwrap_or(BeatAnswer::Unknown))
    }

    /// The instance that lived by its beats before a restart and is still served: known as it was registered, so that a
    /// beat need not describe it.
    fn unconfirmed_beating(&self, key: &ServiceKey, endpoint: &Endpoint) -> Option<Arc<Instance>> {
        self.service_shard(key).unconfirmed_beating(key, endpoint)
    }

    fn hear(&self, key: &ServiceKey, client: &ClientId, now: Now) -> Option<BeatAnswer> {
        let switches = self.switches.load();
        let context = self.context(&switches, now);
        let mut shard = self.service_shard(key);
        let heard = shard.beat(key, client, &context)?;
        self.settle(&shard, key, heard.effect, now);
        if heard.effect.is_changed {
            self.note_beating(key, client, true, now);
        }
        Some(BeatAnswer::Known { interval: heard.interval })
    }

    /// Notes that the instance of a client that lives by beats is healthy again, or not any more.
    fn note_beating(&self, key: &ServiceKey, client: &ClientId, healthy: bool, now: Now) {
        let ClientId::Address(endpoint, _) = client else { return };
        let (endpoint, check) = (endpoint.clone(), HealthCheck::Beat);
        self.journal.note(now.wall, key, || Event::HealthChanged { endpoint, healthy, check });
    }

    /// The instance that a beat describes. What it leaves open is taken from what the client published before its
    /// beats ran out: a beat cannot say `enabled`, and must not enable what its owner registered as disabled. Metadata
    /// are taken from there in any case: some clients garble them in beats (Kratos).
    fn revive(&self, key: &ServiceKey, client: &ClientId, endpoint: &Endpoint, full: FullBeat) -> Instance {
        let shard = self.service_shard(key);
        let known = shard.get(key).and_then(|service| service.remembered.get(client));
        let known = known.map(|remembered| &*remembered.instance);
        Instance {
            endpoint: endpoint.clone(),
            cluster: full
                .cluster
                .unwrap_or_else(|| known.map(|known| known.cluster.clone()).unwrap_or_default()),
            weight: full.weight.unwrap_or_else(|| known.map_or(0.0, |known| known.weight)),
            enabled: known.is_none_or(|known| known.enabled),
            healthy: true,
            metadata: known.map(|known| known.metadata.clone()).or(full.metadata).unwrap_or_default(),
            id: known.map_or(InstanceId::Simple, |known| known.id.clone()),
        }
    }

    /// Lets a second pass: marks and removes what has been silent for too long, cleans up, and gives the commands to
    /// propose for what is replicated. Costs what is due, not what exists. To be called every second.
    pub fn tick(&self, now: Now) -> Vec<NamingCommand> {
        let switches = self.switches.load();
        let context = self.context(&switches, now);
        let mut proposals = Vec::new();
        let (mut leaving, mut departed) = (Vec::new(), Vec::new());
        for shard in &self.services {
            let mut shard = shard.lock();
            for owner in shard.overdue(context.active) {
                match shard.judge(&owner, &context) {
                    Verdict::Patient => {}
                    Verdict::Unhealthy => {
                        let effect = shard.mark_unhealthy(&owner, &context);
                        self.settle(&shard, &owner.service, effect, now);
                        if effect.is_changed {
                            self.note_beating(&owner.service, &owner.client(), false, now);
                        }
                    }
                    Verdict::Expired | Verdict::Idle => leaving.push(owner),
                }
            }
            for (key, effect) in shard.work_off(&context, &mut proposals, &mut departed) {
                self.settle(&shard, &key, effect, now);
                if effect.listing == Listing::Gone {
                    let reason = Removal::Empty;
                    self.journal.note(now.wall, &key, || Event::ServiceDeregistered { reason });
                }
            }
            for (key, gone) in departed.drain(..) {
                self.note_departed(&key, &gone, None, now);
            }
        }
        self.forsake_due(&context);
        for owner in leaving {
            self.dismiss(&owner, &context);
        }
        for shard in &self.clients {
            let idle = shard.lock().idle_subscribers(context.active);
            for client in idle {
                self.disconnect(&client, now);
            }
        }
        proposals
    }

    /// Removes what was judged to go, unless it was heard of since.
    fn dismiss(&self, owner: &BeatOwner, context: &Context<'_>) {
        let id = owner.client();
        let mut clients = self.client_shard(&id);
        let Some(client) = clients.get_mut(&id) else { return };
        let mut shard = self.service_shard(&owner.service);
        match shard.judge(owner, context) {
            Verdict::Patient | Verdict::Unhealthy => {}
            Verdict::Expired => {
                let Some(expired) = shard.expire(owner, context) else { return };
                self.settle(&shard, &owner.service, expired.effect, context.now);
                let why = (Departure::BeatsStopped, context.now);
                self.note_withdrawal(&id, &owner.service, &expired, why);
                drop(shard);
                client.withdrew(&owner.service, expired.before);
                clients.forget_if_empty(&id);
            }
            Verdict::Idle => {
                drop(shard);
                let owner_of =
                    |key: &ServiceKey| BeatOwner { service: key.clone(), endpoint: owner.endpoint.clone() };
                let heard = client
                    .published
                    .iter()
                    .filter_map(|key| self.service_shard(key).last_heard(&owner_of(key)));
                let last = heard.fold(client.touched, navaid_core::Moment::max);
                if context.active.since(last) > self.settings.client_expired_after {
                    drop(clients);
                    self.disconnect(&id, context.now);
                }
            }
        }
    }

    /// Takes a span in which this process did not run out of everybody's silence.
    pub fn forgive(&self, pause: Duration) {
        self.pulse.forgive(pause);
    }
}
