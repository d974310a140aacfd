//! What servers of 1.x and 2.0 told of themselves, and what they said to each other (`spec/http-naming-core` §9.2 to
//! §9.8; recorded: `ns1-operator-legacy` on 1.4.8). Tools of that age read it. A server alone leads itself and is
//! responsible for everything; what only another server would send is refused: there is none of that age to work with.

use http::StatusCode;
use navaid_naming::View;
use navaid_wire::{
    http::ErrorCode,
    naming::first_servers::{
        ClusterStateRow, ClusterStates, FirstServer, ProbeTimes, RaftLeader, RaftPeer, RaftState, checksum,
    },
};
use serde_json::{Value, json};

use super::{
    dialect::Dialect,
    service_params::{bound_page, service},
};
use crate::http::{call::Call, cluster, failure::Failure, reply::Reply, state};

/// The members, all of which are healthy.
pub(crate) async fn list_servers(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let own = FirstServer::of(state::own_member(&call.node), call.now().wall);
    Ok(dialect.answer(&json!({ "servers": [own] })))
}

/// The members as Distro sees them; there is nothing to do to them.
pub(crate) async fn show_distro(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let own = state::own_member(&call.node);
    Ok(match call.params.text("action").unwrap_or("view") {
        "view" => dialect.answer(&json!({ "status": [own] })),
        _ => dialect.answer(&json!({})),
    })
}

/// Which member answers for a service: this one.
pub(crate) async fn responsible_server(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let key = service(&call.params, dialect)?;
    call.node.naming.service(&key).ok_or_else(|| Failure::illegal("service not found"))?;
    Ok(dialect.answer(&json!({ "responsibleServer": address(&call) })))
}

/// A server's report of itself, which tells us nothing.
pub(crate) async fn take_status(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    call.params.get("serverStatus").ok_or_else(|| dialect.missing("serverStatus", "String"))?;
    Ok(dialect.done())
}

pub(crate) async fn own_peer(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    Ok(dialect.answer(&RaftPeer::alone(&address(&call))))
}

pub(crate) async fn raft_leader(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    Ok(dialect.answer(&RaftLeader::of(&RaftPeer::alone(&address(&call)))))
}

pub(crate) async fn raft_state(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let services = call.node.naming.namespaces().iter().map(|(_, count)| count).sum();
    let address = address(&call);
    Ok(dialect.answer(&RaftState { services, peers: vec![RaftPeer::alone(&address)] }))
}

pub(crate) async fn raft_listeners(_: Call, dialect: Dialect) -> Result<Reply, Failure> {
    Ok(dialect.answer(&json!({ "listeners": [] })))
}

/// A page of the states of all members, of those whose address contains a word.
pub(crate) async fn list_states(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let page = bound_page(&call.params, |name| dialect.missing(name, "int"))?;
    let (address, wanted) = (address(&call), call.params.text("keyword").unwrap_or_default());
    let found = address.contains(wanted).then(|| ClusterStateRow::from(RaftPeer::alone(&address)));
    let count = usize::from(found.is_some());
    let cluster_state_list = page.of(found.into_iter().collect());
    Ok(dialect.answer(&ClusterStates { cluster_state_list, count }))
}

/// What only the old Raft would do.
pub(crate) async fn refuse_raft(_: Call) -> Result<Reply, Failure> {
    Err(Failure::Internal("old raft protocol already stop".to_owned()))
}

/// What only members of 1.x tell each other.
pub(crate) async fn refuse_distro(_: Call) -> Result<Reply, Failure> {
    let message = "this server does not synchronize with servers of 1.x".to_owned();
    Err(Failure::Filtered { status: StatusCode::NOT_IMPLEMENTED, message })
}

/// Checksums of services, from a member; alone, nobody is one.
pub(crate) async fn refuse_checksums(call: Call) -> Result<Reply, Failure> {
    let body = cluster::json(&call)?;
    let from = body.get("clientIP").and_then(Value::as_str).unwrap_or_default();
    let text = format!("ip: {from} is not in serverlist");
    Err(Failure::refused(StatusCode::BAD_REQUEST, ErrorCode::PARAMETER_VALIDATE_ERROR, text))
}

/// A digest of what readers see of a service.
pub(crate) async fn service_checksum(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let key = service(&call.params, dialect)?;
    let absent = || not_found(format!("serviceName not found: {}", key.grouped()));
    call.node.naming.service(&key).ok_or_else(absent)?;
    let view = call.node.naming.view(&key, call.now());
    let sum = checksum(&key, view.hosts().iter().map(|host| &**host));
    Ok(dialect.answer(&json!({ "checksum": sum })))
}

