//! What stops a call of the oldest discovery API before it is looked at: the status that an operator has set, and the
//! table of limited paths (`spec/http-naming-core` §7.1; recorded: `ns1-switches-server-status`). v2, v3 and gRPC are
//! not behind it, so that an operator can always take it back.

use http::{HeaderMap, Method, StatusCode, Uri, header::USER_AGENT};

use super::operator;
use crate::{
    http::reply::{Reply, TEXT},
    node::Node,
};

/// Agents of members, which are let through.
const PEER_AGENT: &str = "Nacos-Server";

/// The answer that stops a call; none lets it pass. `path` is the one below the context.
pub(crate) fn stop(
    node: &Node,
    method: &Method,
    uri: &Uri,
    path: &str,
    headers: &HeaderMap,
) -> Option<Reply> {
    if !path.starts_with("/v1/ns/") {
        return None;
    }
    let limited = &node.naming.switches().limited_urls;
    if !limited.is_empty() {
        let asked = uri.path_and_query().map_or(uri.path(), |asked| asked.as_str());
        let limit = limited.iter().find(|(prefix, _)| asked.starts_with(&***prefix));
        if let Some(status) = limit.and_then(|(_, status)| StatusCode::from_u16(*status).ok()) {
            return Some(Reply::new(status, TEXT, ""));
        }
    }
    let status = operator::status(node);
    let is_peer = || {
        let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        agent.is_some_and(|agent| agent.starts_with(PEER_AGENT))
    };
    if status.admits(method == Method::GET) || is_peer() {
        return None;
    }
    // The blank is missing in the reference, too, and scripts look for the text.
    let text = format!("server is {status}now, please try again later!");
    Some(Reply::text(StatusCode::SERVICE_UNAVAILABLE, text))
}
