//! One instance changes, and every peer of the mesh must know it.
//!
//! ```text
//! rest ─▶ an instance's weight changes ─▶ (the server waits for quiet) ─▶ update 1 … update n ─▶ next change
//! ```
//!
//! The latency of an update is from the begin of the write until its last byte was read, the server's wait for quiet
//! included. All peers listen to all services, so that the same row with fewer services shows what follows from the
//! change and what from the number of services.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout, timeout_at};

use super::register::BATCH;
use crate::figures::{Figures, Latencies, Spent};
use crate::grpc::GrpcConnection;
use crate::mesh::{Heard, MeshStream, Names, Peer, Sink};
use crate::outcome::{Audience, Outcome, Spread};
use crate::process::Process;
use crate::requests::naming;
use crate::server::Server;
use crate::stage::Stage;
use crate::subject::Subject;

/// How long the last of the peers may wait; the first answer has everything.
const UPDATE_DEADLINE: Duration = Duration::from_secs(60);
/// Clients that share the services.
const PROVIDERS: usize = 50;
/// What every instance of the bench listens on, and so what its service is called by.
const PORT: u16 = 8080;

/// So many services of ten instances, and who listens to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Crowd {
    pub(crate) services: u64,
    /// Half of them by increments.
    pub(crate) envoys: usize,
    /// Half of them by the old protocol.
    pub(crate) sinks: usize,
}

/// Measures every kind of peer by itself.
pub(crate) async fn spread(stage: &Stage<'_>, crowd: Crowd) -> Result<Outcome> {
    let Subject::Started(binary) = stage.subject else {
        return Ok(Outcome::NotMeasured("its mesh port is not known"));
    };
    let server = binary.start_with_mesh().await?;
    let mut providers = Vec::with_capacity(PROVIDERS);
    for _ in 0..PROVIDERS {
        providers.push(GrpcConnection::open(server.address(), None).await?);
    }
    register(stage, crowd, &providers).await?;
    sleep(stage.pace.settle).await;
    let mut listeners = Listeners::gather(stage, crowd, &server).await?;
    listeners.changes(stage, &server, &providers[0]).await
}

/// All instances but the one that changes.
async fn register(stage: &Stage<'_>, crowd: Crowd, providers: &[GrpcConnection]) -> Result<()> {
    // The first is left to the instance that changes: a client has one instance or one batch in a service.
    for (number, provider) in (0..crowd.services).zip(providers[1..].iter().cycle()) {
        let first = number * BATCH + u64::from(number == 0);
        let batch = naming::register_batch(&stage.service(number), first..(number + 1) * BATCH);
        provider.call().unary(&batch).await?;
    }
    providers[0].call().unary(&naming::register_weighted(&stage.service(0), 0, 1)).await.map(drop)
}

struct Listeners {
    peers: Vec<Peer>,
    heard: mpsc::Receiver<Heard>,
    _streams: Vec<MeshStream>,
}

impl Listeners {
    /// Opens all streams, one after the other, and waits until each has everything.
    async fn gather(stage: &Stage<'_>, crowd: Crowd, server: &Server) -> Result<Self> {
        let half = |count: usize| [count - count / 2, count / 2];
        let [world, delta] = half(crowd.envoys);
        let [istiods, pilots] = half(crowd.sinks);
        let peers: Vec<Peer> = Peer::ALL
            .into_iter()
            .zip([world, delta, istiods, pilots])
            .flat_map(|(peer, count)| std::iter::repeat_n(peer, count))
            .collect();
        let host = |number| format!("{}.DEFAULT-GROUP.public.nacos", stage.service(number));
        let clusters = (0..crowd.services).map(|number| format!("outbound|{PORT}||{}", host(number)));
        let names = Names::new(&clusters.collect::<Vec<_>>());
        let (queue, mut heard) = mpsc::channel(2 * peers.len());
        let mut streams = Vec::with_capacity(peers.len());
        for (stream, peer) in peers.iter().enumerate() {
            let sink = Sink { stream, queue: queue.clone() };
            streams.push(MeshStream::open(server.mesh(), *peer, names.clone(), sink).await?);
            let first = timeout(UPDATE_DEADLINE, heard.recv()).await.context("no first answer")?;
            first.with_context(|| format!("{} ended", peer.name()))?;
        }
        Ok(Self { peers, heard, _streams: streams })
    }

    async fn changes(
        &mut self,
        stage: &Stage<'_>,
        server: &Server,
        provider: &GrpcConnection,
    ) -> Result<Outcome> {
        let (process, bench) = (server.process(), Process::own());
        let mut tallies: Vec<_> = Peer::ALL.into_iter().map(Tally::new).collect();
        let mut call = provider.call();
        let (mut elapsed, mut server_cpu, mut bench_cpu) = Default::default();
        for change in 0..=stage.pace.changes {
            self.rest(stage.pace.rest).await;
            let (server_before, bench_before, begun) = (process.cpu()?, bench.cpu()?, Instant::now());
            call.unary(&naming::register_weighted(&stage.service(0), 0, 2 + change)).await?;
            let heard = timeout(UPDATE_DEADLINE, self.until_all_heard()).await;
            let heard = heard.with_context(|| format!("change {change} did not reach everybody"))??;
            // Acknowledgements belong to the change.
            self.rest(stage.pace.rest).await;
            if change == 0 {
                continue; // it settles what came before
            }
            elapsed += begun.elapsed();
            server_cpu += process.cpu()? - server_before;
            bench_cpu += bench.cpu()? - bench_before;
            for one in heard {
                let peer = self.peers[one.stream];
                tallies
                    .iter_mut()
                    .filter(|tally| tally.peer == peer)
                    .for_each(|tally| tally.note(one, begun));
            }
        }
        let spent = Spent { elapsed, server_cpu, bench_cpu };
        let audiences = tallies.into_iter().filter(|tally| tally.latencies.count() > 0);
        Ok(Outcome::Spread(Spread {
            changes: stage.pace.changes,
            spent,
            audiences: audiences.map(|tally| tally.audience(spent)).collect(),
        }))
    }

    /// Lets answers of earlier changes pass.
    async fn rest(&mut self, rest: Duration) {
        let end = tokio::time::Instant::now() + rest;
        while let Ok(Some(_)) = timeout_at(end, self.heard.recv()).await {}
    }

    /// The first answer of each stream.
    async fn until_all_heard(&mut self) -> Result<Vec<Heard>> {
        let mut has_heard = vec![false; self.peers.len()];
        let mut all = Vec::with_capacity(has_heard.len());
        while all.len() < has_heard.len() {
            let heard = self.heard.recv().await.context("the streams are gone")?;
            if !std::mem::replace(&mut has_heard[heard.stream], true) {
                all.push(heard);
            }
        }
        Ok(all)
    }
}

/// What the peers of one kind were told.
struct Tally {
    peer: Peer,
    latencies: Latencies,
    received: usize,
    replied: usize,
}

impl Tally {
    fn new(peer: Peer) -> Self {
        Self { peer, latencies: Latencies::default(), received: 0, replied: 0 }
    }

    fn note(&mut self, heard: Heard, begun: Instant) {
        self.latencies.record(heard.at.saturating_duration_since(begun));
        self.received += heard.bytes;
        self.replied += heard.replied;
    }

    fn audience(self, spent: Spent) -> Audience {
        let updates = self.latencies.count().max(1) as f64;
        Audience {
            name: self.peer.name(),
            received_each: self.received as f64 / updates,
            replied_each: self.replied as f64 / updates,
            figures: Figures::new(self.latencies, spent),
        }
    }
}
