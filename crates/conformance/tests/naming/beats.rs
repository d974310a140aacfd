//! Silence, beats, and what subscribers hear of them, in the times that clients know.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use conformance::PushPort;
use libtest_mimic::Trial;
use serde_json::json;
use tokio::time::Instant;

use crate::rig::{BEAT, LIST, Rig, Settings, always, hosts, until};

/// 25 s instead of three minutes.
const SHORT_LIVED_CLIENTS: Settings = &[("nacos.naming.client.expired.time", "25000")];
/// 40 s instead of three minutes.
const UNEXPIRED_INSTANCES: Settings =
    &[("nacos.naming.expireInstance", "false"), ("nacos.naming.client.expired.time", "40000")];
const AGENT: &str = "Nacos-Java-Client:v1.4.2";

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        beating_instance_stays_healthy_and_pushes_nothing,
        instance_with_client_beat_off_outlives_silence,
        silent_instance_turns_unhealthy_and_goes_in_the_usual_times,
        silent_client_goes_although_checks_are_off with SHORT_LIVED_CLIENTS,
        silent_instance_stays_where_nothing_expires_until_its_client_goes with UNEXPIRED_INSTANCES,
        silent_instance_goes_by_the_times_of_its_metadata,
        beat_of_an_unhealthy_instance_heals_it_and_is_pushed,
        beat_in_a_form_registers_an_unknown_instance,
        beat_without_a_service_name_refreshes_what_the_parameters_name,
    ]
}

async fn silent_instance_turns_unhealthy_and_goes_in_the_usual_times(rig: &Rig) -> Result<()> {
    check_silence(rig, "", [14, 21, 36]).await
}

async fn silent_instance_goes_by_the_times_of_its_metadata(rig: &Rig) -> Result<()> {
    let metadata = "preserved.heart.beat.interval=1000,preserved.heart.beat.timeout=3000,\
                    preserved.ip.delete.timeout=6000";
    check_silence(rig, metadata, [2, 9, 12]).await
}

/// Registers and stays silent: healthy for so many seconds, unhealthy after so many, gone after so many.
async fn check_silence(rig: &Rig, metadata: &str, [healthy, unhealthy, gone]: [u64; 3]) -> Result<()> {
    let start = Instant::now();
    let after = |seconds| start + Duration::from_secs(seconds);
    let left = |seconds| after(seconds).saturating_duration_since(Instant::now());
    rig.register("s", "1.1.1.1:80", &[("metadata", metadata)]).await?;
    let sees = async |expected: &[&str]| Ok(rig.hosts("s").await? == expected);
    always(after(healthy), "healthy", async || sees(&["1.1.1.1:80"]).await).await?;
    until(left(unhealthy), "unhealthy", async || Ok(sees(&["1.1.1.1:80!"]).await?.then_some(()))).await?;
    gone_until(rig, after(gone)).await
}

async fn silent_client_goes_although_checks_are_off(rig: &Rig) -> Result<()> {
    rig.switch("check", "false").await?;
    let start = Instant::now();
    rig.register("s", "1.1.1.1:80", &[]).await?;
    let end = start + Duration::from_secs(24);
    always(end, "healthy", async || Ok(rig.hosts("s").await? == ["1.1.1.1:80"])).await?;
    gone_until(rig, start + Duration::from_secs(31)).await
}

async fn silent_instance_stays_where_nothing_expires_until_its_client_goes(rig: &Rig) -> Result<()> {
    let start = Instant::now();
    rig.register("s", "1.1.1.1:80", &[]).await?;
    let end = start + Duration::from_secs(39);
    always(end, "listed", async || Ok(rig.hosts("s").await?.len() == 1)).await?;
    assert_eq!(rig.hosts("s").await?, ["1.1.1.1:80!"]);
    gone_until(rig, start + Duration::from_secs(46)).await
}

async fn gone_until(rig: &Rig, deadline: Instant) -> Result<()> {
    let left = deadline.saturating_duration_since(Instant::now());
    until(left, "gone", async || Ok(rig.hosts("s").await?.is_empty().then_some(()))).await
}

