use navaid_core::{CapacityChange, CapacityOwner, CapacityRules, GroupName, OverCapacity};
use tokio::task::JoinSet;

use super::*;
use crate::{CapacitySettings, ConfigError, TransferItem, TransferPolicy};

fn limited(rules: CapacityRules) -> ConfigSettings {
    let capacity = CapacitySettings { is_checked: true, rules, ..CapacitySettings::default() };
    ConfigSettings { capacity, ..ConfigSettings::default() }
}

fn group() -> CapacityOwner {
    CapacityOwner::Group(GroupName::default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn publishers_that_race_get_exactly_the_places_that_are_left() {
    let configs = configs_with(limited(CapacityRules { group_quota: 7, ..CapacityRules::default() }));
    configs.publish(request("first", "x")).await.unwrap();
    let mut publishers = JoinSet::new();
    for n in 0..40 {
        let configs = Arc::clone(&configs);
        publishers.spawn(async move { configs.publish(request(&format!("d{n}"), "x")).await.is_ok() });
    }
    let accepted = publishers.join_all().await.into_iter().filter(|ok| *ok).count();
    assert_eq!((accepted, configs.capacity(&group()).usage), (6, 7));
}

#[tokio::test]
async fn limits_count_only_where_both_switches_are_on() {
    let mut settings = limited(CapacityRules { group_quota: 1, ..CapacityRules::default() });
    for (is_managed, is_checked, is_refused) in
        [(true, true, true), (false, true, false), (true, false, false)]
    {
        (settings.capacity.is_managed, settings.capacity.is_checked) = (is_managed, is_checked);
        let configs = configs_with(settings);
        configs.publish(request("a", "x")).await.unwrap();
        let second = configs.publish(request("b", "x")).await;
        assert_eq!(second.is_err(), is_refused, "{is_managed} {is_checked}");
    }
}

#[tokio::test]
async fn capacity_shows_what_counts_without_changing_it() {
    let configs = configs();
    let before = configs.capacity(&group());
    assert_eq!((before.quota, before.usage, before.max_size), (200, 0, 102_400));
    assert_eq!((before.max_aggr_count, before.max_aggr_size), (10_000, 1_024));
    let change = CapacityChange { quota: Some(10), max_aggr_count: Some(5), ..CapacityChange::default() };
    configs.set_capacity(group(), change).await.unwrap();
    configs.publish(request("a", "x")).await.unwrap();
    let after = configs.capacity(&group());
    assert_eq!((after.id, after.quota, after.usage), (before.id, 10, 1));
    assert_eq!((after.max_size, after.max_aggr_count), (102_400, 5));
}

#[tokio::test]
async fn a_transfer_without_room_writes_nothing() {
    let configs = configs_with(limited(CapacityRules { group_quota: 2, ..CapacityRules::default() }));
    configs.publish(request("a", "x")).await.unwrap();
    let item = |data_id: &str| TransferItem {
        key: key(data_id),
        content: "new".into(),
        encrypted_data_key: "".into(),
        description: Description::default(),
    };
    let items = |names: &[&str]| names.iter().map(|name| item(name)).collect::<Vec<_>>();
    let nobody = Operator::default();
    let over = OverCapacity::Quota { owner: group(), quota: 2 };
    let refused = configs.transfer(items(&["a", "b", "c"]), TransferPolicy::Overwrite, &nobody).await;
    assert_eq!(refused, Err(ConfigError::OverCapacity(over)));
    assert_eq!(configs.count_all(), 1);
    let report = configs.transfer(items(&["a", "b"]), TransferPolicy::Skip, &nobody).await.unwrap();
    assert_eq!((report.written, report.skipped.len()), (1, 1));
}
