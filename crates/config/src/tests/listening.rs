use tokio::{sync::Barrier, task::JoinSet, time::timeout};

use super::*;
use crate::{ConfigError, ConfigOutbox, Watcher, release_params::beta_or_tag, watch::KEYS_PER_LISTENER_MAX};

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

fn polling(ip: &str) -> Watcher {
    Watcher::polling(&ClientLabels { ip, ..ANYBODY })
}

#[tokio::test]
async fn listen_answers_what_differs_for_this_client() {
    let configs = configs();
    configs.publish(request("a", "one")).await.unwrap();
    configs
        .publish(PublishRequest { target: beta_or_tag(Some("1.1.1.1"), None), ..request("a", "g") })
        .await
        .unwrap();
    let listener = configs.listener(polling("9.9.9.9"), Arc::new(Told::default()));
    let differing = |item: ListenItem, labels: &ClientLabels<'_>| {
        !configs.listen(&listener, &[item], labels, Now::default()).unwrap().is_empty()
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
    let listener = configs.listener(polling("9.9.9.9"), told.clone());
    configs.listen(&listener, &[holding("a", None), holding("b", None)], &ANYBODY, Now::default()).unwrap();
    configs.publish(request("a", "one")).await.unwrap();
    assert_eq!(told.wait(1).await, [key("a")]);
    configs.publish(request("a", "one")).await.unwrap();
    configs.publish(request("b", "one")).await.unwrap();
    assert_eq!(told.wait(1).await, [key("b")], "the same content again wakes nobody");
    configs
        .publish(PublishRequest { target: beta_or_tag(Some("1.1.1.1"), None), ..request("a", "g") })
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
    let listener = configs.listener(polling("10.0.0.1"), Arc::new(Told::default()));
    configs
        .listen(&listener, &[holding("a", None), holding("a", Some("one"))], &ANYBODY, Now::default())
        .unwrap();
    let now = Now::default();
    for status in [configs.watches().of_key(&key("a"), now), configs.watches().of_ip("10.0.0.1", now)] {
        assert_eq!(status.len(), 1);
        assert_eq!((&**status[0].watcher.ip(), &status[0].key), ("10.0.0.1", &key("a")));
        assert_eq!(status[0].held, holding("a", Some("one")).held);
    }
    assert!(configs.watches().of_ip("10.0.0.2", now).is_empty());
    assert!(configs.watches().of_key(&key("b"), now).is_empty());
}

#[tokio::test]
async fn listener_over_its_limit_is_refused_whole() {
    let configs = configs();
    let listener = configs.listener(polling("10.0.0.1"), Arc::new(Told::default()));
    let many: Vec<_> = (0..=KEYS_PER_LISTENER_MAX).map(|n| holding(&format!("d{n}"), None)).collect();
    let limit = KEYS_PER_LISTENER_MAX;
    assert_eq!(
        configs.listen(&listener, &many, &ANYBODY, Now::default()),
        Err(ConfigError::TooManyKeys { limit })
    );
    assert_eq!(configs.watches().count(), 0);
    assert!(configs.listen(&listener, &many[1..], &ANYBODY, Now::default()).is_ok());
    assert!(configs.listen(&listener, &many[1..], &ANYBODY, Now::default()).is_ok(), "the same ones again");
    assert_eq!(
        configs.listen(&listener, &many[..1], &ANYBODY, Now::default()),
        Err(ConfigError::TooManyKeys { limit })
    );
}

const HOLD: Duration = Duration::from_millis(29_500);

#[tokio::test(start_paused = true)]
async fn poll_with_a_difference_is_answered_at_once() {
    let configs = configs();
    configs.publish(request("a", "one")).await.unwrap();
    let started = Instant::now();
    let items = [holding("a", Some("old")), holding("b", None), holding("c", Some("gone"))];
    let changed = configs.long_poll(&items, &ANYBODY, HOLD, Now::default()).await.unwrap();
    assert_eq!((changed, started.elapsed()), (vec![key("a"), key("c")], Duration::ZERO));
    assert_eq!(configs.watches().count(), 0);
}

#[tokio::test(start_paused = true)]
async fn poll_without_a_change_ends_with_its_time() {
    let configs = configs();
    let started = Instant::now();
    let changed = configs.long_poll(&[holding("a", None)], &ANYBODY, HOLD, Now::default()).await.unwrap();
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
            (configs.long_poll(&items, &ANYBODY, HOLD, Now::default()).await.unwrap(), Instant::now())
        }
    });
    tokio::time::sleep(Duration::from_secs(5)).await;
    let beta = beta_or_tag(Some("1.1.1.1"), None);
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
    let poll = configs.long_poll(&items, &ANYBODY, HOLD, Now::default());
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
                configs.long_poll(&items, &ANYBODY, Duration::from_secs(600), Now::default()).await.unwrap()
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
