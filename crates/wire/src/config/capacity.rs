//! Capacity limits as the generations show them (recorded: `cs1-capacity` on 2.5.1, `cs3-admin-capacity` on 3.1).

use navaid_core::capacity::{self, OverCapacity};
use serde::Serialize;

use crate::http::ErrorCode;

/// What a limit is for, and under which key that is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum CapacityOwner {
    /// v1: a group.
    #[serde(rename = "group")]
    GroupV1(String),
    /// v1: a namespace.
    #[serde(rename = "tenant")]
    TenantV1(String),
    /// v3: a group.
    #[serde(rename = "groupName")]
    GroupV3(String),
    /// v3: a namespace.
    #[serde(rename = "namespaceId")]
    NamespaceV3(String),
}

impl CapacityOwner {
    /// An owner as v1 shows it: the cluster is the group without a name.
    pub fn v1(owner: &capacity::CapacityOwner) -> Self {
        match owner {
            capacity::CapacityOwner::Cluster => Self::GroupV1(String::new()),
            capacity::CapacityOwner::Group(name) => Self::GroupV1(name.to_string()),
            capacity::CapacityOwner::Namespace(id) => Self::TenantV1(id.to_string()),
        }
    }

    /// An owner as v3 shows it.
    pub fn v3(owner: &capacity::CapacityOwner) -> Self {
        match owner {
            capacity::CapacityOwner::Cluster => Self::GroupV3(String::new()),
            capacity::CapacityOwner::Group(name) => Self::GroupV3(name.to_string()),
            capacity::CapacityOwner::Namespace(id) => Self::NamespaceV3(id.to_string()),
        }
    }
}

/// What v1 says when the limits of an owner were changed.
pub fn changed_v1(owner: &CapacityOwner) -> String {
    let (kind, name) = match owner {
        CapacityOwner::GroupV1(name) | CapacityOwner::GroupV3(name) => ("group", name),
        CapacityOwner::TenantV1(id) | CapacityOwner::NamespaceV3(id) => ("tenant", id),
    };
    format!("successfully updated the capacity information configuration of {kind} to {name}")
}

/// The code of a refusal. The reference makes it the HTTP status too, which no status can be: we answer a regular
/// status with the code in the body (`spec/config-semantics` §11).
pub fn code_of(over: &OverCapacity) -> ErrorCode {
    match over {
        OverCapacity::Size { .. } => ErrorCode::CONTENT_SIZE,
        OverCapacity::Quota { owner: capacity::CapacityOwner::Cluster, .. } => ErrorCode::CLUSTER_QUOTA,
        OverCapacity::Quota { owner: capacity::CapacityOwner::Group(_), .. } => ErrorCode::GROUP_QUOTA,
        OverCapacity::Quota { owner: capacity::CapacityOwner::Namespace(_), .. } => ErrorCode::TENANT_QUOTA,
    }
}

/// A limit and its use. Times are null always: the reference does not read them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CapacityRow {
    /// Row id as decimal text.
    pub id: String,
    /// Most items.
    pub quota: u64,
    /// Items there are.
    pub usage: u64,
    /// Most bytes of one content.
    pub max_size: u64,
    pub max_aggr_count: u64,
    pub max_aggr_size: u64,
    pub gmt_create: Option<u64>,
    pub gmt_modified: Option<u64>,
    #[serde(flatten)]
    pub owner: CapacityOwner,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_shown_as_recorded() {
        let row = CapacityRow {
            id: "1".into(),
            quota: 200,
            usage: 0,
            max_size: 102_400,
            max_aggr_count: 10_000,
            max_aggr_size: 1024,
            gmt_create: None,
            gmt_modified: None,
            owner: CapacityOwner::GroupV1("g".into()),
        };
        assert_eq!(
            serde_json::to_string(&row).unwrap(),
            r#"{"id":"1","quota":200,"usage":0,"maxSize":102400,"maxAggrCount":10000,"maxAggrSize":1024,"#
                .to_owned()
                + r#""gmtCreate":null,"gmtModified":null,"group":"g"}"#
        );
    }
}
