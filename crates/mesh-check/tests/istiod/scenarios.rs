//! What is played, and what must be seen of it.

use std::pin::Pin;

use anyhow::{Result, ensure};
use conformance::{Acknowledging, GrpcClient};
use mesh_check::{DEADLINE, Instance, Registry};
use serde_json::json;
use tokio::time::{Duration, Instant, sleep};

use crate::{Stage, proxy};

type Scenario = for<'a> fn(&'a mut Stage) -> Pin<Box<dyn Future<Output = Result<String>> + 'a>>;

/// In this order, each on what the one before left.
pub(crate) const SCENARIOS: [(&str, Scenario); 14] = [
    ("connected before the registration", |stage| Box::pin(registration(stage))),
    ("weight", |stage| Box::pin(weight(stage))),
    ("metadata", |stage| Box::pin(metadata(stage))),
    ("health", |stage| Box::pin(health(stage))),
    ("disabled and enabled", |stage| Box::pin(disabled(stage))),
    ("all gone, and back", |stage| Box::pin(emptied(stage))),
    ("service removed", |stage| Box::pin(removed(stage))),
    ("odd names", |stage| Box::pin(names(stage))),
    ("several protocols", |stage| Box::pin(protocols(stage))),
    ("two namespaces", |stage| Box::pin(namespaces(stage))),
    ("istiod restarted (connected after the registration)", |stage| Box::pin(istiod_restarted(stage))),
    ("server restarted", |stage| Box::pin(server_restarted(stage))),
    ("istiod stopped for 5 s while services change", |stage| Box::pin(stopped(stage))),
    ("5 000 services", |stage| Box::pin(five_thousand(stage))),
];

const LOOK: Duration = Duration::from_millis(50);
const SERVICES: usize = 5_000;

fn one() -> Instance {
    Instance::new("demo", "10.1.0.1", 8080)
}

fn two() -> Instance {
    Instance::new("demo", "10.1.0.2", 8080)
}

impl Stage {
    /// Waits until configz, registryz and a proxy have of a service what the server lists; gives how long it took.
    async fn agree(&self, of: &Instance) -> Result<Duration> {
        let started = Instant::now();
        loop {
            let entries = self.istiod.entries().await?;
            let truth = self.bed.truth(of).await?;
            let Err(difference) = truth.compare(&entries, &Registry::of(&entries)) else {
                return Ok(started.elapsed());
            };
            ensure!(started.elapsed() < DEADLINE, "{difference}");
            sleep(LOOK).await;
        }
    }

    /// Waits until a proxy is told of just these endpoints, with these weights.
    async fn routes(&self, port: u32, host: &str, wanted: &[(&str, u32)]) -> Result<Duration> {
        let started = Instant::now();
        loop {
            let found = proxy::endpoints(self.istiod.grpc_port(), port, host).await?;
            if found.iter().map(|(address, weight)| (address.as_str(), *weight)).eq(wanted.iter().copied()) {
                return Ok(started.elapsed());
            }
            ensure!(started.elapsed() < DEADLINE, "{host}|{port} should be {wanted:?} and is {found:?}");
            sleep(LOOK).await;
        }
    }
}

fn told(stored: Duration, routed: Duration) -> String {
    format!("configz after {} ms, a proxy {} ms later", stored.as_millis(), routed.as_millis())
}

async fn registration(stage: &mut Stage) -> Result<String> {
    stage.bed.register(&one()).await?;
    stage.bed.register(&two()).await?;
    stage.bed.unchecked(&one()).await?;
    let stored = stage.agree(&one()).await?;
    let routed = stage.routes(8080, &one().host(), &[("10.1.0.1:8080", 1), ("10.1.0.2:8080", 1)]).await?;
    ensure!(stage.istiod.hosts().await?.contains(&one().host()), "registryz lacks the host");
    Ok(told(stored, routed))
}

