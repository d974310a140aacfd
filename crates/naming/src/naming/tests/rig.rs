//! An engine with a clock in hand, and a commit seam that orders and applies at once.

use std::{
    pin::pin,
    sync::{Arc, OnceLock, Weak},
    task::{self, Poll, Waker},
    time::Duration,
};

use navaid_core::{
    ClientId, ClusterName, Command, ConnectionId, Endpoint, GroupName, Instance, InstanceId, Lifetime,
    Metadata, Moment, NamespaceId, Now, Record, ServiceKey, ServiceName, Timestamp,
    command::OverlayTarget,
    seam::{Commit, CommitError, Pending},
};
use parking_lot::Mutex;

use crate::{
    ClientProfile, Consumer, Filter, HealthFilter, Naming, NamingError, NamingSettings, Selection,
    SubscriberOutbox, Subscription,
};

pub(super) struct Rig {
    pub(super) naming: Arc<Naming>,
    pub(super) now: Now,
    /// What applied commands left in the store, in order.
    pub(super) records: Arc<Mutex<Vec<Record>>>,
}

struct Ordered {
    naming: OnceLock<Weak<Naming>>,
    records: Arc<Mutex<Vec<Record>>>,
}

impl Commit for Ordered {
    fn commit(&self, command: Command) -> Pending<Result<navaid_core::Outcome, CommitError>> {
        let naming = self.naming.get().and_then(Weak::upgrade).expect("the rig owns the engine");
        let Command::Naming(command) = command else { panic!("not for this engine") };
        let mut records = self.records.lock(); // held meanwhile: commands have one order
        let applied = naming.apply(Timestamp(1), &command);
        records.extend(applied.records);
        Box::pin(async move { Ok(applied.outcome) })
    }
}

/// Keeps all that it is offered.
#[derive(Default)]
pub(super) struct Mailbox(Mutex<Vec<Arc<Selection>>>);

impl SubscriberOutbox for Mailbox {
    fn offer(&self, _key: &ServiceKey, selection: Arc<Selection>, _: Moment) {
        self.0.lock().push(selection);
    }
}

impl Mailbox {
    pub(super) fn take(&self) -> Vec<Arc<Selection>> {
        std::mem::take(&mut self.0.lock())
    }

    /// Endpoints of each push since the last call.
    pub(super) fn take_hosts(&self) -> Vec<Vec<String>> {
        self.take().iter().map(|selection| hosts(selection)).collect()
    }
}

impl Rig {
    pub(super) fn new() -> Self {
        Self::with(NamingSettings::default())
    }

    pub(super) fn with(settings: NamingSettings) -> Self {
        let records = Arc::default();
        let commit = Arc::new(Ordered { naming: OnceLock::new(), records: Arc::clone(&records) });
        let naming = Arc::new(Naming::new(settings, commit.clone()));
        commit.naming.set(Arc::downgrade(&naming)).expect("set once");
        Self { naming, now: Now { wall: Timestamp(1_700_000_000_000), mono: Moment(0) }, records }
    }

    /// Lets time pass second by second, as the runner does, pushing and proposing what is due.
    pub(super) fn pass(&mut self, secs: u64) {
        for _ in 0..secs {
            self.pass_millis(1000);
            for command in self.naming.tick(self.now) {
                self.run(self.naming.propose(command)).expect("clean-up is never refused here");
            }
        }
    }

    pub(super) fn pass_millis(&mut self, millis: u64) {
        for _ in 0..millis / 10 {
            self.now.wall = Timestamp(self.now.wall.0 + 10);
            self.now.mono = self.now.mono + Duration::from_millis(10);
            self.naming.push_due(self.now);
        }
    }

    /// The outcome of a call that commits: the seam here answers at once.
    pub(super) fn run<T>(&self, call: impl Future<Output = T>) -> T {
        match pin!(call).poll(&mut task::Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => panic!("the call waits for something else than its commit"),
        }
    }

