//! Pushes by datagram to clients of 1.x.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use conformance::{Datagram, PushPort};
use libtest_mimic::Trial;
use serde_json::Value;
use tokio::time::Instant;

use crate::rig::{LIST, Pairs, Rig, hosts, until};

const JAVA: &str = "Nacos-Java-Client:v1.4.2";
/// Of an instance that stays healthy although it does not beat, so that nothing else is pushed.
const LASTING: (&str, &str) = ("metadata", "enableClientBeat=true");
/// A push that should come, and takes longer, is missing.
const PUSH_WAIT: Duration = Duration::from_secs(20);
/// How long a push waits for its acknowledgement.
const ACK_WAIT: Duration = Duration::from_secs(10);

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        subscriber_that_stops_polling_is_forgotten,
        unacknowledged_push_is_sent_twice_and_given_up,
        acknowledged_push_is_not_sent_again,
        change_comes_as_a_datagram_with_the_grouped_name,
        long_push_is_compressed_and_short_one_is_not,
        unknown_agent_is_not_subscribed,
        clusters_are_echoed_exactly_in_lists_and_datagrams,
    ]
}

/// Lists a service as a client with a push port does; gives the port.
async fn subscribe(rig: &Rig, service: &str, agent: &str) -> Result<PushPort> {
    subscribe_to(rig, service, agent, &[]).await
}

/// The same with more parameters.
async fn subscribe_to(rig: &Rig, service: &str, agent: &str, more: &Pairs<'_>) -> Result<PushPort> {
    let port = PushPort::open().await?;
    let number = port.port()?.to_string();
    let query = [("serviceName", service), ("udpPort", &*number), ("clientIP", "127.0.0.1")];
    let query = [&query, more].concat();
    let answer = rig.http.with_agent(agent).call("GET", LIST, &query).await?;
    ensure!(answer.status == 200, "list: {answer:?}");
    Ok(port)
}

/// Acknowledges pushes until one has what is looked for, and gives that one.
async fn push_with(port: &PushPort, found: impl Fn(&Value) -> bool) -> Result<Datagram> {
    loop {
        let datagram = port.next(PUSH_WAIT).await?.context("no datagram came")?;
        if found(&datagram.push["data"]) {
            return Ok(datagram);
        }
        port.acknowledge(&datagram).await?;
    }
}

async fn subscribers(rig: &Rig, service: &str) -> Result<Value> {
    let found = rig.get("/nacos/v1/ns/service/subscribers", &[("serviceName", service)]).await?;
    Ok(found["count"].clone())
}

async fn change_comes_as_a_datagram_with_the_grouped_name(rig: &Rig) -> Result<()> {
    let port = subscribe(rig, "s", JAVA).await?;
    rig.register("s", "1.1.1.1:80", &[]).await?;
    let datagram = push_with(&port, |view| hosts(view) == ["1.1.1.1:80"]).await?;
    assert_eq!(datagram.push["type"], "dom");
    let view = &datagram.push["data"];
    assert_eq!((&view["name"], view.get("groupName")), (&Value::from("DEFAULT_GROUP@@s"), None));
    Ok(())
}

/// (!) Node uses a push only if its `clusters` are the very text that it asked with.
async fn clusters_are_echoed_exactly_in_lists_and_datagrams(rig: &Rig) -> Result<()> {
    for (number, clusters) in ["", "DEFAULT", "DEFAULT,other", "other,DEFAULT,"].into_iter().enumerate() {
        let service = format!("s{number}");
        let asked = [("clusters", clusters)];
        let port = subscribe_to(rig, &service, JAVA, &asked).await?;
        assert_eq!(rig.list(&service, &asked).await?["clusters"], clusters);
        rig.register(&service, "1.1.1.1:80", &[]).await?;
        let told = push_with(&port, |view| hosts(view).len() == 1).await?;
        assert_eq!(told.push["data"]["clusters"], clusters);
    }
    Ok(())
}

async fn long_push_is_compressed_and_short_one_is_not(rig: &Rig) -> Result<()> {
    let port = subscribe(rig, "s", JAVA).await?;
    rig.register("s", "1.1.1.1:80", &[]).await?;
    let short = push_with(&port, |view| hosts(view).len() == 1).await?;
    port.acknowledge(&short).await?;
    assert_eq!(short.head, *b"{\"");
    let metadata = format!("k={}", "v".repeat(900));
    rig.register("s", "1.1.1.1:81", &[("metadata", &metadata)]).await?;
    let long = push_with(&port, |view| hosts(view).len() == 2).await?;
    assert_eq!(long.head, [0x1f, 0x8b]);
    Ok(())
}

async fn unacknowledged_push_is_sent_twice_and_given_up(rig: &Rig) -> Result<()> {
    let port = subscribe(rig, "s", JAVA).await?;
    let start = Instant::now();
    rig.register("s", "1.1.1.1:80", &[LASTING]).await?;
    let first = push_with(&port, |view| hosts(view).len() == 1).await?;
    let second = port.next(PUSH_WAIT).await?.context("it is not sent again")?;
    assert_eq!(second.push["lastRefTime"], first.push["lastRefTime"]);
    assert!(start.elapsed() >= ACK_WAIT, "after {:?}", start.elapsed());
    let third = port.next(ACK_WAIT + Duration::from_secs(2)).await?;
    assert!(third.is_none(), "{third:?}");
    Ok(())
}

async fn acknowledged_push_is_not_sent_again(rig: &Rig) -> Result<()> {
    let port = subscribe(rig, "s", JAVA).await?;
    rig.register("s", "1.1.1.1:80", &[LASTING]).await?;
    let first = push_with(&port, |view| hosts(view).len() == 1).await?;
    port.acknowledge(&first).await?;
    let again = port.next(ACK_WAIT + Duration::from_secs(2)).await?;
    assert!(again.is_none(), "{again:?}");
    Ok(())
}

async fn unknown_agent_is_not_subscribed(rig: &Rig) -> Result<()> {
    let known = subscribe(rig, "s", JAVA).await?;
    assert_eq!(subscribers(rig, "s").await?, 1);
    let unknown = subscribe(rig, "s", "curl/8").await?;
    assert_eq!(subscribers(rig, "s").await?, 1);
    rig.register("s", "1.1.1.1:80", &[]).await?;
    push_with(&known, |view| hosts(view).len() == 1).await?;
    // Whoever is subscribed has been told by now.
    assert!(unknown.next(Duration::from_secs(1)).await?.is_none());
    Ok(())
}

async fn subscriber_that_stops_polling_is_forgotten(rig: &Rig) -> Result<()> {
    let start = Instant::now();
    let _port = subscribe(rig, "s", JAVA).await?;
    assert_eq!(subscribers(rig, "s").await?, 1);
    let left = (start + Duration::from_secs(40)).saturating_duration_since(Instant::now());
    let gone = async || Ok((subscribers(rig, "s").await? == 0).then_some(()));
    until(left, "no subscriber", gone).await?;
    assert!(start.elapsed() > Duration::from_secs(10), "a client polls every ten seconds");
    Ok(())
}
