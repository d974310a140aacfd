use std::{collections::BTreeMap, num::NonZeroU32};

use navaid_core::{
    capacity::CapacityChange,
    command::{
        ConfigCommand, ConfigOutcome, Operator, Outcome, PublishCondition, PublishTarget, RemoveConfig,
    },
    config_item::{ContentMd5, Description},
    name::{DataId, GroupName, NamespaceId},
    seam::Applied,
    time::Timestamp,
};
use proptest::prelude::*;

use super::*;
use crate::{catalog::Catalog, release_params::beta_or_tag};

fn key(namespace: &str, group: &str, data_id: &str) -> ConfigKey {
    let namespace = NamespaceId::parse(namespace).unwrap();
    ConfigKey::new(&namespace, &GroupName::parse(group).unwrap(), &DataId::parse(data_id).unwrap())
}

fn namespace(id: &str) -> CapacityOwner {
    CapacityOwner::Namespace(NamespaceId::parse(id).unwrap())
}

fn group(name: &str) -> CapacityOwner {
    CapacityOwner::Group(GroupName::parse(name).unwrap())
}

/// Two items a group, three a namespace, eight in all, ten bytes each.
const RULES: CapacityRules = CapacityRules {
    cluster_quota: 8,
    namespace_quota: 3,
    group_quota: 2,
    max_size: 10,
    expansion_percent: 50,
};

fn publish(key: ConfigKey, size: usize, capacity: Option<CapacityRules>) -> PublishConfig {
    let content = "x".repeat(size);
    PublishConfig {
        key,
        target: PublishTarget::Formal,
        md5: ContentMd5::of(&content),
        content: content.into(),
        encrypted_data_key: "".into(),
        description: Description::default(),
        condition: PublishCondition::Always,
        operator: Operator::default(),
        max_grays: 10,
        capacity,
    }
}

fn apply(catalog: &Catalog, publish: PublishConfig) -> Applied {
    catalog.apply(Timestamp(1), &ConfigCommand::Publish(Box::new(publish)))
}

fn remove(catalog: &Catalog, key: ConfigKey) -> Applied {
    let command = RemoveConfig { key, gray: None, operator: Operator::default() };
    catalog.apply(Timestamp(1), &ConfigCommand::Remove(command))
}

fn set_quota(catalog: &Catalog, owner: CapacityOwner, quota: u32) -> Vec<Record> {
    let change = CapacityChange { quota: Some(quota), ..CapacityChange::default() };
    catalog
        .apply(Timestamp(1), &ConfigCommand::SetCapacity(SetCapacity { owner, change, rules: RULES }))
        .records
}

/// Adds an item of one byte under the rules; the refusal, if it is one.
fn add(catalog: &Catalog, key: ConfigKey) -> Option<OverCapacity> {
    refusal(&apply(catalog, publish(key, 1, Some(RULES))))
}

fn refusal(applied: &Applied) -> Option<OverCapacity> {
    match &applied.outcome {
        Outcome::Config(ConfigOutcome::OverCapacity(over)) => {
            assert_eq!(applied.records, [], "a refusal leaves nothing");
            Some(over.clone())
        }
        Outcome::Config(ConfigOutcome::Published { .. }) => None,
        other => panic!("unexpected: {other:?}"),
    }
}

fn full(owner: CapacityOwner, quota: u32) -> Option<OverCapacity> {
    Some(OverCapacity::Quota { owner, quota })
}

#[test]
fn a_full_group_of_the_default_namespace_takes_updates_only() {
    let catalog = Catalog::default();
    for data_id in ["a", "b"] {
        assert_eq!(add(&catalog, key("", "g", data_id)), None);
    }
    assert_eq!(add(&catalog, key("", "g", "c")), full(group("g"), 2));
    assert_eq!(add(&catalog, key("", "g", "a")), None, "it exists");
    assert_eq!(add(&catalog, key("", "other", "c")), None);
    remove(&catalog, key("", "g", "b"));
    assert_eq!(add(&catalog, key("", "g", "c")), None, "a place became free");
}

