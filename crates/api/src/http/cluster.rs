//! What operators tell a cluster to do (`spec/http-naming-core` §12). A server alone has no members to look up and no
//! Raft to command: it says what is wrong with the call as the reference does, and else that it is alone.

use std::fmt;

use http::StatusCode;
use navaid_wire::{console::IdState, http::ErrorCode};
use serde_json::Value;

use super::{
    call::Call,
    failure::{Failure, Missing},
};
use crate::node::Node;

/// Groups that the reference has; scripts name them.
const RAFT_GROUPS: [&str; 5] = [
    "naming_persistent_service",
    "naming_persistent_service_v2",
    "naming_instance_metadata",
    "naming_service_metadata",
    "nacos_config",
];
/// `restRaftCluster` is the reference's own spelling.
const RAFT_COMMANDS: [&str; 8] = [
    "transferLeader",
    "restRaftCluster",
    "resetRaftCluster",
    "doSnapshot",
    "removePeer",
    "removePeers",
    "changePeers",
    "resetPeers",
];

/// Why a command to Raft is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RaftRefusal {
    UnknownGroup(String),
    UnknownCommand(String),
    /// There is no Raft.
    Alone,
}

impl fmt::Display for RaftRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownGroup(group) => write!(f, "not this raft group : {group}"),
            Self::UnknownCommand(command) => write!(f, "Not support command : {command}"),
            Self::Alone => f.write_str("this server runs alone: there is no raft to command"),
        }
    }
}

/// Why the command of a call, `{"groupId", "command", "value"}`, is not carried out; without a group it is for all.
pub(crate) fn raft_refusal(call: &Call) -> Result<RaftRefusal, Failure> {
    Ok(refuse_raft(&json(call)?))
}

fn refuse_raft(command: &Value) -> RaftRefusal {
    let text = |name| command.get(name).and_then(Value::as_str).unwrap_or_default();
    let (group, command) = (text("groupId"), text("command"));
    if !group.is_empty() && !RAFT_GROUPS.contains(&group) {
        RaftRefusal::UnknownGroup(group.to_owned())
    } else if RAFT_COMMANDS.contains(&command) {
        RaftRefusal::Alone
    } else {
        RaftRefusal::UnknownCommand(command.to_owned())
    }
}

/// The level that a call sets, `{"logName", "logLevel"}`.
pub(crate) fn log_level(call: &Call) -> Result<(String, String), Failure> {
    let body = json(call)?;
    let text = |name: &'static str| {
        let missing = Failure::Missing { name, missing: Missing::Plain };
        body.get(name).and_then(Value::as_str).map(str::to_owned).ok_or(missing)
    };
    Ok((text("logName")?, text("logLevel")?))
}

/// Why members are not looked up in that way: it does not exist, or there is nobody to look up.
pub(crate) fn look_up(kind: &str) -> Failure {
    if ["file", "address-server"].contains(&kind) {
        alone("looks up no members")
    } else {
        Failure::illegal(format!(
            "The addressing mode exists : {kind}, just support : [[file, address-server]]"
        ))
    }
}

/// Why a list of members is not taken; it may not be empty either.
pub(crate) fn refuse_members(call: &Call) -> Failure {
    match json(call) {
        Ok(members) if members.as_array().is_none_or(Vec::is_empty) => {
            Failure::Missing { name: "nodes", missing: Missing::Plain }
        }
        Ok(_) => alone("takes no members"),
        Err(unreadable) => unreadable,
    }
}

/// Why the report of a member is not taken; none if it is no report of a member.
pub(crate) fn refuse_report(body: &[u8]) -> Option<Failure> {
    let member: Value = serde_json::from_slice(body).ok()?;
    let is_named = |key| member.get(key).and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty());
    let has_port =
        member.get("port").and_then(Value::as_u64).is_some_and(|port| (1..=65_535).contains(&port));
    (is_named("ip") && has_port).then(|| alone("takes no reports of members"))
}

pub(crate) fn alone(what: &str) -> Failure {
    let text = format!("this server runs alone: it {what}");
    Failure::refused(StatusCode::NOT_IMPLEMENTED, ErrorCode::API_FUNCTION_DISABLED, text)
}

/// The generators of numbers that have given out any.
pub(crate) fn ids(node: &Node) -> Option<IdState> {
    let (current_id, worker_id) = node.naming.latest_instance_number()?;
    Some(IdState { current_id, worker_id })
}

/// The JSON body of a call.
pub(crate) fn json(call: &Call) -> Result<Value, Failure> {
    serde_json::from_slice(&call.body)
        .map_err(|error| Failure::illegal(format!("cannot read the JSON body: {error}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Recorded: `core-v1-cluster-ops` on 2.5.1.
    #[test]
    fn raft_commands_are_refused_by_what_is_wrong_with_them() {
        let refused = |group: &str, command: &str| {
            refuse_raft(&json!({"groupId": group, "command": command, "value": "10.0.0.1:7848"})).to_string()
        };
        assert_eq!(refused("g", "doSnapshot"), "not this raft group : g");
        assert_eq!(refused("naming_service_metadata", "fly"), "Not support command : fly");
        assert!(refused("", "doSnapshot").contains("runs alone"));
        assert_eq!(refuse_raft(&json!([])).to_string(), "Not support command : ");
    }

    #[test]
    fn a_report_is_illegal_or_of_a_member_that_is_not_ours() {
        for illegal in ["", "{}", r#"{"ip":"","port":8848}"#, r#"{"ip":"10.0.0.2","port":0}"#] {
            assert_eq!(refuse_report(illegal.as_bytes()), None, "{illegal}");
        }
        let refusal = refuse_report(br#"{"ip":"10.0.0.2","port":8848}"#).unwrap();
        assert!(refusal.text().contains("runs alone"));
    }

    #[test]
    fn looking_up_is_refused_because_of_its_way_or_because_there_is_nobody() {
        assert!(matches!(look_up("dns"), Failure::Illegal(text) if text.contains("exists : dns,")));
        assert!(matches!(look_up("file"), Failure::Refused { .. }));
    }
}
