//! Connection life cycle (`spec/grpc` §5, §6).

use std::collections::BTreeMap;

use super::{empty_payload_bodies, payload_body};

/// Keys of ability tables (`spec/grpc` §6.1).
pub mod ability {
    /// The server takes persistent instances over gRPC.
    pub const PERSISTENT_INSTANCE: &str = "supportPersistentInstanceByGrpc";
    pub const FUZZY_WATCH: &str = "fuzzyWatch";
    pub const LOCK: &str = "lock";
    pub const MCP: &str = "mcp";
    pub const AGENT: &str = "agent";
}

/// Keys of setup labels (`spec/grpc` §5.3).
pub mod label {
    /// `sdk` or `cluster`.
    pub const SOURCE: &str = "source";
    /// What the connection is for: `naming`, `config`, `lock`, `ai`.
    pub const MODULE: &str = "module";
    pub const APP_NAME: &str = "AppName";
    /// Which shard of a configuration client: `0`, `1`, ….
    pub const TASK_ID: &str = "taskId";
    pub const VIPSERVER_TAG: &str = "Vipserver-Tag";
    /// Labels of the application carry this prefix.
    pub const APP_PREFIX: &str = "app_";
}

payload_body! {
    /// Tells a client its connection id, and whether to wait for a setup acknowledgement.
    ServerCheckResponse {
        connection_id: String = "connectionId",
        /// Present since 2.3: without it Java ignores the bits of a [`SetupAckRequest`].
        support_ability_negotiation: bool = "supportAbilityNegotiation",
    }
}

payload_body! {
    /// First message on a stream. Old-style `abilities` and `clientAbilities` are not read.
    ConnectionSetupRequest {
        /// Such as `Nacos-Java-Client:v2.5.1`; may have a suffix after `-`.
        client_version: String = "clientVersion",
        /// Default namespace of the client; None when absent, which the next field's rule does not depend on.
        #[serde(skip_serializing_if = "Option::is_none")]
        tenant: Option<String> = "tenant",
        labels: BTreeMap<String, String> = "labels",
        /// Only a client that sends this (2.3 and later) gets, and waits for, a [`SetupAckRequest`]: one that does
        /// not may break on it (C#).
        #[serde(skip_serializing_if = "Option::is_none")]
        ability_table: Option<BTreeMap<String, bool>> = "abilityTable",
    }
}

payload_body! {
    /// What the server can do; pushed without request id, never acknowledged.
    SetupAckRequest {
        ability_table: BTreeMap<String, bool> = "abilityTable",
    }
}

payload_body! {
    /// Asks a client to move; with neither field it takes its next server.
    ConnectResetRequest {
        /// Java matches it against its own list by ip alone.
        #[serde(skip_serializing_if = "Option::is_none")]
        server_ip: Option<String> = "serverIp",
        /// Main (HTTP) port of that server, as text.
        #[serde(skip_serializing_if = "Option::is_none")]
        server_port: Option<String> = "serverPort",
        #[serde(skip_serializing_if = "Option::is_none")]
        connection_id: Option<String> = "connectionId",
    }
}

empty_payload_bodies! {
    /// Asks whether a server is up; answered before everything else, its body unread.
    ServerCheckRequest,
    /// Keeps a connection alive; answered 301 on an unknown one.
    HealthCheckRequest,
    HealthCheckResponse,
    /// Asks a silent client whether it is there.
    ClientDetectionRequest,
    ClientDetectionResponse,
    ConnectResetResponse,
    /// Known, but sent by no client.
    SetupAckResponse,
    /// An error outside of every handler; clients take it for a failed transport and try again.
    ErrorResponse,
}
