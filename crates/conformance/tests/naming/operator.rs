//! What operators set and ask, and what it does to the calls of others.

use std::time::Duration;

use anyhow::{Result, ensure};
use libtest_mimic::Trial;
use serde_json::json;

use crate::rig::{INSTANCE, LIST, Rig, hosts, instance, until, with_address};

const METRICS: &str = "/nacos/v1/ns/operator/metrics";
const V2_SWITCHES: &str = "/nacos/v2/ns/operator/switches";
/// The status is looked at every five seconds in the reference.
const STATUS_WAIT: Duration = Duration::from_secs(6);

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        read_only_server_refuses_writes_of_v1,
        limited_path_is_answered_with_its_status,
        default_lifetime_of_instances_is_switched,
        double_writes_of_2_0_can_be_switched_off,
        health_set_by_hand_is_pushed,
        batch_of_metadata_for_unreadable_instances_changes_nothing,
        kinds_of_clients_add_up,
        server_alone_is_responsible_for_every_address,
    ]
}

async fn read_only_server_refuses_writes_of_v1(rig: &Rig) -> Result<()> {
    rig.register("s", "1.1.1.1:80", &[]).await?;
    let address = with_address("s", "1.1.1.1:80", &[]);
    let becomes = async |status: u16| {
        until(STATUS_WAIT, "another status", async || {
            let answer = rig.call("PUT", INSTANCE, &address).await?;
            Ok((answer.status == status).then_some(answer.text))
        })
        .await
    };
    rig.switch("overriddenServerStatus", "READ_ONLY").await?;
    let refused = becomes(503).await?;
    assert!(refused.starts_with("server is READ_ONLYnow"), "{refused}");
    assert_eq!(rig.hosts("s").await?, ["1.1.1.1:80"]);
    // The call of v1 that would take it back is a write of v1.
    let query = [("entry", "overriddenServerStatus"), ("value", "null")];
    assert_eq!(rig.call("PUT", V2_SWITCHES, &query).await?.status, 200);
    assert_eq!(becomes(200).await?, "ok");
    Ok(())
}

async fn limited_path_is_answered_with_its_status(rig: &Rig) -> Result<()> {
    rig.switch("limitedUrlMap", "/nacos/v1/ns/instance/list:403").await?;
    let limited = rig.call("GET", LIST, &[("serviceName", "s")]).await?;
    assert_eq!((limited.status, &*limited.text), (403, ""));
    rig.register("s", "1.1.1.1:80", &[]).await
}

async fn default_lifetime_of_instances_is_switched(rig: &Rig) -> Result<()> {
    for (ephemeral, service) in [("false", "p"), ("true", "e")] {
        rig.switch("defaultInstanceEphemeral", ephemeral).await?;
        rig.register(service, "1.1.1.1:80", &[]).await?;
        let list = rig.list(service, &[]).await?;
        assert_eq!(list["hosts"][0]["ephemeral"].to_string(), ephemeral);
    }
    Ok(())
}

/// There is nothing to switch off here, and run-books of an upgrade from 1.x do it all the same.
async fn double_writes_of_2_0_can_be_switched_off(rig: &Rig) -> Result<()> {
    rig.switch("doubleWriteEnabled", "false").await
}

async fn health_set_by_hand_is_pushed(rig: &Rig) -> Result<()> {
    // With one alone, all would be unhealthy, which protection hides.
    for address in ["1.1.1.1:80", "1.1.1.1:81"] {
        rig.register("s", address, &[("ephemeral", "false")]).await?;
    }
    let cluster = [
        ("serviceName", "s"),
        ("clusterName", "DEFAULT"),
        ("checkPort", "80"),
        ("useInstancePort4Check", "true"),
        ("healthChecker", r#"{"type":"NONE"}"#),
    ];
    rig.done("PUT", "/nacos/v1/ns/cluster", &cluster).await?;
    let mut sdk = rig.sdk().await?;
    sdk.subscribe("s", "").await?;
    let health = with_address("s", "1.1.1.1:80", &[("healthy", "false")]);
    rig.done("PUT", "/nacos/v1/ns/health/instance", &health).await?;
    sdk.push_with(|view| hosts(view) == ["1.1.1.1:80!", "1.1.1.1:81"]).await?;
    Ok(())
}

/// The reference takes a list that it cannot read for none, which means all instances.
async fn batch_of_metadata_for_unreadable_instances_changes_nothing(rig: &Rig) -> Result<()> {
    const BATCH: &str = "/nacos/v1/ns/instance/metadata/batch";
    rig.register("s", "1.1.1.1:80", &[]).await?;
    let service = ("serviceName", "DEFAULT_GROUP@@s");
    let unreadable = [service, ("metadata", r#"{"a":"1"}"#), ("instances", "[{")];
    let refused = rig.call("PUT", BATCH, &unreadable).await?;
    assert!(refused.status == 400 && refused.text.contains("'instances'"), "{refused:?}");
    assert_eq!(rig.list("s", &[]).await?["hosts"][0]["metadata"], json!({}));
    let all = rig.call("PUT", BATCH, &[service, ("metadata", r#"{"a":"1"}"#)]).await?;
    assert_eq!(all.json, json!({"updated": ["1.1.1.1:80:unknown:DEFAULT:ephemeral"]}));
    assert_eq!(rig.list("s", &[]).await?["hosts"][0]["metadata"], json!({"a": "1"}));
    Ok(())
}

async fn kinds_of_clients_add_up(rig: &Rig) -> Result<()> {
    assert_eq!(rig.get(METRICS, &[]).await?, json!({"status": "UP"}));
    rig.register("e", "1.1.1.1:80", &[]).await?;
    rig.register("e", "1.1.1.1:81", &[]).await?;
    rig.register("p", "1.1.1.1:82", &[("ephemeral", "false")]).await?;
    let mut sdk = rig.sdk().await?;
    sdk.register("e", instance(83)).await?;
    let metrics = rig.get(METRICS, &[("onlyStatus", "false")]).await?;
    let count = |kind: &str| metrics[format!("{kind}ClientCount")].as_u64().unwrap_or_default();
    let kinds = ["connectionBased", "ephemeralIpPort", "persistentIpPort"].map(count);
    ensure!(kinds == [1, 2, 1] && metrics["clientCount"] == 4, "{metrics}");
    Ok(())
}

async fn server_alone_is_responsible_for_every_address(rig: &Rig) -> Result<()> {
    for (ip, port) in [("10.3.11.1", "80"), ("10.3.11.2", "8080")] {
        let query = [("ip", ip), ("port", port)];
        let found = rig.get("/nacos/v1/ns/operator/distro/client", &query).await?;
        let server = found["responsibleServer"].as_str().unwrap_or_default();
        assert!(server.ends_with(&format!(":{}", rig.target().port)), "{found}");
    }
    Ok(())
}
