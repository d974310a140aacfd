//! Who is told of the changes of a service.

use std::{fmt, sync::Arc};

use navaid_core::{Moment, ServiceKey};
use parking_lot::Mutex;

use crate::selection::Selection;

/// Takes what a subscriber is to be sent. One per connection (or datagram client), implemented by the edge.
///
/// `offer` must neither block nor call the engine, and an edge that calls the engine must not hold a lock that its
/// `offer` takes. The implementor keeps one slot per service, the newest, and delivers until acknowledged;
/// offers for one service come in the order of their `last_ref_time`.
pub trait SubscriberOutbox: Send + Sync + 'static {
    /// `since`: when what is told began to wait for it, for the delay of the push.
    fn offer(&self, key: &ServiceKey, selection: Arc<Selection>, since: Moment);
}

/// Who listens, as `subscribers` lists it and selectors see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    pub ip: Arc<str>,
    /// Port of a datagram client; 0 for a connection.
    pub port: u16,
    /// Name and version of the client's SDK.
    pub agent: Arc<str>,
    pub app: Arc<str>,
}

/// What a client subscribes with.
#[derive(Clone)]
pub struct Subscription {
    /// See [`crate::Filter::clusters`].
    pub clusters: Arc<str>,
    pub consumer: Arc<Consumer>,
    pub outbox: Arc<dyn SubscriberOutbox>,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clusters, consumer, outbox: _ } = self;
        f.debug_struct("Subscription")
            .field("clusters", clusters)
            .field("consumer", consumer)
            .finish_non_exhaustive()
    }
}

/// One client's subscription to one service, and what it has been offered.
#[derive(Debug)]
pub(crate) struct Subscriber {
    pub(crate) subscription: Subscription,
    offered: Mutex<Offered>,
}

#[derive(Debug)]
struct Offered {
    last: Option<Arc<Selection>>,
    /// Whether the next offer goes out even if it is the last one again: the push that follows a subscription.
    is_owed: bool,
}

impl Subscriber {
    /// A subscriber that is owed the push after subscribing.
    pub(crate) fn new(subscription: Subscription) -> Self {
        Self { subscription, offered: Mutex::new(Offered { last: None, is_owed: true }) }
    }

    /// The same client under other terms: what it was owed it is owed still.
    pub(crate) fn renewed(&self, subscription: Subscription) -> Self {
        let is_owed = self.offered.lock().is_owed;
        Self { subscription, offered: Mutex::new(Offered { last: None, is_owed }) }
    }

    /// Notes what the answer to the subscription tells.
    pub(crate) fn answered(&self, selection: &Arc<Selection>) {
        let mut offered = self.offered.lock();
        if offered.last.as_ref().is_none_or(|last| last.last_ref_time < selection.last_ref_time) {
            offered.last = Some(selection.clone());
        }
    }

    /// Makes the next offer go out whatever it tells.
    pub(crate) fn owe(&self) {
        self.offered.lock().is_owed = true;
    }

    /// Hands a selection to the outbox unless it is older than what was handed before, or the very same. (!) A change
    /// that the subscriber's filter hides is told as well, as the reference does (recorded:
    /// `grpc-ns-subscribe-clusters`). The lock is held meanwhile, so that offers cannot overtake one another.
    pub(crate) fn offer(&self, key: &ServiceKey, selection: &Arc<Selection>, since: Moment) -> bool {
        let mut offered = self.offered.lock();
        if let Some(last) = &offered.last {
            if selection.last_ref_time < last.last_ref_time {
                return false;
            }
            if selection.last_ref_time == last.last_ref_time && !offered.is_owed {
                return false;
            }
        }
        *offered = Offered { last: Some(selection.clone()), is_owed: false };
        self.subscription.outbox.offer(key, selection.clone(), since);
        true
    }
}
