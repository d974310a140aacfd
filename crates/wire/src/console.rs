//! What the server tells about itself: namespaces, state, members, login (`spec/http-naming-core` §12, §13;
//! `spec/http-config-auth` §3.1, §7.6, §7.7).

use serde::Serialize;

/// Quota that every namespace shows, whatever is set for it: what counts is in its capacity
/// ([`CapacityRow`](crate::config::capacity::CapacityRow)).
const NAMESPACE_QUOTA: u32 = 200;

/// What kind of namespace answers say one is; 2.x and 3.x number the created ones differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamespaceKind {
    Default,
    Created1x2x,
    Created3x,
}

impl NamespaceKind {
    fn number(self) -> u8 {
        match self {
            Self::Default => 0,
            Self::Created3x => 1,
            Self::Created1x2x => 2,
        }
    }
}

/// A namespace in lists and details (recorded: `nsp-*`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NamespaceAnswer<'a> {
    /// Empty for the default namespace up to 2.x, `public` from 3.0 on.
    pub namespace: &'a str,
    pub namespace_show_name: &'a str,
    pub namespace_desc: &'a str,
    quota: u32,
    pub config_count: usize,
    #[serde(rename = "type")]
    kind: u8,
}

impl<'a> NamespaceAnswer<'a> {
    pub fn new(id: &'a str, name: &'a str, desc: &'a str, config_count: usize, kind: NamespaceKind) -> Self {
        Self {
            namespace: id,
            namespace_show_name: name,
            namespace_desc: desc,
            quota: NAMESPACE_QUOTA,
            config_count,
            kind: kind.number(),
        }
    }
}

/// State of the server as the console reads it: every value is a text (recorded: `core-v1-state-health`,
/// `core-v3-state-cluster`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServerState<'a> {
    pub version: &'a str,
    pub startup_mode: &'a str,
    /// The same under the name that 1.x and 2.0 have for it.
    pub standalone_mode: &'a str,
    /// Null: all functions are on.
    pub function_mode: Option<&'a str>,
    pub server_port: String,
    pub auth_enabled: &'a str,
    pub auth_system_type: &'a str,
    pub auth_admin_request: &'a str,
    pub login_page_enabled: &'a str,
    pub console_ui_enabled: &'a str,
    pub datasource_platform: &'a str,
    pub plugin_datasource_log_enabled: &'a str,
    pub config_retention_days: String,
    #[serde(flatten)]
    pub config: ConfigState,
}

/// The configuration module's part of [`ServerState`]. Those that Navaid does not use show Nacos's defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigState {
    pub max_content: String,
    notify_connect_timeout: &'static str,
    notify_socket_timeout: &'static str,
    is_health_check: &'static str,
    max_health_check_fail_count: &'static str,
    #[serde(flatten)]
    pub capacity: CapacityState,
}

/// The limits of capacity in [`ConfigState`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CapacityState {
    pub is_manage_capacity: String,
    pub is_capacity_limit_check: String,
    pub default_cluster_quota: String,
    pub default_group_quota: String,
    pub default_max_size: String,
    pub default_max_aggr_count: String,
    pub default_max_aggr_size: String,
}

impl ConfigState {
    /// `max_content`: bytes that a content may have.
    pub fn new(max_content: usize, capacity: CapacityState) -> Self {
        Self {
            max_content: max_content.to_string(),
            notify_connect_timeout: "100",
            notify_socket_timeout: "200",
            is_health_check: "true",
            max_health_check_fail_count: "12",
            capacity,
        }
    }
}

/// A member of the cluster (recorded: `core-v2-cluster-ops`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberAnswer<'a> {
    pub ip: &'a str,
    pub port: u16,
    pub state: &'a str,
    pub extend_info: MemberExtend<'a>,
    /// `ip:port`.
    pub address: String,
    pub fail_access_cnt: u32,
    pub abilities: MemberAbilities,
    grpc_report_enabled: bool,
}

impl<'a> MemberAnswer<'a> {
    /// A member that is up.
    pub fn up(ip: &'a str, port: u16, version: &'a str) -> Self {
        Self {
            ip,
            port,
            state: "UP",
            extend_info: MemberExtend {
                ready_to_upgrade: true,
                support_gray_model: true,
                raft_port: (port.saturating_sub(1000)).to_string(),
                version,
            },
            address: format!("{ip}:{port}"),
            fail_access_cnt: 0,
            abilities: MemberAbilities::default(),
            grpc_report_enabled: true,
        }
    }
}

/// What a member tells about itself in free form; Nacos 2.0 members look at `readyToUpgrade` and `version`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberExtend<'a> {
    pub ready_to_upgrade: bool,
    pub support_gray_model: bool,
    pub raft_port: String,
    pub version: &'a str,
}

/// What every member of ours can do, in the words of 2.x.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberAbilities {
    remote_ability: RemoteAbility,
    config_ability: ConfigAbility,
    naming_ability: NamingAbility,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct RemoteAbility {
    support_remote_connection: bool,
    grpc_report_enabled: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfigAbility {
    support_remote_metrics: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct NamingAbility {
    support_jraft: bool,
}

impl Default for MemberAbilities {
    fn default() -> Self {
        Self {
            remote_ability: RemoteAbility { support_remote_connection: true, grpc_report_enabled: true },
            config_ability: ConfigAbility { support_remote_metrics: false },
            naming_ability: NamingAbility { support_jraft: true },
        }
    }
}

/// A generator of numbers (recorded: `core-v2-cluster-ops`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdState {
    /// The latest number that it has given out.
    pub current_id: u64,
    pub worker_id: u16,
}

/// Generators by what their numbers are for, as v1 shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct IdsV1 {
    /// Absent before the first number.
    #[serde(rename = "instance-id", skip_serializing_if = "Option::is_none")]
    pub instance: Option<IdState>,
}

/// A generator and what its numbers are for, as v2 and v3 list it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct IdRow {
    resource: &'static str,
    info: IdState,
}

impl IdRow {
    pub fn of_instances(info: IdState) -> Self {
        Self { resource: "instance-id", info }
    }
}

/// Answer to a login (recorded: `auth-login-v1`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginAnswer<'a> {
    pub access_token: &'a str,
    /// Seconds.
    pub token_ttl: u64,
    pub global_admin: bool,
    pub username: &'a str,
}
