//! Watching configuration items by pattern, 3.0 and later (`spec/grpc` §10.5; recorded: `grpc-cs-fuzzy-watch` on
//! 3.1). Watch and sync types are those of [`super::naming_fuzzy_watch`].

use super::{empty_payload_bodies, payload_body};
use crate::json::object::wire_object;

pub const ADD_CONFIG: &str = "ADD_CONFIG";
pub const DELETE_CONFIG: &str = "DELETE_CONFIG";
/// What a change push says of an item that appeared.
pub const CONFIG_CHANGED: &str = "CONFIG_CHANGED";

payload_body! {
    ConfigFuzzyWatchRequest {
        /// `namespace>>groupPattern>>dataIdPattern`.
        group_key_pattern: String = "groupKeyPattern",
        /// Group keys (see [`crate::config::group_key`]) of what the client knows already.
        received_group_keys: Vec<String> = "receivedGroupKeys",
        watch_type: String = "watchType",
        initializing: bool = "initializing",
    }
}

payload_body! {
    /// One batch of matches, from the server. The finishing message has no contexts and counts 0 of 0 batches.
    ConfigFuzzyWatchSyncRequest {
        group_key_pattern: String = "groupKeyPattern",
        #[serde(skip_serializing_if = "Option::is_none")]
        contexts: Option<Vec<ConfigChange>> = "contexts",
        sync_type: String = "syncType",
        total_batch: i32 = "totalBatch",
        current_batch: i32 = "currentBatch",
    }
}

wire_object! {
    ConfigChange {
        group_key: String = "groupKey",
        /// [`ADD_CONFIG`] or [`DELETE_CONFIG`].
        changed_type: String = "changedType",
    }
}

payload_body! {
    /// An item appeared or went, from the server.
    ConfigFuzzyWatchChangeNotifyRequest {
        group_key: String = "groupKey",
        /// [`CONFIG_CHANGED`] or [`DELETE_CONFIG`]; spelled without the `d` of the other messages.
        change_type: String = "changeType",
    }
}

empty_payload_bodies! {
    ConfigFuzzyWatchResponse,
    ConfigFuzzyWatchSyncResponse,
    ConfigFuzzyWatchChangeNotifyResponse,
}