#[test]
fn a_full_namespace_counts_all_its_groups() {
    let catalog = Catalog::default();
    for group in ["g", "h", "i"] {
        assert_eq!(add(&catalog, key("dev", group, "a")), None);
    }
    assert_eq!(add(&catalog, key("dev", "j", "a")), full(namespace("dev"), 3));
    assert_eq!(add(&catalog, key("test", "j", "a")), None);
}

#[test]
fn a_full_cluster_is_told_before_anything_else() {
    let catalog = Catalog::default();
    for (namespace, data_id) in
        [("a", "1"), ("a", "2"), ("a", "3"), ("b", "1"), ("b", "2"), ("b", "3"), ("c", "1")]
    {
        assert_eq!(add(&catalog, key(namespace, "g", data_id)), None);
    }
    assert_eq!(add(&catalog, key("", "g", "1")), None);
    assert_eq!(add(&catalog, key("a", "g", "4")), full(CapacityOwner::Cluster, 8));
}

#[test]
fn without_limits_nothing_is_refused_and_no_row_is_kept() {
    let catalog = Catalog::default();
    for n in 0..20 {
        let applied = apply(&catalog, publish(key("dev", "g", &n.to_string()), 100, None));
        assert_eq!((refusal(&applied), applied.records.len()), (None, 3));
    }
    assert_eq!(catalog.capacity(&namespace("dev"), &RULES).0, 20);
}

#[test]
fn owners_that_are_full_when_counted_first_are_given_room_once() {
    let catalog = Catalog::default();
    for n in 0..4 {
        apply(&catalog, publish(key("dev", "g", &n.to_string()), 1, None));
    }
    let shown = catalog.capacity(&namespace("dev"), &RULES);
    assert_eq!((shown.0, shown.1.quota.map(NonZeroU32::get)), (4, Some(5)));
    assert_eq!(add(&catalog, key("dev", "g", "fifth")), None);
    assert_eq!(add(&catalog, key("dev", "g", "sixth")), full(namespace("dev"), 5));
    let strict = CapacityRules { expansion_percent: 0, ..RULES };
    let catalog = Catalog::default();
    for n in 0..3 {
        apply(&catalog, publish(key("test", "g", &n.to_string()), 1, None));
    }
    let refused = apply(&catalog, publish(key("test", "g", "more"), 1, Some(strict)));
    assert_eq!(refusal(&refused), full(namespace("test"), 3));
}

#[test]
fn a_quota_that_was_set_wins_over_the_settings_and_zero_takes_it_back() {
    let catalog = Catalog::default();
    set_quota(&catalog, namespace("dev"), 1);
    assert_eq!(add(&catalog, key("dev", "g", "a")), None);
    assert_eq!(add(&catalog, key("dev", "g", "b")), full(namespace("dev"), 1));
    set_quota(&catalog, namespace("dev"), 0);
    assert_eq!(add(&catalog, key("dev", "g", "b")), None);
    // The default namespace as a whole is limited where that is set, beside its groups.
    set_quota(&catalog, namespace(""), 1);
    assert_eq!(add(&catalog, key("", "g", "a")), None);
    assert_eq!(add(&catalog, key("", "h", "a")), full(namespace(""), 1));
}

#[test]
fn size_is_checked_for_every_publish_by_the_narrowest_limit() {
    let catalog = Catalog::default();
    let size = |namespace: &str, group: &str, size| {
        refusal(&apply(&catalog, publish(key(namespace, group, "a"), size, Some(RULES))))
    };
    let over = |size, max| Some(OverCapacity::Size { size, max });
    assert_eq!(size("", "g", 10), None);
    assert_eq!(size("", "g", 11), over(11, 10), "an update too");
    let set = |owner, max| {
        let change = CapacityChange { max_size: Some(max), ..CapacityChange::default() };
        catalog.apply(Timestamp(1), &ConfigCommand::SetCapacity(SetCapacity { owner, change, rules: RULES }));
    };
    set(namespace(""), 20);
    assert_eq!(size("", "g", 20), None);
    set(group("g"), 5);
    assert_eq!(size("", "g", 6), over(6, 5));
    assert_eq!(size("", "h", 20), None);
    assert_eq!(size("dev", "g", 11), over(11, 10));
    let gray = PublishConfig {
        target: beta_or_tag(Some("1.1.1.1"), None),
        ..publish(key("", "g", "a"), 6, Some(RULES))
    };
    assert_eq!(refusal(&apply(&catalog, gray)), over(6, 5));
}

