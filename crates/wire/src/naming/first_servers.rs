//! What servers of the first generation told of themselves and of their old Raft (`spec/http-naming-core` §8.5, §9.5,
//! §9.8; recorded: `ns1-operator-legacy` on 1.4.8). A server alone is its own leader.

use navaid_core::{ContentMd5, Instance, ServiceKey, Timestamp};
use serde::Serialize;

use crate::{console::MemberAnswer, http::time_text};

/// A member as `operator/servers` lists it: as 1.4 and 2.0 show it, with the keys of 1.0 to 1.3 beside, which C# 0.x
/// reads.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FirstServer<'a> {
    #[serde(flatten)]
    member: MemberAnswer<'a>,
    serve_port: u16,
    site: &'static str,
    weight: u32,
    ad_weight: u32,
    alive: bool,
    /// Epoch milliseconds.
    last_ref_time: u64,
    last_ref_time_str: String,
    /// `ip:port`.
    key: String,
}

impl<'a> FirstServer<'a> {
    /// A member that was alive at `seen`.
    pub fn of(member: MemberAnswer<'a>, seen: Timestamp) -> Self {
        Self {
            serve_port: member.port,
            site: "unknown",
            weight: 1,
            ad_weight: 0,
            alive: true,
            last_ref_time: seen.as_millis(),
            last_ref_time_str: time_text::iso(seen),
            key: member.address.clone(),
            member,
        }
    }
}

/// A peer of the old Raft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RaftPeer<'a> {
    /// `ip:port`.
    pub ip: &'a str,
    pub vote_for: &'a str,
    pub term: u64,
    /// How long it waits before it asks for votes.
    pub leader_due_ms: u64,
    pub heartbeat_due_ms: u64,
    pub state: &'static str,
}

impl<'a> RaftPeer<'a> {
    /// The peer of a server that is alone: it leads since it began, and nothing is due.
    pub fn alone(address: &'a str) -> Self {
        Self {
            ip: address,
            vote_for: address,
            term: 1,
            leader_due_ms: 15_000,
            heartbeat_due_ms: 5_000,
            state: "LEADER",
        }
    }
}

/// Answer to `raft/leader`: the peer is a text inside (!).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RaftLeader {
    leader: String,
}

impl RaftLeader {
    pub fn of(peer: &RaftPeer<'_>) -> Self {
        let leader = serde_json::to_string(peer).expect("a peer has texts and numbers only");
        Self { leader }
    }
}

/// Answer to `raft/state`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RaftState<'a> {
    pub services: usize,
    pub peers: Vec<RaftPeer<'a>>,
}

/// A row of `operator/cluster/states`, which 1.1 has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterStateRow<'a> {
    node_ip: &'a str,
    node_state: &'static str,
    cluster_term: u64,
    vote_for: &'a str,
    leader_due_ms: u64,
    heartbeat_due_ms: u64,
}

impl<'a> From<RaftPeer<'a>> for ClusterStateRow<'a> {
    fn from(peer: RaftPeer<'a>) -> Self {
        Self {
            node_ip: peer.ip,
            node_state: peer.state,
            cluster_term: peer.term,
            vote_for: peer.vote_for,
            leader_due_ms: peer.leader_due_ms,
            heartbeat_due_ms: peer.heartbeat_due_ms,
        }
    }
}

/// Answer to `operator/cluster/states`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterStates<'a> {
    pub cluster_state_list: Vec<ClusterStateRow<'a>>,
    /// Of all pages.
    pub count: usize,
}

/// How long the probes of a cluster take, in ms, in answers to `catalog/rt/service`; -1 for what was not measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProbeTimes<'a> {
    name: &'a str,
    #[serde(rename = "checkRTBest")]
    best: i64,
    #[serde(rename = "checkRTWorst")]
    worst: i64,
    #[serde(rename = "checkRTNormalized")]
    normalized: i64,
}

impl<'a> ProbeTimes<'a> {
    pub fn unmeasured(cluster: &'a str) -> Self {
        Self { name: cluster, best: -1, worst: -1, normalized: -1 }
    }
}

/// A digest that changes when an instance of the service comes, goes or changes its weight or health.
pub fn checksum<'i>(key: &ServiceKey, hosts: impl IntoIterator<Item = &'i Instance>) -> String {
    let mut text = key.grouped().to_owned();
    for host in hosts {
        let Instance { endpoint, cluster, weight, healthy, .. } = host;
        text.push_str(&format!(",{}:{}_{weight}_{healthy}_{cluster}", endpoint.ip, endpoint.port));
    }
    ContentMd5::of(&text).to_string()
}

#[cfg(test)]
mod tests {
    use navaid_core::{ClusterName, Endpoint, GroupName, InstanceId, Metadata, NamespaceId, ServiceName};
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_leader_is_a_text_inside_of_an_object() {
        let peer = RaftPeer::alone("10.0.0.1:8848");
        let shown = serde_json::to_value(RaftLeader::of(&peer)).unwrap();
        let leader: Value = serde_json::from_str(shown["leader"].as_str().unwrap()).unwrap();
        let expected = json!({
            "ip": "10.0.0.1:8848", "voteFor": "10.0.0.1:8848", "term": 1,
            "leaderDueMs": 15000, "heartbeatDueMs": 5000, "state": "LEADER",
        });
        assert_eq!(leader, expected);
    }

    #[test]
    fn a_server_has_the_keys_of_both_ages() {
        let server = FirstServer::of(MemberAnswer::up("10.0.0.1", 8848, "2.5.1"), Timestamp(7));
        let shown = serde_json::to_value(&server).unwrap();
        assert_eq!((&shown["state"], &shown["address"]), (&json!("UP"), &json!("10.0.0.1:8848")));
        assert_eq!((&shown["servePort"], &shown["alive"]), (&json!(8848), &json!(true)));
        assert_eq!((&shown["key"], &shown["lastRefTime"]), (&json!("10.0.0.1:8848"), &json!(7)));
    }

    #[test]
    fn the_checksum_follows_what_readers_see() {
        let name = ServiceName::parse("s").unwrap();
        let key = ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name);
        let host = Instance {
            endpoint: Endpoint { ip: "10.0.0.1".into(), port: 80 },
            cluster: ClusterName::default(),
            weight: 1.0,
            enabled: true,
            healthy: true,
            metadata: Metadata::default(),
            id: InstanceId::Simple,
        };
        let ill = Instance { healthy: false, ..host.clone() };
        let all = [checksum(&key, []), checksum(&key, [&host]), checksum(&key, [&ill])];
        assert!(all.iter().all(|sum| sum.len() == 32));
        assert!(all[0] != all[1] && all[1] != all[2]);
    }
}
