use super::*;
use crate::{ConfigError, TransferItem, TransferPolicy, TransferReport};

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
    assert!(matches!(refused, Err(ConfigError::Invalid(_))), "{refused:?}");
    assert_eq!(configs.count_all(), 0);
}
