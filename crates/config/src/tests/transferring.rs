use super::*;
use tokio::task::JoinSet;

use crate::{
    ConfigError, ConfigField, ConfigProblem, InvalidConfig, TransferItem, TransferPolicy, TransferReport,
    transfer::IMPORTS_WAITING_MAX,
};

fn item(data_id: &str, content: &str) -> TransferItem {
    TransferItem {
        key: key(data_id),
        content: content.into(),
        encrypted_data_key: "".into(),
        description: Description::default(),
    }
}

/// Transfers `a`, `b` and `c` where `b` exists; tells what was reported and what stands then.
async fn check(policy: TransferPolicy, report: TransferReport, contents: [Option<&str>; 3]) {
    let configs = configs();
    configs.publish(request("b", "old")).await.unwrap();
    let items = vec![item("a", "new"), item("b", "new"), item("c", "new")];
    assert_eq!(configs.transfer(items, policy, &Operator::default()).await.unwrap(), report, "{policy:?}");
    let standing = ["a", "b", "c"].map(|name| configs.item(&key(name)).map(|item| item.content.to_string()));
    assert_eq!(standing, contents.map(|content| content.map(str::to_owned)), "{policy:?}");
}

#[tokio::test]
async fn an_item_that_exists_is_treated_as_the_policy_says() {
    let report = TransferReport { written: 1, failed: Some(key("b")), skipped: vec![key("c")] };
    check(TransferPolicy::Abort, report, [Some("new"), Some("old"), None]).await;
    let report = TransferReport { written: 2, failed: None, skipped: vec![key("b")] };
    check(TransferPolicy::Skip, report, [Some("new"), Some("old"), Some("new")]).await;
    let report = TransferReport { written: 3, failed: None, skipped: Vec::new() };
    check(TransferPolicy::Overwrite, report, [Some("new"), Some("new"), Some("new")]).await;
}

#[tokio::test]
async fn one_item_over_its_limits_keeps_all_from_being_written() {
    let configs = configs();
    let items = vec![item("a", "new"), item("b", " ")];
    let refused = configs.transfer(items, TransferPolicy::Overwrite, &Operator::default()).await;
    assert!(matches!(refused, Err(ConfigError::InvalidItem { .. })), "{refused:?}");
    assert_eq!(configs.count_all(), 0);
}

#[tokio::test]
async fn the_refused_item_is_named() {
    let configs = configs();
    for (group, data_id, problem) in [
        ("..", "a", (ConfigField::Group, ConfigProblem::Path)),
        ("G", "..", (ConfigField::DataId, ConfigProblem::Path)),
        ("G", ".", (ConfigField::DataId, ConfigProblem::Path)),
    ] {
        let bad = TransferItem { key: key_of(group, data_id), ..item("b", "new") };
        let items = vec![item("a", "new"), bad];
        let refused = configs.transfer(items, TransferPolicy::Overwrite, &Operator::default()).await;
        let invalid = InvalidConfig { field: problem.0, problem: problem.1 };
        assert_eq!(refused, Err(ConfigError::InvalidItem { key: key_of(group, data_id), invalid }));
    }
    assert_eq!(configs.count_all(), 0);
    let published = configs.publish(PublishRequest { key: key_of("..", "a"), ..request("a", "x") }).await;
    assert!(matches!(published, Err(ConfigError::Invalid(_))), "{published:?}");
}

/// More than are under way at once, and one item several times.
#[tokio::test]
async fn many_items_are_written_in_their_order_and_each_is_told() {
    let (configs, store) = configs_and_store(ConfigSettings::default());
    let names: Vec<String> = (0..200).map(|n| format!("d{n}")).collect();
    let mut items: Vec<_> = names.iter().map(|name| item(name, "new")).collect();
    items.insert(1, item("d0", "again"));
    items.push(item("d7", "again"));
    let policies = [
        (
            TransferPolicy::Skip,
            TransferReport { written: 200, failed: None, skipped: vec![key("d0"), key("d7")] },
        ),
        (TransferPolicy::Overwrite, TransferReport { written: 202, ..TransferReport::default() }),
    ];
    for (policy, report) in policies {
        assert_eq!(configs.transfer(items.clone(), policy, &Operator::default()).await.unwrap(), report);
    }
    assert_eq!(&*configs.item(&key("d7")).unwrap().content.text(), "again");
    let written: Vec<_> = store.0.history.lock().iter().map(|row| row.key.clone()).collect();
    let once = names.iter().map(|name| key(name));
    assert!(written[..200].iter().cloned().eq(once));
    let ended = configs.transfer(items, TransferPolicy::Abort, &Operator::default()).await.unwrap();
    assert_eq!((ended.written, ended.failed, ended.skipped.len()), (0, Some(key("d0")), 201));
}

#[tokio::test]
async fn an_item_twice_ends_a_transfer_that_aborts() {
    let items = vec![item("a", "new"), item("a", "again"), item("b", "new")];
    let report = configs().transfer(items, TransferPolicy::Abort, &Operator::default()).await.unwrap();
    assert_eq!(report, TransferReport { written: 1, failed: Some(key("a")), skipped: vec![key("b")] });
}

#[tokio::test(start_paused = true)]
async fn an_import_keeps_its_turn_as_long_as_it_likes_and_too_many_are_refused() {
    let configs = configs_with(ConfigSettings { imports: 1, ..ConfigSettings::default() });
    let (_, turn) = configs.unpack_in_turn(|| ()).await.unwrap();
    let waiting: JoinSet<_> = (0..IMPORTS_WAITING_MAX)
        .map(|_| {
            let configs = Arc::clone(&configs);
            async move { configs.unpack_in_turn(|| ()).await.map(drop) }
        })
        .collect();
    tokio::task::yield_now().await;
    let started = Instant::now();
    let busy = Err(ConfigError::Busy { limit: 1 + IMPORTS_WAITING_MAX });
    assert_eq!(configs.unpack_in_turn(|| ()).await.map(drop), busy, "no place to wait");
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert_eq!(configs.turns_taken(), [("searches", 0), ("imports", 1 + IMPORTS_WAITING_MAX)]);
    drop(turn);
    assert_eq!(waiting.join_all().await, vec![Ok(()); IMPORTS_WAITING_MAX]);
    assert_eq!(configs.turns_taken(), [("searches", 0), ("imports", 0)]);
}
