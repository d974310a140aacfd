//! The face of the engine over a catalogue whose commands are applied at once, and history kept in memory.

mod delivering;
mod encrypting;
mod failing;
mod limiting;
mod listening;
mod searching;
mod transferring;
mod writing;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use navaid_core::{
    command::{Command, Operator, Outcome, PublishCondition, PublishTarget},
    config_item::{ConfigKey, ContentMd5, Description},
    history::{HistoryEntry, HistoryId},
    name::{DataId, GroupName, NamespaceId},
    record::Record,
    seam::{Clock, Commit, CommitError, HistoryReader, Pending, ReadError},
    time::{Moment, Now, Timestamp},
};
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::{
    Catalog, ClientLabels, ConfigSettings, ConfigTasks, Configs, HeldMd5, ListenItem, PublishRequest,
    RemoveRequest, RemoveTarget, RequestedTag,
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
    let catalog = Arc::<Catalog>::default();
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

const ANYBODY: ClientLabels<'static> = ClientLabels { ip: "9.9.9.9", tag: RequestedTag::None, app: None };
