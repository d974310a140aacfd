//! State, health and members, as every generation tells them.

use http::StatusCode;
use navaid_config::CapacitySettings;
use navaid_core::ServerStatus;
use navaid_wire::console::{CapacityState, ConfigState, MemberAnswer, ServerState};

use super::{call::Call, failure::Failure, naming, params::Params};
use crate::node::Node;

/// Whether the process lives: it answers, so it does.
pub(crate) const ALIVE: &str = "ok";

/// Fails while the server is not ready to serve: the store failed, the process starts or stops, or an operator says
/// that discovery does not serve.
pub(crate) fn ready(call: &Call) -> Result<(), Failure> {
    if !call.node.store.is_healthy() {
        return Err(Failure::Unavailable(
            "the store has failed: see the log, and start the server again".to_owned(),
        ));
    }
    if !call.node.readiness.is_ready() || call.node.stopping.is_cancelled() {
        return Err(Failure::Unavailable("the server is starting or stopping".to_owned()));
    }
    if naming::operator::status(&call.node.naming.switches()) != ServerStatus::Up {
        return Err(Failure::Internal("naming not in readiness".to_owned()));
    }
    Ok(())
}

pub(crate) fn server_state(node: &Node) -> ServerState<'_> {
    let settings = node.configs.settings();
    ServerState {
        version: node.facts.version,
        startup_mode: "standalone",
        standalone_mode: "standalone",
        function_mode: None,
        server_port: node.facts.port.to_string(),
        auth_enabled: "false",
        auth_system_type: "nacos",
        auth_admin_request: "false",
        login_page_enabled: "false",
        console_ui_enabled: "true",
        datasource_platform: "embedded",
        plugin_datasource_log_enabled: "false",
        config_retention_days: (settings.history_retention.as_secs() / 86_400).to_string(),
        config: ConfigState::new(settings.max_content, capacity_state(&settings.capacity)),
    }
}

fn capacity_state(settings: &CapacitySettings) -> CapacityState {
    CapacityState {
        is_manage_capacity: settings.is_managed.to_string(),
        is_capacity_limit_check: settings.is_checked.to_string(),
        default_cluster_quota: settings.rules.cluster_quota.to_string(),
        default_group_quota: settings.rules.group_quota.to_string(),
        default_max_size: settings.rules.max_size.to_string(),
        default_max_aggr_count: settings.max_aggr_count.to_string(),
        default_max_aggr_size: settings.max_aggr_size.to_string(),
    }
}

/// Languages that the announcement of the console exists in.
const LANGUAGES: [&str; 2] = ["zh-CN", "en-US"];

/// The language in which a caller wants the announcement.
///
/// # Errors
/// The one that it asks for is none that there is.
pub(crate) fn announcement_language(params: &Params) -> Result<&str, String> {
    let language = params.text("language").unwrap_or(LANGUAGES[0]);
    LANGUAGES.contains(&language).then_some(language).ok_or_else(|| language.to_owned())
}

pub(crate) fn own_member(node: &Node) -> MemberAnswer<'_> {
    MemberAnswer::up(&node.facts.ip, node.facts.port, node.facts.version)
}

/// The members that a query for a state and an address finds; alone, this node is all of them.
pub(crate) fn members<'a>(call: &'a Call) -> Result<Vec<MemberAnswer<'a>>, Failure> {
    let own = own_member(&call.node);
    if let Some(state) = call.params.text("state") {
        let known = ["STARTING", "UP", "SUSPICIOUS", "DOWN", "ISOLATION"];
        if !known.iter().any(|name| name.eq_ignore_ascii_case(state)) {
            let text = format!("Illegal state: {state}");
            return Err(Failure::refused(
                StatusCode::BAD_REQUEST,
                navaid_wire::http::ErrorCode::ILLEGAL_STATE,
                text,
            ));
        }
        if !state.eq_ignore_ascii_case(own.state) {
            return Ok(Vec::new());
        }
    }
    let wanted = call.params.text_of(&["address", "keyword"]).unwrap_or_default();
    Ok(if own.address.starts_with(wanted) { vec![own] } else { Vec::new() })
}
