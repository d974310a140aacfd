//! What stops a call of the oldest discovery API before it is looked at: the status that an operator has set, and the
//! table of limited paths (`spec/http-naming-core` §7.1; recorded: `ns1-switches-server-status`). v2, v3 and gRPC are
//! not behind it, so that an operator can always take it back.

use http::{HeaderMap, Method, StatusCode, Uri, header::USER_AGENT};
use navaid_core::Switches;

use super::operator;
use crate::http::reply::{Reply, TEXT};

/// Agents of members, which are let through.
const PEER_AGENT: &str = "Nacos-Server";

/// The answer that stops a call; none lets it pass. `path` is the one below the context.
pub(crate) fn stop(
    switches: &Switches,
    method: &Method,
    uri: &Uri,
    path: &str,
    headers: &HeaderMap,
) -> Option<Reply> {
    if !path.starts_with("/v1/ns/") {
        return None;
    }
    if let Some(status) = limit(switches, uri) {
        return Some(Reply::new(status, TEXT, ""));
    }
    let status = operator::status(switches);
    if status.admits(method == Method::GET) || is_peer(headers) {
        return None;
    }
    // The blank is missing in the reference, too, and scripts look for the text.
    let text = format!("server is {status}now, please try again later!");
    Some(Reply::text(StatusCode::SERVICE_UNAVAILABLE, text))
}

/// The status that a limited path is answered with.
fn limit(switches: &Switches, uri: &Uri) -> Option<StatusCode> {
    let asked = uri.path_and_query().map_or(uri.path(), |asked| asked.as_str());
    let (_, status) = switches.limited_urls.iter().find(|(prefix, _)| asked.starts_with(&***prefix))?;
    StatusCode::from_u16(*status).ok()
}

fn is_peer(headers: &HeaderMap) -> bool {
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    agent.is_some_and(|agent| agent.starts_with(PEER_AGENT))
}

#[cfg(test)]
mod tests {
    use navaid_core::ServerStatus;

    use super::*;

    fn status_of(switches: &Switches, method: Method, target: &str, agent: &str) -> Option<u16> {
        let uri: Uri = format!("/nacos{target}").parse().unwrap();
        let path = target.split('?').next().unwrap();
        let headers = HeaderMap::from_iter([(USER_AGENT, agent.parse().unwrap())]);
        stop(switches, &method, &uri, path, &headers).map(|reply| reply.status.as_u16())
    }

    #[test]
    fn a_status_stops_what_it_does_not_admit_but_peers_and_newer_generations() {
        let switches = Switches { server_status: Some(ServerStatus::WriteOnly), ..Switches::default() };
        let list = "/v1/ns/instance/list";
        assert_eq!(status_of(&switches, Method::GET, list, "x"), Some(503));
        assert_eq!(status_of(&switches, Method::POST, "/v1/ns/instance", "x"), None);
        assert_eq!(status_of(&switches, Method::GET, list, "Nacos-Server:v2.0.4"), None);
        assert_eq!(status_of(&switches, Method::GET, "/v2/ns/instance/list", "x"), None);
        assert_eq!(status_of(&Switches::default(), Method::GET, list, "x"), None);
    }

    #[test]
    fn a_limited_path_is_answered_with_its_status() {
        let limited = [("/nacos/v1/ns/instance/list?serviceName=s".into(), 429)];
        let switches = Switches { limited_urls: limited.into(), ..Switches::default() };
        let status = |target| status_of(&switches, Method::GET, target, "x");
        assert_eq!(status("/v1/ns/instance/list?serviceName=s1"), Some(429));
        assert_eq!(status("/v1/ns/instance/list?serviceName=t"), None);
    }
}
