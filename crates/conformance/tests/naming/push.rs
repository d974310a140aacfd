//! Pushes over gRPC: when they come, how many, and what becomes of those that nobody acknowledges.

use std::time::Duration;

use anyhow::Result;
use conformance::Acknowledging;
use libtest_mimic::Trial;
use tokio::time::{Instant, sleep_until};

use crate::rig::{Rig, Sdk, hosts, instance, until};

/// Where clients count on a second, or on less: twice as much, since the machine may be busy. The engine's own tests
/// hold the times to the millisecond.
const SOON: Duration = Duration::from_secs(2);
/// The windows in which changes of a churning service gather: the first, and those after it.
const WINDOWS: [Duration; 2] = [Duration::from_millis(320), Duration::from_millis(500)];

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        unacknowledged_push_is_repeated_to_its_client_alone,
        churning_service_is_pushed_at_least_every_second,
        burst_is_pushed_at_its_begin_and_its_end,
        subscription_is_followed_by_one_push,
        pushes_that_were_switched_off_are_made_up_for,
    ]
}

async fn subscription_is_followed_by_one_push(rig: &Rig) -> Result<()> {
    rig.register("s", "1.1.1.1:80", &[]).await?;
    let mut sdk = rig.sdk().await?;
    let asked = Instant::now();
    assert_eq!(hosts(&sdk.subscribe("s", "").await?), ["1.1.1.1:80"]);
    let answered = Instant::now();
    assert_eq!(hosts(&sdk.push().await?), ["1.1.1.1:80"]);
    // It is due half a second after the server took the subscription, which was between the two.
    assert!(asked.elapsed() >= Duration::from_millis(400), "after {:?}", asked.elapsed());
    assert!(answered.elapsed() <= SOON, "after {:?}", answered.elapsed());
    assert_eq!(sdk.push_within(Duration::from_secs(2)).await?, None);
    Ok(())
}

async fn burst_is_pushed_at_its_begin_and_its_end(rig: &Rig) -> Result<()> {
    let (mut subscriber, mut publisher) = (rig.sdk().await?, rig.sdk().await?);
    subscriber.subscribe("s", "").await?;
    subscriber.push().await?;
    let start = Instant::now();
    for port in 1..=20 {
        publisher.register("s", instance(port)).await?;
    }
    let lasted = start.elapsed();
    let mut pushes = 1;
    while hosts(&subscriber.push().await?) != ["1.1.1.1:20"] {
        pushes += 1;
    }
    // Two, unless the machine was too slow for a burst.
    let windows = lasted.saturating_sub(WINDOWS[0]).as_millis().div_ceil(WINDOWS[1].as_millis());
    assert!(pushes <= 2 + windows, "{pushes} pushes of a burst of {lasted:?}");
    assert_eq!(subscriber.push_within(Duration::from_secs(1)).await?, None);
    Ok(())
}

async fn churning_service_is_pushed_at_least_every_second(rig: &Rig) -> Result<()> {
    let (mut subscriber, mut publisher) = (rig.sdk().await?, rig.sdk().await?);
    subscriber.subscribe("s", "").await?;
    subscriber.push().await?;
    let start = Instant::now();
    let churn = async {
        for port in 1..=30 {
            publisher.register("s", instance(port)).await?;
            sleep_until(start + Duration::from_millis(100) * u32::from(port)).await;
        }
        anyhow::Ok(())
    };
    let watch = async {
        let mut seen = Vec::new();
        while seen.last() != Some(&"1.1.1.1:30".to_owned()) {
            let before = Instant::now();
            seen.extend(hosts(&subscriber.push().await?));
            assert!(before.elapsed() <= SOON, "a gap of {:?}", before.elapsed());
        }
        anyhow::Ok(seen)
    };
    let (churned, seen) = tokio::join!(churn, watch);
    churned?;
    assert!(seen?.len() >= 4, "three seconds of changes");
    Ok(())
}

/// After five seconds without an acknowledgement and one of rest.
async fn unacknowledged_push_is_repeated_to_its_client_alone(rig: &Rig) -> Result<()> {
    let mut silent = Sdk::connect(rig.target(), Acknowledging::Never).await?;
    let mut other = rig.sdk().await?;
    let asked = Instant::now();
    silent.subscribe("s", "").await?;
    other.subscribe("s", "").await?;
    other.push().await?;
    silent.push().await?;
    for repeat in 1..=2 {
        silent.push().await?;
        let passed = asked.elapsed();
        let [earliest, latest] = [6, 10].map(|seconds| Duration::from_secs(seconds) * repeat);
        assert!((earliest..latest).contains(&passed), "after {passed:?}");
    }
    assert_eq!(other.push_within(Duration::ZERO).await?, None);
    rig.register("s", "1.1.1.1:80", &[]).await?;
    let changed = Instant::now();
    assert_eq!(hosts(&other.push().await?), ["1.1.1.1:80"]);
    assert!(changed.elapsed() <= SOON, "after {:?}", changed.elapsed());
    silent.push_with(|view| hosts(view) == ["1.1.1.1:80"]).await?;
    Ok(())
}

async fn pushes_that_were_switched_off_are_made_up_for(rig: &Rig) -> Result<()> {
    let mut sdk = rig.sdk().await?;
    sdk.subscribe("s", "").await?;
    sdk.push().await?;
    rig.switch("pushEnabled", "false").await?;
    rig.register("s", "1.1.1.1:80", &[]).await?;
    rig.register("s", "1.1.1.1:81", &[]).await?;
    assert_eq!(sdk.push_within(Duration::from_secs(3)).await?, None);
    assert_eq!(rig.hosts("s").await?.len(), 2, "reads are current all the same");
    rig.switch("pushEnabled", "true").await?;
    until(Duration::from_secs(20), "the last state", async || {
        Ok((hosts(&sdk.push().await?).len() == 2).then_some(()))
    })
    .await
}