async fn weight(stage: &mut Stage) -> Result<String> {
    stage.bed.update(&two().weight("3")).await?;
    let stored = stage.agree(&one()).await?;
    let routed = stage.routes(8080, &one().host(), &[("10.1.0.1:8080", 1), ("10.1.0.2:8080", 3)]).await?;
    Ok(told(stored, routed))
}

async fn metadata(stage: &mut Stage) -> Result<String> {
    stage.bed.update(&two().weight("3").metadata("version", "v2")).await?;
    let stored = stage.agree(&one()).await?;
    Ok(format!("configz after {} ms", stored.as_millis()))
}

async fn health(stage: &mut Stage) -> Result<String> {
    stage.bed.mark(&one(), false).await?;
    let stored = stage.agree(&one()).await?;
    let routed = stage.routes(8080, &one().host(), &[("10.1.0.2:8080", 3)]).await?;
    stage.bed.mark(&one(), true).await?;
    stage.agree(&one()).await?;
    stage.routes(8080, &one().host(), &[("10.1.0.1:8080", 1), ("10.1.0.2:8080", 3)]).await?;
    Ok(told(stored, routed))
}

async fn disabled(stage: &mut Stage) -> Result<String> {
    stage.bed.update(&two().disabled()).await?;
    let stored = stage.agree(&one()).await?;
    let routed = stage.routes(8080, &one().host(), &[("10.1.0.1:8080", 1)]).await?;
    stage.bed.update(&two()).await?;
    stage.routes(8080, &one().host(), &[("10.1.0.1:8080", 1), ("10.1.0.2:8080", 1)]).await?;
    Ok(told(stored, routed))
}

async fn emptied(stage: &mut Stage) -> Result<String> {
    stage.bed.update(&one().disabled()).await?;
    stage.bed.update(&two().disabled()).await?;
    let routed = stage.routes(8080, &one().host(), &[]).await?;
    ensure!(stage.istiod.hosts().await?.contains(&one().host()), "the host went with its endpoints");
    stage.bed.update(&one()).await?;
    let back = stage.routes(8080, &one().host(), &[("10.1.0.1:8080", 1)]).await?;
    Ok(format!("drained after {} ms, back after {} ms", routed.as_millis(), back.as_millis()))
}

async fn removed(stage: &mut Stage) -> Result<String> {
    stage.bed.deregister(&one()).await?;
    stage.bed.deregister(&two()).await?;
    stage.bed.remove_service(&one()).await?;
    let started = Instant::now();
    while stage.istiod.hosts().await?.contains(&one().host()) {
        ensure!(started.elapsed() < DEADLINE, "registryz still has the host");
        sleep(LOOK).await;
    }
    Ok(format!("gone from registryz after {} ms", started.elapsed().as_millis()))
}

async fn names(stage: &mut Stage) -> Result<String> {
    let names =
        ["providers:com.example.Greeter:1.0:", "com.example.Greeter_Impl", "UPPER", "a..b", "-x-", "größe"];
    let mut hosts = Vec::new();
    for (name, number) in names.iter().zip(1..) {
        let instance = Instance::new(name, &format!("10.2.0.{number}"), 8080);
        // A name that the server itself refuses needs no host.
        if stage.bed.register(&instance).await.is_ok() {
            stage.agree(&instance).await?;
            hosts.push(*name);
        }
    }
    Ok(format!("all {} came through", hosts.len()))
}

async fn protocols(stage: &mut Stage) -> Result<String> {
    let http = Instance::new("mixed", "10.3.0.1", 8080);
    stage.bed.register(&http).await?;
    stage.bed.register(&Instance::new("mixed", "10.3.0.2", 9090).metadata("protocol", "grpc")).await?;
    stage.bed.register(&Instance::new("mixed", "10.3.0.3", 20880).metadata("protocol", "dubbo")).await?;
    stage.routes(8080, &http.host(), &[("10.3.0.1:8080", 1)]).await?;
    stage.routes(9090, &http.host(), &[("10.3.0.2:9090", 1)]).await?;
    stage.routes(20880, &http.host(), &[("10.3.0.3:20880", 1)]).await?;
    Ok("each port routes to its own instances".to_owned())
}

