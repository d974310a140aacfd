//! What operators ask of discovery as a whole (`spec/http-naming-core` §8.4, §9.5).

use http::StatusCode;
use navaid_core::{ServerStatus, Switches};
use navaid_naming::ClientCounts;
use navaid_wire::{
    http::ErrorCode,
    naming::{
        metrics::{Load, Metrics, PushCost, PushState, Status},
        switches::{self, ShownSwitches},
    },
};

use super::dialect::{Dialect, Generation};
use crate::http::{call::Call, failure::Failure, log_level, reply::Reply};

/// The status, and with `onlyStatus=false` how much there is.
pub(crate) async fn metrics(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let status = status(&call.node.naming.switches()).as_word();
    if call.params.strict_flag("onlyStatus", true) {
        return Ok(dialect.answer(&Status { status }));
    }
    let counters = call.node.naming.counters();
    let ClientCounts { connections, ephemeral_addresses, persistent_addresses } = counters.clients;
    let clients = counters.clients.total();
    let generation = dialect.generation;
    Ok(dialect.answer(&Metrics {
        status,
        service_count: counters.services,
        instance_count: counters.instances,
        subscribe_count: counters.subscriptions.total(),
        responsible_instance_count: (generation == Generation::V1).then_some(counters.instances),
        client_count: clients,
        connection_based_client_count: connections,
        ephemeral_ip_port_client_count: ephemeral_addresses,
        persistent_ip_port_client_count: persistent_addresses,
        responsible_client_count: clients,
        load: (generation != Generation::V3).then(|| machine_load(&call)),
    }))
}

/// What an operator says this server is, or else that it is up: it answers.
pub(crate) fn status(switches: &Switches) -> ServerStatus {
    switches.server_status.unwrap_or(ServerStatus::Up)
}

/// What is not known is below zero, which is how the reference says so.
fn machine_load(call: &Call) -> Load {
    let (machine, now) = (&call.node.machine, call.now().mono);
    let known = |figure: Option<f64>| figure.unwrap_or(-1.0);
    Load { cpu: known(machine.cpu(now)), load: known(machine.load()), mem: known(machine.memory()) }
}

/// v1: how pushes fare; `reset=true` begins to count anew.
pub(crate) async fn push_state(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let (tally, now) = (&call.node.push_tally, call.now());
    let counts = tally.read(now);
    let reset = call.params.strict_flag("reset", false);
    if reset {
        tally.reset(now);
    }
    let detail = call.params.strict_flag("detail", false).then(|| PushCost {
        avg_push_cost: counts.costs.average_ms(),
        max_push_cost: counts.costs.worst_ms(),
    });
    #[expect(clippy::cast_precision_loss, reason = "a share is shown, not counted with")]
    let ratio = if counts.sent == 0 { 0.0 } else { counts.acknowledged as f64 / counts.sent as f64 };
    let state = PushState { succeed: counts.acknowledged, total: counts.sent, ratio, detail, reset };
    Ok(dialect.answer(&state))
}

pub(crate) async fn show_switches(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let switches = call.node.naming.switches();
    Ok(match dialect.generation {
        Generation::V1 | Generation::V2 => dialect.answer(&ShownSwitches::v2(&switches)),
        Generation::V3 => dialect.answer(&ShownSwitches::v3(&switches)),
    })
}

/// Sets one switch, on every member and for good; with `debug=true` on this one alone and until its next start. A
/// refused value is the client's mistake in v1 and the server's in v2 and v3 (recorded:
/// `ns2-catalog-health-operator`).
pub(crate) async fn set_switch(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let given = |name| call.params.get(name).ok_or_else(|| dialect.missing(name, "String"));
    let (entry, value) = (given("entry")?, given("value")?);
    let change = switches::parse(entry, value).map_err(|refused| match dialect.generation {
        Generation::V1 => Failure::illegal(refused.to_string()),
        Generation::V2 | Generation::V3 => {
            Failure::refused(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::SERVER_ERROR, refused.to_string())
        }
    })?;
    let naming = &call.node.naming;
    match change {
        None => {
            tracing::info!(entry, "a switch was set that does not exist, or to nothing; it has no effect")
        }
        Some(change) if call.params.strict_flag("debug", false) => {
            naming.change_switch_here(change, call.now());
        }
        Some(change) => naming.change_switch(change).await?,
    }
    Ok(dialect.done())
}

/// Sets what is logged about discovery.
pub(crate) async fn set_log_level(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let given = |name| call.params.get(name).ok_or_else(|| dialect.missing(name, "String"));
    log_level::set(&call, given("logName")?, given("logLevel")?)?;
    Ok(dialect.done())
}
