//! What answers and pushes of one service say, beside its hosts.

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::rig::{Rig, hosts, instance};

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        reference_time_grows_with_every_answer_and_push,
        unknown_service_is_answered_with_an_empty_view,
        disabled_instances_are_shown_nowhere_and_unhealthy_ones_everywhere,
    ]
}

fn reference_time(view: &Value) -> Result<u64> {
    view["lastRefTime"].as_u64().with_context(|| format!("no reference time in {view}"))
}

/// Clients drop what is not newer than what they have.
async fn reference_time_grows_with_every_answer_and_push(rig: &Rig) -> Result<()> {
    let (mut sdk, mut publisher) = (rig.sdk().await?, rig.sdk().await?);
    let mut last = reference_time(&sdk.subscribe("s", "").await?)?;
    let mut grows = |view: &Value| {
        let time = reference_time(view)?;
        ensure!(time > last, "{time} after {last}");
        last = time;
        anyhow::Ok(())
    };
    grows(&sdk.push().await?)?;
    for round in 1..=20 {
        publisher.register("s", instance(round)).await?;
        grows(&sdk.push_with(|view| hosts(view) == [format!("1.1.1.1:{round}")]).await?)?;
        for _ in 0..2 {
            grows(&sdk.query("s").await?)?;
            grows(&sdk.subscribe("s", "").await?)?;
        }
    }
    let mut last = 0;
    for round in 1..=100 {
        publisher.register("t", instance(round)).await?;
        let time = reference_time(&rig.list("t", &[]).await?)?;
        assert!(time > last, "{time} after {last}");
        last = time;
    }
    Ok(())
}

async fn unknown_service_is_answered_with_an_empty_view(rig: &Rig) -> Result<()> {
    let list = rig.list("s", &[("clusters", "A,B")]).await?;
    assert_eq!((&list["name"], &list["hosts"]), (&json!("DEFAULT_GROUP@@s"), &json!([])));
    assert_eq!((&list["clusters"], &list["checksum"]), (&json!("A,B"), &json!("")));
    assert_eq!(list["cacheMillis"], 10_000);
    let view = rig.sdk().await?.query("s").await?;
    assert_eq!((&view["name"], &view["groupName"]), (&json!("s"), &json!("DEFAULT_GROUP")));
    assert_eq!((&view["clusters"], &view["hosts"]), (&json!(""), &json!([])));
    Ok(())
}

async fn disabled_instances_are_shown_nowhere_and_unhealthy_ones_everywhere(rig: &Rig) -> Result<()> {
    rig.register("s", "1.1.1.1:80", &[]).await?;
    rig.register("s", "1.1.1.1:81", &[("healthy", "false")]).await?;
    rig.register("s", "1.1.1.1:82", &[("enabled", "false")]).await?;
    rig.register("s", "1.1.1.1:83", &[("weight", "0")]).await?;
    let expected = ["1.1.1.1:80", "1.1.1.1:81!", "1.1.1.1:83"];
    let mut sdk = rig.sdk().await?;
    assert_eq!(hosts(&sdk.subscribe("s", "").await?), expected);
    assert_eq!(hosts(&sdk.push().await?), expected);
    assert_eq!(hosts(&sdk.query("s").await?), expected);
    assert_eq!(rig.hosts("s").await?, expected);
    let healthy = rig.list("s", &[("healthyOnly", "true")]).await?;
    assert_eq!(hosts(&healthy), ["1.1.1.1:80", "1.1.1.1:83"]);
    Ok(())
}
