//! Configuration requests and answers (`spec/grpc` §10).

use std::collections::BTreeMap;

use serde_json::Value;

use super::{empty_payload_bodies, payload_body};
use crate::json::object::wire_object;

/// Keys of [`ConfigPublishRequest::addition_map`]. An empty value is as if the key were absent (Go, dubbo-go).
pub mod addition {
    pub const TAG: &str = "tag";
    pub const BETA_IPS: &str = "betaIps";
    /// With the next three: a gray release by labels, named as the forms of 2.5 name it.
    pub const GRAY_NAME: &str = "grayName";
    pub const GRAY_RULE: &str = "grayRuleExp";
    pub const GRAY_PRIORITY: &str = "grayPriority";
    pub const GRAY_VERSION: &str = "grayVersion";
    pub const SRC_USER: &str = "src_user";
    pub const APP_NAME: &str = "appName";
    pub const TYPE: &str = "type";
    pub const CONFIG_TAGS: &str = "config_tags";
    pub const DESC: &str = "desc";
    pub const USE: &str = "use";
    pub const EFFECT: &str = "effect";
    pub const SCHEMA: &str = "schema";
    pub const ENCRYPTED_DATA_KEY: &str = "encryptedDataKey";
}

payload_body! {
    ConfigQueryRequest {
        data_id: String = "dataId",
        group: String = "group",
        tenant: String = "tenant",
        /// Asks for a gray release by tag; empty for none (dubbo-go).
        #[serde(skip_serializing_if = "Option::is_none")]
        tag: Option<String> = "tag",
        /// Always false here: the truth is in the header of that name.
        notify: bool = "notify",
    }
}

payload_body! {
    /// A success always has `content`, `encryptedDataKey`, `contentType` and `md5`: the Rust SDK dies without.
    ConfigQueryResponse {
        #[serde(skip_serializing_if = "Option::is_none")]
        content: Option<String> = "content",
        #[serde(skip_serializing_if = "Option::is_none")]
        encrypted_data_key: Option<String> = "encryptedDataKey",
        /// The item's type word, not a media type.
        #[serde(skip_serializing_if = "Option::is_none")]
        content_type: Option<String> = "contentType",
        #[serde(skip_serializing_if = "Option::is_none")]
        md5: Option<String> = "md5",
        /// Milliseconds since 1970; 0 in failures.
        last_modified: i64 = "lastModified",
        beta: bool = "beta",
        /// Only for clients that asked by tag or are Java: Go and Python read a boolean here and fail on a text.
        #[serde(skip_serializing_if = "Option::is_none")]
        tag: Option<String> = "tag",
    }
}

payload_body! {
    ConfigPublishRequest {
        data_id: String = "dataId",
        group: String = "group",
        tenant: String = "tenant",
        /// None when absent or null, which is refused.
        #[serde(skip_serializing_if = "Option::is_none")]
        content: Option<String> = "content",
        /// Not blank: publish only if the stored digest is this.
        #[serde(skip_serializing_if = "Option::is_none")]
        cas_md5: Option<String> = "casMd5",
        /// See [`addition`].
        addition_map: BTreeMap<String, String> = "additionMap",
    }
}

payload_body! {
    ConfigRemoveRequest {
        data_id: String = "dataId",
        group: String = "group",
        tenant: String = "tenant",
        #[serde(skip_serializing_if = "Option::is_none")]
        tag: Option<String> = "tag",
    }
}

payload_body! {
    /// Adds keys to, or takes them from, what a connection listens to; keys it does not name stay.
    ConfigBatchListenRequest {
        listen: bool = "listen" or true,
        contexts: Vec<ConfigListenContext> = "configListenContexts",
    }
}

wire_object! {
    ConfigListenContext {
        group: String = "group",
        /// Empty when the client has nothing.
        md5: String = "md5",
        data_id: String = "dataId",
        /// As sent: an answer must echo it exactly, absence included, or Java fails.
        #[serde(skip_serializing_if = "Option::is_none")]
        tenant: Option<String> = "tenant",
    }
}

payload_body! {
    ConfigChangeBatchListenResponse {
        changed_configs: Vec<ConfigContext> = "changedConfigs",
    }
}

wire_object! {
    ConfigContext {
        group: String = "group",
        data_id: String = "dataId",
        /// What the client sent for this key.
        #[serde(skip_serializing_if = "Option::is_none")]
        tenant: Option<String> = "tenant",
    }
}

payload_body! {
    /// Tells a client that an item changed; it then asks for it.
    ConfigChangeNotifyRequest {
        data_id: String = "dataId",
        group: String = "group",
        /// What this client registered with.
        #[serde(skip_serializing_if = "Option::is_none")]
        tenant: Option<String> = "tenant",
    }
}

payload_body! {
    /// Asks a client what it holds.
    ClientConfigMetricRequest {
        metrics_keys: Vec<MetricsKey> = "metricsKeys",
    }
}

wire_object! {
    MetricsKey {
        /// `cacheData` or `snapshotData`.
        kind: String = "type",
        /// A group key, see [`crate::config::group_key`].
        key: String = "key",
    }
}

payload_body! {
    ClientConfigMetricResponse {
        metrics: BTreeMap<String, Value> = "metrics",
    }
}

empty_payload_bodies! {
    ConfigPublishResponse,
    ConfigRemoveResponse,
    ConfigChangeNotifyResponse,
}
