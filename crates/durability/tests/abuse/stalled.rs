//! Subscribers that stop reading while their service churns: what each costs, and whether others notice.
//!
//! ```text
//! quiet                    changes ─▶ latency of the healthy, alone
//! 1000 subscribe, stop     resident memory at rest
//! they read nothing        changes ─▶ latency of the healthy, highest resident memory
//! ```
//!
//! What is counted is resident memory of the server's process beyond what the same subscribers cost at rest: the
//! kernel's socket buffers are the system's, which bounds them.

use std::env;
use std::net::TcpStream as Handle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use durability::{GrpcClient, Pushes, Room};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::subject::{Subject, check};

const READERS: u64 = 1000;
/// What one may cost beyond what it costs at rest, in KiB.
const COST_MAX: u64 = 64;
/// How long they read nothing, unless `NAVAID_STALL_SECONDS` says otherwise. Those that stall longer than half a
/// minute are cut off.
const STALL: Duration = Duration::from_secs(15);
const HEALTHY: usize = 5;
/// Changes before the readers come.
const CHANGES_ALONE: u32 = 5;
const INSTANCES: u32 = 100;
/// Between two changes: more than the pace at which a churning service is pushed, so that each is pushed at once.
const REST: Duration = Duration::from_millis(600);
/// No healthy subscriber waits longer for a change, on however busy a machine.
const LATENCY_MAX: Duration = Duration::from_secs(10);
/// One push of the service does not fit into either of them.
const NARROW: Room = Room { window: Some(16 * 1024), socket: None };
const DEAF: Room = Room { window: None, socket: Some(8 * 1024) };

#[test]
fn readers_that_stall_cost_little_and_delay_nobody() {
    check(async |subject| {
        let stall =
            env::var("NAVAID_STALL_SECONDS").map_or(Ok(STALL), |n| n.parse().map(Duration::from_secs))?;
        let mut churn = Churn::begin(subject.port()).await?;
        let mut alone = Vec::new();
        for _ in 0..CHANGES_ALONE {
            alone.extend(churn.change().await?);
        }
        let stalled = stalled_readers(subject.port()).await?;
        let at_rest = subject.resident_kib()?;
        let (beside, peak) = churn_for(&mut churn, subject, stall).await?;
        drop(stalled);
        let cost = peak.saturating_sub(at_rest) / READERS;
        println!("a stalled reader costs {cost} KiB (server {at_rest} KiB at rest, {peak} KiB at most)");
        println!("push latency alone {}, beside them {}", shown(alone), shown(beside));
        ensure!(cost <= COST_MAX, "a stalled reader costs {cost} KiB: {at_rest} KiB became {peak} KiB");
        Ok(())
    });
}

/// Changes the service again and again; gives the latencies and the server's highest memory, in KiB.
async fn churn_for(churn: &mut Churn, subject: &Subject, time: Duration) -> Result<(Vec<Duration>, u64)> {
    let (begun, mut latencies, mut peak) = (Instant::now(), Vec::new(), 0);
    while begun.elapsed() < time {
        latencies.extend(churn.change().await?);
        peak = peak.max(subject.resident_kib()?);
    }
    Ok((latencies, peak))
}

/// Subscribers that will not read what they are pushed: half of them keep their stream's window closed, half leave
/// the socket unread.
async fn stalled_readers(port: u16) -> Result<(Vec<(GrpcClient, Pushes)>, Vec<Handle>)> {
    let (mut narrow, mut deaf) = (Vec::new(), Vec::new());
    for number in 0..READERS {
        let is_deaf = number % 2 == 0;
        let room = if is_deaf { DEAF } else { NARROW };
        let (mut client, pushes, handle) = GrpcClient::register_in(port, "naming", room).await?;
        client.call("SubscribeServiceRequest", &subscription()).await?.success()?;
        match is_deaf {
            true => deaf.push(handle),
            false => narrow.push((client, pushes)),
        }
    }
    Ok((narrow, deaf))
}

/// The service, who changes it, and who hears of it.
struct Churn {
    provider: GrpcClient,
    healthy: Vec<(GrpcClient, Pushes)>,
    changes: u32,
    _others: (GrpcClient, Pushes),
    _own: Pushes,
}

impl Churn {
    async fn begin(port: u16) -> Result<Self> {
        let (mut others, own_of_others) = GrpcClient::register(port, "naming").await?;
        let instances: Vec<_> = (1..INSTANCES).map(|number| instance(number, "")).collect();
        let batch = json!({
            "serviceName": "churning", "type": "batchRegisterInstance", "instances": instances,
        });
        others.call("BatchInstanceRequest", &batch).await?.success()?;
        let (provider, own) = GrpcClient::register(port, "naming").await?;
        let mut healthy = Vec::new();
        for _ in 0..HEALTHY {
            let (mut client, pushes) = GrpcClient::register(port, "naming").await?;
            client.call("SubscribeServiceRequest", &subscription()).await?.success()?;
            healthy.push((client, pushes));
        }
        Ok(Self { provider, healthy, changes: 0, _others: (others, own_of_others), _own: own })
    }

    /// Makes one change, and waits until every healthy subscriber has heard of it; gives how long each waited.
    async fn change(&mut self) -> Result<Vec<Duration>> {
        sleep(REST).await;
        self.changes += 1;
        let stamp = format!("change-{}-", self.changes);
        let begun = Instant::now();
        let body = json!({
            "serviceName": "churning", "type": "registerInstance", "instance": instance(0, &stamp),
        });
        self.provider.call("InstanceRequest", &body).await?.success()?;
        let mut latencies = Vec::with_capacity(self.healthy.len());
        for (_, pushes) in &mut self.healthy {
            while !pushes.next().await.with_context(|| stamp.clone())?.1.to_string().contains(&stamp) {}
            latencies.push(begun.elapsed());
            ensure!(begun.elapsed() < LATENCY_MAX, "{stamp} was heard of after {:?}", begun.elapsed());
        }
        Ok(latencies)
    }
}

fn instance(number: u32, stamp: &str) -> Value {
    json!({
        "ip": format!("10.1.0.{number}"), "port": 8080, "weight": 1.0, "healthy": true, "enabled": true,
        "ephemeral": true, "clusterName": "DEFAULT",
        "metadata": {"preserved.register.source": "SPRING_CLOUD", "version": format!("{stamp}2.1.0")},
    })
}

fn subscription() -> Value {
    json!({"serviceName": "churning", "subscribe": true, "clusters": ""})
}

fn shown(mut latencies: Vec<Duration>) -> String {
    latencies.sort();
    let at = |share: usize| latencies[(latencies.len() - 1) * share / 100];
    format!("p50 {:?} p99 {:?} of {}", at(50), at(99), latencies.len())
}
