//! Names, defaults and limits of what is registered, and what is shown of it.

use anyhow::Result;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::rig::{INSTANCE, Rig, hosts, instance, with_address};

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        registration_without_names_lands_in_the_defaults,
        service_name_may_have_512_characters,
        metadata_may_have_65536_characters,
        metadata_reads_alike_in_both_syntaxes,
        flag_that_is_no_word_for_true_is_false,
        snowflake_id_is_a_number_before_cluster_and_service,
        id_given_over_grpc_is_kept,
        instance_of_v2_has_an_id,
        periods_and_generator_are_derived_from_the_metadata,
    ]
}

async fn registration_without_names_lands_in_the_defaults(rig: &Rig) -> Result<()> {
    rig.register("s", "1.1.1.1:80", &[]).await?;
    let list = rig.list("s", &[("namespaceId", "public")]).await?;
    assert_eq!(list["name"], "DEFAULT_GROUP@@s");
    assert_eq!(
        (hosts(&list), &list["hosts"][0]["clusterName"]),
        (vec!["1.1.1.1:80".into()], &"DEFAULT".into())
    );
    let elsewhere = rig.list("s", &[("namespaceId", "other")]).await?;
    assert_eq!(hosts(&elsewhere), [""; 0]);
    Ok(())
}

async fn service_name_may_have_512_characters(rig: &Rig) -> Result<()> {
    rig.register(&"s".repeat(512), "1.1.1.1:80", &[]).await?;
    let too_long = "s".repeat(513);
    let refused = rig.call("POST", INSTANCE, &with_address(&too_long, "1.1.1.1:80", &[])).await?;
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains("should not exceed 512."), "{}", refused.text);
    Ok(())
}

async fn metadata_may_have_65536_characters(rig: &Rig) -> Result<()> {
    let mut sdk = rig.sdk().await?;
    for (length, is_accepted) in [(65_536, true), (65_537, false)] {
        let value = "v".repeat(length - 1);
        let metadata = json!({"k": value}).to_string();
        let query = with_address("http", "1.1.1.1:80", &[]);
        let answer = rig.http.call_with_form("POST", INSTANCE, &query, &[("metadata", &metadata)]).await?;
        assert_eq!(answer.status, if is_accepted { 200 } else { 400 }, "{answer:?}");

        let mut instance = instance(80);
        instance["metadata"] = json!({"k": value});
        let answer = sdk.try_register("grpc", instance).await?.body;
        assert_eq!(answer["errorCode"], if is_accepted { 0 } else { 400 }, "{answer}");
        let message = answer["message"].as_str().unwrap_or_default();
        assert!(is_accepted || message.starts_with("Param check invalid:"), "{message}");
    }
    Ok(())
}

async fn metadata_reads_alike_in_both_syntaxes(rig: &Rig) -> Result<()> {
    for metadata in ["a=1,b=2", r#"{"a":"1","b":"2"}"#] {
        rig.register("s", "1.1.1.1:80", &[("metadata", metadata)]).await?;
        let list = rig.list("s", &[]).await?;
        assert_eq!(list["hosts"][0]["metadata"], json!({"a": "1", "b": "2"}), "{metadata}");
    }
    Ok(())
}

async fn flag_that_is_no_word_for_true_is_false(rig: &Rig) -> Result<()> {
    rig.register("s", "1.1.1.1:80", &[("healthy", "banana")]).await?;
    rig.register("s", "1.1.1.1:81", &[("healthy", "YES")]).await?;
    assert_eq!(rig.hosts("s").await?, ["1.1.1.1:80!", "1.1.1.1:81"]);
    Ok(())
}

async fn snowflake_id_is_a_number_before_cluster_and_service(rig: &Rig) -> Result<()> {
    rig.register("s", "1.1.1.1:80", &[("metadata", "preserved.instance.id.generator=snowflake")]).await?;
    let id = rig.list("s", &[]).await?["hosts"][0]["instanceId"].to_string();
    let number = id.trim_matches('"').strip_suffix("#DEFAULT#DEFAULT_GROUP@@s");
    assert!(number.is_some_and(|number| number.parse::<u64>().is_ok()), "{id}");
    Ok(())
}

async fn id_given_over_grpc_is_kept(rig: &Rig) -> Result<()> {
    let mut sdk = rig.sdk().await?;
    let mut instance = instance(80);
    instance["instanceId"] = "mine".into();
    sdk.register("s", instance).await?;
    assert_eq!(rig.list("s", &[]).await?["hosts"][0]["instanceId"], "mine");
    Ok(())
}

async fn instance_of_v2_has_an_id(rig: &Rig) -> Result<()> {
    let query = with_address("s", "1.1.1.1:80", &[]);
    assert_eq!(rig.call("POST", "/nacos/v2/ns/instance", &query).await?.status, 200);
    let list = rig.list("s", &[]).await?;
    assert_eq!(list["hosts"][0]["instanceId"], "1.1.1.1#80#DEFAULT#DEFAULT_GROUP@@s");
    Ok(())
}

async fn periods_and_generator_are_derived_from_the_metadata(rig: &Rig) -> Result<()> {
    let shown = async |service: &str, metadata: &str| {
        rig.register(service, "1.1.1.1:80", &[("metadata", metadata)]).await?;
        let list = rig.list(service, &[]).await?;
        anyhow::Ok(list["hosts"][0].clone())
    };
    let periods = |host: &Value| {
        ["instanceHeartBeatInterval", "instanceHeartBeatTimeOut", "ipDeleteTimeout"]
            .map(|key| host[key].as_u64().unwrap_or_default())
    };
    let plain = shown("plain", "").await?;
    assert_eq!(periods(&plain), [5000, 15_000, 30_000]);
    assert_eq!(plain["instanceIdGenerator"], "simple");
    let patient = shown("patient", "preserved.heart.beat.timeout=20000").await?;
    assert_eq!(periods(&patient), [5000, 20_000, 30_000]);
    assert_eq!(patient.get("instanceIdGenerator"), None, "there is metadata, and it names none");
    Ok(())
}
