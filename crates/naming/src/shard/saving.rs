//! What a shard gives to be kept over a restart (`core::ephemeral`).

use navaid_core::{
    ClientId, EphemeralChange, EphemeralInstance, EphemeralService, Lifetime, ServiceKey, Voucher,
};

use super::ServiceShard;
use crate::{publication::Publication, service::Service};

impl ServiceShard {
    /// Notes that what is kept of the service is not what it is any more.
    pub(super) fn not_saved(&mut self, key: &ServiceKey) {
        if self.keeps {
            self.unsaved.insert(key.clone());
        }
    }

    pub(crate) fn unsaved(&self) -> usize {
        self.unsaved.len()
    }

    /// Up to `room` instances' worth of services that changed since they were last given, the last one whole.
    pub(crate) fn take_unsaved(&mut self, room: usize) -> Vec<EphemeralChange> {
        let mut changes = Vec::new();
        let mut instances = 0;
        while instances < room {
            let Some(key) = self.unsaved.iter().next().cloned() else { break };
            self.unsaved.remove(&key);
            let change = self.saved(&key);
            instances += 1 + match &change {
                EphemeralChange::Is(service) => service.instances.len(),
                EphemeralChange::Gone(_) => 0,
            };
            changes.push(change);
        }
        changes
    }

    /// Every listed service. What was not saved counts as saved by this.
    pub(crate) fn save_all(&mut self) -> Vec<EphemeralService> {
        self.unsaved.clear();
        self.services.values().filter(|service| service.lifetime.is_some()).map(saved).collect()
    }

    fn saved(&self, key: &ServiceKey) -> EphemeralChange {
        match self.services.get(key).filter(|service| service.lifetime.is_some()) {
            Some(service) => EphemeralChange::Is(saved(service)),
            None => EphemeralChange::Gone(key.clone()),
        }
    }
}

fn saved(service: &Service) -> EphemeralService {
    let published = service.publications.iter().filter_map(|(client, publication)| {
        let voucher = match client {
            ClientId::Connection(id) => Voucher::Connection(id.clone()),
            ClientId::Address(_, Lifetime::Ephemeral) => Voucher::Beats,
            ClientId::Address(_, Lifetime::Persistent) => return None,
        };
        Some((voucher, publication))
    });
    let published = published.flat_map(|(voucher, publication): (Voucher, &Publication)| {
        let instances = publication.instances().iter();
        instances
            .map(move |instance| EphemeralInstance { instance: instance.clone(), voucher: voucher.clone() })
    });
    let unconfirmed = service
        .unconfirmed
        .iter()
        .map(|entry| EphemeralInstance { instance: entry.instance.clone(), voucher: entry.past.voucher() });
    EphemeralService {
        key: service.key.clone(),
        created: service.created,
        instances: published.chain(unconfirmed).collect(),
    }
}
