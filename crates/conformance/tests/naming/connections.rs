//! What ends with a connection, and when a connection is taken to have ended.

use std::time::Duration;

use anyhow::Result;
use conformance::Acknowledging;
use libtest_mimic::Trial;
use tokio::time::Instant;

use crate::rig::{Rig, Sdk, always, instance, until};

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        instance_of_a_connection_keeps_the_health_it_was_given,
        silent_peer_is_asked_and_its_instances_go,
        closed_connection_takes_its_instances_along,
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