    /// A connection that the engine knows.
    pub(super) fn connect(&self, name: &str) -> ClientId {
        let profile = ClientProfile {
            ip: "9.9.9.9".into(),
            port: 1,
            agent: "Nacos-Java-Client:v2.5.1".into(),
            app: "".into(),
            connected_at: self.now,
        };
        self.naming.connect(ConnectionId::new(name), profile.into(), self.now);
        connection(name)
    }

    pub(super) fn register(&self, client: &ClientId, instance: Instance) -> Result<(), NamingError> {
        self.naming.register(client, &key("s"), instance, self.now)
    }

    /// Registers over HTTP: the client is the address.
    pub(super) fn register_http(&self, instance: Instance) -> Result<(), NamingError> {
        self.register(&http(&instance.endpoint), instance)
    }

    pub(super) fn beat(&self, port: u16) -> crate::BeatAnswer {
        self.naming.beat(&key("s"), &endpoint(port), None, self.now).unwrap()
    }

    pub(super) fn query(&self, clusters: &str, health: HealthFilter) -> Arc<Selection> {
        self.naming.query(&key("s"), &Filter { clusters, health, consumer_ip: "" }, self.now)
    }

    /// Endpoints that a caller without filters sees, `!` behind unhealthy ones.
    pub(super) fn list(&self) -> Vec<String> {
        hosts(&self.query("", HealthFilter::All))
    }

    pub(super) fn subscribe(&self, client: &ClientId, clusters: &str) -> Arc<Mailbox> {
        let mailbox = Arc::new(Mailbox::default());
        self.subscribe_into(client, clusters, mailbox.clone());
        mailbox
    }

    pub(super) fn subscribe_into(
        &self,
        client: &ClientId,
        clusters: &str,
        outbox: Arc<Mailbox>,
    ) -> Arc<Selection> {
        let consumer = Consumer { ip: "9.9.9.9".into(), port: 0, agent: "".into(), app: "".into() };
        let subscription = Subscription { clusters: clusters.into(), consumer: consumer.into(), outbox };
        self.naming.subscribe(client, &key("s"), subscription, self.now).unwrap()
    }

    pub(super) fn is_listed(&self) -> bool {
        let page =
            self.naming.services(&NamespaceId::default(), Some(&GroupName::default()), crate::Page::ALL);
        assert_eq!(page.keys.contains(&key("s")), self.naming.service(&key("s")).is_some());
        page.keys.contains(&key("s"))
    }
}

pub(super) fn hosts(selection: &Selection) -> Vec<String> {
    let show = |host: &Arc<Instance>| format!("{}{}", host.endpoint, if host.healthy { "" } else { "!" });
    selection.hosts.iter().map(show).collect()
}

pub(super) fn key(name: &str) -> ServiceKey {
    ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &ServiceName::parse(name).unwrap())
}

pub(super) fn endpoint(port: u16) -> Endpoint {
    Endpoint { ip: "1.1.1.1".into(), port }
}

pub(super) fn instance(port: u16) -> Instance {
    Instance {
        endpoint: endpoint(port),
        cluster: ClusterName::default(),
        weight: 1.0,
        enabled: true,
        healthy: true,
        metadata: Metadata::default(),
        id: InstanceId::Simple,
    }
}

pub(super) fn in_cluster(port: u16, cluster: &str) -> Instance {
    Instance { cluster: ClusterName::parse(cluster).unwrap(), ..instance(port) }
}

pub(super) fn unhealthy(port: u16) -> Instance {
    Instance { healthy: false, ..instance(port) }
}

pub(super) fn with_metadata(port: u16, pairs: &[(&str, &str)]) -> Instance {
    Instance { metadata: metadata(pairs), ..instance(port) }
}

pub(super) fn metadata(pairs: &[(&str, &str)]) -> Metadata {
    pairs.iter().copied().collect()
}

pub(super) fn target(port: u16) -> OverlayTarget {
    OverlayTarget { endpoint: endpoint(port), cluster: ClusterName::default() }
}

pub(super) fn connection(name: &str) -> ClientId {
    ClientId::Connection(ConnectionId::new(name))
}

pub(super) fn http(endpoint: &Endpoint) -> ClientId {
    ClientId::Address(endpoint.clone(), Lifetime::Ephemeral)
}
