//! A service is ephemeral or persistent; over v2.

use anyhow::Result;
use libtest_mimic::Trial;
use serde_json::json;

use crate::rig::{INSTANCE, Rig, with_address};

const V2_SERVICE: &str = "/nacos/v2/ns/service";
const V2_INSTANCE: &str = "/nacos/v2/ns/instance";

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        service_created_over_v2_is_persistent_unless_it_says_otherwise,
        mixing_over_v2_is_refused_in_its_envelope,
    ]
}

async fn service_created_over_v2_is_persistent_unless_it_says_otherwise(rig: &Rig) -> Result<()> {
    for (service, ephemeral) in [("e", &[("ephemeral", "true")][..]), ("p", &[])] {
        let query = [&[("serviceName", service)], ephemeral].concat();
        assert_eq!(rig.call("POST", V2_SERVICE, &query).await?.status, 200);
    }
    rig.register("e", "1.1.1.1:80", &[]).await?;
    let refused = rig.call("POST", INSTANCE, &with_address("p", "1.1.1.1:80", &[])).await?;
    let text = "errCode: 400, errMsg: Current service DEFAULT_GROUP@@p is persistent service, \
                can't register ephemeral instance. ";
    assert_eq!((refused.status, &*refused.text), (400, text));
    Ok(())
}

async fn mixing_over_v2_is_refused_in_its_envelope(rig: &Rig) -> Result<()> {
    let register = async |service, port, ephemeral| {
        let address = format!("1.1.1.1:{port}");
        let query = with_address(service, &address, &[("ephemeral", ephemeral)]);
        rig.call("POST", V2_INSTANCE, &query).await
    };
    for (service, first, second) in [("e", "true", "false"), ("p", "false", "true")] {
        assert_eq!(register(service, 80, first).await?.status, 200);
        let refused = register(service, 81, second).await?;
        let name = |ephemeral: &str| if ephemeral == "true" { "ephemeral" } else { "persistent" };
        let text = format!(
            "errCode: 400, errMsg: Current service DEFAULT_GROUP@@{service} is {} service, \
             can't register {} instance. ",
            name(first),
            name(second)
        );
        let envelope = json!({"code": 30000, "message": "server error", "data": text});
        assert_eq!((refused.status, refused.json), (400, envelope));
    }
    Ok(())
}
