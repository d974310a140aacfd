//! What operators ask of discovery as a whole (`spec/http-naming-core` §8.4, §9.5).

use navaid_naming::ClientCounts;
use navaid_wire::naming::metrics::{Load, Metrics, Status};

use super::dialect::{Dialect, Generation};
use crate::http::{call::Call, failure::Failure, reply::Reply};

/// The only status while nobody overrides it.
const UP: &str = "UP";

/// The status, and with `onlyStatus=false` how much there is.
pub(crate) async fn metrics(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    if call.params.strict_flag("onlyStatus", true) {
        return Ok(dialect.answer(&Status { status: UP }));
    }
    let counters = call.node.naming.counters();
    let ClientCounts { connections, ephemeral_addresses, persistent_addresses } = counters.clients;
    let clients = connections + ephemeral_addresses + persistent_addresses;
    let generation = dialect.generation;
    Ok(dialect.answer(&Metrics {
        status: UP,
        service_count: counters.services,
        instance_count: counters.instances,
        subscribe_count: counters.subscriptions,
        responsible_instance_count: (generation == Generation::V1).then_some(counters.instances),
        client_count: clients,
        connection_based_client_count: connections,
        ephemeral_ip_port_client_count: ephemeral_addresses,
        persistent_ip_port_client_count: persistent_addresses,
        responsible_client_count: clients,
        load: (generation != Generation::V3).then(machine_load),
    }))
}

/// Not measured: below zero, which is how the reference says so.
fn machine_load() -> Load {
    Load { cpu: -1.0, load: -1.0, mem: -1.0 }
}

/// Accepts a level for one of the reference's loggers. None of them exists here, and the reference accepts names that
/// it does not know, too; our own level is the `core` API's affair.
pub(crate) async fn set_log_level(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let given = |name| call.params.get(name).ok_or_else(|| dialect.missing(name, "String"));
    let (name, level) = (given("logName")?, given("logLevel")?);
    tracing::info!(name, level, "log level of a logger that does not exist here");
    Ok(dialect.done())
}
