//! One client: what it publishes and what it listens to, by service. The publications themselves lie in the
//! services; both sides are changed together (lock order in [`crate::naming`]).

use std::sync::Arc;

use navaid_core::{ClientId, Moment, Now, ServiceKey};

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

/// Costs 80 bytes while it only publishes in one service, as most address clients do.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) id: ClientId,
    pub(crate) published: KeySet,
    /// Last sign of life beside beats, in active time.
    pub(crate) touched: Moment,
    more: Option<Box<More>>,
}

/// What address clients that publish have none of.
#[derive(Debug, Default)]
struct More {
    /// Of connections only.
    profile: Option<Arc<ClientProfile>>,
    subscribed: KeySet,
    /// Instances in all publications of a connection, which may be batches.
    published: usize,
}

impl Client {
    /// A client that is known by its address.
    pub(crate) fn at_address(id: ClientId, active: Moment) -> Self {
        Self { id, published: KeySet::Empty, touched: active, more: None }
    }

    pub(crate) fn connected(id: ClientId, profile: Arc<ClientProfile>, active: Moment) -> Self {
        let more = More { profile: Some(profile), ..More::default() };
        Self { id, published: KeySet::Empty, touched: active, more: Some(Box::new(more)) }
    }

    pub(crate) fn profile(&self) -> Option<&Arc<ClientProfile>> {
        self.more.as_ref()?.profile.as_ref()
    }

    pub(crate) fn subscribed(&self) -> &KeySet {
        const NONE: &KeySet = &KeySet::Empty;
        self.more.as_ref().map_or(NONE, |more| &more.subscribed)
    }

    pub(crate) fn subscribed_mut(&mut self) -> &mut KeySet {
        &mut self.more.get_or_insert_default().subscribed
    }

    /// Instances in all publications. Those of address clients hold one each.
    pub(crate) fn instances(&self) -> usize {
        match &self.more {
            Some(more) if more.profile.is_some() => more.published,
            _ => self.published.len(),
        }
    }

    /// Notes that the client's entry in a service has `after` instances instead of `before`.
    pub(crate) fn publishes(&mut self, key: &ServiceKey, before: usize, after: usize) {
        self.published.insert(key);
        self.count(before, after);
    }

    /// Notes that the client's entry in a service, of `before` instances, is gone.
    pub(crate) fn withdrew(&mut self, key: &ServiceKey, before: usize) {
        self.published.remove(key);
        self.count(before, 0);
    }

    fn count(&mut self, before: usize, after: usize) {
        if let Some(more) = self.more.as_mut().filter(|more| more.profile.is_some()) {
            more.published = more.published + after - before;
        }
    }

    /// Whether the client may go: address clients exist by what they hold.
    pub(crate) fn is_forgettable(&self) -> bool {
        self.profile().is_none() && self.published.is_empty() && self.subscribed().is_empty()
    }
}
