//! What happened in a trial.

use std::fmt::{self, Display, Formatter};
use std::rc::Rc;
use std::time::Duration;

use super::listener::Listener;

/// Counts of a trial.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    pub clients: usize,
    pub changes: usize,
    pub kills: usize,
    /// Contents, or their absence, that were new to the client that got them.
    pub deliveries: u64,
    /// Notices over gRPC, and polls that told of a change.
    pub notices: u64,
    pub connections: u64,
    /// From when a change was sent until a client held it, or what came after it; restarts included.
    pub longest_wait: Duration,
    /// From the acknowledgement of the last change until every client held what there was.
    pub settled: Duration,
}

impl Figures {
    pub(super) fn of(listeners: &[Rc<Listener>], changes: usize, kills: usize, settled: Duration) -> Self {
        let sum = |count: fn(&Listener) -> u64| listeners.iter().map(|listener| count(listener)).sum();
        let waits = listeners.iter().map(|listener| listener.longest_wait.get());
        Self {
            clients: listeners.len(),
            changes,
            kills,
            deliveries: sum(|listener| listener.deliveries.get()),
            notices: sum(|listener| listener.notices.get()),
            connections: sum(|listener| listener.connections.get()),
            longest_wait: waits.max().unwrap_or_default(),
            settled,
        }
    }
}

impl Display for Figures {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { clients, changes, kills, deliveries, notices, connections, longest_wait, settled } = self;
        write!(
            f,
            "{clients} clients, {changes} changes, {kills} kills: {deliveries} deliveries after {notices} notices \
             over {connections} connections; longest wait {longest_wait:.1?}, settled in {settled:.1?}"
        )
    }
}
