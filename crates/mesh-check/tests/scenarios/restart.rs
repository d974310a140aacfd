//! The server goes and comes back while its clients live on: no sink may see an empty or shrunken list that is not true.

use anyhow::{Result, ensure};
use conformance::{Acknowledging, GrpcClient};
use mesh_check::{Bed, Instance, run};
use serde_json::json;
use tokio::time::{Duration, sleep};

use crate::crowd::Crowd;

/// As SDKs do over HTTP.
const BEAT_INTERVAL: Duration = Duration::from_secs(5);
const BEATING: u8 = 12;
const CONNECTED: u8 = 12;
/// How long after the restart the sinks are watched: until every client has been back for a while.
const ROUNDS_AFTER: u32 = 4;

fn persistent() -> Vec<Instance> {
    (1..=6)
        .map(|number| Instance::new(&format!("stored-{number}"), &format!("10.6.0.{number}"), 8080))
        .collect()
}

fn beating() -> Vec<Instance> {
    let instance = |number| {
        Instance::new(&format!("beating-{}", number % 4), &format!("10.6.1.{number}"), 8080).ephemeral()
    };
    (1..=BEATING).map(instance).collect()
}

/// An SDK over gRPC: what it registered it registers again when it is back.
struct Sdk(GrpcClient);

impl Sdk {
    async fn connect(bed: &Bed) -> Result<Self> {
        let mut client = GrpcClient::connect(bed.target(), "naming", Acknowledging::Always).await?;
        for number in 1..=CONNECTED {
            let instance = json!({
                "ip": format!("10.6.2.{number}"), "port": 8080, "weight": 1.0, "healthy": true, "enabled": true,
                "ephemeral": true, "clusterName": "DEFAULT", "metadata": {},
            });
            let register = json!({
                "namespace": "public", "serviceName": format!("connected-{number}"),
                "groupName": "DEFAULT_GROUP", "type": "registerInstance", "instance": instance,
            });
            let answer = client.call("InstanceRequest", &register).await?;
            ensure!(answer.body["resultCode"] == 200, "{answer:?}");
        }
        Ok(Self(client))
    }

    /// Connects anew as soon as the server is there.
    async fn reconnect(bed: &Bed) -> Result<Self> {
        const WAIT: Duration = Duration::from_millis(500);
        for _ in 0..120 {
            match Self::connect(bed).await {
                Ok(sdk) => return Ok(sdk),
                Err(_) => sleep(WAIT).await,
            }
        }
        Self::connect(bed).await
    }
}

async fn beat(bed: &Bed, instances: &[Instance]) -> Result<()> {
    for instance in instances {
        bed.beat(instance).await?;
    }
    Ok(())
}

fn routes() -> usize {
    persistent().len() + usize::from(BEATING) + usize::from(CONNECTED)
}

#[test]
fn sinks_lose_nothing_over_a_restart() {
    run(async {
        let beating = beating();
        let mut crowd = Crowd::start(&[], &persistent()).await?;
        for instance in &beating {
            crowd.bed.register(instance).await?;
        }
        let sdk = Sdk::connect(&crowd.bed).await?;
        let all = routes();
        crowd.until("all routes", |view| view.registry.routes().len() == all).await?;

        crowd.bed.restart().await?;
        drop(sdk);
        let sdk = Sdk::reconnect(&crowd.bed).await?;
        for _ in 0..ROUNDS_AFTER {
            sleep(BEAT_INTERVAL).await;
            beat(&crowd.bed, &beating).await?;
        }
        crowd
            .until("a second stream with all routes", |view| {
                view.streams > 1
                    && view.answered.iter().any(|kind| is_entries(kind))
                    && view.registry.routes().len() == all
            })
            .await?;
        ensure!(!sdk.0.is_closed(), "the connection of the SDK was closed");
        // And it is no memory of the dead: what goes now is gone.
        crowd.bed.deregister(&persistent()[0]).await?;
        crowd.until("one route less", |view| view.registry.routes().len() == all - 1).await?;
        for (name, sink) in &crowd.sinks {
            let lost = sink.view().lost;
            ensure!(lost.len() == 1, "{name} lost {lost:?}");
        }
        crowd.end()
    });
}

fn is_entries(kind: &str) -> bool {
    kind.to_lowercase().replace("entries", "entry").ends_with("serviceentry")
}

#[test]
fn sinks_come_back_to_a_server_that_was_away_for_long() {
    run(async {
        let mut crowd = Crowd::start(&[], &persistent()).await?;
        crowd.until("all routes", |view| view.registry.routes().len() == persistent().len()).await?;
        crowd.bed.kill()?;
        sleep(Duration::from_secs(3)).await;
        crowd.bed.relaunch().await?;
        let later = Instance::new("later", "10.6.3.1", 8080);
        crowd.bed.register(&later).await?;
        crowd.agree(&later).await?;
        for instance in persistent() {
            crowd.agree(&instance).await?;
        }
        crowd.end_without_loss()
    });
}

/// Host names by which a service is called.
async fn hosts(bed: &Bed, service: &str) -> Result<serde_json::Value> {
    let answer = bed.call("GET", "/nacos/v3/admin/mesh/entries", &[("service", service)]).await?;
    Ok(answer["data"]["entry"]["hosts"].clone())
}

#[test]
fn host_name_stays_with_the_older_of_two_services() {
    run(async {
        let mut bed = Bed::start(&[]).await?;
        let older = Instance::new("older", "10.6.3.1", 8080);
        bed.register(&older).await?;
        let mut wanted = (json!([older.host()]), json!(["aaa.DEFAULT-GROUP.public.nacos"]));
        for _ in 0..2 {
            // Asks for the other's name, in vain, and comes first by its own.
            let claim = Instance::new("aaa", "10.6.3.2", 8080).metadata("istio.hostname", &older.host());
            bed.register(&claim).await?;
            let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
            loop {
                let seen = (hosts(&bed, "older").await?, hosts(&bed, "aaa").await?);
                if seen == wanted {
                    break;
                }
                ensure!(tokio::time::Instant::now() < deadline, "{seen:?}");
                sleep(Duration::from_millis(100)).await;
            }
            bed.restart().await?;
        }
        // Once it is free, it goes to who asks for it.
        bed.deregister(&older).await?;
        bed.remove_service(&older).await?;
        wanted = (json!(null), json!([older.host()]));
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        loop {
            let seen = (hosts(&bed, "older").await.unwrap_or_default(), hosts(&bed, "aaa").await?);
            if seen == wanted {
                return Ok(());
            }
            ensure!(tokio::time::Instant::now() < deadline, "{seen:?}");
            sleep(Duration::from_millis(100)).await;
        }
    });
}
