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
        subscriptions: counters.subscriptions,
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
