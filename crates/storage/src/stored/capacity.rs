//! Stored forms of capacity: what is set for an owner, and what a publish goes by. All since the sample `v3`.

use std::num::NonZeroU32;

use navaid_core::{
    GroupName,
    capacity::{CapacityChange, CapacityLimits, CapacityOwner, CapacityRules as Rules},
    command,
};
use prost::Message;

use super::{
    error::{StoredError, required},
    naming::namespace_id,
};

/// Kind and name of an owner, as they are the key of its row: 1 cluster (no name), 2 namespace, 3 group of the default
/// namespace.
pub(crate) fn owner_parts(owner: &CapacityOwner) -> (u32, &str) {
    match owner {
        CapacityOwner::Cluster => (1, ""),
        CapacityOwner::Namespace(id) => (2, id.as_str()),
        CapacityOwner::Group(name) => (3, name.as_str()),
    }
}

/// # Errors
/// An unknown kind, or a name that the rules refuse.
pub(crate) fn owner_of_parts((kind, name): (u32, &str)) -> Result<CapacityOwner, StoredError> {
    Ok(match kind {
        1 => CapacityOwner::Cluster,
        2 => CapacityOwner::Namespace(namespace_id(name)?),
        3 => CapacityOwner::Group(GroupName::parse(name)?),
        found => return Err(StoredError::Value { field: "capacity owner", found: found.into() }),
    })
}

/// What is set for an owner; its key is the table's. 0 where nothing is set.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct CapacityValue {
    #[prost(uint32, tag = "1")]
    quota: u32,
    #[prost(uint32, tag = "2")]
    max_size: u32,
    #[prost(uint32, tag = "3")]
    max_aggr_count: u32,
    #[prost(uint32, tag = "4")]
    max_aggr_size: u32,
}

impl From<&CapacityLimits> for CapacityValue {
    fn from(limits: &CapacityLimits) -> Self {
        let stored = |limit: Option<NonZeroU32>| limit.map_or(0, NonZeroU32::get);
        Self {
            quota: stored(limits.quota),
            max_size: stored(limits.max_size),
            max_aggr_count: stored(limits.max_aggr_count),
            max_aggr_size: stored(limits.max_aggr_size),
        }
    }
}

impl From<CapacityValue> for CapacityLimits {
    fn from(stored: CapacityValue) -> Self {
        Self {
            quota: NonZeroU32::new(stored.quota),
            max_size: NonZeroU32::new(stored.max_size),
            max_aggr_count: NonZeroU32::new(stored.max_aggr_count),
            max_aggr_size: NonZeroU32::new(stored.max_aggr_size),
        }
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CapacityRules {
    #[prost(uint32, tag = "1")]
    cluster_quota: u32,
    #[prost(uint32, tag = "2")]
    namespace_quota: u32,
    #[prost(uint32, tag = "3")]
    group_quota: u32,
    #[prost(uint32, tag = "4")]
    max_size: u32,
    #[prost(uint32, tag = "5")]
    expansion_percent: u32,
}

impl From<&Rules> for CapacityRules {
    fn from(rules: &Rules) -> Self {
        Self {
            cluster_quota: rules.cluster_quota,
            namespace_quota: rules.namespace_quota,
            group_quota: rules.group_quota,
            max_size: rules.max_size,
            expansion_percent: rules.expansion_percent,
        }
    }
}

impl From<CapacityRules> for Rules {
    fn from(stored: CapacityRules) -> Self {
        Self {
            cluster_quota: stored.cluster_quota,
            namespace_quota: stored.namespace_quota,
            group_quota: stored.group_quota,
            max_size: stored.max_size,
            expansion_percent: stored.expansion_percent,
        }
    }
}

/// Absent limits are not said; 0 takes one back.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SetCapacity {
    #[prost(uint32, tag = "1")]
    kind: u32,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(uint32, optional, tag = "3")]
    quota: Option<u32>,
    #[prost(uint32, optional, tag = "4")]
    max_size: Option<u32>,
    #[prost(uint32, optional, tag = "5")]
    max_aggr_count: Option<u32>,
    #[prost(uint32, optional, tag = "6")]
    max_aggr_size: Option<u32>,
    #[prost(message, optional, tag = "7")]
    rules: Option<CapacityRules>,
}

impl From<&command::SetCapacity> for SetCapacity {
    fn from(set: &command::SetCapacity) -> Self {
        let (kind, name) = owner_parts(&set.owner);
        let CapacityChange { quota, max_size, max_aggr_count, max_aggr_size } = set.change;
        let (name, rules) = (name.into(), Some((&set.rules).into()));
        Self { kind, name, quota, max_size, max_aggr_count, max_aggr_size, rules }
    }
}

impl TryFrom<SetCapacity> for command::SetCapacity {
    type Error = StoredError;

    fn try_from(stored: SetCapacity) -> Result<Self, StoredError> {
        let SetCapacity { kind, name, quota, max_size, max_aggr_count, max_aggr_size, rules } = stored;
        Ok(Self {
            owner: owner_of_parts((kind, &name))?,
            change: CapacityChange { quota, max_size, max_aggr_count, max_aggr_size },
            rules: required("capacity rules", rules)?.into(),
        })
    }
}
