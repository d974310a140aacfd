//! No change is missed: 2 000 listeners, 500 changes, two kills (`durability::deliver`).
//!
//! `NAVAID_DELIVER_SEED` asks for the changes of an earlier run.

use std::env;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use conformance::{Ports, Server, binary};
use durability::{GrpcClient, HttpClient, deliver};
use hyper::Method;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use tokio::time::timeout;

/// The clients' sockets, and some more; the server has as many and inherits the limit.
const DESCRIPTORS: u64 = 4_096;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime of one thread")
}

#[test]
fn every_listener_ends_with_what_is_there_and_none_waits() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < DESCRIPTORS) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(DESCRIPTORS), ..limit }).unwrap();
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = env::var("NAVAID_DELIVER_SEED").map_or(now.as_secs(), |seed| seed.parse().unwrap());
    println!("NAVAID_DELIVER_SEED={seed}");
    let outcome = runtime().block_on(deliver::run(&binary().unwrap(), seed));
    println!("{}", outcome.unwrap_or_else(|error| panic!("{error:#}")));
}

/// A client that takes a notice and does nothing is told again; one that then reads is left alone.
#[test]
fn notice_is_repeated_until_the_client_holds_what_it_told_of() {
    runtime().block_on(check_repeats()).unwrap_or_else(|error| panic!("{error:?}"));
}

/// The first repeat comes after 2 s, the second 4 s after it; a busy machine may need more.
const REPEATED: Duration = Duration::from_secs(20);
/// Longer than to the next repeat.
const QUIET: Duration = Duration::from_secs(9);

async fn check_repeats() -> Result<()> {
    let server = Server::start_with(&binary()?, &Ports::default(), &[]).await?;
    let port = server.target().port;
    let (mut client, mut pushes) = GrpcClient::register(port, "config").await?;
    let item = json!({"dataId": "a", "group": "g", "tenant": "", "md5": ""});
    let listen = json!({"listen": true, "configListenContexts": [item], "module": "config"});
    client.call("ConfigBatchListenRequest", &listen).await?.success()?;
    let mut http = HttpClient::connect(port).await?;
    let publish = [("dataId", "a"), ("group", "g"), ("content", "one")];
    http.call(Method::POST, "/nacos/v1/cs/configs", &publish).await?.success()?;

    for time in ["the notice", "its first repeat", "its second repeat"] {
        let told = timeout(REPEATED, pushes.next()).await.context(time)??;
        ensure!(told.0 == "ConfigChangeNotifyRequest", "{} came in place of {time}", told.0);
    }
    let asked = [("dataId", "a"), ("groupName", "g")];
    let path = "/nacos/v3/admin/cs/config/delivery";
    let shown = http.call(Method::GET, path, &asked).await?.success()?.json()?;
    let told = json!({"clients": 1, "current": 0, "told": 1, "behind": 0});
    ensure!(shown["data"]["counts"] == told, "{shown}");
    ensure!(shown["data"]["clients"]["pageItems"][0]["transport"] == "grpc", "{shown}");

    let query = json!({"dataId": "a", "group": "g", "tenant": "", "module": "config"});
    client.call("ConfigQueryRequest", &query).await?.success()?;
    let shown = http.call(Method::GET, path, &asked).await?.success()?.json()?;
    ensure!(shown["data"]["counts"]["current"] == 1, "{shown}");
    let more = timeout(QUIET, pushes.next()).await;
    ensure!(more.is_err(), "told again after it has read: {more:?}");
    Ok(())
}
