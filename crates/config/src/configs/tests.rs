//! The face of the engine over a catalogue whose commands are applied at once, and history kept in memory.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use navaid_core::{
    command::{Command, Operator, Outcome, PublishCondition, PublishTarget},
    config_item::{ConfigType, Description},
    history::{HistoryEntry, HistoryId},
    name::{DataId, GroupName},
    record::Record,
    seam::{Clock, CommitError, Pending, ReadError},
    time::{Moment, Now, Timestamp},
};
use parking_lot::Mutex;
use tokio::{
    sync::Barrier,
    task::JoinSet,
    time::{Instant, timeout},
};

use super::*;
use crate::{
    catalog::entry::RequestedTag,
    error::ConfigError,
    limits::{ConfigField, ConfigProblem, InvalidConfig},
    page::PageRequest,
    publish::{PublishRequest, RemoveRequest, RemoveTarget, target_of},
    search::{Matching, SearchQuery},
    tasks::ConfigTasks,
    watch::{ConfigOutbox, HeldMd5, KEYS_PER_LISTENER_MAX, ListenItem},
};

/// Applies in order, at a time that only grows; keeps the history.
#[derive(Clone)]
struct Store(Arc<StoreState>);

struct StoreState {
    catalog: Arc<Catalog>,
    at: AtomicU64,
    history: Mutex<Vec<HistoryEntry>>,
    order: Mutex<()>,
    purged_before: Mutex<Option<Timestamp>>,
}

impl Commit for Store {
    fn commit(&self, command: Command) -> Pending<Result<Outcome, CommitError>> {
        let store = Arc::clone(&self.0);
        Box::pin(async move {
            let Command::Config(command) = command else { panic!("not about configuration") };
            let _order = store.order.lock();
            let at = Timestamp(store.at.fetch_add(1, Ordering::Relaxed));
            let applied = store.catalog.apply(at, &command);
            for record in applied.records {
                match record {
                    Record::AppendHistory(row) => store.history.lock().push(row),
                    Record::PurgeHistory { before } => *store.purged_before.lock() = Some(before),
                    _ => {}
                }
            }
            Ok(applied.outcome)
        })
    }
}

impl HistoryReader for Store {
    fn list(
        &self,
        key: &ConfigKey,
        skip: usize,
        limit: usize,
    ) -> Result<(u64, Vec<HistoryEntry>), ReadError> {
        let history = self.0.history.lock();
        let of_key = || history.iter().rev().filter(|row| row.key == *key);
        Ok((of_key().count() as u64, of_key().skip(skip).take(limit).cloned().collect()))
    }

    fn get(&self, id: HistoryId) -> Result<Option<HistoryEntry>, ReadError> {
        Ok(self.0.history.lock().iter().find(|row| row.id == id).cloned())
    }

    fn newest_of_item(&self, item_id: u64) -> Result<Option<HistoryEntry>, ReadError> {
        Ok(self.0.history.lock().iter().rev().find(|row| row.item_id == item_id).cloned())
    }
}

fn configs_with(settings: ConfigSettings) -> Arc<Configs> {
    configs_and_store(settings).0
}

fn configs_and_store(settings: ConfigSettings) -> (Arc<Configs>, Store) {
    let catalog = Arc::new(Catalog::new(settings.max_grays));
    let store = Store(Arc::new(StoreState {
        catalog: Arc::clone(&catalog),
        at: AtomicU64::new(1),
        history: Mutex::default(),
        order: Mutex::default(),
        purged_before: Mutex::default(),
    }));
    let configs = Configs::new(catalog, Arc::new(store.clone()), Arc::new(store.clone()), settings);
    (Arc::new(configs), store)
}

fn configs() -> Arc<Configs> {
    configs_with(ConfigSettings::default())
}

/// Both clocks go as the runtime's, paused or not; the wall clock starts at 100 days.
struct TestClock(Instant);

const START: Duration = Duration::from_secs(100 * 24 * 60 * 60);

impl Clock for TestClock {
    fn now(&self) -> Now {
        let since = u64::try_from(self.0.elapsed().as_millis()).unwrap();
        Now { wall: Timestamp(u64::try_from(START.as_millis()).unwrap() + since), mono: Moment(since) }
    }
}

