//! Whether a publish has room (`spec/config-semantics` §11): items of the cluster, of a namespace, of a group of the
//! default namespace, and bytes of a content.
//!
//! Counts come from the maps of the catalogue, so that they are exact at every command: of publishers that race for the
//! last places as many get one as there are. An item that exists never needs a place. An owner is *counted first* when
//! an item of it is added under limits, or when something is set for it: from then on it has a row, which says what is
//! set, be it nothing. A row that says nothing goes with the last item of its owner, so that owners that come and go
//! leave no rows behind.

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashSet};
use navaid_core::{
    capacity::{CapacityLimits, CapacityOwner, CapacityRules, OverCapacity},
    command::{PublishConfig, SetCapacity},
    config_item::ConfigKey,
    record::Record,
};

use super::index::Index;

/// The limits of an owner: those of its row, or those that it would be given now.
pub(super) fn standing(index: &Index, rules: &CapacityRules, owner: &CapacityOwner) -> CapacityLimits {
    index.limits(owner).unwrap_or_else(|| rules.first_limits(owner, index.usage(owner)))
}

/// Lets a publish in, and counts it first for owners that have no row; `is_new` says that it adds an item.
pub(super) fn admit(
    index: &mut Index,
    publish: &PublishConfig,
    is_new: bool,
) -> Result<Vec<Record>, OverCapacity> {
    let Some(rules) = &publish.capacity else { return Ok(Vec::new()) };
    let owners = CapacityOwner::of_item(&publish.key);
    check_size(index, rules, &owners, publish.content.len())?;
    if !is_new {
        return Ok(Vec::new());
    }
    owners.iter().try_for_each(|owner| check_quota(index, rules, owner, 0))?;
    let uncounted = owners.into_iter().filter(|owner| index.limits(owner).is_none()).collect::<Vec<_>>();
    Ok(uncounted.into_iter().map(|owner| count(index, rules, owner)).collect())
}

fn count(index: &mut Index, rules: &CapacityRules, owner: CapacityOwner) -> Record {
    let limits = standing(index, rules, &owner);
    index.put_limits(owner.clone(), limits);
    Record::PutCapacity(owner, limits)
}

/// Whether all these items have room, one after the other.
pub(super) fn check_all<'i>(
    index: &Index,
    rules: &CapacityRules,
    items: impl Iterator<Item = (&'i ConfigKey, usize)>,
) -> Result<(), OverCapacity> {
    let mut added: HashMap<CapacityOwner, usize, RandomState> = HashMap::default();
    let mut seen: HashSet<&ConfigKey, RandomState> = HashSet::default();
    for (key, size) in items {
        let owners = CapacityOwner::of_item(key);
        check_size(index, rules, &owners, size)?;
        let exists = index.entry(key).is_some_and(|entry| entry.formal().is_some());
        if exists || !seen.insert(key) {
            continue;
        }
        for owner in owners {
            let count = added.entry_ref(&owner).or_default();
            check_quota(index, rules, &owner, *count)?;
            *count += 1;
        }
    }
    Ok(())
}

/// Whether an owner has room for one more beside the `added` ones.
fn check_quota(
    index: &Index,
    rules: &CapacityRules,
    owner: &CapacityOwner,
    added: usize,
) -> Result<(), OverCapacity> {
    let quota = rules.quota(owner, &standing(index, rules, owner));
    if ((index.usage(owner) + added) as u64) < u64::from(quota) {
        return Ok(());
    }
    Err(OverCapacity::Quota { owner: owner.clone(), quota })
}

/// Of the owners, widest first, the narrowest that has a size set decides.
fn check_size(
    index: &Index,
    rules: &CapacityRules,
    owners: &[CapacityOwner],
    size: usize,
) -> Result<(), OverCapacity> {
    let set = owners.iter().rev().find_map(|owner| index.limits(owner)?.max_size);
    let max = set.map_or(rules.max_size, |max| max.get());
    if size as u64 <= u64::from(max) {
        return Ok(());
    }
    Err(OverCapacity::Size { size, max })
}

/// Sets limits; an owner without items for which nothing is set any more loses its row.
pub(super) fn set(index: &mut Index, set: &SetCapacity) -> Record {
    let SetCapacity { owner, change, rules } = set;
    let limits = standing(index, rules, owner).changed(change);
    if limits.is_empty() && index.usage(owner) == 0 {
        index.remove_limits(owner);
        return Record::RemoveCapacity(owner.clone());
    }
    index.put_limits(owner.clone(), limits);
    Record::PutCapacity(owner.clone(), limits)
}

/// Drops the rows that say nothing of those whose last item was this one, which is gone.
pub(super) fn forget_unused(index: &mut Index, key: &ConfigKey) -> Vec<Record> {
    let is_unused = |index: &Index, owner: &CapacityOwner| {
        index.usage(owner) == 0 && index.limits(owner).is_some_and(|limits| limits.is_empty())
    };
    let mut records = Vec::new();
    for owner in CapacityOwner::of_item(key) {
        if is_unused(index, &owner) {
            index.remove_limits(&owner);
            records.push(Record::RemoveCapacity(owner));
        }
    }
    records
}

#[cfg(test)]
mod tests;
