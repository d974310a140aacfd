//! One change, many who must hear of it.
//!
//! ```text
//! rest ─▶ write begins ─┬─▶ write acknowledged
//!                       └─▶ notice 1 … notice n ─▶ next change, when all have it
//! ```
//!
//! The latency of a notice is from the begin of the write until the bench has read it, its own reading included.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use memchr::memmem;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::figures::{Figures, Latencies, Spent};
use crate::grpc::{GrpcConnection, Message, Push, PushSink, StalledReader};
use crate::http::HttpConnection;
use crate::outcome::Outcome;
use crate::process::Process;
use crate::requests::{config, naming};
use crate::stage::Stage;
use crate::target::Address;

/// How long the last of the audience may wait.
pub(super) const NOTICE_DEADLINE: Duration = Duration::from_secs(30);

/// How long a poll may be held, as SDKs ask for it.
const POLL_TIMEOUT: Duration = Duration::from_secs(30);

/// Pushes that a stalled reader can be sent, and a few more.
const FILLING_CHANGES: u32 = 5;

/// A configuration item that that many clients listen to.
pub(crate) async fn config(stage: &Stage<'_>, listeners: usize) -> Result<Outcome> {
    let item = stage.item(0);
    let writer = stage.connections(1).await?;
    let mut call = writer[0].call();
    call.unary(&config::publish(&item, 0)).await?;
    let mut audience = Audience::gather(stage, listeners, &config::listen(&item)).await?;
    let mut write = async |change: u32| {
        call.unary(&config::publish(&item, u64::from(change))).await?;
        anyhow::Ok(())
    };
    audience.changes(stage, &mut write, |push, _| push.names(&item)).await
}

/// The same for clients that poll; the polls that follow the answers are part of the cost.
pub(crate) async fn polls(stage: &Stage<'_>, polls: usize) -> Result<Outcome> {
    let item = stage.item(0);
    let writer = stage.connections(1).await?;
    let mut call = writer[0].call();
    call.unary(&config::publish(&item, 0)).await?;
    let newest = Arc::<AtomicU32>::default();
    let mut audience = Audience::polling(stage, polls, &item, &newest);
    let mut write = async |change: u32| {
        // Before the write: whoever is told of it polls again with the digest of what it wrote.
        newest.store(change, Ordering::Relaxed);
        call.unary(&config::publish(&item, u64::from(change))).await?;
        anyhow::Ok(())
    };
    audience.changes(stage, &mut write, |push, _| push.names(&item)).await
}

/// Polls for ever, each time with the digest of the newest content.
async fn poll(address: Address, item: String, newest: Arc<AtomicU32>, sink: PushSink) -> Result<()> {
    let mut http = HttpConnection::open(address).await?;
    loop {
        let form = config::listening_form(&item, u64::from(newest.load(Ordering::Relaxed)));
        let body = http.poll(config::POLL_PATH, form, POLL_TIMEOUT).await?;
        let push = Push { connection: sink.connection, received: Instant::now(), body };
        sink.queue.send(push).await.context("hand on the answer of a poll")?;
    }
}

/// A service of that many instances with that many subscribers; one instance changes its metadata.
pub(crate) async fn instance(stage: &Stage<'_>, subscribers: usize, instances: u64) -> Result<Outcome> {
    Churning::begin(stage, instances).await?.changes(stage, subscribers).await
}

/// The same beside that many others who subscribe and read nothing.
pub(crate) async fn beside_stalled(
    stage: &Stage<'_>,
    subscribers: usize,
    instances: u64,
    stalled: usize,
) -> Result<Outcome> {
    let service = Churning::begin(stage, instances).await?;
    let _stalled = service.stalled_readers(stage, stalled).await?;
    service.fill(stage).await?;
    service.changes(stage, subscribers).await
}

/// A service of which one instance changes its metadata.
pub(crate) struct Churning {
    name: String,
    /// The first holds all other instances, the second the one that changes.
    providers: Vec<GrpcConnection>,
}

impl Churning {
    pub(crate) async fn begin(stage: &Stage<'_>, instances: u64) -> Result<Self> {
        let (name, providers) = (stage.service(0), stage.connections(2).await?);
        providers[0].call().unary(&naming::register_batch(&name, 1..instances)).await?;
        providers[1].call().unary(&naming::register(&name, 0)).await?;
        Ok(Self { name, providers })
    }

    /// Clients that subscribe and read nothing that they are pushed.
    pub(crate) async fn stalled_readers(
        &self,
        stage: &Stage<'_>,
        count: usize,
    ) -> Result<Vec<StalledReader>> {
        let mut readers = Vec::with_capacity(count);
        for _ in 0..count {
            readers.push(StalledReader::open(stage.seat.address, &naming::subscribe(&self.name)).await?);
        }
        Ok(readers)
    }

