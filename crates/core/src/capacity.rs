//! How many configuration items there may be, and how large they may be (`spec/config-semantics` §11).
//!
//! An item counts for the cluster, for its namespace, and in the default namespace for its group too. What an operator
//! sets for one of these owners is kept ([`CapacityLimits`]); what is not set goes by the settings of the member that
//! proposes a change, which travel with it ([`CapacityRules`]). Counting is the configuration engine's.

use std::{fmt, num::NonZeroU32};

use crate::{
    config_item::{ConfigKey, ContentMd5},
    name::{GroupName, NamespaceId},
};

/// Whose items are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CapacityOwner {
    /// All members together.
    Cluster,
    Namespace(NamespaceId),
    /// A group of the default namespace; groups of other namespaces have no limits of their own.
    Group(GroupName),
}

impl CapacityOwner {
    /// Everything that an item counts for, widest first.
    pub fn of_item(key: &ConfigKey) -> Vec<Self> {
        let namespace = NamespaceId::parse(key.namespace()).expect("the parts of a key are names");
        let group = namespace
            .is_default()
            .then(|| Self::Group(GroupName::parse(key.group()).expect("the parts of a key are names")));
        [Self::Cluster, Self::Namespace(namespace)].into_iter().chain(group).collect()
    }

    /// The number under which answers show the owner's row. It comes from the owner alone, so that it is the same
    /// before and after something is set, on every member; two owners share one by chance of 2⁻⁶³.
    pub fn row_id(&self) -> u64 {
        let digest = ContentMd5::of(&self.to_string()).0;
        let first = digest[..8].try_into().expect("a digest has 16 bytes");
        // Clients read a signed number.
        u64::from_be_bytes(first) >> 1
    }
}

/// `namespace dev`; row ids come from this text.
impl fmt::Display for CapacityOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster => f.write_str("cluster"),
            Self::Namespace(id) => write!(f, "namespace {id}"),
            Self::Group(name) => write!(f, "group {name}"),
        }
    }
}

/// What is set for one owner; what is not goes by the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CapacityLimits {
    /// Most items.
    pub quota: Option<NonZeroU32>,
    /// Most bytes of one content. Of several owners of an item the narrowest counts that has it set.
    pub max_size: Option<NonZeroU32>,
    /// Most parts of an aggregate; kept and shown, nothing goes by it.
    pub max_aggr_count: Option<NonZeroU32>,
    /// Most bytes of a part of an aggregate; kept and shown, nothing goes by it.
    pub max_aggr_size: Option<NonZeroU32>,
}

impl CapacityLimits {
    /// These limits after a change.
    pub fn changed(self, change: &CapacityChange) -> Self {
        let changed = |old, new: Option<u32>| new.map_or(old, NonZeroU32::new);
        Self {
            quota: changed(self.quota, change.quota),
            max_size: changed(self.max_size, change.max_size),
            max_aggr_count: changed(self.max_aggr_count, change.max_aggr_count),
            max_aggr_size: changed(self.max_aggr_size, change.max_aggr_size),
        }
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What an operator changes: what is not said stays, 0 makes it go by the settings again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CapacityChange {
    pub quota: Option<u32>,
    pub max_size: Option<u32>,
    pub max_aggr_count: Option<u32>,
    pub max_aggr_size: Option<u32>,
}

/// What counts where nothing is set: the settings of the proposing member, so that members which are set differently
/// still agree about what came of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapacityRules {
    /// Most items of the cluster (`defaultClusterQuota`), and of the default namespace, whose groups have quotas.
    pub cluster_quota: u32,
    /// Most items of another namespace (`defaultTenantQuota`).
    pub namespace_quota: u32,
    /// Most items of a group of the default namespace (`defaultGroupQuota`).
    pub group_quota: u32,
    /// Most bytes of one content (`defaultMaxSize`).
    pub max_size: u32,
    /// Room for an owner that is full when it is counted first: so many hundredths of its default on top of what it
    /// has (`initialExpansionPercent`).
    pub expansion_percent: u32,
}

impl CapacityRules {
    /// Most items of an owner for which no quota is set.
    pub fn default_quota(&self, owner: &CapacityOwner) -> u32 {
        match owner {
            CapacityOwner::Cluster => self.cluster_quota,
            CapacityOwner::Namespace(id) if id.is_default() => self.cluster_quota,
            CapacityOwner::Namespace(_) => self.namespace_quota,
            CapacityOwner::Group(_) => self.group_quota,
        }
    }

