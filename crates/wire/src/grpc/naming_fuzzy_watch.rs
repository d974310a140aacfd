//! Watching services by pattern, 3.0 and later (`spec/grpc` §9.5; recorded: `grpc-ns-fuzzy-watch` on 3.1).

use super::{empty_payload_bodies, payload_body};
use crate::json::object::wire_object;

/// `watchType` of a watch.
pub const WATCH: &str = "WATCH";
/// `watchType` that ends one.
pub const CANCEL_WATCH: &str = "CANCEL_WATCH";

/// `syncType` of the first batches.
pub const INIT_NOTIFY: &str = "FUZZY_WATCH_INIT_NOTIFY";
/// `syncType` that ends the first batches.
pub const FINISH_INIT_NOTIFY: &str = "FINISH_FUZZY_WATCH_INIT_NOTIFY";
/// `syncType` of a repair.
pub const DIFF_SYNC_NOTIFY: &str = "FUZZY_WATCH_DIFF_SYNC_NOTIFY";
/// `syncType` of a single change.
pub const RESOURCE_CHANGED: &str = "FUZZY_WATCH_RESOURCE_CHANGED";

pub const ADD_SERVICE: &str = "ADD_SERVICE";
pub const DELETE_SERVICE: &str = "DELETE_SERVICE";

payload_body! {
    NamingFuzzyWatchRequest {
        initializing: bool = "initializing",
        namespace: String = "namespace",
        /// `namespace>>groupPattern>>servicePattern`.
        group_key_pattern: String = "groupKeyPattern",
        /// `namespace@@group@@service` of what the client knows already.
        received_group_keys: Vec<String> = "receivedGroupKeys",
        /// [`WATCH`] or [`CANCEL_WATCH`].
        watch_type: String = "watchType",
    }
}

payload_body! {
    /// One batch of matches, from the server.
    NamingFuzzyWatchSyncRequest {
        sync_type: String = "syncType",
        group_key_pattern: String = "groupKeyPattern",
        contexts: Vec<ServiceChange> = "contexts",
        total_batch: i32 = "totalBatch",
        /// From 1.
        current_batch: i32 = "currentBatch",
    }
}

wire_object! {
    ServiceChange {
        /// `namespace@@group@@service`.
        service_key: String = "serviceKey",
        /// [`ADD_SERVICE`] or [`DELETE_SERVICE`].
        changed_type: String = "changedType",
    }
}

payload_body! {
    /// A service appeared or went, from the server.
    NamingFuzzyWatchChangeNotifyRequest {
        sync_type: String = "syncType" or RESOURCE_CHANGED.into(),
        service_key: String = "serviceKey",
        changed_type: String = "changedType",
    }
}

empty_payload_bodies! {
    NamingFuzzyWatchResponse,
    NamingFuzzyWatchSyncResponse,
    /// Java 3.1 acknowledges sync batches by it, too.
    NamingFuzzyWatchChangeNotifyResponse,
}
