//! Why the discovery engine refuses. Variants say what the caller can do about it; texts for the wire are made at
//! the edges.

use navaid_core::{ClientId, Lifetime, ServiceKey, command::OverlayTarget, seam::CommitError};

/// A refusal; nothing was changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NamingError {
    /// The service already holds instances of the other lifetime: empty it first, or register the other way.
    #[error("cannot mix lifetimes: the service is {service:?}")]
    LifetimeMismatch { service: Lifetime },
    /// The client is of the other lifetime, or its connection is gone: connect again.
    #[error("cannot act for client {client}")]
    WrongClient { client: ClientId },
    #[error("cannot find service {key}")]
    ServiceNotFound { key: ServiceKey },
    #[error("cannot create service {key}: it exists")]
    ServiceExists { key: ServiceKey },
    /// Deregister its instances first.
    #[error("cannot remove service {key}: it has instances")]
    ServiceNotEmpty { key: ServiceKey },
    /// The service has no instance at all.
    #[error("cannot find an instance in service {key}")]
    NoInstances { key: ServiceKey },
    /// The service has instances, but not this one.
    #[error("cannot find instance {} in service {key}", target.endpoint)]
    InstanceNotFound { key: ServiceKey, target: Box<OverlayTarget> },
    /// Health is set by hand only where the cluster's checker is explicitly `NONE`.
    #[error("cannot set health of {} in service {key}: it is probed", target.endpoint)]
    HealthIsChecked { key: ServiceKey, target: Box<OverlayTarget> },
    /// The client holds as much as one client may hold.
    #[error("cannot take more: {limit} is {max}{}", setting.map(|key| format!(" (setting {key})")).unwrap_or_default())]
    LimitReached {
        limit: &'static str,
        max: usize,
        /// The key that sets the limit, where one does.
        setting: Option<&'static str>,
    },
    /// The command was not stored.
    #[error(transparent)]
    Commit(#[from] CommitError),
}
