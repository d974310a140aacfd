//! Many services.

use std::fs;

use anyhow::{Context, Result, ensure};
use conformance::{Acknowledging, GrpcClient};
use mesh_check::wire::ADS_PATH;
use mesh_check::wire::discovery::{DiscoveryRequest, Node};
use mesh_check::{Age, Bed, Instance, IstiodSink, Pilot14Sink, Room, Sink, Stream, run};
use prost::Message;
use serde_json::json;

const SERVICES: usize = 5_000;
const INSTANCES: usize = 2;
/// What the server may grow by for peers that do not read, in MiB; each would take far more if answers queued up.
const GROWTH_MAX: u64 = 200;
const STALLED: usize = 20;
const CHANGES: usize = 15;

async fn register(client: &mut GrpcClient, service: usize, weight: f64) -> Result<()> {
    let instance = |number: usize| {
        json!({
            "ip": format!("10.{}.{}.{number}", 100 + service / 250, service % 250), "port": 8080, "weight": weight,
            "healthy": true, "enabled": true, "ephemeral": true, "clusterName": "DEFAULT", "metadata": {},
        })
    };
    let batch = json!({
        "namespace": "public", "serviceName": format!("service-{service}"), "groupName": "DEFAULT_GROUP",
        "type": "batchRegisterInstance", "instances": (1..=INSTANCES).map(instance).collect::<Vec<_>>(),
    });
    let answer = client.call("BatchInstanceRequest", &batch).await?;
    ensure!(answer.body["resultCode"] == 200, "{answer:?}");
    Ok(())
}

fn memory(bed: &Bed) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", bed.process()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes / 1024)
}

/// A peer that asks for all service entries and never reads; kept, it stays so.
async fn stalled(bed: &Bed) -> Result<Stream> {
    let request = DiscoveryRequest {
        type_url: Age::Istio1_30.service_entry().to_owned(),
        node: Some(Node {
            id: "sidecar~1.1.1.1~stalled.a~a.svc.cluster.local".to_owned(),
            ..Node::default()
        }),
        ..DiscoveryRequest::default()
    };
    let room = Room { window: 65_535, socket: Some(4096), ..Room::default() };
    Stream::open(bed.mesh_port(), ADS_PATH, room, vec![request.encode_to_vec().into()]).await
}

#[test]
fn five_thousand_services_reach_every_sink_and_stalled_peers_hold_nobody_up() {
    run(async {
        let bed = Bed::start(&[]).await?;
        let mut client = GrpcClient::connect(bed.target(), "naming", Acknowledging::Always).await?;
        for service in 0..SERVICES {
            register(&mut client, service, 1.0).await?;
        }
        let port = bed.mesh_port();
        let mut sinks = [
            Sink::start(port, Pilot14Sink::new(1)),
            Sink::start(port, IstiodSink::new(Age::Istio1_23)),
            Sink::start(port, IstiodSink::new(Age::Istio1_30)),
        ];
        for sink in &mut sinks {
            sink.until("every service", |view| view.registry.0.len() == SERVICES && view.is_synced).await?;
        }
        let mut asleep = Vec::new();
        for _ in 0..STALLED {
            asleep.push(stalled(&bed).await?);
        }
        let before = memory(&bed)?;
        let changed = Instance::new("service-4242", "10.116.242.1", 8080);
        for change in 1..=CHANGES {
            register(&mut client, 4242, change as f64).await?;
            for sink in &sinks {
                bed.agree(sink, &changed).await?;
            }
        }
        let grown = memory(&bed)?.saturating_sub(before);
        ensure!(grown <= GROWTH_MAX, "{STALLED} peers that do not read cost {grown} MiB");
        for sink in &sinks {
            sink.clean()?;
            ensure!(sink.view().lost.is_empty(), "lost {:?}", sink.view().lost);
        }
        drop(asleep);
        bed.end()
    });
}
