//! Asking configuration clients what they hold of an item (recorded: `grpc-cs-client-metrics`).

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::future::join_all;
use navaid_core::{ConfigKey, name::DEFAULT_NAMESPACE};
use navaid_wire::{
    config::group_key,
    grpc::{
        Response,
        config::{ClientConfigMetricRequest, ClientConfigMetricResponse, MetricsKey},
    },
};
use serde_json::Value;

use super::{connection::Connection, outbox::Control, registry::Registry};

/// How long a client may take to answer; one that takes longer is left out, as in the reference.
const ANSWER_WAIT: Duration = Duration::from_secs(1);
/// Clients of one address that are asked at once: behind one address there may be thousands.
const ASKED_MAX: usize = 64;

type Holding = BTreeMap<String, Value>;

/// What the configuration clients at an address say that they hold of an item, as they word it, all together. At most
/// [`ASKED_MAX`] are asked, at the same time; those that do not answer within [`ANSWER_WAIT`], or are being asked
/// already, are left out.
pub(crate) async fn ask(connections: &Registry, ip: &str, key: &ConfigKey) -> Holding {
    let mut clients = connections.all();
    clients.retain(|connection| &*connection.setup.client_ip == ip && connection.setup.has_config_client());
    clients.truncate(ASKED_MAX);
    join_all(clients.iter().map(|connection| ask_one(connection, key))).await.into_iter().flatten().collect()
}

async fn ask_one(connection: &Arc<Connection>, key: &ConfigKey) -> Holding {
    let Some(answer) = connection.mailbox.ask(Control::AskHolding(key.clone())) else {
        tracing::debug!(client = %connection.id(), "client is being asked already");
        return Holding::new();
    };
    let Ok(Ok(body)) = tokio::time::timeout(ANSWER_WAIT, answer).await else {
        tracing::debug!(client = %connection.id(), "client did not say what it holds");
        return Holding::new();
    };
    match Response::<ClientConfigMetricResponse>::read(&body) {
        Ok(answer) => answer.body.metrics,
        Err(error) => {
            tracing::debug!(client = %connection.id(), %error, "what a client holds cannot be read");
            Holding::new()
        }
    }
}

/// The question about an item: what the client has in memory, and what it has on disk. Clients know items by keys of
/// their own making, so the default namespace is named only where this client does.
pub(super) fn question(connection: &Connection, key: &ConfigKey) -> ClientConfigMetricRequest {
    let named = connection.spelling_of(key).is_some_and(|tenant| tenant == DEFAULT_NAMESPACE);
    let key = if named { group_key::of(key) } else { group_key::of_1x_2x(key) };
    let about = |kind: &str| MetricsKey { kind: kind.to_owned(), key: key.clone() };
    ClientConfigMetricRequest { metrics_keys: vec![about("cacheData"), about("snapshotData")] }
}