async fn namespaces(stage: &mut Stage) -> Result<String> {
    let first = Instance::new("shared", "10.4.0.1", 8080).namespace("dev");
    let second = Instance::new("shared", "10.4.0.2", 8080).namespace("prod").group("ORDERS");
    stage.bed.register(&first).await?;
    stage.bed.register(&second).await?;
    stage.agree(&first).await?;
    stage.agree(&second).await?;
    Ok("both, with a host each".to_owned())
}

async fn istiod_restarted(stage: &mut Stage) -> Result<String> {
    let ready = stage.istiod.restart().await?;
    let shared = Instance::new("shared", "10.4.0.1", 8080).namespace("dev");
    let stored = stage.agree(&shared).await?;
    Ok(format!("ready after {} ms, everything {} ms later", ready.as_millis(), stored.as_millis()))
}

async fn server_restarted(stage: &mut Stage) -> Result<String> {
    let before = stage.istiod.entries().await?.len();
    stage.bed.kill()?;
    sleep(Duration::from_secs(2)).await;
    stage.bed.relaunch().await?;
    let later = Instance::new("later", "10.5.0.1", 8080);
    stage.bed.register(&later).await?;
    let (started, mut least) = (Instant::now(), before);
    loop {
        let entries = stage.istiod.entries().await?;
        least = least.min(entries.len());
        let truth = stage.bed.truth(&later).await?;
        if truth.compare(&entries, &Registry::of(&entries)).is_ok() {
            break;
        }
        ensure!(started.elapsed() < 2 * DEADLINE, "istiod does not come back");
        sleep(LOOK).await;
    }
    ensure!(least == before, "istiod had {before} entries, and in between {least}");
    Ok(format!("no entry lost, the next change after {} ms", started.elapsed().as_millis()))
}

async fn stopped(stage: &mut Stage) -> Result<String> {
    let instance = Instance::new("later", "10.5.0.1", 8080);
    stage.istiod.stop()?;
    let deadline = Instant::now() + Duration::from_secs(5);
    let mut changes = 0;
    while Instant::now() < deadline {
        changes += 1;
        stage.bed.update(&instance.clone().weight(&changes.to_string())).await?;
    }
    stage.istiod.go_on()?;
    let stored = stage.agree(&instance).await?;
    Ok(format!("{changes} changes, the last in configz {} ms after it goes on", stored.as_millis()))
}

async fn five_thousand(stage: &mut Stage) -> Result<String> {
    let mut client = GrpcClient::connect(stage.bed.target(), "naming", Acknowledging::Always).await?;
    let started = Instant::now();
    for service in 0..SERVICES {
        let instance = json!({
            "ip": format!("10.{}.{}.1", 100 + service / 250, service % 250), "port": 8080, "weight": 1.0,
            "healthy": true, "enabled": true, "ephemeral": true, "clusterName": "DEFAULT", "metadata": {},
        });
        let register = json!({
            "namespace": "public", "serviceName": format!("service-{service}"), "groupName": "DEFAULT_GROUP",
            "type": "registerInstance", "instance": instance,
        });
        client.call("InstanceRequest", &register).await?;
    }
    let registered = started.elapsed();
    let (number, deadline) = (SERVICES, Instant::now() + DEADLINE);
    while stage.istiod.hosts().await?.iter().filter(|host| host.starts_with("service-")).count() < number {
        ensure!(Instant::now() < deadline, "registryz lacks services");
        sleep(LOOK).await;
    }
    let all = started.elapsed();
    stage.bed.update(&Instance::new("later", "10.5.0.1", 8080).weight("9")).await?;
    let stored = stage.agree(&Instance::new("later", "10.5.0.1", 8080)).await?;
    Ok(format!(
        "registered in {:.1} s, all in registryz {:.1} s later; then one weight in configz after {} ms",
        registered.as_secs_f64(),
        (all - registered).as_secs_f64(),
        stored.as_millis()
    ))
}
