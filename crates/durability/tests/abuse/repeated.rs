//! Clients that mean well: one that publishes in the target of its request, and those that repeat what is refused.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use bytes::Bytes;
use durability::{GrpcClient, HttpClient};
use http_body_util::Full;
use hyper::{Method, Request};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::subject::{DEADLINE, check, exchange};

const ITEM_PATH: &str = "/nacos/v1/cs/configs";
/// How long a client repeats.
const STORM: Duration = Duration::from_secs(4);
/// Connections of such a client.
const CONNECTIONS: usize = 4;
/// Answers that all of them together may get in that time: two quick ones each, then one a second, and some room.
const ANSWERS_MAX: usize = 60;

/// Refused calls of [`refused_calls_by_the_thousand_are_told_of_once_and_burden_nobody`]: equal ones, each on a
/// connection of its own, and different ones.
const EQUAL: usize = 1_000;
const DIFFERENT: usize = 9_000;
/// What they may cost while all are held, and what may be left of them, in MiB.
const REFUSED_MAX: u64 = 96;
/// Java clients with an instance that is refused, and how often each tries.
const JAVA_CLIENTS: usize = 20;
const TRIES: usize = 25;

/// nacos-sdk-python 1.0.0 publishes so (`spec/clients-on-the-wire` B §2).
#[test]
fn content_of_more_than_a_mebibyte_is_published_in_the_target() {
    check(async |subject| {
        let content = "\u{4e2d}%".repeat(110_000);
        let encoded = "%E4%B8%AD%25".repeat(110_000);
        ensure!(encoded.len() > 1024 * 1024);
        let request = format!(
            "POST {ITEM_PATH}?dataId=long&group=g&content={encoded} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\
             connection: close\r\n\r\n"
        );
        let answer = exchange(subject.port(), request.as_bytes()).await?;
        ensure!(answer.as_ref().is_some_and(|answer| answer.status == 200), "answered {answer:?}");
        let mut http = HttpClient::connect(subject.port()).await?;
        let read = http.call(Method::GET, ITEM_PATH, &[("dataId", "long"), ("group", "g")]).await?;
        ensure!(read.body == content, "read {} bytes", read.body.len());
        Ok(())
    });
}

/// Node's configuration client repeats a refused call without a pause until an answer is slow
/// (`spec/clients-on-the-wire` B §3).
#[test]
fn refused_call_that_is_repeated_without_a_pause_is_held_and_no_other_is() {
    check(async |subject| {
        let mut http = HttpClient::connect(subject.port()).await?;
        let item = [("dataId", "refused"), ("group", "g")];
        http.call(Method::POST, ITEM_PATH, &[item[0], item[1], ("content", "1")]).await?.success()?;
        let mut storm = Storm::begin(subject.port(), || refused_publish("2"));
        let mut others = 0;
        while Instant::now() < storm.end {
            http.call(Method::GET, ITEM_PATH, &item).await?.success()?;
            others += 1;
        }
        let refused = storm.refusals().await?;
        ensure!(others > 10 * refused, "{others} answers beside {refused} refusals");
        Ok(())
    });
}

/// (!) A poll that is refused is repeated without an end, where other calls are given up after 5 s.
#[test]
fn refused_poll_that_is_repeated_without_a_pause_is_held() {
    check(async |subject| {
        let poll = || {
            let poll = Request::post(format!("{ITEM_PATH}/listener")).header("host", "x");
            let poll = poll.header("content-type", "application/x-www-form-urlencoded");
            Ok(poll.header("long-pulling-timeout", "30000").body("Listening-Configs=no-key".into())?)
        };
        Storm::begin(subject.port(), poll).refusals().await?;
        Ok(())
    });
}

/// A client that sends a refused request again as soon as it is answered, over several connections.
struct Storm {
    end: Instant,
    connections: JoinSet<Result<usize>>,
}

impl Storm {
    fn begin(port: u16, request: impl Fn() -> Result<Request<Full<Bytes>>> + Copy + Send + 'static) -> Self {
        let (end, mut connections) = (Instant::now() + STORM, JoinSet::new());
        for _ in 0..CONNECTIONS {
            connections.spawn(async move {
                let mut http = HttpClient::connect(port).await?;
                let mut answers = 0;
                while Instant::now() < end {
                    refused(&mut http, request()?).await?;
                    answers += 1;
                }
                Ok(answers)
            });
        }
        Self { end, connections }
    }

