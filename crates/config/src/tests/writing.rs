use navaid_core::config_item::ConfigType;
use tokio::task::JoinSet;

use super::*;
use crate::{
    ConfigError, ConfigField, ConfigProblem, InvalidConfig, PageRequest, release_params::beta_or_tag,
};

#[tokio::test]
async fn publish_over_a_limit_names_field_and_limit() {
    let configs = configs_with(ConfigSettings { max_content: 20, ..ConfigSettings::default() });
    let description = |change: fn(&mut Description)| {
        let mut request = request("a", "x");
        change(&mut request.description);
        request
    };
    let gray = |ips: Option<&str>, tag: Option<&str>| PublishRequest {
        target: beta_or_tag(ips, tag),
        ..request("a", "x")
    };
    use ConfigField as F;
    use ConfigProblem::{Blank, IllegalCharacters, TooLong, TooMany};
    for (request, field, problem) in [
        (request("a", ""), F::Content, Blank),
        (request("a", " \r\n\t"), F::Content, Blank),
        (request("a", &"x".repeat(21)), F::Content, TooLong { max: 20 }),
        (description(|d| d.desc = Some("d".repeat(129).into())), F::Desc, TooLong { max: 128 }),
        (description(|d| d.usage = Some("u".repeat(33).into())), F::Use, TooLong { max: 32 }),
        (description(|d| d.effect = Some("e".repeat(33).into())), F::Effect, TooLong { max: 32 }),
        (description(|d| d.schema = Some("s".repeat(32_769).into())), F::Schema, TooLong { max: 32_768 }),
        (description(|d| d.app_name = Some("a".repeat(129).into())), F::AppName, TooLong { max: 128 }),
        (description(|d| d.tags = Some(vec!["t".into(); 6])), F::ConfigTags, TooMany { max: 5 }),
        (description(|d| d.tags = Some(vec!["t".repeat(65).into()])), F::ConfigTag, TooLong { max: 64 }),
        (gray(None, Some("sixteen-and-one-x")), F::Tag, TooLong { max: 16 }),
        (gray(None, Some("a b")), F::Tag, IllegalCharacters),
        (gray(Some(&"1".repeat(32_769)), None), F::BetaIps, TooLong { max: 32_768 }),
    ] {
        let refused = configs.publish(request).await;
        assert_eq!(refused, Err(ConfigError::Invalid(InvalidConfig { field, problem })), "{field:?}");
    }
    assert_eq!(configs.count_all(), 0);
}

#[tokio::test]
async fn lengths_count_utf16_units() {
    let configs = configs_with(ConfigSettings { max_content: 4, ..ConfigSettings::default() });
    assert!(configs.publish(request("a", "\u{4E2D}\u{4E2D}\u{4E2D}\u{4E2D}")).await.is_ok());
    assert!(configs.publish(request("a", "\u{1F600}\u{1F600}\u{1F600}")).await.is_err());
}

#[tokio::test]
async fn large_content_is_digested_and_published() {
    let configs = configs();
    let content = "y".repeat(DIGEST_INLINE_TEST);
    let published = configs.publish(request("a", &content)).await.unwrap();
    assert_eq!(published.md5, ContentMd5::of(&content));
    assert_eq!(configs.read(&key("a"), &ANYBODY).unwrap().content.len(), DIGEST_INLINE_TEST);
}

const DIGEST_INLINE_TEST: usize = 300 * 1024;

#[tokio::test]
async fn kind_that_is_not_said_is_text() {
    let configs = configs();
    configs.publish(request("a", "x")).await.unwrap();
    assert_eq!(configs.item(&key("a")).unwrap().description.kind, Some(ConfigType::Text));
}

#[tokio::test]
async fn refusals_of_applying_become_errors() {
    let configs = configs_with(ConfigSettings { max_grays: 0, ..ConfigSettings::default() });
    configs.publish(request("a", "one")).await.unwrap();
    let with = |condition| PublishRequest { condition, ..request("a", "two") };
    let found = ContentMd5::of("one");
    let conflict = configs.publish(with(PublishCondition::Md5("other".into()))).await;
    assert_eq!(conflict, Err(ConfigError::Conflict { found }));
    assert_eq!(configs.publish(with(PublishCondition::Absent)).await, Err(ConfigError::Exists));
    let gray = PublishRequest { target: beta_or_tag(Some("1.1.1.1"), None), ..request("a", "g") };
    assert_eq!(configs.publish(gray).await, Err(ConfigError::TooManyGrays { max: 0 }));
}

#[tokio::test]
async fn tag_is_removed_by_its_own_and_by_its_stored_name() {
    let configs = configs();
    for name in ["blue", "tag_blue"] {
        configs
            .publish(PublishRequest { target: beta_or_tag(None, Some("blue")), ..request("a", "g") })
            .await
            .unwrap();
        assert_eq!(configs.remove(removal("a", RemoveTarget::Tag(name.into()))).await, Ok(true), "{name}");
        assert_eq!(configs.entry(&key("a")), None);
    }
    for target in [RemoveTarget::Tag("blue".into()), RemoveTarget::Beta, RemoveTarget::Formal] {
        assert_eq!(configs.remove(removal("a", target)).await, Ok(false));
    }
}

