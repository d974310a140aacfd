//! Watches by pattern, of 3.x: what a watcher is told first, and what when services come and go.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::rig::{Rig, Sdk, instance};

const PATTERN: &str = "public>>*>>order*";
const SYNC: &str = "NamingFuzzyWatchSyncRequest";
const CHANGE: &str = "NamingFuzzyWatchChangeNotifyRequest";
/// A push that should come, and takes longer, is missing.
const PUSH_WAIT: Duration = Duration::from_secs(20);

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        watch_begins_in_batches_and_tells_what_comes_and_goes,
        watch_that_knows_everything_is_told_nothing,
    ]
}

fn key(service: &str) -> String {
    format!("public@@DEFAULT_GROUP@@{service}")
}

async fn watch(sdk: &mut Sdk, known: &[String], initializing: bool) -> Result<()> {
    let body = json!({
        "groupKeyPattern": PATTERN, "watchType": "WATCH", "namespace": "public",
        "receivedGroupKeys": known, "initializing": initializing,
    });
    assert_eq!(sdk.call("NamingFuzzyWatchRequest", &body).await?.body["resultCode"], 200);
    Ok(())
}

/// What the next change says of which service.
async fn change(sdk: &Sdk) -> Result<(Value, Value)> {
    let change = sdk.push_of(CHANGE, PUSH_WAIT).await?.context("no change is told")?;
    Ok((change["serviceKey"].clone(), change["changedType"].clone()))
}

async fn watch_begins_in_batches_and_tells_what_comes_and_goes(rig: &Rig) -> Result<()> {
    let services: BTreeSet<String> = (1..=25).map(|number| format!("order{number}")).collect();
    for service in &services {
        rig.register(service, "1.1.1.1:80", &[]).await?;
    }
    rig.register("stock", "1.1.1.1:80", &[]).await?;
    let mut watcher = rig.sdk().await?;
    watch(&mut watcher, &[], true).await?;
    let mut told = BTreeSet::new();
    for batch in 1..=3 {
        let sync = watcher.push_of(SYNC, PUSH_WAIT).await?.context("a batch is missing")?;
        assert_eq!(sync["syncType"], "FUZZY_WATCH_INIT_NOTIFY");
        assert_eq!((&sync["totalBatch"], &sync["currentBatch"]), (&json!(3), &json!(batch)));
        let contexts = sync["contexts"].as_array().context("contexts")?;
        assert!(contexts.len() <= 10, "{} in a batch", contexts.len());
        assert!(contexts.iter().all(|context| context["changedType"] == "ADD_SERVICE"), "{sync}");
        told.extend(contexts.iter().map(|context| context["serviceKey"].clone().to_string()));
    }
    let expected: BTreeSet<String> = services.iter().map(|service| json!(key(service)).to_string()).collect();
    assert_eq!(told, expected);
    let end = watcher.push_of(SYNC, PUSH_WAIT).await?.context("the end is missing")?;
    assert_eq!((&end["syncType"], &end["contexts"]), (&json!("FINISH_FUZZY_WATCH_INIT_NOTIFY"), &json!([])));

    let mut publisher = rig.sdk().await?;
    publisher.register("order-x", instance(80)).await?;
    let registered = Instant::now();
    assert_eq!(change(&watcher).await?, (key("order-x").into(), "ADD_SERVICE".into()));
    // A second is what clients count on; twice as much, since the machine may be busy.
    assert!(registered.elapsed() <= Duration::from_secs(2), "after {:?}", registered.elapsed());
    drop(publisher);
    assert_eq!(change(&watcher).await?, (key("order-x").into(), "DELETE_SERVICE".into()));
    Ok(())
}

async fn watch_that_knows_everything_is_told_nothing(rig: &Rig) -> Result<()> {
    let services = ["order1", "order2"];
    for service in services {
        rig.register(service, "1.1.1.1:80", &[]).await?;
    }
    let mut watcher = rig.sdk().await?;
    watch(&mut watcher, &services.map(key), false).await?;
    // A sync begins a second after the watch.
    assert_eq!(watcher.push_of(SYNC, Duration::from_secs(3)).await?, None);
    watch(&mut watcher, &services[..1].iter().map(|service| key(service)).collect::<Vec<_>>(), false).await?;
    let sync = watcher.push_of(SYNC, PUSH_WAIT).await?.context("no repair")?;
    assert_eq!(sync["syncType"], "FUZZY_WATCH_DIFF_SYNC_NOTIFY");
    assert_eq!(sync["contexts"], json!([{"serviceKey": key("order2"), "changedType": "ADD_SERVICE"}]));
    Ok(())
}
