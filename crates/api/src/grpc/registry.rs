//! Every registered connection of the node.

use std::{collections::HashMap, sync::Arc};

use navaid_core::ConnectionId;
use parking_lot::RwLock;

use super::connection::Connection;

/// Connections by id. Their number is bounded by the server's permits.
#[derive(Default)]
pub(crate) struct Registry(RwLock<HashMap<ConnectionId, Arc<Connection>>>);

impl Registry {
    pub(crate) fn insert(&self, connection: Arc<Connection>) {
        self.0.write().insert(connection.id().clone(), connection);
    }

    pub(crate) fn remove(&self, id: &ConnectionId) {
        self.0.write().remove(id);
    }

    pub(crate) fn get(&self, id: &ConnectionId) -> Option<Arc<Connection>> {
        self.0.read().get(id).cloned()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.read().len()
    }

    /// All of them, to be looked at without the lock.
    pub(crate) fn all(&self) -> Vec<Arc<Connection>> {
        self.0.read().values().cloned().collect()
    }
}