#[tokio::test]
async fn removal_by_ids_skips_unknown_ones() {
    let configs = configs();
    let a = configs.publish(request("a", "one")).await.unwrap();
    let b = configs.publish(request("b", "two")).await.unwrap();
    assert_eq!(configs.remove_ids(&[b.id, 77, a.id, a.id], &Operator::default()).await, Ok(2));
    assert_eq!(configs.count_all(), 0);
}

#[tokio::test]
async fn compare_and_set_under_concurrency_lets_one_through_each_time() {
    let configs = configs();
    configs.publish(request("a", "0")).await.unwrap();
    let mut writers = JoinSet::new();
    for writer in 0..16 {
        let configs = Arc::clone(&configs);
        writers.spawn(async move {
            let mut accepted = 0;
            for n in 0..50 {
                let seen = configs.md5_for(&key("a"), &ANYBODY).unwrap();
                tokio::task::yield_now().await;
                let condition = PublishCondition::Md5(seen.to_string().into());
                let request = PublishRequest { condition, ..request("a", &format!("{writer} {n}")) };
                accepted += u64::from(configs.publish(request).await.is_ok());
            }
            accepted
        });
    }
    let accepted: u64 = writers.join_all().await.iter().sum();
    let rows = configs.history(&key("a"), PageRequest::new(1, 1).unwrap()).await.unwrap();
    assert_eq!(rows.total, accepted + 1);
    assert!(accepted >= 50, "somebody always wins: {accepted}");
}

#[tokio::test]
async fn history_pages_newest_first_and_keeps_to_its_item() {
    let configs = configs();
    for content in ["one", "two", "three"] {
        configs.publish(request("a", content)).await.unwrap();
    }
    let other = configs.publish(request("b", "x")).await.unwrap();
    let page = configs.history(&key("a"), PageRequest::new(1, 2).unwrap()).await.unwrap();
    let contents: Vec<_> = page.items.iter().map(|row| row.content.to_string()).collect();
    assert_eq!((page.total, contents), (3, vec!["two".to_owned(), "one".to_owned()]));
    let beyond = configs.history(&key("a"), PageRequest::new(9, 2).unwrap()).await.unwrap();
    assert_eq!((beyond.total, beyond.items.len()), (3, 0));
    let row = page.items[0].id;
    assert_eq!(configs.history_entry(&key("a"), row).await.unwrap().unwrap().id, row);
    assert_eq!(configs.history_entry(&key("b"), row).await, Err(ConfigError::ForeignHistory));
    assert_eq!(configs.history_entry(&key("a"), HistoryId(999)).await, Ok(None));
    let id = configs.item(&key("a")).unwrap().id;
    assert_eq!(&*configs.previous(&key("a"), id).await.unwrap().unwrap().content.text(), "two");
    assert_eq!(configs.previous(&key("a"), other.id).await, Ok(None), "an insert has no row id");
}

#[tokio::test(start_paused = true)]
async fn old_history_is_purged_every_ten_minutes() {
    let (configs, store) = configs_and_store(ConfigSettings::default());
    let tasks = start_tasks(&configs);
    let ten_minutes = Duration::from_secs(600);
    tokio::time::sleep(ten_minutes - Duration::from_secs(1)).await;
    assert_eq!(*store.0.purged_before.lock(), None);
    for round in 1..=2 {
        tokio::time::sleep(ten_minutes).await;
        let now = START + ten_minutes * round;
        let before = now - ConfigSettings::default().history_retention;
        assert_eq!(store.0.purged_before.lock().take(), Some(Timestamp(before.as_millis() as u64)));
    }
    tasks.stop().await;
}

#[tokio::test]
async fn successor_of_a_row_is_the_next_row_of_its_release() {
    let configs = configs();
    let beta =
        |content| PublishRequest { target: beta_or_tag(Some("10.0.0.1"), None), ..request("a", content) };
    configs.publish(request("a", "0")).await.unwrap();
    configs.publish(beta("trial")).await.unwrap();
    for content in 1..40 {
        configs.publish(request("a", &content.to_string())).await.unwrap();
    }
    configs.publish(beta("trial two")).await.unwrap();
    let page = PageRequest::new(1, 100).unwrap();
    let rows = configs.history(&key("a"), page).await.unwrap().items;
    let oldest_first: Vec<_> = rows.iter().rev().collect();
    let contents = async |row| configs.successor(row).await.unwrap().map(|row| row.content.to_string());
    assert_eq!(contents(oldest_first[0]).await.as_deref(), Some("0"));
    assert_eq!(contents(oldest_first[2]).await.as_deref(), Some("1"));
    assert_eq!(contents(oldest_first[1]).await.as_deref(), Some("trial"));
    assert_eq!(contents(oldest_first[40]).await, None);
    assert_eq!(contents(oldest_first[41]).await, None);
}
