use navaid_core::{
    ClientId, ClusterName, Command, ConnectionId, Endpoint, GroupName, Instance, InstanceId, Lifetime,
    Metadata, NamespaceId, Outcome, ServiceKey, ServiceMetadata, ServiceName, Timestamp,
    seam::{Commit, CommitError, Pending},
};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

use super::*;
use crate::{ClientProfile, Consumer, NamingSettings, Selection, SubscriberOutbox, Subscription};

fn now(wall_secs: u64, mono_secs: u64) -> Now {
    Now { wall: Timestamp(wall_secs * 1000), mono: Moment(mono_secs * 1000) }
}

#[test]
fn pause_is_seen_on_either_clock() {
    let mut watch = PauseWatch::new(now(1000, 0));
    assert_eq!(watch.observe(now(1001, 1)), None);
    assert_eq!(watch.observe(now(1061, 61)), Some(Duration::from_secs(59)));
    assert_eq!(watch.observe(now(1200, 62)), Some(Duration::ZERO));
    assert_eq!(watch.observe(now(900, 63)), None, "a wall clock set back tells nothing");
}

/// The runtime's clock, which stands still in these tests until everybody waits.
struct RuntimeClock(Instant);

impl Clock for RuntimeClock {
    fn now(&self) -> Now {
        let millis = u64::try_from(self.0.elapsed().as_millis()).unwrap();
        Now { wall: Timestamp(1_700_000_000_000 + millis), mono: Moment(millis) }
    }
}

/// Tells what is committed, and does nothing.
struct Told(mpsc::Sender<Command>);

impl Commit for Told {
    fn commit(&self, command: Command) -> Pending<Result<Outcome, CommitError>> {
        let told = self.0.try_send(command).map_err(|_| CommitError::Stopping);
        Box::pin(async move { told.map(|()| Outcome::Done) })
    }
}

struct Outbox(mpsc::Sender<(Instant, usize)>);

impl SubscriberOutbox for Outbox {
    fn offer(&self, _key: &ServiceKey, selection: Arc<Selection>, _: Moment) {
        self.0.try_send((Instant::now(), selection.hosts.len())).expect("the test takes what comes");
    }
}

struct Running {
    naming: Arc<Naming>,
    clock: Arc<RuntimeClock>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    commands: mpsc::Receiver<Command>,
}

fn run() -> Running {
    let (told, commands) = mpsc::channel(16);
    let naming = Arc::new(Naming::new(NamingSettings::default(), Arc::new(Told(told))));
    let clock = Arc::new(RuntimeClock(Instant::now()));
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    tasks.spawn(NamingRunner::new(naming.clone(), clock.clone(), stop.clone()).run());
    Running { naming, clock, stop, tasks, commands }
}

fn key() -> ServiceKey {
    ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &ServiceName::parse("s").unwrap())
}

fn register(running: &Running, port: u16) {
    let endpoint = Endpoint { ip: "1.1.1.1".into(), port };
    let instance = Instance {
        endpoint: endpoint.clone(),
        cluster: ClusterName::default(),
        weight: 1.0,
        enabled: true,
        healthy: true,
        metadata: Metadata::default(),
        id: InstanceId::Simple,
    };
    let client = ClientId::Address(endpoint, Lifetime::Ephemeral);
    running.naming.register(&client, &key(), instance, running.clock.now()).unwrap();
}

fn subscribe(running: &Running) -> mpsc::Receiver<(Instant, usize)> {
    let (sender, pushes) = mpsc::channel(16);
    let now = running.clock.now();
    let profile =
        ClientProfile { ip: "2.2.2.2".into(), port: 1, agent: "".into(), app: "".into(), connected_at: now };
    running.naming.connect(ConnectionId::new("c"), profile.into(), now);
    let consumer = Consumer { ip: "2.2.2.2".into(), port: 0, agent: "".into(), app: "".into() };
    let subscription =
        Subscription { clusters: "".into(), consumer: consumer.into(), outbox: Arc::new(Outbox(sender)) };
    let client = ClientId::Connection(ConnectionId::new("c"));
    running.naming.subscribe(&client, &key(), subscription, now).unwrap();
    pushes
}

async fn next<T>(receiver: &mut mpsc::Receiver<T>) -> T {
    timeout(Duration::from_secs(300), receiver.recv()).await.expect("in time").expect("still running")
}

#[tokio::test(start_paused = true)]
async fn change_is_pushed_when_its_turn_comes() {
    let running = run();
    let mut pushes = subscribe(&running);
    let start = Instant::now();
    let (at, hosts) = next(&mut pushes).await;
    assert_eq!((hosts, (at - start).as_millis() / 10), (0, 50));
    tokio::time::sleep(Duration::from_secs(5)).await;
    let start = Instant::now();
    register(&running, 1);
    let (at, hosts) = next(&mut pushes).await;
    assert_eq!((hosts, (at - start).as_millis() / 10), (1, 0), "the first change goes out at once");
}

#[tokio::test(start_paused = true)]
async fn silent_instance_is_pushed_as_gone() {
    let running = run();
    register(&running, 1);
    let mut pushes = subscribe(&running);
    let start = Instant::now();
    loop {
        let (at, hosts) = next(&mut pushes).await;
        if hosts == 0 {
            assert_eq!((at - start).as_secs(), 31);
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn expired_metadata_is_proposed_for_removal() {
    let mut running = run();
    let record = navaid_core::Record::PutService(key(), ServiceMetadata::new(Lifetime::Ephemeral));
    running.naming.load(record).unwrap();
    let command = next(&mut running.commands).await;
    assert_eq!(command, Command::Naming(NamingCommand::RemoveService { key: key() }));
}

#[tokio::test(start_paused = true)]
async fn stopped_runner_ends() {
    let mut running = run();
    running.stop.cancel();
    let ended = timeout(Duration::from_secs(1), running.tasks.join_next()).await;
    assert!(matches!(ended, Ok(Some(Ok(())))));
}
