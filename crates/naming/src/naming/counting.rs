//! What there is, in numbers: for metrics and operators. Costs a look at every shard, not at what is in them, but for
//! the services that changed most.

use std::{cmp::Reverse, collections::BinaryHeap};

use navaid_core::{Now, ServiceKey};

use super::Naming;
use crate::census::{Census, ClientCounts};

/// Milliseconds for which changes are counted together (`spec/naming-semantics` §15.1).
const WEEK_MS: u64 = 7 * 24 * 60 * 60 * 1000;

/// Sizes of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Listed services.
    pub services: usize,
    /// Instances in all publications, and those without.
    pub instances: usize,
    /// Those that nobody publishes at the moment; see [`crate::unconfirmed`].
    pub unconfirmed: usize,
    /// Services of which something else is kept for a restart than what they are.
    pub unsaved: usize,
    /// Clients' entries in services.
    pub publications: Census,
    pub subscriptions: Census,
    pub clients: ClientCounts,
    /// Services whose push is planned.
    pub pushes_due: usize,
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
            counters.unconfirmed += shard.unconfirmed();
            counters.unsaved += shard.unsaved();
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
}
