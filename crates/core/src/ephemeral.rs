//! What of ephemeral services outlives the process: kept beside the durable state, never part of it. A server that
//! starts again serves it until the clients are back, or are known to be gone.

use std::sync::Arc;

use crate::{client::ConnectionId, instance::Instance, service::ServiceKey, time::Timestamp};

/// A change of what is kept: the later one of a service takes the place of the earlier.
#[derive(Debug, Clone, PartialEq)]
pub enum EphemeralChange {
    Is(EphemeralService),
    /// The service is not listed any more.
    Gone(ServiceKey),
}

/// One service. A service of persistent instances has none here, only the time since when it is known.
#[derive(Debug, Clone, PartialEq)]
pub struct EphemeralService {
    pub key: ServiceKey,
    /// When the service came into the lists.
    pub created: Timestamp,
    /// Its ephemeral instances, in no order.
    pub instances: Vec<EphemeralInstance>,
}

/// One instance, and who vouched for it.
#[derive(Debug, Clone, PartialEq)]
pub struct EphemeralInstance {
    pub instance: Arc<Instance>,
    pub voucher: Voucher,
}

/// Who said last that an instance is there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Voucher {
    /// Beats from its own address.
    Beats,
    /// A connection, which ended with the process at the latest.
    Connection(ConnectionId),
    /// Several clients, none of which speaks for the others.
    Several,
}
