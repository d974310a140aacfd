//! gRPC that is malformed, out of order, or comes from a client that does not read.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use conformance::framed;
use durability::{Dice, GrpcClient, message};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::recorded::grpc_calls;
use crate::subject::{DEADLINE, Subject, check};

/// Random inputs of each kind.
const GARBAGE: usize = 300;
/// More than a message may have, in bytes.
const OVERSIZE: usize = 11 * 1024 * 1024;
/// Services that churn, and how often each changes.
const SERVICES: usize = 20;
const CHANGES: usize = 40;
/// Instances of a service, and bytes of the metadata of each.
const INSTANCES: usize = 20;
const METADATA: usize = 900;
/// What a client that does not read may cost, in MiB.
const UNREAD_MAX: u64 = 64;

#[test]
fn garbage_in_place_of_a_message_leaves_the_connection_usable() {
    check(async |subject| {
        let (mut client, _pushes) = GrpcClient::register(subject.port(), "config").await?;
        let frames: [&[u8]; 6] =
            [b"", b"\0", b"\0\0\0\0\x05abc", b"\0\xff\xff\xff\xffabc", b"\x01\0\0\0\x03abc", b"\x07\0\0\0\0"];
        for frame in frames {
            // A status is the answer to most of them.
            client.call_raw(Bytes::from_static(frame)).await.ok();
        }
        for _ in 0..GARBAGE {
            let length = usize::try_from(subject.dice.below(200))?;
            let bytes = subject.dice.bytes(length);
            client.call_raw(framed(&bytes)).await.context("a message that is no payload")?;
            client.call_raw(bytes.into()).await.ok();
        }
        client.call_raw(framed(&vec![0; OVERSIZE])).await.ok();
        client.call("HealthCheckRequest", &json!({})).await?.success()?;
        Ok(())
    });
}

#[test]
fn call_without_a_setup_is_refused() {
    check(async |subject| {
        let mut client = GrpcClient::connect(subject.port()).await?;
        for kind in kinds()? {
            let answer = client.call(&kind, &json!({})).await.with_context(|| kind.clone())?;
            let fits = answer.is_success() == (kind == "ServerCheckRequest");
            ensure!(fits, "{kind} was answered {answer:?}");
        }
        for kind in ["", "NoSuchRequest", "ServerReloadRequest", "DistroDataRequest", "💥"] {
            let answer = client.call(kind, &json!({})).await?;
            ensure!(answer.kind == "ErrorResponse" && !answer.is_success(), "{kind} was answered {answer:?}");
        }
        Ok(())
    });
}

#[test]
fn call_with_a_wrong_body_is_answered() {
    check(async |subject| {
        let (mut client, _pushes) = GrpcClient::register(subject.port(), "naming").await?;
        let deep = format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000));
        let texts = ["", "{", "[]", "null", "5", "\"x\"", "\u{fffe}", "{\"a\":}", &deep];
        for kind in kinds()? {
            for text in texts {
                let payload = navaid_wire::grpc::Payload {
                    type_name: kind.clone(),
                    body: text.to_owned().into(),
                    ..Default::default()
                };
                client
                    .call_raw(framed(&payload.encode()))
                    .await
                    .with_context(|| format!("{kind} {text:.40}"))?;
            }
        }
        for call in grpc_calls()? {
            let body = spoil(&call.body, &mut subject.dice);
            client.call(&call.kind, &body).await.with_context(|| format!("{} {body}", call.kind))?;
        }
        Ok(())
    });
}

/// The payload types that clients call.
fn kinds() -> Result<BTreeSet<String>> {
    let kinds: BTreeSet<String> = grpc_calls()?.into_iter().map(|call| call.kind).collect();
    ensure!(kinds.len() > 10, "only {} payload types are known", kinds.len());
    Ok(kinds)
}

/// The body with one field missing or nonsense, at any depth.
fn spoil(body: &Value, dice: &mut Dice) -> Value {
    let mut body = body.clone();
    let nonsense = [
        json!(null),
        json!(-1),
        json!(1e300),
        json!(""),
        json!([]),
        json!({}),
        json!([[null]]),
        json!("\0é💥"),
    ];
    let Some(fields) = body.as_object_mut() else { return nonsense[dice.below(8) as usize].clone() };
    let names: Vec<String> = fields.keys().cloned().collect();
    if names.is_empty() {
        return body;
    }
    let name = &names[dice.below(names.len() as u64) as usize];
    if dice.once_in(8) {
        fields.remove(name);
    } else if fields[name].is_object() && dice.once_in(2) {
        fields[name] = spoil(&fields[name], dice);
    } else {
        fields[name] = nonsense[dice.below(8) as usize].clone();
    }
    body
}

