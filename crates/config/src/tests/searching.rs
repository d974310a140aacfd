use navaid_core::config_item::ConfigType;
use tokio::task::JoinSet;

use super::*;
use crate::{ConfigError, Matching, PageRequest, SearchQuery};

async fn found(configs: &Configs, query: SearchQuery, number: i64, size: i64) -> (u64, Vec<String>) {
    let page = configs.search(query, PageRequest::new(number, size).unwrap()).await.unwrap();
    (
        page.total,
        page.items.iter().map(|item| format!("{}/{}", item.key.group(), item.key.data_id())).collect(),
    )
}

#[tokio::test]
async fn search_matches_by_each_field() {
    let configs = configs();
    let described =
        |data_id, content: &str, description| PublishRequest { description, ..request(data_id, content) };
    let app = Description {
        app_name: Some("shop".into()),
        tags: Some(vec!["red".into(), "blue".into()]),
        kind: Some(ConfigType::Json),
        ..Description::default()
    };
    configs.publish(described("x.a", "needle one", app)).await.unwrap();
    let blue = Description { tags: Some(vec!["blue".into()]), ..Description::default() };
    configs.publish(described("x.b", "hay", blue)).await.unwrap();
    configs.publish(PublishRequest { key: key_of("OTHER", "x.a"), ..request("x.a", "hay") }).await.unwrap();
    let all = || SearchQuery::all(NamespaceId::default());
    let blur = || SearchQuery { matching: Matching::Blur, ..all() };
    let text = |t: &str| t.to_owned();
    let (a, b, c) = ("DEFAULT_GROUP/x.a", "DEFAULT_GROUP/x.b", "OTHER/x.a");
    for (query, expected) in [
        (all(), vec![a, b, c]),
        (SearchQuery { data_id: text("x.a"), ..all() }, vec![a, c]),
        (SearchQuery { data_id: text("x.a"), group: text("OTHER"), ..all() }, vec![c]),
        (SearchQuery { data_id: text("x.a"), group: text("NONE"), ..all() }, vec![]),
        (SearchQuery { data_id: text("x.*"), ..all() }, vec![]),
        (SearchQuery { data_id: text("x.*"), ..blur() }, vec![a, b, c]),
        (SearchQuery { data_id: text("*.b"), ..blur() }, vec![b]),
        (SearchQuery { data_id: text("x"), ..blur() }, vec![]),
        (SearchQuery { data_id: text("*a"), group: text("OTH*"), ..blur() }, vec![c]),
        (SearchQuery { app_name: text("shop"), ..all() }, vec![a]),
        (SearchQuery { tags: vec!["red".into(), "blue".into()], ..all() }, vec![a, b]),
        (SearchQuery { tags: vec!["green".into()], ..blur() }, vec![]),
        (SearchQuery { kinds: vec![text("json"), text("JSON")], ..blur() }, vec![a]),
        (SearchQuery { kinds: vec![text("JSON")], ..blur() }, vec![]),
        (SearchQuery { content: text("*needle*"), ..blur() }, vec![a]),
        (SearchQuery { content: text("needle"), ..blur() }, vec![]),
        (SearchQuery { content: text("hay"), data_id: text("x.b"), ..all() }, vec![b]),
    ] {
        let shown = format!("{query:?}");
        let (total, keys) = found(&configs, query, 1, 10).await;
        assert_eq!(
            (total, keys),
            (expected.len() as u64, expected.iter().map(|k| text(k)).collect()),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn search_of_many_items_pages_by_row_id() {
    let configs = configs();
    for n in 0..1_500 {
        configs.publish(request(&format!("d{n}"), "x")).await.unwrap();
    }
    let blur = || SearchQuery {
        matching: Matching::Blur,
        data_id: "d1*".to_owned(),
        ..SearchQuery::all(NamespaceId::default())
    };
    let (total, keys) = found(&configs, blur(), 2, 3).await;
    assert_eq!((total, keys), (611, ["d12", "d13", "d14"].map(|d| format!("DEFAULT_GROUP/{d}")).to_vec()));
    assert_eq!(found(&configs, blur(), 900, 3).await, (611, vec![]));
    let all = SearchQuery::all(NamespaceId::default());
    assert_eq!(found(&configs, all, 2, 1_499).await, (1_500, vec!["DEFAULT_GROUP/d1499".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn search_is_refused_when_too_many_wait() {
    let settings = ConfigSettings { search_threads: 0, search_queue: 1, ..ConfigSettings::default() };
    let configs = configs_with(settings);
    configs.publish(request("a", "x")).await.unwrap();
    let query = || SearchQuery { content: "x".to_owned(), ..SearchQuery::all(NamespaceId::default()) };
    let page = PageRequest::new(1, 1).unwrap();
    let waiting = {
        let configs = Arc::clone(&configs);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { configs.search(query(), page).await });
        tasks
    };
    tokio::task::yield_now().await;
    let started = Instant::now();
    assert_eq!(configs.search(query(), page).await, Err(ConfigError::Busy { limit: 1 }));
    assert_eq!(started.elapsed(), Duration::ZERO, "no place to wait");
    assert_eq!(waiting.join_all().await, [Err(ConfigError::Busy { limit: 1 })], "waited in vain");
    assert_eq!(started.elapsed(), settings.search_wait);
}

#[tokio::test]
async fn a_long_content_is_kept_packed_and_found_by_its_text() {
    let configs = configs();
    let content = "port: 8848\n".repeat(500) + "needle";
    configs.publish(request("long", &content)).await.unwrap();
    configs.publish(request("other", &content.replace("needle", "hay"))).await.unwrap();
    let kept = configs.item(&key("long")).unwrap().content.clone();
    assert_eq!((kept.plain(), &*kept.text()), (None, &*content));
    let query = SearchQuery { content: "*needle*".into(), ..SearchQuery::all(NamespaceId::default()) };
    assert_eq!(found(&configs, query, 1, 10).await, (1, vec!["DEFAULT_GROUP/long".to_owned()]));
}
