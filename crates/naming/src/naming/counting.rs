//! What there is, in numbers: for metrics and operators. Costs a look at every shard, not at what is in them, but for
//! the services that changed most.

use std::{cmp::Reverse, collections::BinaryHeap};

use navaid_core::{Lifetime, Now, ServiceKey};

use super::Naming;
use crate::census::{Census, ClientCounts};

/// Milliseconds for which changes are counted together (`spec/naming-semantics` §15.1).
const WEEK_MS: u64 = 7 * 24 * 60 * 60 * 1000;

/// Sizes of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Listed services.
    pub services: usize,
    /// Instances in all publications.
    pub instances: usize,
    /// Clients' entries in services.
    pub publications: Census,
    pub subscriptions: Census,
    pub clients: ClientCounts,
    /// Services whose push is planned.
    pub pushes_due: usize,
}

/// Listed services of one lifetime, and the instances in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sizes {
    pub services: usize,
    pub instances: usize,
}

/// Sizes of the registry by lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SizesByLifetime {
    pub ephemeral: Sizes,
    pub persistent: Sizes,
}

impl Naming {
    pub fn counters(&self) -> Counters {
        let mut counters = Counters {
            services: self.catalog.lock().namespaces().iter().map(|(_, count)| count).sum(),
            pushes_due: self.pushes.due(),
            ..Counters::default()
        };
        for shard in &self.services {
            let shard = shard.lock();
            counters.instances += shard.instances();
            counters.publications.add(shard.publications());
            counters.subscriptions.add(shard.subscriptions());
        }
        for shard in &self.clients {
            counters.clients.add(shard.lock().counts());
        }
        counters
    }

    /// The services that changed most, the first first, with the number of their changes: since they came to be known,
    /// or since this was first asked in the running week (seven days from 1970 on). Looks at every service, one shard
    /// at a time.
    pub fn most_changed(&self, count: usize, now: Now) -> Vec<(ServiceKey, u64)> {
        let this_week = now.wall.as_millis() / WEEK_MS;
        let mut week = self.week.lock();
        let is_new = *week != this_week && *week != 0;
        *week = this_week;
        let mut most: BinaryHeap<Reverse<(u64, ServiceKey)>> = BinaryHeap::with_capacity(count + 1);
        for shard in &self.services {
            let mut shard = shard.lock();
            if is_new {
                shard.count_changes_anew();
            }
            for service in shard.services().filter(|service| service.changes() > 0) {
                let least = most.peek().filter(|_| most.len() >= count);
                if least.is_none_or(|Reverse((least, _))| service.changes() > *least) {
                    most.push(Reverse((service.changes(), service.key.clone())));
                }
                if most.len() > count {
                    most.pop();
                }
            }
        }
        most.into_sorted_vec().into_iter().map(|Reverse((changes, key))| (key, changes)).collect()
    }

    /// How often a client was refused because it holds as much as it may, by the name of the limit.
    pub fn limit_refusals(&self) -> [(&'static str, u64); 3] {
        self.refusals.counts()
    }

    /// Counts now. Looks at every service: for operators.
    pub fn sizes_by_lifetime(&self) -> SizesByLifetime {
        let mut sizes = SizesByLifetime::default();
        for shard in &self.services {
            let shard = shard.lock();
            for service in shard.services() {
                let Some(lifetime) = service.lifetime else { continue };
                let of_kind = match lifetime {
                    Lifetime::Ephemeral => &mut sizes.ephemeral,
                    Lifetime::Persistent => &mut sizes.persistent,
                };
                of_kind.services += 1;
                of_kind.instances += service.instance_count();
            }
        }
        sizes
    }
}
