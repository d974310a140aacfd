//! A runner with a registry in hand, and the clock of this machine.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use navaid_core::{
    Endpoint, GroupName, Moment, NamespaceId, Now, ProbeReport, ServiceKey, ServiceName, Switches, Timestamp,
    seam::{Clock, Pending, Probing},
    service::HealthChecker,
    switches::ProbePace,
};
use navaid_probe::{Mark, PROBES_MAX, ProbeRunner, Probes, RecordError, Registry, Subject};
use parking_lot::Mutex;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// Longer than anything here takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct Table {
    revision: AtomicU64,
    rows: Mutex<Vec<(Subject, bool)>>,
    pub(crate) switches: Mutex<Switches>,
    marks: Mutex<Vec<Mark>>,
    /// Records that fail before one succeeds.
    pub(crate) failures: Mutex<usize>,
    probes: OnceLock<Probes>,
    /// How many probes were kept at each mark.
    pub(crate) probed_at_marks: Mutex<Vec<usize>>,
}

impl Table {
    pub(crate) fn change(&self, change: impl FnOnce(&mut Vec<(Subject, bool)>)) {
        change(&mut self.rows.lock());
        self.revision.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn marks(&self) -> Vec<Mark> {
        self.marks.lock().clone()
    }
}

impl Registry for Table {
    fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }

    fn subjects(&self) -> Vec<Subject> {
        self.rows.lock().iter().map(|(subject, _)| subject.clone()).collect()
    }

    fn switches(&self) -> Arc<Switches> {
        Arc::new(self.switches.lock().clone())
    }

    fn is_healthy(&self, _: &ServiceKey, endpoint: &Endpoint) -> Option<bool> {
        let rows = self.rows.lock();
        rows.iter().find(|(subject, _)| subject.endpoint == *endpoint).map(|(_, healthy)| *healthy)
    }

    fn record(&self, key: &ServiceKey, endpoint: &Endpoint, mark: Mark) -> Pending<Result<(), RecordError>> {
        let mut failures = self.failures.lock();
        if *failures > 0 {
            *failures -= 1;
            return Box::pin(async { Err("the store is full".into()) });
        }
        let report = self.probes.get().and_then(|probes| probes.report(key, endpoint));
        self.probed_at_marks.lock().push(report.map_or(0, |report| report.records.len()));
        self.marks.lock().push(mark);
        self.change(|rows| {
            let row = rows.iter_mut().find(|(subject, _)| subject.endpoint == *endpoint);
            if let Some((_, healthy)) = row {
                *healthy = mark == Mark::Healthy;
            }
        });
        Box::pin(async { Ok(()) })
    }
}

pub(crate) struct RealTime(Instant);

impl Clock for RealTime {
    fn now(&self) -> Now {
        let millis = u64::try_from(self.0.elapsed().as_millis()).unwrap();
        Now { wall: Timestamp(1_000_000 + millis), mono: Moment(millis) }
    }
}

pub(crate) struct Rig {
    pub(crate) table: Arc<Table>,
    pub(crate) probes: Probes,
    pub(crate) clock: Arc<RealTime>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Rig {
    /// Probes one healthy instance every 100 ms, the first time after 2 s.
    pub(crate) fn start(subject: Subject, switches: Switches) -> Self {
        Self::start_limited(vec![subject], switches, PROBES_MAX)
    }

    pub(crate) fn start_limited(subjects: Vec<Subject>, switches: Switches, probes_max: usize) -> Self {
        let interval = Duration::from_millis(100);
        let pace = ProbePace { max: interval, min: interval, factor: 0.5 };
        let switches = Switches { tcp_probes: pace, http_probes: pace, mysql_probes: pace, ..switches };
        let table = Arc::new(Table {
            revision: AtomicU64::new(1),
            rows: Mutex::new(subjects.into_iter().map(|subject| (subject, true)).collect()),
            switches: Mutex::new(switches),
            marks: Mutex::default(),
            failures: Mutex::default(),
            probes: OnceLock::new(),
            probed_at_marks: Mutex::default(),
        });
        let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
        let clock = Arc::new(RealTime(Instant::now()));
        let runner = ProbeRunner::new(table.clone(), clock.clone(), stop.clone(), probes_max);
        let probes = table.probes.get_or_init(|| runner.probes()).clone();
        tasks.spawn(runner.run());
        Self { table, probes, clock, stop, tasks }
    }

    pub(crate) async fn wait_for(&self, what: &str, condition: impl Fn(&Self) -> bool) {
        let waiting = async {
            while !condition(self) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("no {what} in time"));
    }

    pub(crate) fn report(&self, port: u16) -> Option<ProbeReport> {
        let subject = tcp(port);
        self.probes.report(&subject.key, &subject.endpoint)
    }

    pub(crate) fn probed(&self, port: u16) -> usize {
        self.report(port).map_or(0, |report| report.records.len())
    }

    /// What the last probe found.
    pub(crate) fn newest(&self, port: u16) -> String {
        let report = self.report(port).unwrap();
        report.records.last().map(|record| record.text.to_string()).unwrap_or_default()
    }

    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        let joined = tokio::time::timeout(DEADLINE, self.tasks.join_next()).await;
        joined.expect("the runner ends").expect("one task").expect("no panic");
    }
}

pub(crate) fn subject(port: u16, checker: HealthChecker) -> Subject {
    let name = ServiceName::parse("s").unwrap();
    let key = ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name);
    let endpoint = Endpoint { ip: "127.0.0.1".into(), port };
    Subject { key, endpoint, checker, port }
}

pub(crate) fn tcp(port: u16) -> Subject {
    subject(port, HealthChecker::Tcp)
}

pub(crate) async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}