    /// How often it was refused until its end, which is seldom.
    async fn refusals(&mut self) -> Result<usize> {
        let mut refusals = 0;
        while let Some(connection) = self.connections.join_next().await {
            refusals += connection??;
        }
        ensure!(refusals <= ANSWERS_MAX, "{refusals} refusals in {STORM:?}");
        Ok(refusals)
    }
}

/// A publish under a condition that does not hold.
fn refused_publish(content: &str) -> Result<Request<Full<Bytes>>> {
    let publish = Request::post(format!("{ITEM_PATH}?dataId=refused&group=g&content={content}"));
    Ok(publish.header("host", "x").header("casMd5", "wrong").body(Full::default())?)
}

/// Sends a request that is refused.
async fn refused(http: &mut HttpClient, request: Request<Full<Bytes>>) -> Result<()> {
    let answer = http.send(request).await?;
    ensure!(answer.status == 500, "answered {answer:?}");
    Ok(())
}

/// As many as Node's client sends in a second, from one address.
#[test]
fn refused_calls_by_the_thousand_are_told_of_once_and_burden_nobody() {
    check(async |subject| {
        let port = subject.port();
        let mut http = HttpClient::connect(port).await?;
        let item = [("dataId", "refused"), ("group", "g")];
        http.call(Method::POST, ITEM_PATH, &[item[0], item[1], ("content", "1")]).await?.success()?;
        let before = subject.resident()?;
        let mut storm = JoinSet::new();
        for _ in 0..EQUAL {
            storm.spawn(async move {
                refused(&mut HttpClient::connect(port).await?, refused_publish("2")?).await
            });
        }
        for lane in 0..CONNECTIONS {
            storm.spawn(async move {
                let mut http = HttpClient::connect(port).await?;
                for number in (lane..DIFFERENT).step_by(CONNECTIONS) {
                    refused(&mut http, refused_publish(&format!("other-{number}"))?).await?;
                }
                Ok(())
            });
        }
        let mut highest = 0;
        while !storm.is_empty() {
            http.call(Method::GET, ITEM_PATH, &item).await?.success()?;
            highest = highest.max(subject.resident()?);
            while let Some(refused) = storm.try_join_next() {
                refused??;
            }
        }
        ensure!(highest <= before + REFUSED_MAX, "memory went from {before} MiB to {highest} MiB");
        let told = subject.log();
        ensure!(told.matches("a refused call is repeated").count() == 1, "{told}");
        Ok(())
    });
}

/// The Java client registers a refused instance again every three seconds, for as long as it lives
/// (`spec/clients-on-the-wire` A §2).
#[test]
fn refused_instance_that_is_registered_for_ever_is_told_of_once_for_each_client() {
    check(async |subject| {
        let port = subject.port();
        let (mut watcher, mut seen) = GrpcClient::register(port, "naming").await?;
        watcher
            .call("SubscribeServiceRequest", &naming("refusing", "subscribe", &json!(true)))
            .await?
            .success()?;
        let before = subject.resident()?;
        let mut clients = JoinSet::new();
        for _ in 0..JAVA_CLIENTS {
            clients.spawn(async move {
                let (mut client, pushes) = GrpcClient::register(port, "naming").await?;
                for _ in 0..TRIES {
                    let refused = client.call("InstanceRequest", &registration(&"x".repeat(70_000))).await?;
                    ensure!(
                        refused.kind == "InstanceResponse" && !refused.is_success(),
                        "answered {refused:?}"
                    );
                }
                anyhow::Ok((client, pushes))
            });
        }
        let clients: Vec<_> = clients.join_all().await.into_iter().collect::<Result<_>>()?;
        let after = subject.resident()?;
        ensure!(after <= before + REFUSED_MAX, "memory went from {before} MiB to {after} MiB");
        let told = subject.log().matches("an instance is refused for the length of its metadata").count();
        ensure!(told == clients.len(), "{told} lines about {JAVA_CLIENTS} clients");
        let mut other = GrpcClient::register(port, "naming").await?;
        other.0.call("InstanceRequest", &registration("small")).await?.success()?;
        let push = async {
            while seen.next().await?.1["serviceInfo"]["hosts"].as_array().is_none_or(Vec::is_empty) {}
            anyhow::Ok(())
        };
        timeout(DEADLINE, push).await?
    });
}

fn registration(note: &str) -> Value {
    let instance = json!({"ip": "10.0.0.1", "port": 80, "ephemeral": true, "metadata": {"note": note}});
    let mut body = naming("refusing", "instance", &instance);
    body["type"] = json!("registerInstance");
    body
}

fn naming(service: &str, field: &str, value: &Value) -> Value {
    json!({"namespace": "public", "groupName": "g", "serviceName": service, field: value})
}
