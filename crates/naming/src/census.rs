//! How many, by the kind of client that they belong to.

use navaid_core::{ClientId, Lifetime};

/// Something of clients, counted apart for those known by their address (HTTP) and for connections (gRPC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Census {
    pub addresses: usize,
    pub connections: usize,
}

impl Census {
    pub fn total(self) -> usize {
        self.addresses + self.connections
    }

    /// The count that the client belongs to.
    pub(crate) fn of(&mut self, client: &ClientId) -> &mut usize {
        match client {
            ClientId::Address(..) => &mut self.addresses,
            ClientId::Connection(_) => &mut self.connections,
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.addresses += other.addresses;
        self.connections += other.connections;
    }
}

/// Clients by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClientCounts {
    pub connections: usize,
    pub ephemeral_addresses: usize,
    pub persistent_addresses: usize,
}

impl ClientCounts {
    pub fn total(self) -> usize {
        self.connections + self.ephemeral_addresses + self.persistent_addresses
    }

    /// The count that the client belongs to.
    pub(crate) fn of(&mut self, client: &ClientId) -> &mut usize {
        match client {
            ClientId::Connection(_) => &mut self.connections,
            ClientId::Address(_, Lifetime::Ephemeral) => &mut self.ephemeral_addresses,
            ClientId::Address(_, Lifetime::Persistent) => &mut self.persistent_addresses,
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.connections += other.connections;
        self.ephemeral_addresses += other.ephemeral_addresses;
        self.persistent_addresses += other.persistent_addresses;
    }
}