async fn beating_instance_stays_healthy_and_pushes_nothing(rig: &Rig) -> Result<()> {
    let start = Instant::now();
    rig.register("s", "1.1.1.1:80", &[]).await?;
    let mut sdk = rig.sdk().await?;
    sdk.subscribe("s", "").await?;
    sdk.push().await?;
    let port = PushPort::open().await?;
    let number = port.port()?.to_string();
    let java = rig.http.with_agent(AGENT);
    let poll = [("serviceName", "s"), ("udpPort", &*number), ("clientIP", "127.0.0.1")];
    java.call("GET", LIST, &poll).await?;
    let first = port.next(Duration::from_secs(20)).await?;
    port.acknowledge(&first.context("no push follows the subscription")?).await?;
    for beat in 1..=12 {
        rig.beat("s", "1.1.1.1:80").await?;
        java.call("GET", LIST, &poll).await?;
        let next = start + Duration::from_secs(5 * beat);
        always(next, "healthy", async || Ok(rig.hosts("s").await? == ["1.1.1.1:80"])).await?;
    }
    assert!(start.elapsed() >= Duration::from_secs(60));
    ensure!(sdk.push_within(Duration::ZERO).await?.is_none(), "a push over gRPC");
    ensure!(port.next(Duration::from_millis(1)).await?.is_none(), "a push by datagram");
    Ok(())
}

async fn instance_with_client_beat_off_outlives_silence(rig: &Rig) -> Result<()> {
    rig.register("s", "1.1.1.1:80", &[("metadata", "enableClientBeat=true")]).await?;
    let end = Instant::now() + Duration::from_secs(60);
    always(end, "healthy", async || Ok(rig.hosts("s").await? == ["1.1.1.1:80"])).await
}

async fn beat_of_an_unhealthy_instance_heals_it_and_is_pushed(rig: &Rig) -> Result<()> {
    rig.register("s", "1.1.1.1:80", &[("healthy", "false")]).await?;
    let mut sdk = rig.sdk().await?;
    assert_eq!(hosts(&sdk.subscribe("s", "").await?), ["1.1.1.1:80!"]);
    sdk.push().await?;
    rig.beat("s", "1.1.1.1:80").await?;
    // A second is what clients count on; twice as much, since the machine may be busy.
    let pushed = sdk.push_within(Duration::from_secs(2)).await?.context("no push in time")?;
    assert_eq!(hosts(&pushed), ["1.1.1.1:80"]);
    assert_eq!(rig.hosts("s").await?, ["1.1.1.1:80"]);
    Ok(())
}

async fn beat_in_a_form_registers_an_unknown_instance(rig: &Rig) -> Result<()> {
    let beat = json!({
        "ip": "1.1.1.1", "port": 80, "weight": 3, "serviceName": "DEFAULT_GROUP@@s", "cluster": "DEFAULT",
        "metadata": {"k": "v"}, "scheduled": false, "period": 5000, "stopped": false,
    });
    let form = [("beat", &*beat.to_string())];
    let answer = rig.http.call_with_form("PUT", BEAT, &[("serviceName", "s")], &form).await?;
    assert_eq!((answer.status, &answer.json["code"]), (200, &json!(10200)));
    let list = rig.list("s", &[]).await?;
    assert_eq!((hosts(&list), &list["hosts"][0]["weight"]), (vec!["1.1.1.1:80".into()], &json!(3.0)));
    assert_eq!(list["hosts"][0]["metadata"], json!({"k": "v"}));
    Ok(())
}

/// The service of the parameters counts, its group among it, also where the beat itself names none.
async fn beat_without_a_service_name_refreshes_what_the_parameters_name(rig: &Rig) -> Result<()> {
    rig.register("g@@s", "1.1.1.1:80", &[("healthy", "false")]).await?;
    let beat = json!({"ip": "1.1.1.1", "port": 80, "cluster": "DEFAULT", "weight": 1}).to_string();
    let query = [("serviceName", "g@@s"), ("ip", "1.1.1.1"), ("port", "80"), ("beat", &*beat)];
    let answer = rig.call("PUT", BEAT, &query).await?;
    assert_eq!((answer.status, &answer.json["code"]), (200, &json!(10200)));
    assert_eq!(rig.hosts("g@@s").await?, ["1.1.1.1:80"]);
    assert_eq!(rig.hosts("s").await?, [""; 0]);
    Ok(())
}
