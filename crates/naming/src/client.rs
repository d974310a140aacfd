//! One client: what it publishes and what it listens to, by service. The publications themselves lie in the
//! services; both sides are changed together (lock order in [`crate::naming`]).

use std::sync::Arc;

use navaid_core::{Moment, Now};

use crate::key_set::KeySet;

/// What a connection told of itself, for lists of clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientProfile {
    /// Address as the client gave it, or as the connection shows it.
    pub ip: Arc<str>,
    pub port: u16,
    /// SDK and version, such as `Nacos-Java-Client:v2.5.1`.
    pub agent: Arc<str>,
    pub app: Arc<str>,
    pub connected_at: Now,
}

/// Costs 96 bytes while the client has one service.
#[derive(Debug)]
pub(crate) struct Client {
    /// Of connections only.
    pub(crate) profile: Option<Arc<ClientProfile>>,
    pub(crate) published: KeySet,
    pub(crate) subscribed: KeySet,
    /// Instances in all publications.
    pub(crate) instances: usize,
    /// Last sign of life beside beats, in active time.
    pub(crate) touched: Moment,
}

impl Client {
    pub(crate) fn new(profile: Option<Arc<ClientProfile>>, active: Moment) -> Self {
        Self { profile, published: KeySet::Empty, subscribed: KeySet::Empty, instances: 0, touched: active }
    }

    /// Whether the client may go: address clients exist by what they hold.
    pub(crate) fn is_forgettable(&self) -> bool {
        self.profile.is_none() && self.published.is_empty() && self.subscribed.is_empty()
    }
}
