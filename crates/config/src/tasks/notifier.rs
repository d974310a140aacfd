//! Tells listeners that an item changed.

use std::sync::Arc;

use navaid_core::config_item::ConfigKey;

use crate::{changes::Changes, watch::Watches};

/// Listeners told between two looks at other tasks of the worker.
const TOLD_AT_ONCE: usize = 256;

/// Runs until it is dropped. All listeners of a key are told, also of a gray release that is not for them: what they
/// read then decides (`spec/config-semantics` §14, 2.5).
pub(super) async fn run(changes: Arc<Changes>, watches: Arc<Watches>) {
    loop {
        for key in changes.take().await {
            tell(&watches, &key).await;
        }
    }
}

async fn tell(watches: &Watches, key: &ConfigKey) {
    let outboxes = watches.outboxes(key);
    tracing::debug!(
        namespace = key.namespace(),
        group = key.group(),
        data_id = key.data_id(),
        listeners = outboxes.len(),
        "config item changed"
    );
    for some in outboxes.chunks(TOLD_AT_ONCE) {
        for outbox in some {
            outbox.changed(key);
        }
        tokio::task::yield_now().await;
    }
}
