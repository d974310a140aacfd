//! Who watches, as it says of itself.

use std::sync::Arc;

use navaid_core::ConnectionId;
use parking_lot::Mutex;

use crate::catalog::entry::{AppLabels, ClientLabels, RequestedTag};

/// A client that watches. One for each connection or long poll, so what it says is kept once for all its keys.
#[derive(Debug)]
pub struct Watcher {
    ip: Arc<str>,
    /// None: it watches by long polling.
    connection: Option<ConnectionId>,
    app: Option<Arc<AppLabels>>,
    /// The tag that it prefers, as it last said when it listened.
    tag: Mutex<Option<Arc<str>>>,
}

impl Watcher {
    /// A client that watches over a connection; its tag is what it says when it listens.
    pub fn connected(ip: Arc<str>, connection: ConnectionId, app: Arc<AppLabels>) -> Self {
        Self { ip, connection: Some(connection), app: Some(app), tag: Mutex::default() }
    }

    /// A client that watches by long polling.
    pub fn polling(labels: &ClientLabels<'_>) -> Self {
        Self {
            ip: labels.ip.into(),
            connection: None,
            app: labels.app.map(|app| Arc::new(app.clone())),
            tag: Mutex::new(labels.tag.text().map(Into::into)),
        }
    }

    /// Its address, as the edge sees it.
    pub fn ip(&self) -> &Arc<str> {
        &self.ip
    }

    /// Its connection; none if it watches by long polling.
    pub fn connection(&self) -> Option<&ConnectionId> {
        self.connection.as_ref()
    }

    /// The name of its application, if it says one.
    pub fn app_name(&self) -> Option<&str> {
        self.app.as_ref()?.get(AppLabels::APP_NAME)
    }

    /// Calls `see` with what decides which release it gets.
    pub(crate) fn with_labels<T>(&self, see: impl FnOnce(&ClientLabels<'_>) -> T) -> T {
        let tag = self.tag.lock().clone();
        see(&ClientLabels {
            ip: &self.ip,
            tag: RequestedTag::of(None, tag.as_deref()),
            app: self.app.as_deref(),
        })
    }

    /// Notes the tag that it says now.
    pub(crate) fn prefers(&self, labels: &ClientLabels<'_>) {
        let mut tag = self.tag.lock();
        if tag.as_deref() != labels.tag.text() {
            *tag = labels.tag.text().map(Into::into);
        }
    }
}
