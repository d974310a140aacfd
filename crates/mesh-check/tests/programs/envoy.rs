//! Envoy takes clusters and endpoints over aggregated discovery, and requests through it reach the right instances.

mod bootstrap;
mod proxy;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, ensure};
use clients_check::Workshop;
use mesh_check::{Bed, DEADLINE, Instance};
use tokio::time::Instant;

use crate::backends::{Backends, address};
use crate::block_on;
use proxy::Proxy;

const FEW_REQUESTS: usize = 12;
const MANY_REQUESTS: usize = 400;
/// What Envoy answers where a cluster is not known, or has no endpoint.
const NOBODY: &str = "503";

/// What a test knows of Envoy and its surroundings.
struct Stage {
    bed: Bed,
    proxy: Proxy,
    port: u16,
}

impl Stage {
    fn instance(&self, service: &str, number: u8) -> Instance {
        Instance::new(service, &address(number).to_string(), self.port)
    }

    /// How Envoy names the cluster of a service.
    fn cluster(&self, service: &str) -> String {
        format!("outbound|{}||{}", self.port, self.instance(service, 1).host())
    }

    /// Who answered requests to a service, or with which status Envoy did.
    async fn requests(&self, service: &str, number: usize) -> Result<BTreeMap<String, usize>> {
        let cluster = self.cluster(service);
        let mut counts = BTreeMap::new();
        for _ in 0..number {
            let (status, body) = self.proxy.request(&cluster).await?;
            let who = if status == 200 { body } else { status.to_string() };
            *counts.entry(who).or_default() += 1;
        }
        Ok(counts)
    }

    /// Sends requests until just these answer.
    async fn until(&self, service: &str, wanted: &[&str]) -> Result<()> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let counts = self.requests(service, FEW_REQUESTS).await?;
            if counts.keys().eq(wanted.iter()) {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "{wanted:?} should answer for {service}, {counts:?} do");
        }
    }

    /// The share of requests in per cent that a backend gets comes between these bounds.
    async fn shares(&self, service: &str, of: &str, bounds: std::ops::RangeInclusive<usize>) -> Result<()> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let counts = self.requests(service, MANY_REQUESTS).await?;
            let share = counts.get(of).copied().unwrap_or_default() * 100 / MANY_REQUESTS;
            if bounds.contains(&share) && !counts.contains_key(NOBODY) {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "{of} should get {bounds:?} %: {counts:?}");
        }
    }
}

/// `api_type` is `GRPC` for the state of the world, `DELTA_GRPC` for increments.
pub(crate) fn follows_a_registry(workshop: &Workshop, dir: &Path, api_type: &str) -> Result<()> {
    block_on(async {
        let backends = Backends::start(3).await?;
        let bed = Bed::start(&[]).await?;
        let first = Instance::new("demo", "127.0.0.1", backends.port);
        bed.register(&first).await?;
        let proxy = Proxy::start(workshop, dir, api_type, bed.mesh_port()).await?;
        let mut stage = Stage { bed, proxy, port: backends.port };
        comes_and_goes(&stage).await?;
        changes_its_protocol(&stage).await?;
        survives_a_restart(&mut stage).await?;
        stage.proxy.is_content().await?;
        stage.bed.end()
    })
}

async fn comes_and_goes(stage: &Stage) -> Result<()> {
    let bed = &stage.bed;
    let (one, two, three) = (stage.instance("demo", 1), stage.instance("demo", 2), stage.instance("demo", 3));
    stage.until("demo", &["127.0.0.1"]).await?;
    stage.until("unheard-of", &[NOBODY]).await?;
    bed.register(&two).await?;
    bed.register(&three).await?;
    stage.until("demo", &["127.0.0.1", "127.0.0.2", "127.0.0.3"]).await?;
    bed.deregister(&three).await?;
    bed.update(&two.clone().weight("3")).await?;
    stage.shares("demo", "127.0.0.2", 70..=80).await?;

    bed.deregister(&one).await?;
    stage.until("demo", &["127.0.0.2"]).await?;
    bed.update(&two.clone().disabled()).await?;
    stage.until("demo", &[NOBODY]).await?;
    ensure!(
        stage.proxy.has_cluster(&stage.cluster("demo")).await?,
        "a service without instances lost its cluster"
    );
    bed.update(&two).await?;
    stage.until("demo", &["127.0.0.2"]).await?;

    bed.register(&stage.instance("second", 3)).await?;
    stage.until("second", &["127.0.0.3"]).await?;
    bed.deregister(&stage.instance("second", 3)).await?;
    bed.remove_service(&stage.instance("second", 3)).await?;
    let cluster = stage.cluster("second");
    let deadline = Instant::now() + DEADLINE;
    while stage.proxy.has_cluster(&cluster).await? {
        ensure!(Instant::now() < deadline, "the cluster of a removed service stays");
    }
    Ok(())
}

/// The cluster changes under its name: Envoy warms a new one, and needs its endpoints again without asking for them.
async fn changes_its_protocol(stage: &Stage) -> Result<()> {
    let two = stage.instance("demo", 2);
    stage.bed.update(&two.clone().metadata("protocol", "grpc")).await?;
    let deadline = Instant::now() + DEADLINE;
    while !stage.proxy.speaks_http2(&stage.cluster("demo")).await? {
        ensure!(Instant::now() < deadline, "the cluster does not come to speak HTTP/2");
    }
    stage.until("demo", &["127.0.0.2"]).await
}

/// While the server is away and after it, every request is answered.
async fn survives_a_restart(stage: &mut Stage) -> Result<()> {
    let streams = stage.proxy.streams().await?;
    stage.bed.kill()?;
    let away = stage.requests("demo", MANY_REQUESTS).await?;
    stage.bed.relaunch().await?;
    let deadline = Instant::now() + DEADLINE;
    let mut after = BTreeMap::new();
    while stage.proxy.streams().await? <= streams {
        ensure!(Instant::now() < deadline, "Envoy does not come back");
        after.extend(stage.requests("demo", FEW_REQUESTS).await?);
    }
    after.extend(stage.requests("demo", MANY_REQUESTS).await?);
    for counts in [away, after] {
        ensure!(counts.keys().eq(["127.0.0.2"].iter()), "over a restart these answer: {counts:?}");
    }
    stage.bed.register(&stage.instance("demo", 3).metadata("protocol", "grpc")).await?;
    stage.until("demo", &["127.0.0.2", "127.0.0.3"]).await
}
