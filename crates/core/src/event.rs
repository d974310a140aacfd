//! What the journal tells: the events of discovery that Nacos's trace plugins are given
//! (`spec/naming-semantics` §15.2).

use crate::{
    client::ClientId,
    instance::Endpoint,
    service::{HealthChecker, ServiceKey},
    time::Timestamp,
};

/// Something that happened to a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A client's entry in the service came, or became another.
    InstanceRegistered {
        client: ClientId,
        entry: Entry,
    },
    /// A client's entry went.
    InstanceDeregistered {
        client: ClientId,
        entry: Entry,
        reason: Departure,
    },
    /// An operator set something on an instance; it may not be there yet.
    InstanceUpdated {
        endpoint: Endpoint,
    },
    /// An operator created the service.
    ServiceRegistered,
    /// The service left the lists.
    ServiceDeregistered {
        reason: Removal,
    },
    /// An operator set something on the service or on one of its clusters.
    ServiceUpdated,
    Subscribed {
        client: ClientId,
    },
    Unsubscribed {
        client: ClientId,
        reason: Departure,
    },
    /// A subscriber acknowledged a push.
    Pushed(Push),
    HealthChanged {
        endpoint: Endpoint,
        healthy: bool,
        check: HealthCheck,
    },
}

/// What a client publishes in a service, in short: a batch is named by its first instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// None of an empty batch.
    pub first: Option<Endpoint>,
    pub instances: u32,
}

/// A push that arrived. Times are in milliseconds; 49 days stand for longer ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    pub client: ClientId,
    /// Instances that it told of.
    pub instances: u32,
    /// From sending to acknowledgement.
    pub network_ms: u32,
    /// From the change that it tells of, or from the subscription, to acknowledgement.
    pub total_ms: u32,
}

/// Why an entry or a subscription of a client went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Departure {
    Requested,
    /// The client went: its connection ended, or its address was silent for too long.
    ClientGone,
    /// No beats came.
    BeatsStopped,
}

/// Why a service left the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Removal {
    Requested,
    /// It had been empty for too long.
    Empty,
}

/// What found that an instance's health is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HealthCheck {
    Beat,
    Tcp,
    Http,
    MySql,
    /// An operator, where nothing probes.
    Manual,
}

/// The kinds of [`Event`], to look for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    InstanceRegistered,
    InstanceDeregistered,
    InstanceUpdated,
    ServiceRegistered,
    ServiceDeregistered,
    ServiceUpdated,
    Subscribed,
    Unsubscribed,
    Pushed,
    HealthChanged,
}

/// An event with its place in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// Grows by one with each event of this process, from 1.
    pub sequence: u64,
    pub at: Timestamp,
    pub key: ServiceKey,
    pub event: Event,
}

impl Event {
    pub fn kind(&self) -> EventKind {
        match self {
            Self::InstanceRegistered { .. } => EventKind::InstanceRegistered,
            Self::InstanceDeregistered { .. } => EventKind::InstanceDeregistered,
            Self::InstanceUpdated { .. } => EventKind::InstanceUpdated,
            Self::ServiceRegistered => EventKind::ServiceRegistered,
            Self::ServiceDeregistered { .. } => EventKind::ServiceDeregistered,
            Self::ServiceUpdated => EventKind::ServiceUpdated,
            Self::Subscribed { .. } => EventKind::Subscribed,
            Self::Unsubscribed { .. } => EventKind::Unsubscribed,
            Self::Pushed(_) => EventKind::Pushed,
            Self::HealthChanged { .. } => EventKind::HealthChanged,
        }
    }

    /// Who did it, where a client did.
    pub fn client(&self) -> Option<&ClientId> {
        match self {
            Self::InstanceRegistered { client, .. }
            | Self::InstanceDeregistered { client, .. }
            | Self::Subscribed { client }
            | Self::Unsubscribed { client, .. }
            | Self::Pushed(Push { client, .. }) => Some(client),
            Self::InstanceUpdated { .. }
            | Self::ServiceRegistered
            | Self::ServiceDeregistered { .. }
            | Self::ServiceUpdated
            | Self::HealthChanged { .. } => None,
        }
    }

    /// The instance that it is about, or the first of a batch.
    pub fn endpoint(&self) -> Option<&Endpoint> {
        match self {
            Self::InstanceRegistered { entry, .. } | Self::InstanceDeregistered { entry, .. } => {
                entry.first.as_ref()
            }
            Self::InstanceUpdated { endpoint } | Self::HealthChanged { endpoint, .. } => Some(endpoint),
            Self::ServiceRegistered
            | Self::ServiceDeregistered { .. }
            | Self::ServiceUpdated
            | Self::Subscribed { .. }
            | Self::Unsubscribed { .. }
            | Self::Pushed(_) => None,
        }
    }

    /// Whether the address is the client's or the instance's.
    pub fn is_about(&self, ip: &str) -> bool {
        self.client().is_some_and(|client| client.ip() == ip)
            || self.endpoint().is_some_and(|endpoint| *endpoint.ip == *ip)
    }
}

impl From<&HealthChecker> for HealthCheck {
    fn from(checker: &HealthChecker) -> Self {
        match checker {
            HealthChecker::Tcp => Self::Tcp,
            HealthChecker::Http { .. } => Self::Http,
            HealthChecker::Mysql { .. } => Self::MySql,
            HealthChecker::None => Self::Manual,
        }
    }
}
