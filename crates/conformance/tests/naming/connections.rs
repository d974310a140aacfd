//! What ends with a connection, and when a connection is taken to have ended.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use conformance::Acknowledging;
use libtest_mimic::Trial;
use serde_json::Value;
use tokio::time::Instant;

use crate::rig::{Rig, Sdk, Settings, always, hosts, instance, until};

const SHORT_GRACE: Settings = &[("navaid.naming.move-grace", "1s")];
const RELOAD: &str = "/nacos/v2/core/loader/reloadCurrent";

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        instance_of_a_connection_keeps_the_health_it_was_given,
        silent_peer_is_asked_and_its_instances_go,
        closed_connection_takes_its_instances_along,
        client_that_was_told_to_move_is_held_until_it_is_back,
        client_that_was_told_to_move_and_does_not_come_back_goes with SHORT_GRACE,
        unacknowledged_reset_holds_nothing,
    ]
}

async fn instance_of_a_connection_keeps_the_health_it_was_given(rig: &Rig) -> Result<()> {
    let mut sdk = rig.sdk().await?;
    let mut unhealthy = instance(80);
    unhealthy["healthy"] = false.into();
    sdk.register("s", unhealthy).await?;
    let end = Instant::now() + Duration::from_secs(60);
    always(end, "unhealthy", async || Ok(rig.hosts("s").await? == ["1.1.1.1:80!"])).await
}

/// A peer that answers nothing, as one that is stopped or unplugged: it is asked after 20 s and has 5 s to answer.
async fn silent_peer_is_asked_and_its_instances_go(rig: &Rig) -> Result<()> {
    let mut frozen = Sdk::connect(rig.target(), Acknowledging::Never).await?;
    let start = Instant::now();
    frozen.register("s", instance(80)).await?;
    let end = start + Duration::from_secs(20);
    always(end, "there", async || Ok(rig.hosts("s").await? == ["1.1.1.1:80"])).await?;
    let left = (start + Duration::from_secs(30)).saturating_duration_since(Instant::now());
    until(left, "gone", async || Ok(rig.hosts("s").await?.is_empty().then_some(()))).await?;
    until(Duration::from_secs(5), "closed", async || Ok(frozen.is_closed().then_some(()))).await
}

async fn closed_connection_takes_its_instances_along(rig: &Rig) -> Result<()> {
    let mut leaving = rig.sdk().await?;
    leaving.register("s", instance(80)).await?;
    leaving.register("t", instance(81)).await?;
    assert_eq!(rig.hosts("s").await?, ["1.1.1.1:80"]);
    drop(leaving);
    let gone =
        async || Ok((rig.hosts("s").await?.is_empty() && rig.hosts("t").await?.is_empty()).then_some(()));
    until(Duration::from_secs(3), "gone", gone).await
}

/// Tells every connection to move, and gives the reset that the client got.
async fn reset(rig: &Rig, sdk: &Sdk) -> Result<Value> {
    let answer = rig.call("GET", RELOAD, &[("count", "0")]).await?;
    ensure!(answer.status == 200, "{answer:?}");
    sdk.push_of("ConnectResetRequest", Duration::from_secs(10)).await?.context("no reset came")
}

/// A reset names an address, and its client's instances stay while it moves: as Java does, the old connection goes before
/// the new one registers.
async fn client_that_was_told_to_move_is_held_until_it_is_back(rig: &Rig) -> Result<()> {
    let mut moving = rig.sdk().await?;
    moving.register("s", instance(80)).await?;
    let told = reset(rig, &moving).await?;
    let (ip, port) = (told["serverIp"].as_str(), told["serverPort"].as_str());
    let own_port = rig.target().port.to_string();
    ensure!(ip.is_some_and(|ip| !ip.is_empty()) && port == Some(&own_port), "{told}");
    let mut watcher = rig.sdk().await?;
    assert_eq!(hosts(&watcher.subscribe("s", "").await?), ["1.1.1.1:80"]);
    let mut back = rig.sdk().await?;
    drop(moving);
    always(Instant::now() + Duration::from_secs(2), "held", async || {
        Ok(rig.hosts("s").await? == ["1.1.1.1:80"])
    })
    .await?;
    back.register("s", instance(80)).await?;
    always(Instant::now() + Duration::from_secs(5), "there", async || {
        Ok(rig.hosts("s").await? == ["1.1.1.1:80"])
    })
    .await?;
    while let Some(view) = watcher.push_within(Duration::ZERO).await? {
        assert_eq!(hosts(&view), ["1.1.1.1:80"], "never seen to go");
    }
    // That end nobody asked for.
    drop(back);
    until(Duration::from_secs(3), "gone", async || Ok(rig.hosts("s").await?.is_empty().then_some(()))).await
}

async fn client_that_was_told_to_move_and_does_not_come_back_goes(rig: &Rig) -> Result<()> {
    let mut moving = rig.sdk().await?;
    moving.register("s", instance(80)).await?;
    reset(rig, &moving).await?;
    drop(moving);
    until(Duration::from_secs(10), "gone", async || Ok(rig.hosts("s").await?.is_empty().then_some(()))).await
}

/// An end that nobody is known to have heeded is an end like any other.
async fn unacknowledged_reset_holds_nothing(rig: &Rig) -> Result<()> {
    let mut silent = Sdk::connect(rig.target(), Acknowledging::Never).await?;
    silent.register("s", instance(80)).await?;
    reset(rig, &silent).await?;
    drop(silent);
    until(Duration::from_secs(3), "gone", async || Ok(rig.hosts("s").await?.is_empty().then_some(()))).await
}
