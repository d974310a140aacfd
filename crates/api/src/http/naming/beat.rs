//! Heartbeats of clients that registered over HTTP (`spec/http-naming-core` §4, `spec/naming-semantics` §6).

use http::StatusCode;
use navaid_core::{ClusterName, Endpoint, Lifetime, ServiceKey, command::OverlayTarget, name::parse_ip};
use navaid_naming::{BeatAnswer, FullBeat};
use navaid_wire::{
    http::{ErrorCode, flag},
    json,
    naming::{
        BeatJson,
        beat::{self, BEAT_OK, BEAT_UNKNOWN},
        instance, legality,
    },
    param,
};

use super::{
    dialect::Dialect,
    failure::{About, refusal},
    instance::register,
    instance_params::Target,
    service_params::{dom, service},
};
use crate::http::{call::Call, failure::Failure, reply::Reply};

/// v1 and v2: a full beat describes the instance in JSON and registers it when it is unknown, a light one only names
/// it. One that names nothing is of an unknown instance.
pub(crate) async fn beat(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let heard = heard(&call)?;
    let key = service(&call.params, dialect)?;
    take(&call, &key, heard, dialect)
}

/// 1.x, for the DNS plugins: the same with `dom` for the service.
pub(crate) async fn beat_of_dom(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let heard = heard(&call)?;
    let key = dom(&call.params, dialect)?;
    take(&call, &key, heard, dialect)
}

fn take(
    call: &Call,
    key: &ServiceKey,
    heard: Option<(OverlayTarget, Option<FullBeat>)>,
    dialect: Dialect,
) -> Result<Reply, Failure> {
    let answer = match heard {
        Some((target, full)) => call
            .node
            .naming
            .beat(key, &target.endpoint, full, call.now())
            .map_err(|error| refusal(error, key, About::Instance(&target, Lifetime::Ephemeral)))?,
        None => BeatAnswer::Unknown,
    };
    Ok(dialect.answer(&shown(call, answer)))
}

/// v3: registering and beating are one call, told apart by `heartBeat`.
pub(crate) async fn register_or_beat(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    if !call.params.text("heartBeat").is_some_and(flag::lenient) {
        return register(call, dialect).await;
    }
    let target = Target::of(&call, dialect)?;
    let answered = call.node.naming.beat(&target.key, &target.instance.endpoint, None, call.now());
    match answered.map_err(|error| target.refusal(error))? {
        BeatAnswer::Known { .. } => Ok(dialect.done()),
        BeatAnswer::Unknown => Ok(Reply::envelope(StatusCode::OK, ErrorCode::INSTANCE_NOT_FOUND, None)),
    }
}

fn shown(call: &Call, answer: BeatAnswer) -> beat::BeatAnswer {
    let switches = call.node.naming.switches();
    let (code, interval) = match answer {
        BeatAnswer::Known { interval } => (BEAT_OK, interval),
        BeatAnswer::Unknown => (BEAT_UNKNOWN, switches.client_beat_interval),
    };
    beat::BeatAnswer {
        client_beat_interval: u64::try_from(interval.as_millis()).unwrap_or(u64::MAX),
        code,
        light_beat_enabled: switches.light_beat_enabled,
    }
}

/// The instance that a beat names, if it names one, with what a full beat says of it.
fn heard(call: &Call) -> Result<Option<(OverlayTarget, Option<FullBeat>)>, Failure> {
    let cluster = call.params.text_of(&["clusterName", "cluster"]).unwrap_or_default();
    if let Some(text) = call.params.text("beat") {
        let beat = json::read(text.as_bytes())
            .map_err(|problem| Failure::illegal(format!("cannot read parameter 'beat': {problem}")))?;
        return heard_in_full(call, beat, cluster).map(Some);
    }
    let cluster = ClusterName::parse(cluster)?;
    let port = call.params.text("port").map_or(Ok(0), param::port_text)?;
    let Some(ip) = call.params.text("ip").map(parse_ip).transpose()? else { return Ok(None) };
    Ok(Some((OverlayTarget { endpoint: Endpoint { ip, port }, cluster }, None)))
}

/// The JSON wins over the parameters. No cluster is that of the instance as it was known; no weight and a weight of 0 are the same in it, as are no metadata and an empty
/// object.
fn heard_in_full(
    call: &Call,
    beat: BeatJson,
    cluster: &str,
) -> Result<(OverlayTarget, Option<FullBeat>), Failure> {
    if beat.lifetime() == Lifetime::Persistent {
        return Err(Failure::illegal(
            "parameter 'beat' is of a persistent instance, and only ephemeral ones beat",
        ));
    }
    let is_said = !beat.cluster.trim().is_empty() || !cluster.is_empty();
    let target = OverlayTarget { cluster: beat.cluster_or(cluster)?, endpoint: beat.endpoint()? };
    // What a beat registers reaches every load balancer like any other instance. The reference does not look.
    legality::check_weight(beat.weight)?;
    let metadata = instance::metadata(beat.metadata, call.node.limits.instance_metadata)?;
    let full = FullBeat {
        cluster: is_said.then(|| target.cluster.clone()),
        weight: Some(beat.weight).filter(|weight| *weight != 0.0),
        metadata: Some(metadata).filter(|metadata| !metadata.is_empty()),
    };
    Ok((target, Some(full)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{http::naming::dialect::V1, testbed::Testbed};

    #[tokio::test]
    async fn a_beat_registers_no_weight_that_a_registration_may_not_have() {
        let bed = Testbed::start();
        let beat_of = |weight: &str| {
            let json = format!(r#"{{"ip":"1.1.1.3","port":8,"weight":{weight}}}"#);
            beat(bed.call(&format!("serviceName=s&beat={json}"), &[]), V1)
        };
        for refused in ["-1", "10001", "1e9"] {
            assert!(beat_of(refused).await.is_err(), "{refused}");
        }
        beat_of("10000").await.unwrap();
    }
}
