//! The calls by which 2.0 was watched and worked on while it came from 1.x (`spec/naming-semantics` §16.3; recorded:
//! `ns1-upgrade-ops` on 2.0.4). `ver=v1` meant the store of 1.x. Here one store serves all generations: both versions
//! read from it, and a write that is meant for the other one is refused rather than done to this one.

use http::StatusCode;
use navaid_naming::SizesByLifetime;
use navaid_wire::naming::upgrade::{Sizes, UpgradeMetrics};

use crate::http::{
    call::Call,
    failure::Failure,
    reply::{Reply, to_json},
};

/// How far the upgrade is, as lines or as an object; a text in either case.
pub(crate) async fn metrics(call: Call) -> Result<Reply, Failure> {
    let (counters, by_lifetime) = (call.node.naming.counters(), call.node.naming.sizes_by_lifetime());
    let SizesByLifetime { ephemeral, persistent } = by_lifetime;
    let sizes = |of: navaid_naming::Sizes| Sizes { services: of.services, instances: of.instances };
    let metrics = UpgradeMetrics {
        services: counters.services,
        instances: counters.instances,
        subscriptions: counters.subscriptions.total(),
        ephemeral: sizes(ephemeral),
        persistent: sizes(persistent),
    };
    let is_json = call.params.strict_flag("json", false);
    let body = if is_json { to_json(&metrics) } else { metrics.to_text().into() };
    Ok(Reply::new(StatusCode::OK, crate::http::reply::TEXT, body))
}

/// Lets a write pass unless it is meant for the store of 1.x.
pub(crate) fn check_version(call: Call) -> Result<Call, Failure> {
    match call.params.text("ver") {
        Some(version) if version.eq_ignore_ascii_case("v1") => Err(Failure::illegal(
            "parameter 'ver' must be 'v2': this server keeps one store for all generations, and none of 1.x",
        )),
        _ => Ok(call),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        http::naming::{dialect::V1, instance::register},
        testbed::Testbed,
    };

    #[tokio::test]
    async fn metrics_count_what_there_is_now() {
        let bed = Testbed::start();
        for port in [80, 81] {
            let form = format!("serviceName=s&ip=10.0.0.1&port={port}");
            register(bed.call(&form, &[]), V1).await.unwrap();
        }
        let reply = metrics(bed.call("json=true", &[])).await.unwrap();
        let shown: Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(
            (&shown["ephemeralServiceCountV2"], &shown["ephemeralInstanceCountV2"]),
            (&json!(1), &json!(2))
        );
        assert_eq!((&shown["persistentServiceCountV2"], &shown["serviceCountV1"]), (&json!(0), &json!(0)));
        let reply = metrics(bed.call("", &[])).await.unwrap();
        let text = String::from_utf8(reply.body.to_vec()).unwrap();
        assert!(text.contains("instanceCountV2                =     2\n"), "{text}");
    }

    #[test]
    fn writes_to_the_store_of_1x_are_refused_and_name_the_parameter() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let bed = Testbed::start();
            for taken in ["", "ver=v2", "ver="] {
                assert!(check_version(bed.call(taken, &[])).is_ok(), "{taken}");
            }
            let Err(refused) = check_version(bed.call("ver=V1", &[])) else { panic!("it was taken") };
            assert!(refused.text().starts_with("parameter 'ver' must be 'v2'"));
        });
    }
}
