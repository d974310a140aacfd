//! What operators set, and what it does to the calls of others.

use std::time::Duration;

use anyhow::Result;
use libtest_mimic::Trial;

use crate::rig::{INSTANCE, LIST, Rig, until, with_address};

const V2_SWITCHES: &str = "/nacos/v2/ns/operator/switches";
/// The status is looked at every five seconds in the reference.
const STATUS_WAIT: Duration = Duration::from_secs(6);

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        read_only_server_refuses_writes_of_v1,
        limited_path_is_answered_with_its_status,
        default_lifetime_of_instances_is_switched,
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
