//! Tells listeners that an item changed.

use std::sync::Arc;

use navaid_core::config_item::ConfigKey;

use crate::{configs::Configs, watch::Watches};

/// Listeners told between two looks at other tasks of the worker.
const TOLD_AT_ONCE: usize = 256;

/// Runs until it is dropped. All listeners of a key are told, also of a gray release that is not for them: what they
/// read then decides (`spec/config-semantics` §14, 2.5).
/// Watchers by pattern hear whether the item is there, which only a formal release makes it.
pub(super) async fn run(configs: Arc<Configs>) {
    let changes = configs.catalog().changes();
    loop {
        for key in changes.take().await {
            configs.patterns().lock().note(&key, configs.item(&key).is_some());
            tell(configs.watches(), &key).await;
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