/// How long probes take in each cluster of a service. They are not timed so here.
pub(crate) async fn probe_times(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let key = service(&call.params, dialect)?;
    let absent = || not_found("request service doesn't exist".to_owned());
    call.node.naming.service(&key).ok_or_else(absent)?;
    let view = call.node.naming.view(&key, call.now());
    let clusters: Vec<_> = clusters(&view).into_iter().map(ProbeTimes::unmeasured).collect();
    Ok(dialect.answer(&json!({ "clusters": clusters })))
}

fn clusters(view: &View) -> Vec<&str> {
    let mut clusters: Vec<_> = view.hosts().iter().map(|host| host.cluster.as_str()).collect();
    clusters.sort_unstable();
    clusters.dedup();
    clusters
}

fn not_found(text: String) -> Failure {
    Failure::refused(StatusCode::NOT_FOUND, ErrorCode::SERVICE_NOT_EXIST, text)
}

/// `ip:port` of this server.
fn address(call: &Call) -> String {
    state::own_member(&call.node).address
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        http::naming::{dialect::V1, instance::register},
        testbed::Testbed,
    };

    async fn bed() -> Testbed {
        let bed = Testbed::start();
        register(bed.call("serviceName=s&ip=10.0.0.1&port=80&clusterName=C", &[]), V1).await.unwrap();
        bed
    }

    fn body(reply: &Reply) -> Value {
        serde_json::from_slice(&reply.body).unwrap()
    }

    #[tokio::test]
    async fn a_server_alone_leads_itself_and_answers_for_every_known_service() {
        let bed = bed().await;
        let state = body(&raft_state(bed.call("", &[]), V1).await.unwrap());
        assert_eq!((&state["services"], &state["peers"][0]["state"]), (&json!(1), &json!("LEADER")));
        let leader = body(&raft_leader(bed.call("", &[]), V1).await.unwrap());
        assert!(leader["leader"].as_str().unwrap().contains(r#""ip":"10.0.0.1:8848""#));
        let responsible = body(&responsible_server(bed.call("serviceName=s", &[]), V1).await.unwrap());
        assert_eq!(responsible, json!({"responsibleServer": "10.0.0.1:8848"}));
        assert!(responsible_server(bed.call("serviceName=t", &[]), V1).await.is_err());
    }

    #[tokio::test]
    async fn states_are_paged_and_found_by_a_part_of_the_address() {
        let bed = bed().await;
        let states = async |query: &str| body(&list_states(bed.call(query, &[]), V1).await.unwrap());
        let all = states("pageNo=1&pageSize=10&keyword=0.0.1").await;
        assert_eq!(
            (&all["count"], &all["clusterStateList"][0]["nodeIp"]),
            (&json!(1), &json!("10.0.0.1:8848"))
        );
        let empty = json!({"clusterStateList": [], "count": 0});
        assert_eq!(states("pageNo=1&pageSize=10&keyword=9.9.9").await, empty);
        assert!(list_states(bed.call("pageNo=1", &[]), V1).await.is_err());
    }

    #[tokio::test]
    async fn what_1x_asks_of_a_service_is_answered_for_known_ones() {
        let bed = bed().await;
        let times = body(&probe_times(bed.call("serviceName=s", &[]), V1).await.unwrap());
        assert_eq!(
            (&times["clusters"][0]["name"], &times["clusters"][0]["checkRTBest"]),
            (&json!("C"), &json!(-1))
        );
        let sum = body(&service_checksum(bed.call("serviceName=s", &[]), V1).await.unwrap());
        assert_eq!(sum["checksum"].as_str().unwrap().len(), 32);
        assert!(service_checksum(bed.call("serviceName=t", &[]), V1).await.is_err());
    }

    #[tokio::test]
    async fn what_members_send_each_other_is_refused() {
        let bed = bed().await;
        let mut report = bed.call("", &[]);
        report.body = br#"{"clientIP":"10.0.0.2","statuses":""}"#.as_slice().into();
        assert!(refuse_checksums(report).await.unwrap_err().text().contains("10.0.0.2 is not in serverlist"));
        assert!(matches!(refuse_raft(bed.call("", &[])).await, Err(Failure::Internal(_))));
        assert!(matches!(refuse_distro(bed.call("", &[])).await, Err(Failure::Filtered { .. })));
    }
}
