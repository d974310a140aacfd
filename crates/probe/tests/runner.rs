//! The runner against real listeners, with a registry in hand.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use navaid_core::{
    Endpoint, GroupName, Moment, NamespaceId, Now, ServiceKey, ServiceName, Switches, Timestamp,
    seam::{Clock, Pending},
    service::HealthChecker,
    switches::ProbePace,
};
use navaid_probe::{
    Finding, Mark, ProbeReport, ProbeRunner, Probes, RecordError, Registry, Subject, history::RECORDS_MAX,
};
use parking_lot::Mutex;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// Longer than anything here takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);

struct Table {
    revision: AtomicU64,
    rows: Mutex<Vec<(Subject, bool)>>,
    switches: Mutex<Switches>,
    marks: Mutex<Vec<Mark>>,
    /// Records that fail before one succeeds.
    failures: Mutex<usize>,
}

impl Table {
    fn change(&self, change: impl FnOnce(&mut Vec<(Subject, bool)>)) {
        change(&mut self.rows.lock());
        self.revision.fetch_add(1, Ordering::Release);
    }

    fn marks(&self) -> Vec<Mark> {
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
        self.rows
            .lock()
            .iter()
            .find(|(subject, _)| subject.endpoint == *endpoint)
            .map(|(_, healthy)| *healthy)
    }

    fn record(&self, _: &ServiceKey, endpoint: &Endpoint, mark: Mark) -> Pending<Result<(), RecordError>> {
        let mut failures = self.failures.lock();
        if *failures > 0 {
            *failures -= 1;
            return Box::pin(async { Err("the store is full".into()) });
        }
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

struct RealTime(Instant);

impl Clock for RealTime {
    fn now(&self) -> Now {
        let millis = u64::try_from(self.0.elapsed().as_millis()).unwrap();
        Now { wall: Timestamp(1_000_000 + millis), mono: Moment(millis) }
    }
}

struct Rig {
    table: Arc<Table>,
    probes: Probes,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Rig {
    /// Probes one healthy instance every 100 ms, the first time after 2 s.
    fn start(subject: Subject, switches: Switches) -> Self {
        let interval = Duration::from_millis(100);
        let pace = ProbePace { max: interval, min: interval, factor: 0.5 };
        let table = Arc::new(Table {
            revision: AtomicU64::new(1),
            rows: Mutex::new(vec![(subject, true)]),
            switches: Mutex::new(Switches { tcp_probes: pace, http_probes: pace, ..switches }),
            marks: Mutex::default(),
            failures: Mutex::default(),
        });
        let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
        let clock = Arc::new(RealTime(Instant::now()));
        let runner = ProbeRunner::new(table.clone(), clock, stop.clone());
        let probes = runner.probes();
        tasks.spawn(runner.run());
        Self { table, probes, stop, tasks }
    }

    async fn wait_for(&self, what: &str, condition: impl Fn(&Self) -> bool) {
        let waiting = async {
            while !condition(self) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("no {what} in time"));
    }

    fn report(&self, port: u16) -> Option<ProbeReport> {
        let subject = tcp(port);
        self.probes.report(&subject.key, &subject.endpoint)
    }

    fn probed(&self, port: u16) -> usize {
        self.report(port).map_or(0, |report| report.records.len())
    }

    async fn stop(mut self) {
        self.stop.cancel();
        let joined = tokio::time::timeout(DEADLINE, self.tasks.join_next()).await;
        joined.expect("the runner ends").expect("one task").expect("no panic");
    }
}

fn tcp(port: u16) -> Subject {
    let name = ServiceName::parse("s").unwrap();
    let key = ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name);
    let endpoint = Endpoint { ip: "127.0.0.1".into(), port };
    Subject { key, endpoint, checker: HealthChecker::Tcp, port }
}

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

#[tokio::test]
async fn instance_is_marked_as_its_port_closes_and_opens() {
    let (listener, port) = listen().await;
    let rig = Rig::start(tcp(port), Switches::default());
    rig.wait_for("probe that passes", |rig| rig.probed(port) >= 4).await;
    assert_eq!(rig.table.marks(), []);
    drop(listener);
    rig.wait_for("mark", |rig| rig.table.marks() == [Mark::Unhealthy]).await;
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    rig.wait_for("second mark", |rig| rig.table.marks() == [Mark::Unhealthy, Mark::Healthy]).await;
    let findings: Vec<_> =
        rig.report(port).unwrap().records.into_iter().map(|record| record.finding).collect();
    assert_eq!(findings[findings.len() - 3..], [Finding::Passed, Finding::Passed, Finding::Passed]);
    drop(listener);
    rig.stop().await;
}

#[tokio::test]
async fn records_of_probes_are_bounded() {
    let (_listener, port) = listen().await;
    let rig = Rig::start(tcp(port), Switches::default());
    rig.wait_for("full history", |rig| rig.probed(port) == RECORDS_MAX).await;
    let first = rig.report(port).unwrap().records[0].at;
    rig.wait_for("newer history", |rig| rig.report(port).unwrap().records[0].at > first).await;
    assert_eq!(rig.probed(port), RECORDS_MAX);
    rig.stop().await;
}

#[tokio::test]
async fn nothing_is_probed_while_the_switch_is_off() {
    let (listener, port) = listen().await;
    drop(listener);
    let off = Switches { health_check_enabled: false, ..Switches::default() };
    let rig = Rig::start(tcp(port), off);
    let next = |rig: &Rig| rig.report(port).and_then(|report| report.next);
    rig.wait_for("target", |rig| next(rig).is_some()).await;
    let first = next(&rig).unwrap();
    rig.wait_for("turn that is let pass", |rig| next(rig).unwrap() > first).await;
    assert_eq!((rig.probed(port), rig.table.marks()), (0, vec![]));
    rig.table.switches.lock().health_check_enabled = true;
    rig.wait_for("mark once it is on", |rig| rig.table.marks() == [Mark::Unhealthy]).await;
    rig.stop().await;
}

#[tokio::test]
async fn instances_that_go_are_forgotten_and_new_ones_found() {
    let (_gone_listener, gone) = listen().await;
    let (listener, port) = listen().await;
    drop(listener);
    let rig = Rig::start(tcp(gone), Switches::default());
    rig.wait_for("first target", |rig| rig.report(gone).is_some()).await;
    rig.table.change(|rows| *rows = vec![(tcp(port), true)]);
    rig.wait_for("mark of the new one", |rig| rig.table.marks() == [Mark::Unhealthy]).await;
    assert_eq!(rig.report(gone), None);
    rig.stop().await;
}

#[tokio::test]
async fn mark_that_was_not_recorded_is_tried_again() {
    let (listener, port) = listen().await;
    drop(listener);
    let rig = Rig::start(tcp(port), Switches::default());
    *rig.table.failures.lock() = 2;
    rig.wait_for("mark", |rig| rig.table.marks() == [Mark::Unhealthy]).await;
    assert_eq!(*rig.table.failures.lock(), 0);
    rig.stop().await;
}