#[test]
fn gray_releases_count_for_nobody() {
    let catalog = Catalog::default();
    for data_id in ["a", "b", "c", "d"] {
        let gray = PublishConfig {
            target: beta_or_tag(Some("1.1.1.1"), None),
            ..publish(key("", "g", data_id), 1, Some(RULES))
        };
        assert_eq!(refusal(&apply(&catalog, gray)), None);
    }
    assert_eq!(catalog.capacity(&group("g"), &RULES).0, 0);
}

#[test]
fn rows_that_say_nothing_go_with_the_last_item() {
    let catalog = Catalog::default();
    let owners = [CapacityOwner::Cluster, namespace("dev")];
    let empty = owners.clone().map(|owner| Record::PutCapacity(owner, CapacityLimits::default()));
    assert_eq!(apply(&catalog, publish(key("dev", "g", "a"), 1, Some(RULES))).records[3..], empty);
    assert_eq!(apply(&catalog, publish(key("dev", "g", "b"), 1, Some(RULES))).records.len(), 3);
    assert_eq!(remove(&catalog, key("dev", "g", "a")).records.len(), 3);
    let gone = owners.map(Record::RemoveCapacity);
    assert_eq!(remove(&catalog, key("dev", "g", "b")).records[3..], gone);
    set_quota(&catalog, namespace("dev"), 5);
    assert_eq!(set_quota(&catalog, namespace("dev"), 0), [Record::RemoveCapacity(namespace("dev"))]);
}

#[test]
fn a_batch_has_room_as_one() {
    let catalog = Catalog::default();
    add(&catalog, key("dev", "g", "a"));
    let check = |data_ids: &[&str], size| {
        let keys: Vec<_> = data_ids.iter().map(|data_id| key("dev", "g", data_id)).collect();
        catalog.check_room(&RULES, keys.iter().map(|key| (key, size))).err()
    };
    assert_eq!(check(&["a", "b", "b", "c"], 1), None, "one exists, one comes twice");
    assert_eq!(check(&["b", "c", "d"], 1), full(namespace("dev"), 3));
    assert_eq!(check(&["a"], 11), Some(OverCapacity::Size { size: 11, max: 10 }));
}

// === a plain model ===

#[derive(Debug, Clone)]
enum Op {
    Publish { item: (u8, u8, u8), size: usize, is_limited: bool },
    Remove { item: (u8, u8, u8) },
    SetQuota { owner: u8, quota: u32 },
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let item = || (0..2u8, 0..2u8, 0..5u8);
    let publish = (item(), 1..12_usize, prop::bool::weighted(0.8))
        .prop_map(|(item, size, is_limited)| Op::Publish { item, size, is_limited });
    let remove = item().prop_map(|item| Op::Remove { item });
    let set = (0..5u8, 0..5u32).prop_map(|(owner, quota)| Op::SetQuota { owner, quota });
    proptest::collection::vec(prop_oneof![6 => publish, 2 => remove, 1 => set], 1..60)
}

fn item_key((ns, group, data_id): (u8, u8, u8)) -> ConfigKey {
    key(["", "dev"][usize::from(ns)], ["g", "h"][usize::from(group)], &format!("d{data_id}"))
}

fn owner(number: u8) -> CapacityOwner {
    [CapacityOwner::Cluster, namespace(""), namespace("dev"), group("g"), group("h")][usize::from(number)]
        .clone()
}

/// Items that exist, and quotas of owners that have a row: 0 for none set. Everything is counted anew each time.
#[derive(Default)]
struct Model {
    items: BTreeMap<(u8, u8, u8), usize>,
    quotas: BTreeMap<CapacityOwner, u32>,
}

impl Model {
    fn usage(&self, owner: &CapacityOwner) -> usize {
        self.items.keys().filter(|item| CapacityOwner::of_item(&item_key(**item)).contains(owner)).count()
    }

