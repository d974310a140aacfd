//! How often a client was refused because it holds as much as it may.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::{
    error::NamingError,
    settings::{INSTANCES_KEY, Limits, SUBSCRIPTIONS_KEY},
};

/// Refusals by the limit that was reached, since the start. One counter for each limit of a client in [`Limits`].
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    instances: AtomicU64,
    subscriptions: AtomicU64,
    batch: AtomicU64,
}

/// A limit of [`Limits`] that a client can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    InstancesPerClient,
    SubscriptionsPerClient,
    BatchSize,
}

impl Limit {
    const ALL: [Self; 3] = [Self::InstancesPerClient, Self::SubscriptionsPerClient, Self::BatchSize];

    fn name(self) -> &'static str {
        match self {
            Self::InstancesPerClient => "instances per client",
            Self::SubscriptionsPerClient => "subscriptions per client",
            Self::BatchSize => "instances per batch",
        }
    }
}

impl Refusals {
    /// Counts a refusal, and makes it.
    pub(crate) fn refuse(&self, limit: Limit, limits: &Limits) -> NamingError {
        self.counter(limit).fetch_add(1, Ordering::Relaxed);
        let (max, setting) = match limit {
            Limit::InstancesPerClient => (limits.instances_per_client, Some(INSTANCES_KEY)),
            Limit::SubscriptionsPerClient => (limits.subscriptions_per_client, Some(SUBSCRIPTIONS_KEY)),
            Limit::BatchSize => (limits.batch_size, None),
        };
        NamingError::LimitReached { limit: limit.name(), max, setting }
    }

    /// Refusals by the name of the limit.
    pub(crate) fn counts(&self) -> [(&'static str, u64); 3] {
        Limit::ALL.map(|limit| (limit.name(), self.counter(limit).load(Ordering::Relaxed)))
    }

    fn counter(&self, limit: Limit) -> &AtomicU64 {
        match limit {
            Limit::InstancesPerClient => &self.instances,
            Limit::SubscriptionsPerClient => &self.subscriptions,
            Limit::BatchSize => &self.batch,
        }
    }
}