#[test]
fn stream_passes_over_what_it_does_not_know() {
    check(async |subject| {
        let mut client = GrpcClient::connect(subject.port()).await?;
        let setup =
            message("ConnectionSetupRequest", &json!({"labels": {"module": "config"}, "abilityTable": {}}));
        let answer = message("ConfigChangeNotifyResponse", &json!({"requestId": "nonsense"}));
        let mut first = vec![framed(b"\xff\xff\xff"), message("NoSuchRequest", &json!({})), answer.clone()];
        first.extend([setup.clone(), setup.clone(), framed(b""), answer, setup]);
        let mut pushes = client.open_stream(&first).await?;
        let (kind, _) = pushes.next().await?;
        ensure!(kind == "SetupAckRequest", "{kind} came first");
        client.call("HealthCheckRequest", &json!({})).await?.success()?;
        Ok(())
    });
}

#[test]
fn stream_that_cannot_be_read_ends() {
    check(async |subject| {
        let broken: [&[u8]; 3] = [b"\0\xff\xff\xff\xff", b"\x01\0\0\0\x01x", b"\x09\0\0\0\x01x"];
        for bytes in broken {
            let (_client, mut pushes) = GrpcClient::register(subject.port(), "config").await?;
            pushes.send(Bytes::from_static(bytes)).await?;
            pushes.ended().await.with_context(|| format!("after {bytes:?}"))?;
        }
        Ok(())
    });
}

/// Java and newer Python clients give up a connection whose setup is not acknowledged; older ones must not be sent what
/// they do not know.
#[test]
fn setup_is_acknowledged_if_and_only_if_it_brings_abilities() {
    check(async |subject| {
        for (abilities, is_acknowledged) in [
            (json!({"abilityTable": {}}), true),
            (json!({"abilityTable": {"mcp": true, "agent": true}}), true),
            (json!({}), false),
            (json!({"abilityTable": null, "clientAbilities": {}}), false),
        ] {
            let mut setup = json!({"clientVersion": "x", "labels": {"module": "naming"}});
            setup
                .as_object_mut()
                .context("an object")?
                .extend(abilities.as_object().cloned().unwrap_or_default());
            let mut client = GrpcClient::connect(subject.port()).await?;
            let mut pushes = client.open_stream(&[message("ConnectionSetupRequest", &setup)]).await?;
            client.call("SubscribeServiceRequest", &subscription("acknowledged")).await?.success()?;
            let (first, _) = pushes.next().await?;
            let expected = if is_acknowledged { "SetupAckRequest" } else { "NotifySubscriberRequest" };
            ensure!(first == expected, "{first} came first after {abilities}");
        }
        Ok(())
    });
}

/// Rust sends its first call together with the setup, and either may arrive first.
#[test]
fn call_that_overtakes_its_setup_waits_for_it() {
    check(async |subject| {
        let mut client = GrpcClient::connect(subject.port()).await?;
        let asked = client.send(message("HealthCheckRequest", &json!({})))?;
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        let setup = json!({"clientVersion": "Nacos-Rust-Client:0.8.0", "labels": {"module": "naming"}});
        let _pushes = client.open_stream(&[message("ConnectionSetupRequest", &setup)]).await?;
        asked.await?.success()?;
        // Without any setup the answer is still 301.
        let mut alone = GrpcClient::connect(subject.port()).await?;
        let refused = alone.call("HealthCheckRequest", &json!({})).await?;
        ensure!(refused.body["errorCode"] == 301, "{}", refused.body);
        Ok(())
    });
}

#[test]
fn client_that_closes_its_half_of_the_stream_is_gone() {
    check(async |subject| {
        let (mut watcher, mut seen) = GrpcClient::register(subject.port(), "naming").await?;
        watcher.call("SubscribeServiceRequest", &subscription("half")).await?.success()?;
        let (mut client, pushes) = GrpcClient::register(subject.port(), "naming").await?;
        client.call("BatchInstanceRequest", &batch("half", 0)).await?.success()?;
        until(&mut seen, |hosts| hosts.len() == INSTANCES).await?;
        let _other_half = pushes.close_half();
        until(&mut seen, |hosts| hosts.is_empty()).await
    });
}

/// Reads pushes until one shows such hosts.
async fn until(pushes: &mut durability::Pushes, fits: impl Fn(&[Value]) -> bool) -> Result<()> {
    let fitting = async {
        loop {
            let (_, body) = pushes.next().await?;
            if fits(body["serviceInfo"]["hosts"].as_array().map_or(&[][..], Vec::as_slice)) {
                return anyhow::Ok(());
            }
        }
    };
    timeout(DEADLINE, fitting).await.context("no such push")?
}

