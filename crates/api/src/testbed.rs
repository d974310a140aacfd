//! A node for tests: real engines over a store that keeps nothing beyond the process.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use navaid_config::{Catalog, ConfigSettings, ConfigTasks, Configs, Namespaces, namespace::NamespaceTable};
use navaid_core::{
    ConfigKey, Endpoint, HistoryEntry, HistoryId, Moment, Now, ProbeReport, ProbeTally, ServiceKey,
    Timestamp,
    command::{Command, Outcome},
    record::Record,
    seam::{Applied, Clock, Commit, CommitError, HistoryReader, Pending, Probing, ReadError},
};
use navaid_naming::{Naming, NamingSettings};
use parking_lot::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    grpc::PushTiming,
    guard::Guard,
    http::{call::Call, params::Params},
    log_control::{LogControl, LogUnchanged},
    machine::Machine,
    node::{Facts, Limits, Node, Readiness},
    push_tally::PushTally,
    repeats::Repeats,
    traffic::Traffic,
};

/// Time of the wall clock when a testbed is set up.
const START: Timestamp = Timestamp(1_700_000_000_000);

/// A node and the tasks of its engines. Needs a runtime whose time is paused, or real.
pub(crate) struct Testbed {
    pub(crate) node: Arc<Node>,
    _config_tasks: ConfigTasks,
}

impl Testbed {
    pub(crate) fn start() -> Self {
        Self::start_with(ConfigSettings::default())
    }

    /// A node whose configuration engine is set like this.
    pub(crate) fn start_with(settings: ConfigSettings) -> Self {
        let catalog = Arc::<Catalog>::default();
        let table = Arc::new(NamespaceTable::default());
        let state = (catalog.clone(), table.clone());
        let ledger = Arc::new(Ledger { state, history: Mutex::default(), order: Mutex::default() });
        let store = Arc::new(Store(ledger));
        let clock: Arc<dyn Clock> = Arc::new(RuntimeClock(Instant::now()));
        let configs = Arc::new(Configs::new(catalog.clone(), store.clone(), store.clone(), settings));
        let node = Node {
            naming: Arc::new(Naming::new(NamingSettings::default(), store.clone())),
            configs: configs.clone(),
            namespaces: Arc::new(Namespaces::new(table, catalog, store.clone())),
            store,
            clock: clock.clone(),
            probes: Arc::new(NoProbes),
            mesh: None,
            guard: Guard::Open,
            facts: Facts {
                version: "0.0.0",
                ip: "10.0.0.1".into(),
                port: 8848,
                context: "/nacos".into(),
                console_context: "".into(),
            },
            limits: Limits::default(),
            push_timing: PushTiming::default(),
            push_tally: PushTally::default(),
            traffic: Traffic::default(),
            repeats: Repeats::default(),
            machine: Machine::default(),
            datagrams: Arc::default(),
            log: Arc::new(FixedLog),
            readiness: Readiness::default(),
            tasks: tokio_util::task::TaskTracker::new(),
            stopping: CancellationToken::new(),
        };
        Self { node: Arc::new(node), _config_tasks: ConfigTasks::start(&configs, clock) }
    }

    /// A call with an encoded form and headers, as a handler is given it.
    pub(crate) fn call(&self, form: &str, headers: &[(&'static str, &'static str)]) -> Call {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        Call {
            node: self.node.clone(),
            connections: Arc::default(),
            path: "/v1/x".to_owned(),
            full_path: "/nacos/v1/x".to_owned(),
            headers,
            params: params(form),
            body: Bytes::new(),
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
        }
    }
}

/// The parameters of an encoded query or form.
pub(crate) fn params(encoded: &str) -> Params {
    let mut params = Params::default();
    params.read_encoded(encoded.as_bytes()).unwrap();
    params
}

/// A log that nobody can change.
struct FixedLog;

impl LogControl for FixedLog {
    fn set_level(&self, _: &'static str, _: tracing::level_filters::LevelFilter) -> Result<(), LogUnchanged> {
        Err(LogUnchanged("a testbed has no log".to_owned()))
    }
}

/// A testbed has no persistent instances to probe.
struct NoProbes;

impl Probing for NoProbes {
    fn report(&self, _: &ServiceKey, _: &Endpoint) -> Option<ProbeReport> {
        None
    }

    fn tally(&self, _: Now) -> ProbeTally {
        ProbeTally::default()
    }
}

struct Ledger {
    state: (Arc<Catalog>, Arc<NamespaceTable>),
    history: Mutex<Vec<HistoryEntry>>,
    order: Mutex<u64>,
}

struct Store(Arc<Ledger>);

impl Commit for Store {
    fn commit(&self, command: Command) -> Pending<Result<Outcome, CommitError>> {
        let ledger = self.0.clone();
        Box::pin(async move {
            let mut order = ledger.order.lock();
            *order += 1;
            let (at, (catalog, table)) = (Timestamp(START.0 + *order), &ledger.state);
            let Applied { outcome, records } = match &command {
                Command::Config(command) => catalog.apply(at, command),
                Command::Namespace(command) => table.apply(at, command),
                Command::Naming(_) => {
                    return Err(CommitError::Failed("the testbed keeps no naming state".into()));
                }
            };
            let rows = records.into_iter().filter_map(|record| match record {
                Record::AppendHistory(row) => Some(row),
                _ => None,
            });
            ledger.history.lock().extend(rows);
            Ok(outcome)
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

/// Goes as the runtime's time does.
struct RuntimeClock(Instant);

impl Clock for RuntimeClock {
    fn now(&self) -> Now {
        let since: Duration = self.0.elapsed();
        let millis = u64::try_from(since.as_millis()).unwrap();
        Now { wall: Timestamp(START.0 + millis), mono: Moment(millis) }
    }
}