    /// What an owner of `usage` items has set when it is counted first: nothing, unless it is full already. Limits that
    /// are switched on over contents must not stop them from growing at once.
    pub fn first_limits(&self, owner: &CapacityOwner, usage: usize) -> CapacityLimits {
        let (usage, default) = (usage as u64, u64::from(self.default_quota(owner)));
        if usage < default || self.expansion_percent == 0 {
            return CapacityLimits::default();
        }
        let room = usage.saturating_add(default * u64::from(self.expansion_percent) / 100);
        let quota = NonZeroU32::new(u32::try_from(room).unwrap_or(u32::MAX));
        CapacityLimits { quota, ..CapacityLimits::default() }
    }

    /// Most items of an owner with these limits.
    pub fn quota(&self, owner: &CapacityOwner, limits: &CapacityLimits) -> u32 {
        limits.quota.map_or_else(|| self.default_quota(owner), NonZeroU32::get)
    }
}

/// Why a publish was not applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OverCapacity {
    /// One of those that the new item would count for has as many items as it may have.
    #[error("cannot add an item: the quota of {owner} is {quota} items, and it has as many")]
    Quota { owner: CapacityOwner, quota: u32 },
    /// The content has more bytes than it may have.
    #[error("cannot publish: the content has {size} bytes, and at most {max} are allowed here")]
    Size { size: usize, max: u32 },
}

/// The defaults of Nacos.
impl Default for CapacityRules {
    fn default() -> Self {
        Self {
            cluster_quota: 100_000,
            namespace_quota: 200,
            group_quota: 200,
            max_size: 100 * 1024,
            expansion_percent: 100,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::DataId;

    fn namespace(id: &str) -> CapacityOwner {
        CapacityOwner::Namespace(NamespaceId::parse(id).unwrap())
    }

    fn group(name: &str) -> CapacityOwner {
        CapacityOwner::Group(GroupName::parse(name).unwrap())
    }

    #[test]
    fn an_item_counts_for_its_group_in_the_default_namespace_only() {
        let owners = |id: &str| {
            let (group, data_id) = (GroupName::parse("g").unwrap(), DataId::parse("a").unwrap());
            CapacityOwner::of_item(&ConfigKey::new(&NamespaceId::parse(id).unwrap(), &group, &data_id))
        };
        assert_eq!(owners("dev"), [CapacityOwner::Cluster, namespace("dev")]);
        assert_eq!(owners(""), [CapacityOwner::Cluster, namespace("public"), group("g")]);
    }

    /// Row ids are shown to clients: this release must show what the one before showed.
    #[test]
    fn row_ids_stay_and_differ() {
        let ids = [CapacityOwner::Cluster, namespace("a"), group("a")].map(|owner| owner.row_id());
        assert_eq!(ids, ROW_IDS);
        assert!(ids.iter().all(|id| i64::try_from(*id).is_ok()));
    }

    const ROW_IDS: [u64; 3] = [241_341_000_787_578_709, 4_255_111_484_347_021_409, 7_864_650_768_689_135_419];

    #[test]
    fn a_change_keeps_what_it_does_not_say_and_zero_takes_back() {
        let change = CapacityChange { quota: Some(5), max_size: Some(9), ..CapacityChange::default() };
        let limits = CapacityLimits::default().changed(&change);
        assert_eq!((limits.quota.map(NonZeroU32::get), limits.max_aggr_count), (Some(5), None));
        let back = CapacityChange { quota: Some(0), ..CapacityChange::default() };
        let limits = limits.changed(&back);
        assert_eq!((limits.quota, limits.max_size.map(NonZeroU32::get)), (None, Some(9)));
        let back = CapacityChange { max_size: Some(0), ..CapacityChange::default() };
        assert!(limits.changed(&back).is_empty());
    }

    #[test]
    fn an_owner_that_is_full_when_counted_first_is_given_room() {
        let rules = CapacityRules { group_quota: 10, expansion_percent: 50, ..CapacityRules::default() };
        let first =
            |rules: &CapacityRules, usage| rules.first_limits(&group("g"), usage).quota.map(NonZeroU32::get);
        assert_eq!(first(&rules, 9), None);
        assert_eq!(first(&rules, 10), Some(15));
        assert_eq!(first(&rules, 300), Some(305));
        assert_eq!(first(&rules, usize::MAX), Some(u32::MAX));
        assert_eq!(first(&CapacityRules { expansion_percent: 0, ..rules }, 300), None);
    }

    #[test]
    fn the_default_namespace_has_no_quota_below_the_clusters() {
        let rules = CapacityRules::default();
        assert_eq!(rules.default_quota(&namespace("")), rules.cluster_quota);
        assert_eq!(rules.default_quota(&namespace("dev")), rules.namespace_quota);
    }
}