fn subscription(service: &str) -> Value {
    json!({"namespace": "public", "groupName": "g", "serviceName": service, "subscribe": true, "clusters": ""})
}

/// All instances of a service, each with metadata that tell the change.
fn batch(service: &str, change: usize) -> Value {
    let filling = "x".repeat(METADATA);
    let instance = |port: usize| {
        let metadata = json!({"change": change.to_string(), "filling": filling});
        json!({"ip": "10.0.0.1", "port": port + 1, "ephemeral": true, "metadata": metadata})
    };
    let instances: Vec<Value> = (0..INSTANCES).map(instance).collect();
    json!({"namespace": "public", "groupName": "g", "serviceName": service, "type": "batchRegisterInstance",
        "instances": instances})
}

#[test]
fn subscriber_that_never_reads_costs_little_and_hinders_nobody() {
    check(async |subject| {
        let (mut publisher, _pushes) = GrpcClient::register(subject.port(), "naming").await?;
        let (mut reader, mut seen) = GrpcClient::register(subject.port(), "naming").await?;
        let (mut deaf, _never_read) = GrpcClient::register(subject.port(), "naming").await?;
        churn(&mut publisher, 0..1).await?;
        for service in (0..SERVICES).map(name) {
            deaf.call("SubscribeServiceRequest", &subscription(&service)).await?.success()?;
            reader.call("SubscribeServiceRequest", &subscription(&service)).await?.success()?;
        }
        let before = subject.resident()?;
        let (churned, read) = tokio::join!(churn(&mut publisher, 1..CHANGES + 1), read_to_last(&mut seen));
        churned?;
        read?;
        ensure_bounded(subject, before)
    });
}

fn name(number: usize) -> String {
    format!("churning-{number}")
}

async fn churn(publisher: &mut GrpcClient, changes: std::ops::Range<usize>) -> Result<()> {
    for change in changes {
        for service in (0..SERVICES).map(name) {
            publisher.call("BatchInstanceRequest", &batch(&service, change)).await?.success()?;
        }
    }
    Ok(())
}

/// Reads until the last change of every service was seen.
async fn read_to_last(pushes: &mut durability::Pushes) -> Result<()> {
    let (last, mut finished) = (CHANGES.to_string(), BTreeSet::new());
    while finished.len() < SERVICES {
        let (_, body) = pushes.next().await?;
        let service = &body["serviceInfo"];
        if service["hosts"][0]["metadata"]["change"] == last {
            finished.insert(service["name"].to_string());
        }
    }
    Ok(())
}

fn ensure_bounded(subject: &Subject, before: u64) -> Result<()> {
    let after = subject.resident()?;
    ensure!(after < before + UNREAD_MAX, "memory went from {before} MiB to {after} MiB");
    Ok(())
}

#[test]
fn listener_that_never_reads_hinders_nobody() {
    check(async |subject| {
        let (mut publisher, _pushes) = GrpcClient::register(subject.port(), "config").await?;
        let (mut reader, mut seen) = GrpcClient::register(subject.port(), "config").await?;
        let (mut deaf, _never_read) = GrpcClient::register(subject.port(), "config").await?;
        let item =
            |number: usize| json!({"dataId": number.to_string(), "group": "g", "tenant": "", "md5": ""});
        let contexts: Vec<Value> = (0..1000).map(item).collect();
        let listen = json!({"listen": true, "configListenContexts": contexts});
        for client in [&mut deaf, &mut reader] {
            client.call("ConfigBatchListenRequest", &listen).await?.success()?;
        }
        let before = subject.resident()?;
        for number in 0..1000 {
            let body = json!({"dataId": number.to_string(), "group": "g", "tenant": "", "content": "c"});
            publisher.call("ConfigPublishRequest", &body).await?.success()?;
        }
        let mut noticed = BTreeSet::new();
        while noticed.len() < contexts.len() {
            let (_, body) = seen.next().await?;
            noticed.insert(body["dataId"].to_string());
        }
        ensure_bounded(subject, before)
    });
}

#[test]
fn calls_that_are_given_up_at_once_are_no_burden() {
    check(async |subject| {
        let (mut client, _pushes) = GrpcClient::register(subject.port(), "config").await?;
        let (mut hasty, body) = (GrpcClient::connect(subject.port()).await?, json!({}));
        for _ in 0..GARBAGE {
            // Sent, and dropped before the answer: the stream is reset.
            tokio::select! {
                biased;
                _ = hasty.call("ServerCheckRequest", &body) => {}
                () = tokio::task::yield_now() => {}
            }
        }
        client.call("HealthCheckRequest", &json!({})).await?.success()?;
        Ok(())
    });
}