    /// Changes the service until readers that have stalled can be sent nothing more.
    async fn fill(&self, stage: &Stage<'_>) -> Result<()> {
        for change in 0..FILLING_CHANGES {
            let filling = naming::register_with(&self.name, 0, &format!("filling-{change}-"));
            self.providers[1].call().unary(&filling).await?;
            sleep(stage.pace.rest).await;
        }
        Ok(())
    }

    /// Changes the service before that many who do read.
    pub(crate) async fn changes(&self, stage: &Stage<'_>, subscribers: usize) -> Result<Outcome> {
        let mut call = self.providers[1].call();
        let mut audience = Audience::gather(stage, subscribers, &naming::subscribe(&self.name)).await?;
        let mut write = async |change: u32| {
            call.unary(&naming::register_with(&self.name, 0, &stamp(change))).await?;
            anyhow::Ok(())
        };
        let tells = |push: &Push, change: u32| {
            memmem::find(&push.body, format!("\"{}", stamp(change)).as_bytes()).is_some()
        };
        audience.changes(stage, &mut write, tells).await
    }
}

/// By what a push with this change is recognised.
fn stamp(change: u32) -> String {
    format!("change-{change}-")
}

/// The clients that must hear of changes.
struct Audience {
    size: usize,
    pushes: mpsc::Receiver<Push>,
    _connections: Vec<GrpcConnection>,
    _polls: JoinSet<Result<()>>,
}

impl Audience {
    async fn gather(stage: &Stage<'_>, size: usize, subscription: &Message) -> Result<Self> {
        let (queue, pushes) = mpsc::channel(2 * size);
        let mut connections = Vec::with_capacity(size);
        for connection in 0..size {
            let sink = PushSink { connection, queue: queue.clone() };
            connections.push(GrpcConnection::open(stage.seat.address, Some(sink)).await?);
        }
        for connection in &connections {
            connection.call().unary(subscription).await?;
        }
        Ok(Self { size, pushes, _connections: connections, _polls: JoinSet::new() })
    }

    /// Clients that poll. All polls are held before the first change that counts.
    fn polling(stage: &Stage<'_>, size: usize, item: &str, newest: &Arc<AtomicU32>) -> Self {
        let (queue, pushes) = mpsc::channel(2 * size);
        let mut polls = JoinSet::new();
        for connection in 0..size {
            let sink = PushSink { connection, queue: queue.clone() };
            polls.spawn(poll(stage.seat.address, item.to_owned(), Arc::clone(newest), sink));
        }
        Self { size, pushes, _connections: Vec::new(), _polls: polls }
    }

    /// Makes the changes of the pace, each after the last was heard by all. The first is not counted: it settles what
    /// came before.
    async fn changes(
        &mut self,
        stage: &Stage<'_>,
        write: &mut impl AsyncFnMut(u32) -> Result<()>,
        tells: impl Fn(&Push, u32) -> bool,
    ) -> Result<Outcome> {
        let (server, bench) = (stage.seat.process, Process::own());
        self.change(stage, write, &|push| tells(push, 1), 1).await?;
        let (server_before, bench_before, begun) = (server.cpu()?, bench.cpu()?, Instant::now());
        let mut latencies = Latencies::default();
        for change in 2..2 + stage.pace.changes {
            let heard = self.change(stage, write, &|push| tells(push, change), change).await?;
            heard.into_iter().for_each(|latency| latencies.record(latency));
        }
        // Acknowledgements and what follows from them belong to the last change too.
        sleep(stage.pace.rest).await;
        let spent = Spent {
            elapsed: begun.elapsed(),
            server_cpu: server.cpu()? - server_before,
            bench_cpu: bench.cpu()? - bench_before,
        };
        Ok(Outcome::FanOut(Figures::new(latencies, spent)))
    }

    async fn change(
        &mut self,
        stage: &Stage<'_>,
        write: &mut impl AsyncFnMut(u32) -> Result<()>,
        tells: &impl Fn(&Push) -> bool,
        number: u32,
    ) -> Result<Vec<Duration>> {
        self.rest(stage.pace.rest).await;
        let begun = Instant::now();
        write(number).await?;
        let heard = timeout(NOTICE_DEADLINE, self.until_all_heard(begun, tells)).await;
        heard.with_context(|| format!("change {number} did not reach everybody"))?
    }

    /// Lets pushes of earlier changes pass, repeated ones among them.
    async fn rest(&mut self, rest: Duration) {
        let end = tokio::time::Instant::now() + rest;
        while let Ok(Some(_)) = tokio::time::timeout_at(end, self.pushes.recv()).await {}
    }

    async fn until_all_heard(
        &mut self,
        begun: Instant,
        tells: &impl Fn(&Push) -> bool,
    ) -> Result<Vec<Duration>> {
        let mut heard = vec![false; self.size];
        let mut latencies = Vec::with_capacity(heard.len());
        while latencies.len() < heard.len() {
            let push = self.pushes.recv().await.context("the connections are gone")?;
            if tells(&push) && !std::mem::replace(&mut heard[push.connection], true) {
                latencies.push(push.received.saturating_duration_since(begun));
            }
        }
        Ok(latencies)
    }
}