fn start_tasks(configs: &Arc<Configs>) -> ConfigTasks {
    ConfigTasks::start(configs, Arc::new(TestClock(Instant::now())))
}

fn key(data_id: &str) -> ConfigKey {
    key_of("DEFAULT_GROUP", data_id)
}

fn key_of(group: &str, data_id: &str) -> ConfigKey {
    let (group, data_id) = (GroupName::parse(group).unwrap(), DataId::parse(data_id).unwrap());
    ConfigKey::new(&NamespaceId::default(), &group, &data_id)
}

fn request(data_id: &str, content: &str) -> PublishRequest {
    PublishRequest {
        key: key(data_id),
        target: PublishTarget::Formal,
        content: content.into(),
        encrypted_data_key: "".into(),
        description: Description::default(),
        condition: PublishCondition::Always,
        operator: Operator { user: None, ip: "10.0.0.9".into() },
    }
}

fn removal(data_id: &str, target: RemoveTarget) -> RemoveRequest {
    RemoveRequest { key: key(data_id), target, operator: Operator::default() }
}

fn holding(data_id: &str, content: Option<&str>) -> ListenItem {
    let held = content.map_or(HeldMd5::Nothing, |content| HeldMd5::Md5(ContentMd5::of(content)));
    ListenItem { key: key(data_id), held }
}

const ANYBODY: ClientLabels<'static> = ClientLabels { ip: "9.9.9.9", tag: RequestedTag::None };

// === publish and remove ===

