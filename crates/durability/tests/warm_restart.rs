//! No restart shows a service smaller than it is (`durability::warm`), and what becomes of a snapshot that is of no use.
//!
//! `NAVAID_WARM_SEED` asks for the choices of an earlier run.

use std::env;
use std::fs;
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use conformance::{Ports, Server, binary};
use durability::{GrpcClient, HttpClient, Pushes, warm};
use hyper::Method;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep};

/// The tests run at once.
static PORTS: LazyLock<Ports> = LazyLock::new(Ports::default);

/// The clients' sockets, and some more; the server has as many and inherits the limit.
const DESCRIPTORS: u64 = 4_096;
const LIST: &str = "/nacos/v1/ns/instance/list";
const UNCONFIRMED: &str = "/nacos/v3/admin/ns/instance/unconfirmed";

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime of one thread")
}

#[test]
fn no_subscriber_is_shown_less_than_what_is_true_however_often_the_server_starts() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < DESCRIPTORS) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(DESCRIPTORS), ..limit }).unwrap();
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = env::var("NAVAID_WARM_SEED").map_or(now.as_secs(), |seed| seed.parse().unwrap());
    println!("NAVAID_WARM_SEED={seed}");
    let outcome = runtime().block_on(warm::run(&binary().unwrap(), &PORTS, seed));
    println!("{}", outcome.unwrap_or_else(|error| panic!("{error:#}")));
}

/// What is served unconfirmed is told by an own call, the log and the metrics, and by no answer of Nacos.
#[test]
fn unconfirmed_instances_are_told_of_where_operators_look() {
    runtime().block_on(check_telling()).unwrap_or_else(|error| panic!("{error:?}"));
}

async fn check_telling() -> Result<()> {
    let settings = [("navaid.naming.warm-restart.window", "5s")];
    let mut server = Server::start_with(&binary()?, &PORTS, &settings).await?;
    let port = server.target().port;
    let _client = register_both(port).await?;
    server.kill()?;
    server.relaunch()?;
    server.until_ready().await?;
    let mut http = HttpClient::connect(port).await?;
    let shown = get(&mut http, UNCONFIRMED, &[("serviceName", "s")]).await?;
    let data = &shown["data"];
    ensure!(data["unconfirmed"] == 2 && data["sinceRestart"]["restored"] == 2, "{shown}");
    let items = data["pageItems"].as_array().context("items")?;
    let vouchers: Vec<_> = items.iter().map(|item| (&item["ip"], &item["voucher"], &item["since"])).collect();
    ensure!(
        vouchers
            == [
                (&json!("10.0.0.1"), &json!("beats"), &json!("restart")),
                (&json!("10.0.0.2"), &json!("connection"), &json!("restart"))
            ],
        "{shown}"
    );
    ensure!(items.iter().all(|item| item["leavesIn"].as_u64().is_some_and(|left| left <= 30_000)), "{shown}");
    let listed = get(&mut http, LIST, &[("serviceName", "s")]).await?;
    ensure!(listed["hosts"].as_array().is_some_and(|hosts| hosts.len() == 2), "{listed}");
    ensure!(!listed.to_string().contains("nconfirmed"), "{listed}");
    let page = http.call(Method::GET, "/nacos/actuator/prometheus", &[]).await?.success()?.body;
    for line in ["navaid_naming_unconfirmed 2", "navaid_naming_warm_restart{outcome=\"restored\"} 2"] {
        ensure!(page.contains(line), "no {line} in {page}");
    }
    // A light beat is enough, and a registration.
    let beat = [("serviceName", "s"), ("ip", "10.0.0.1"), ("port", "80")];
    let beaten = http.call(Method::PUT, "/nacos/v1/ns/instance/beat", &beat).await?.success()?;
    ensure!(beaten.body.contains("10200"), "{}", beaten.body);
    until(async || {
        let shown = get(&mut http, UNCONFIRMED, &[]).await?;
        Ok(shown["data"]["sinceRestart"] == json!({"restored": 2, "confirmed": 1, "left": 1}))
    })
    .await?;
    until(async || Ok(server.log_tail().contains("is confirmed or gone"))).await?;
    let log = server.log_tail();
    for line in [
        "serving what was known before the restart",
        "every instance of before the restart is confirmed or gone",
    ] {
        ensure!(log.matches(line).count() == 1, "not once: {line}\n{log}");
    }
    Ok(())
}

/// A file that is cut off, damaged, of another version, foreign or far too big: one line in the log, and a server.
#[test]
fn snapshot_of_no_use_is_told_of_once_and_ignored() {
    runtime().block_on(check_damage()).unwrap_or_else(|error| panic!("{error:?}"));
}

async fn check_damage() -> Result<()> {
    let settings = [("navaid.naming.warm-restart.max-size", "65536")];
    let mut server = Server::start_with(&binary()?, &PORTS, &settings).await?;
    let port = server.target().port;
    let _client = register_both(port).await?;
    server.kill()?;
    let file = server.data_dir().join("ephemeral.snapshot");
    let whole = fs::read(&file)?;
    let mut flipped = whole.clone();
    flipped[40] ^= 1;
    let mut newer = whole.clone();
    newer[8] = 9;
    let damaged: [(&str, Vec<u8>); 5] = [
        ("cut off", whole[..20].to_vec()),
        ("flipped", flipped),
        ("newer", newer),
        ("foreign", b"{\"services\": []}".repeat(9)),
        ("too big", vec![0; 70_000]),
    ];
    for (what, bytes) in damaged {
        fs::write(&file, bytes)?;
        let before = server.log_tail();
        server.relaunch()?;
        server.until_ready().await.with_context(|| what.to_owned())?;
        let mut http = HttpClient::connect(port).await?;
        let listed = get(&mut http, LIST, &[("serviceName", "s")]).await?;
        ensure!(listed["hosts"].as_array().is_some_and(Vec::is_empty), "{what}: {listed}");
        server.kill()?;
        let (log, line) = (server.log_since(&before), "the file is ignored");
        ensure!(log.matches(line).count() == 1, "{what}: {log}");
    }
    Ok(())
}

/// One instance over HTTP and one over gRPC, known to be saved. The latter lives as long as what is given back.
async fn register_both(port: u16) -> Result<(GrpcClient, Pushes)> {
    let mut http = HttpClient::connect(port).await?;
    let address = [("serviceName", "s"), ("ip", "10.0.0.1"), ("port", "80")];
    http.call(Method::POST, "/nacos/v1/ns/instance", &address).await?.success()?;
    let (mut client, pushes) = GrpcClient::register(port, "naming").await?;
    let instance = json!({"ip": "10.0.0.2", "port": 80, "ephemeral": true, "healthy": true, "weight": 1});
    let body = json!({"namespace": "public", "groupName": "DEFAULT_GROUP", "serviceName": "s",
                      "type": "registerInstance", "instance": instance});
    client.call("InstanceRequest", &body).await?.success()?;
    let mut quiet = 0;
    until(async || {
        let page = http.call(Method::GET, "/nacos/actuator/prometheus", &[]).await?.success()?.body;
        quiet = if page.contains("navaid_naming_unsaved 0") { quiet + 1 } else { 0 };
        Ok(quiet >= 3)
    })
    .await?;
    Ok((client, pushes))
}

async fn get(http: &mut HttpClient, path: &str, asked: &[(&str, &str)]) -> Result<Value> {
    http.call(Method::GET, path, asked).await?.success()?.json()
}

async fn until(mut is_so: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_so().await? {
        ensure!(Instant::now() < deadline, "not in time");
        sleep(Duration::from_millis(250)).await;
    }
    Ok(())
}
