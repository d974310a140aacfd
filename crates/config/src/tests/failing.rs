//! The store fails: what was there is there, and nothing looks as if it had gone.

use super::*;
use crate::{ConfigError, ConfigOutbox, Watcher};

/// Writes nothing and reads nothing.
struct Failing;

impl Commit for Failing {
    fn commit(&self, _: Command) -> Pending<Result<Outcome, CommitError>> {
        Box::pin(async { Err(CommitError::Failed("no space left".into())) })
    }
}

impl HistoryReader for Failing {
    fn list(&self, _: &ConfigKey, _: usize, _: usize) -> Result<(u64, Vec<HistoryEntry>), ReadError> {
        Err(ReadError("no space left".into()))
    }

    fn get(&self, _: HistoryId) -> Result<Option<HistoryEntry>, ReadError> {
        Err(ReadError("no space left".into()))
    }

    fn newest_of_item(&self, _: u64) -> Result<Option<HistoryEntry>, ReadError> {
        Err(ReadError("no space left".into()))
    }
}

struct Nobody;

impl ConfigOutbox for Nobody {
    fn changed(&self, _: &ConfigKey) {}
}

/// Java, Python and Node show their users an item whose read fails as one that is not there, or an old copy of it.
#[tokio::test(start_paused = true)]
async fn reads_and_listeners_are_answered_from_memory_while_the_store_fails() {
    let (before, store) = configs_and_store(ConfigSettings::default());
    before.publish(request("a", "one")).await.unwrap();
    let failing = Arc::new(Failing);
    let configs = Configs::new(store.0.catalog.clone(), failing.clone(), failing, ConfigSettings::default());
    let configs = Arc::new(configs);
    let refused = configs.publish(request("a", "two")).await.unwrap_err();
    assert!(matches!(refused, ConfigError::Commit(_)), "{refused}");
    assert!(configs.remove(removal("a", RemoveTarget::Formal)).await.is_err());
    let conditional =
        PublishRequest { condition: PublishCondition::Md5("wrong".into()), ..request("a", "two") };
    let refused = configs.publish(conditional).await.unwrap_err();
    assert!(matches!(refused, ConfigError::Conflict { .. }), "what is refused needs no store: {refused}");

    let served = configs.read(&key("a"), &ANYBODY).unwrap();
    assert_eq!(&*served.content.text(), "one");
    assert_eq!(configs.read(&key("b"), &ANYBODY), None);
    let watcher = Watcher::polling(&ClientLabels { ip: "9.9.9.9", ..ANYBODY });
    let listener = configs.listener(watcher, Arc::new(Nobody));
    let items = [holding("a", Some("one")), holding("b", None)];
    assert_eq!(configs.listen(&listener, &items, &ANYBODY, Now::default()).unwrap(), []);
    let hold = Duration::from_secs(30);
    assert_eq!(configs.long_poll(&items, &ANYBODY, hold, Now::default()).await.unwrap(), []);
    let stale = [holding("a", Some("zero"))];
    assert_eq!(configs.long_poll(&stale, &ANYBODY, hold, Now::default()).await.unwrap(), [key("a")]);
}
