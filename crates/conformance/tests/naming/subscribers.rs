//! Who subscribes: found by a part of the service's name and of its group.

use anyhow::Result;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::rig::{Pairs, Rig};

const SUBSCRIBERS: &str = "/nacos/v1/ns/service/subscribers";

pub(crate) fn trials() -> Vec<Trial> {
    trials![subscribers_are_found_by_parts_of_service_and_group]
}

async fn subscribers_are_found_by_parts_of_service_and_group(rig: &Rig) -> Result<()> {
    let mut sdk = rig.sdk().await?;
    for (group, service) in [("shop", "order"), ("shop-2", "border"), ("stock", "order")] {
        let body = json!({
            "namespace": "public", "serviceName": service, "groupName": group,
            "subscribe": true, "clusters": "",
        });
        assert_eq!(sdk.call("SubscribeServiceRequest", &body).await?.body["resultCode"], 200);
    }
    let found = async |more: &Pairs<'_>| {
        let answer = rig.get(SUBSCRIBERS, more).await?;
        let rows = answer["subscribers"].as_array().cloned().unwrap_or_default();
        assert_eq!(answer["count"], rows.len());
        let name = |row: &Value| row["serviceName"].as_str().unwrap_or_default().to_owned();
        let mut names: Vec<String> = rows.iter().map(name).collect();
        names.sort();
        anyhow::Ok(names)
    };
    let part = ("serviceName", "rder");
    assert_eq!(found(&[part, ("groupName", "shop")]).await?, ["shop-2@@border", "shop@@order"]);
    assert_eq!(found(&[part, ("groupName", "sto")]).await?, ["stock@@order"]);
    assert_eq!(found(&[("serviceName", "none"), ("groupName", "shop")]).await?, [""; 0]);
    let local = [part, ("groupName", "shop"), ("aggregation", "false")];
    assert_eq!(found(&local).await?, ["shop-2@@border", "shop@@order"]);
    Ok(())
}