#[tokio::test]
async fn publish_over_a_limit_names_field_and_limit() {
    let configs = configs_with(ConfigSettings { max_content: 20, ..ConfigSettings::default() });
    let description = |change: fn(&mut Description)| {
        let mut request = request("a", "x");
        change(&mut request.description);
        request
    };
    let gray = |ips: Option<&str>, tag: Option<&str>| PublishRequest {
        target: target_of(ips, tag),
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
    let gray = PublishRequest { target: target_of(Some("1.1.1.1"), None), ..request("a", "g") };
    assert_eq!(configs.publish(gray).await, Err(ConfigError::TooManyGrays { max: 0 }));
}

#[tokio::test]
async fn tag_is_removed_by_its_own_and_by_its_stored_name() {
    let configs = configs();
    for name in ["blue", "tag_blue"] {
        configs
            .publish(PublishRequest { target: target_of(None, Some("blue")), ..request("a", "g") })
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

// === history ===

#[tokio::test]
async fn history_pages_newest_first_and_keeps_to_its_item() {
    let configs = configs();
    for content in ["one", "two", "three"] {
        configs.publish(request("a", content)).await.unwrap();
    }
    let other = configs.publish(request("b", "x")).await.unwrap();
    let page = configs.history(&key("a"), PageRequest::new(1, 2).unwrap()).await.unwrap();
    let contents: Vec<_> = page.items.iter().map(|row| &*row.content).collect();
    assert_eq!((page.total, contents), (3, vec!["two", "one"]));
    let beyond = configs.history(&key("a"), PageRequest::new(9, 2).unwrap()).await.unwrap();
    assert_eq!((beyond.total, beyond.items.len()), (3, 0));
    let row = page.items[0].id;
    assert_eq!(configs.history_entry(&key("a"), row).await.unwrap().unwrap().id, row);
    assert_eq!(configs.history_entry(&key("b"), row).await, Err(ConfigError::ForeignHistory));
    assert_eq!(configs.history_entry(&key("a"), HistoryId(999)).await, Ok(None));
    let id = configs.item(&key("a")).unwrap().id;
    assert_eq!(&*configs.previous(&key("a"), id).await.unwrap().unwrap().content, "two");
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

// === search ===

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

// === listening ===

#[derive(Default)]
struct Told(Mutex<Vec<ConfigKey>>);

impl ConfigOutbox for Told {
    fn changed(&self, key: &ConfigKey) {
        self.0.lock().push(key.clone());
    }
}

impl Told {
    async fn wait(&self, count: usize) -> Vec<ConfigKey> {
        let enough = async {
            while self.0.lock().len() < count {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(10), enough).await.expect("told in time");
        std::mem::take(&mut *self.0.lock())
    }
}

#[tokio::test]
async fn listen_answers_what_differs_for_this_client() {
    let configs = configs();
    configs.publish(request("a", "one")).await.unwrap();
    configs
        .publish(PublishRequest { target: target_of(Some("1.1.1.1"), None), ..request("a", "g") })
        .await
        .unwrap();
    let listener = configs.listener("9.9.9.9", Arc::new(Told::default()));
    let differing = |item: ListenItem, labels: &ClientLabels<'_>| {
        !configs.listen(&listener, &[item], labels).unwrap().is_empty()
    };
    let beta = ClientLabels { ip: "1.1.1.1", ..ANYBODY };
    assert!(!differing(holding("a", Some("one")), &ANYBODY));
    assert!(differing(holding("a", Some("one")), &beta));
    assert!(!differing(holding("a", Some("g")), &beta));
    assert!(differing(holding("a", None), &ANYBODY));
    assert!(!differing(holding("none", None), &ANYBODY));
    assert!(differing(holding("none", Some("gone")), &ANYBODY));
    let upper =
        ListenItem { key: key("a"), held: HeldMd5::parse(&ContentMd5::of("one").to_string().to_uppercase()) };
    assert!(differing(upper, &ANYBODY));
}

#[tokio::test]
async fn listeners_are_told_of_changes_until_they_leave() {
    let configs = configs();
    let tasks = start_tasks(&configs);
    let told = Arc::new(Told::default());
    let listener = configs.listener("9.9.9.9", told.clone());
    configs.listen(&listener, &[holding("a", None), holding("b", None)], &ANYBODY).unwrap();
    configs.publish(request("a", "one")).await.unwrap();
    assert_eq!(told.wait(1).await, [key("a")]);
    configs.publish(request("a", "one")).await.unwrap();
    configs.publish(request("b", "one")).await.unwrap();
    assert_eq!(told.wait(1).await, [key("b")], "the same content again wakes nobody");
    configs
        .publish(PublishRequest { target: target_of(Some("1.1.1.1"), None), ..request("a", "g") })
        .await
        .unwrap();
    assert_eq!(told.wait(1).await, [key("a")], "of a gray change everybody");
    configs.unlisten(&listener, [&key("a")]);
    configs.remove(removal("a", RemoveTarget::Formal)).await.unwrap();
    configs.remove(removal("b", RemoveTarget::Formal)).await.unwrap();
    assert_eq!(told.wait(1).await, [key("b")]);
    assert_eq!(configs.watches().count(), 1);
    drop(listener);
    assert_eq!(configs.watches().count(), 0);
    tasks.stop().await;
}

#[tokio::test]
async fn subscriber_queries_show_address_and_digest_last_said() {
    let configs = configs();
    let listener = configs.listener("10.0.0.1", Arc::new(Told::default()));
    configs.listen(&listener, &[holding("a", None), holding("a", Some("one"))], &ANYBODY).unwrap();
    let status = configs.watches().of_key(&key("a"));
    assert_eq!(status.len(), 1);
    assert_eq!((&*status[0].ip, &status[0].held), ("10.0.0.1", &holding("a", Some("one")).held));
    assert_eq!(configs.watches().of_ip("10.0.0.1"), status);
    assert_eq!(configs.watches().of_ip("10.0.0.2"), []);
    assert_eq!(configs.watches().of_key(&key("b")), []);
}

#[tokio::test]
async fn listener_over_its_limit_is_refused_whole() {
    let configs = configs();
    let listener = configs.listener("10.0.0.1", Arc::new(Told::default()));
    let many: Vec<_> = (0..=KEYS_PER_LISTENER_MAX).map(|n| holding(&format!("d{n}"), None)).collect();
    let limit = KEYS_PER_LISTENER_MAX;
    assert_eq!(configs.listen(&listener, &many, &ANYBODY), Err(ConfigError::TooManyKeys { limit }));
    assert_eq!(configs.watches().count(), 0);
    assert!(configs.listen(&listener, &many[1..], &ANYBODY).is_ok());
    assert!(configs.listen(&listener, &many[1..], &ANYBODY).is_ok(), "the same ones again");
    assert_eq!(configs.listen(&listener, &many[..1], &ANYBODY), Err(ConfigError::TooManyKeys { limit }));
}

// === long polling ===

const HOLD: Duration = Duration::from_millis(29_500);

#[tokio::test(start_paused = true)]
async fn poll_with_a_difference_is_answered_at_once() {
    let configs = configs();
    configs.publish(request("a", "one")).await.unwrap();
    let started = Instant::now();
    let items = [holding("a", Some("old")), holding("b", None), holding("c", Some("gone"))];
    let changed = configs.long_poll(&items, &ANYBODY, HOLD).await.unwrap();
    assert_eq!((changed, started.elapsed()), (vec![key("a"), key("c")], Duration::ZERO));
    assert_eq!(configs.watches().count(), 0);
}

#[tokio::test(start_paused = true)]
async fn poll_without_a_change_ends_with_its_time() {
    let configs = configs();
    let started = Instant::now();
    let changed = configs.long_poll(&[holding("a", None)], &ANYBODY, HOLD).await.unwrap();
    assert_eq!((changed, started.elapsed(), configs.watches().count()), (vec![], HOLD, 0));
}

#[tokio::test(start_paused = true)]
async fn poll_is_woken_by_what_concerns_it() {
    let configs = configs();
    let tasks = start_tasks(&configs);
    configs.publish(request("a", "one")).await.unwrap();
    let mut poll = JoinSet::new();
    poll.spawn({
        let configs = Arc::clone(&configs);
        async move {
            let items = [holding("a", Some("one")), holding("b", None)];
            (configs.long_poll(&items, &ANYBODY, HOLD).await.unwrap(), Instant::now())
        }
    });
    tokio::time::sleep(Duration::from_secs(5)).await;
    let beta = target_of(Some("1.1.1.1"), None);
    configs.publish(PublishRequest { target: beta, ..request("a", "for others") }).await.unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(configs.watches().count(), 2, "a gray release for others does not end it");
    let before = Instant::now();
    configs.publish(request("b", "new")).await.unwrap();
    let (changed, at) = poll.join_next().await.unwrap().unwrap();
    assert_eq!((changed, at), (vec![key("b")], before));
    assert_eq!(configs.watches().count(), 0);
    tasks.stop().await;
}

#[tokio::test]
async fn dropped_poll_leaves_no_watch() {
    let configs = configs();
    let items = [holding("a", None)];
    let poll = configs.long_poll(&items, &ANYBODY, HOLD);
    assert!(timeout(Duration::from_millis(5), poll).await.is_err());
    assert_eq!(configs.watches().count(), 0);
}

/// Each round has one change only, so that a notice lost in it is not made up for by the next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_change_is_lost_under_concurrency() {
    const POLLS: usize = 16;
    const ROUNDS: usize = 400;
    let configs = configs();
    let tasks = start_tasks(&configs);
    let mut held: Option<String> = None;
    for round in 0..ROUNDS {
        let start = Arc::new(Barrier::new(POLLS + 1));
        let mut polls = JoinSet::new();
        for _ in 0..POLLS {
            let (configs, start) = (Arc::clone(&configs), Arc::clone(&start));
            let items = [holding("a", held.as_deref())];
            polls.spawn(async move {
                start.wait().await;
                // Far longer than the test may take: only the change ends it.
                configs.long_poll(&items, &ANYBODY, Duration::from_secs(600)).await.unwrap()
            });
        }
        start.wait().await;
        if round % 4 == 3 {
            configs.remove(removal("a", RemoveTarget::Formal)).await.unwrap();
            held = None;
        } else {
            let content = format!("round {round}");
            configs.publish(request("a", &content)).await.unwrap();
            held = Some(content);
        }
        let answers = timeout(Duration::from_secs(20), polls.join_all()).await;
        let answers = answers.unwrap_or_else(|_| panic!("a change was lost in round {round}"));
        assert!(answers.iter().all(|changed| *changed == [key("a")]), "{answers:?}");
    }
    tasks.stop().await;
    assert_eq!(configs.watches().count(), 0);
}