    fn default_quota(owner: &CapacityOwner) -> u32 {
        match owner {
            CapacityOwner::Group(_) => 2,
            CapacityOwner::Namespace(id) if id.as_str() == "dev" => 3,
            _ => 8,
        }
    }

    /// What the row of an owner says, or would say.
    fn row(&self, owner: &CapacityOwner) -> u32 {
        let (usage, default) = (self.usage(owner), Self::default_quota(owner));
        let first = if usage >= default as usize { usage as u32 + default / 2 } else { 0 };
        self.quotas.get(owner).copied().unwrap_or(first)
    }

    fn quota(&self, owner: &CapacityOwner) -> u32 {
        match self.row(owner) {
            0 => Self::default_quota(owner),
            quota => quota,
        }
    }

    /// Whether a publish is let in.
    fn publish(&mut self, item: (u8, u8, u8), size: usize, is_limited: bool) -> bool {
        let owners = CapacityOwner::of_item(&item_key(item));
        if is_limited {
            let is_new = !self.items.contains_key(&item);
            let is_full = |owner: &CapacityOwner| self.usage(owner) as u32 >= self.quota(owner);
            if size > 10 || is_new && owners.iter().any(is_full) {
                return false;
            }
            for owner in owners.into_iter().filter(|_| is_new) {
                self.quotas.insert(owner.clone(), self.row(&owner));
            }
        }
        self.items.insert(item, size);
        true
    }

    fn remove(&mut self, item: (u8, u8, u8)) {
        if self.items.remove(&item).is_some() {
            self.forget();
        }
    }

    fn set_quota(&mut self, owner: CapacityOwner, quota: u32) {
        self.quotas.insert(owner, quota);
        self.forget();
    }

    fn forget(&mut self) {
        let quotas = std::mem::take(&mut self.quotas);
        self.quotas =
            quotas.into_iter().filter(|(owner, quota)| *quota > 0 || self.usage(owner) > 0).collect();
    }
}

/// Keeps what a store would keep of these records.
fn restore(records: Vec<Record>) -> Catalog {
    let (mut items, mut rows) = (BTreeMap::new(), BTreeMap::new());
    for record in records {
        match record {
            Record::PutItem(item) => drop(items.insert(item.key.clone(), item)),
            Record::RemoveItem(key) => drop(items.remove(&key)),
            Record::PutCapacity(owner, limits) => drop(rows.insert(owner, limits)),
            Record::RemoveCapacity(owner) => drop(rows.remove(&owner)),
            _ => {}
        }
    }
    let catalog = Catalog::default();
    for (owner, limits) in rows {
        assert_eq!(catalog.load(Record::PutCapacity(owner, limits)), None);
    }
    for item in items.into_values() {
        assert_eq!(catalog.load(Record::PutItem(item)), None);
    }
    catalog
}

proptest! {
    #[test]
    fn counting_agrees_with_the_model(ops in ops()) {
        let (catalog, mut model, mut stored) = (Catalog::default(), Model::default(), Vec::new());
        for op in &ops {
            let applied = match *op {
                Op::Publish { item, size, is_limited } => {
                    let applied = apply(&catalog, publish(item_key(item), size, is_limited.then_some(RULES)));
                    let is_admitted = model.publish(item, size, is_limited);
                    prop_assert_eq!(refusal(&applied).is_none(), is_admitted, "{:?}", op);
                    applied.records
                }
                Op::Remove { item } => {
                    model.remove(item);
                    remove(&catalog, item_key(item)).records
                }
                Op::SetQuota { owner: number, quota } => {
                    model.set_quota(owner(number), quota);
                    set_quota(&catalog, owner(number), quota)
                }
            };
            stored.extend(applied);
        }
        let restored = restore(stored);
        for number in 0..5 {
            let owner = owner(number);
            let shown = catalog.capacity(&owner, &RULES);
            prop_assert_eq!(shown.0, model.usage(&owner), "{}", &owner);
            prop_assert_eq!(RULES.quota(&owner, &shown.1), model.quota(&owner), "{}", &owner);
            prop_assert_eq!(restored.capacity(&owner, &RULES), shown, "{}", &owner);
        }
    }
}
