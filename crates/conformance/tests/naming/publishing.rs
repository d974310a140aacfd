//! Who publishes what, and how soon it is read.

use std::time::Duration;

use anyhow::Result;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::rig::{BEAT, Rig, hosts, instance, with_address};

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        equal_addresses_of_two_connections_are_one_host,
        registration_is_read_by_the_very_next_call,
        registration_of_any_generation_shows_in_all,
        persistent_instance_is_listed_at_once,
        restarted_server_has_what_is_persistent_and_asks_for_the_rest,
    ]
}

async fn equal_addresses_of_two_connections_are_one_host(rig: &Rig) -> Result<()> {
    let (mut a, mut b) = (rig.sdk().await?, rig.sdk().await?);
    a.register("s", instance(80)).await?;
    b.register("s", instance(80)).await?;
    assert_eq!(rig.hosts("s").await?, ["1.1.1.1:80"]);
    let mut differing = instance(80);
    differing["metadata"] = json!({"k": "v"});
    b.register("s", differing).await?;
    assert_eq!(rig.hosts("s").await?, ["1.1.1.1:80"]);
    let mut elsewhere = instance(80);
    elsewhere["clusterName"] = json!("other");
    b.register("s", elsewhere).await?;
    assert_eq!(rig.hosts("s").await?, ["1.1.1.1:80", "1.1.1.1:80"]);
    Ok(())
}

async fn registration_is_read_by_the_very_next_call(rig: &Rig) -> Result<()> {
    let mut sdk = rig.sdk().await?;
    for round in 1..=50 {
        rig.register("s", &format!("1.1.1.1:{round}"), &[]).await?;
        assert_eq!(rig.hosts("s").await?.len(), round);
        sdk.register("t", instance(u16::try_from(round)?)).await?;
        assert_eq!(hosts(&sdk.query("t").await?), [format!("1.1.1.1:{round}")]);
    }
    Ok(())
}

async fn registration_of_any_generation_shows_in_all(rig: &Rig) -> Result<()> {
    let v1 = "/nacos/v1/ns/instance";
    let v2 = "/nacos/v2/ns/instance";
    let v3 = "/nacos/v3/client/ns/instance";
    for (port, path) in [(81, v1), (82, v2), (83, v3)] {
        let address = format!("1.1.1.1:{port}");
        let answer = rig.call("POST", path, &with_address("s", &address, &[])).await?;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }
    let all = ["1.1.1.1:81", "1.1.1.1:82", "1.1.1.1:83"];
    assert_eq!(rig.hosts("s").await?, all);
    let asked = [("serviceName", "s")];
    assert_eq!(hosts(&rig.get("/nacos/v2/ns/instance/list", &asked).await?["data"]), all);
    let listed: Value = rig.get("/nacos/v3/client/ns/instance/list", &asked).await?;
    assert_eq!(hosts(&json!({"hosts": listed["data"]})), all);
    assert_eq!(hosts(&rig.sdk().await?.query("s").await?), all);
    Ok(())
}

async fn persistent_instance_is_listed_at_once(rig: &Rig) -> Result<()> {
    let start = Instant::now();
    rig.register("s", "1.1.1.1:80", &[("ephemeral", "false")]).await?;
    let list = rig.list("s", &[]).await?;
    assert_eq!((hosts(&list).len(), &list["hosts"][0]["ephemeral"]), (1, &false.into()));
    assert!(start.elapsed() < Duration::from_secs(5), "after {:?}", start.elapsed());
    Ok(())
}

async fn restarted_server_has_what_is_persistent_and_asks_for_the_rest(rig: &Rig) -> Result<()> {
    rig.register("p", "1.1.1.1:80", &[("ephemeral", "false")]).await?;
    rig.register("e", "1.1.1.1:81", &[]).await?;
    rig.restart().await?;
    assert_eq!(rig.list("p", &[]).await?["hosts"][0]["port"], 80);
    assert_eq!(rig.hosts("e").await?, [""; 0]);
    assert_eq!(rig.beat("e", "1.1.1.1:81").await?["code"], 20404);
    let beat = json!({"ip": "1.1.1.1", "port": 81, "weight": 1, "serviceName": "DEFAULT_GROUP@@e"});
    let query = [("serviceName", "e"), ("beat", &*beat.to_string())];
    assert_eq!(rig.call("PUT", BEAT, &query).await?.json["code"], 10200);
    assert_eq!(rig.hosts("e").await?, ["1.1.1.1:81"]);
    Ok(())
}
