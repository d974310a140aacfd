//! Calls about health: how a cluster is checked, and health that is set by hand (`spec/http-naming-core` §9.4).

use bytes::Bytes;
use navaid_core::{ClusterName, service::ClusterMetadata};
use navaid_wire::{
    http::flag,
    naming::health_checker::{self, CHECKERS},
    param,
};
use serde_json::json;

use super::{
    dialect::{Dialect, Generation},
    failure::{About, refusal},
    instance_params::{self, Target},
    service_params::{self, named_service},
};
use crate::http::{call::Call, failure::Failure, reply::Reply};

/// Sets the health of a persistent instance of a cluster that nothing checks.
pub(crate) async fn set(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let target = Target::of(&call, dialect)?;
    let names: &[&str] = match dialect.generation {
        Generation::V1 => &["healthy", "valid"],
        Generation::V2 | Generation::V3 => &["healthy"],
    };
    let healthy = instance_params::flag(&call.params, names);
    let healthy = healthy.ok_or_else(|| dialect.missing("healthy", "Boolean"))?;
    let set = call.node.naming.set_health(&target.key, &target.instance, healthy).await;
    set.map_err(|error| refusal(error, &target.key, About::Health(&target.instance)))?;
    Ok(dialect.done())
}

/// The kinds of checkers, each with its fields.
pub(crate) async fn checkers(_: Call, dialect: Dialect) -> Result<Reply, Failure> {
    Ok(dialect.encoded(Bytes::from_static(CHECKERS.as_bytes())))
}

/// v1: says that it lives, in a sentence that scripts look for.
pub(crate) async fn server(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let services = call.node.naming.counters().services;
    let port = call.node.facts.port;
    let text = format!("Hello! I am Nacos-Naming and healthy! total services: {services}, local port:{port}");
    Ok(dialect.answer(&json!({ "msg": text })))
}

/// Replaces the settings of a cluster, which need not have instances. What is there is checked before anything is
/// missed.
pub(crate) async fn put_cluster(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let params = &call.params;
    let metadata = service_params::metadata(params, dialect)?;
    let key = named_service(params, dialect)?;
    let cluster = params.text("clusterName").map(ClusterName::parse).transpose()?;
    let check_port = params.text("checkPort").map(param::port_text).transpose()?;
    let key = key.ok_or_else(|| dialect.missing("serviceName", "String"))?;
    let cluster = cluster.ok_or_else(|| dialect.missing("clusterName", "String"))?;
    let check_port = check_port.ok_or_else(|| dialect.missing("checkPort", "Integer"))?;
    let use_instance_port = params
        .text("useInstancePort4Check")
        .ok_or_else(|| dialect.missing("useInstancePort4Check", "Boolean"))?;
    let checker = params.text("healthChecker").ok_or_else(|| dialect.missing("healthChecker", "String"))?;
    let checker = health_checker::parse(checker)
        .map_err(|problem| Failure::illegal(format!("cannot read parameter 'healthChecker': {problem}")))?;
    let settings = ClusterMetadata {
        checker,
        check_port,
        use_instance_port: flag::lenient(use_instance_port),
        metadata,
    };
    let put = call.node.naming.put_cluster(&key, cluster, settings).await;
    put.map_err(|error| refusal(error, &key, About::Cluster(dialect.generation)))?;
    Ok(dialect.done())
}
