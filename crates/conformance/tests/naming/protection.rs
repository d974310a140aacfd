//! The protection threshold: when unhealthy instances are shown as healthy, because too few are left.

use anyhow::Result;
use libtest_mimic::Trial;

use crate::rig::{Pairs, Rig, SERVICE, hosts};

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        protection_needs_a_service_that_was_described,
        protection_is_reached_at_the_threshold_and_not_above,
        healthy_instances_alone_are_never_protected,
        empty_service_is_never_protected,
    ]
}

/// What the list shows, and whether it says that the threshold is reached.
async fn shown(rig: &Rig, more: &Pairs<'_>) -> Result<(Vec<String>, bool)> {
    let list = rig.list("s", more).await?;
    Ok((hosts(&list), list["reachProtectionThreshold"] == true))
}

async fn set_threshold(rig: &Rig, threshold: &str) -> Result<()> {
    rig.done("PUT", SERVICE, &[("serviceName", "s"), ("protectThreshold", threshold)]).await
}

/// Registers four instances, of which the first are healthy.
async fn register_four(rig: &Rig, healthy: u16) -> Result<()> {
    for port in 1..=4 {
        let health = if port <= healthy { "true" } else { "false" };
        rig.register("s", &format!("1.1.1.1:{port}"), &[("healthy", health)]).await?;
    }
    Ok(())
}

fn four(healthy: u16) -> Vec<String> {
    (1..=4).map(|port| format!("1.1.1.1:{port}{}", if port <= healthy { "" } else { "!" })).collect()
}

async fn protection_needs_a_service_that_was_described(rig: &Rig) -> Result<()> {
    register_four(rig, 0).await?;
    assert_eq!(shown(rig, &[]).await?, (four(0), false));
    set_threshold(rig, "0").await?;
    assert_eq!(shown(rig, &[]).await?, (four(4), true));
    Ok(())
}

async fn protection_is_reached_at_the_threshold_and_not_above(rig: &Rig) -> Result<()> {
    register_four(rig, 2).await?;
    set_threshold(rig, "0.5").await?;
    assert_eq!(shown(rig, &[]).await?, (four(4), true));
    register_four(rig, 3).await?;
    assert_eq!(shown(rig, &[]).await?, (four(3), false));
    register_four(rig, 4).await?;
    set_threshold(rig, "1").await?;
    assert_eq!(shown(rig, &[]).await?, (four(4), true));
    Ok(())
}

async fn healthy_instances_alone_are_never_protected(rig: &Rig) -> Result<()> {
    register_four(rig, 1).await?;
    set_threshold(rig, "0.9").await?;
    assert_eq!(shown(rig, &[("healthyOnly", "true")]).await?, (vec!["1.1.1.1:1".into()], false));
    Ok(())
}

async fn empty_service_is_never_protected(rig: &Rig) -> Result<()> {
    rig.done("POST", SERVICE, &[("serviceName", "s"), ("protectThreshold", "1")]).await?;
    assert_eq!(shown(rig, &[]).await?, (vec![], false));
    Ok(())
}
