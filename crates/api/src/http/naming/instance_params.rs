//! Which instance the parameters of a call describe (`spec/http-naming-core` §2.2, §2.5).

use navaid_core::{
    ClientId, ClusterName, Endpoint, Instance, InstanceId, Lifetime, Metadata, ServiceKey,
    command::OverlayTarget, name::parse_ip,
};
use navaid_naming::NamingError;
use navaid_wire::{
    http::flag,
    naming::{instance::check_metadata, legality},
    param,
};

use super::{
    dialect::Dialect,
    failure::{About, refusal},
    service_params::{self, named_service},
};
use crate::http::{call::Call, failure::Failure, params::Params};

/// Both names of the cluster; v2 patches with the second.
const CLUSTER: &[&str] = &["clusterName", "cluster"];
/// Reading a detail looks at this one only (recorded: `ns-v1-instance-basic`).
const CLUSTER_OF_DETAIL: &[&str] = &["clusterName"];

/// An instance as a call points at it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Target {
    pub(crate) key: ServiceKey,
    pub(crate) instance: OverlayTarget,
    pub(crate) lifetime: Lifetime,
}

impl Target {
    /// The instance that a write is about.
    pub(crate) fn of(call: &Call, dialect: Dialect) -> Result<Self, Failure> {
        Self::named(call, dialect, CLUSTER)
    }

    /// The instance that a detail is asked of.
    pub(crate) fn of_detail(call: &Call, dialect: Dialect) -> Result<Self, Failure> {
        Self::named(call, dialect, CLUSTER_OF_DETAIL)
    }

    /// Checks what is there before it misses what is not, as the reference does.
    fn named(call: &Call, dialect: Dialect, cluster: &[&str]) -> Result<Self, Failure> {
        let params = &call.params;
        let key = named_service(params, dialect)?;
        let cluster = ClusterName::parse(params.text_of(cluster).unwrap_or_default())?;
        let ip = params.text("ip").map(parse_ip).transpose()?;
        let port = params.text("port").map(param::port_text).transpose()?;
        let key = key.ok_or_else(|| dialect.missing("serviceName", "String"))?;
        let ip = ip.ok_or_else(|| dialect.missing("ip", "String"))?;
        let port = port.ok_or_else(|| dialect.missing("port", "Integer"))?;
        let instance = OverlayTarget { endpoint: Endpoint { ip, port }, cluster };
        Ok(Self { key, instance, lifetime: lifetime(call) })
    }

    /// The failure that tells of a refusal by the engine.
    pub(crate) fn refusal(&self, error: NamingError) -> Failure {
        refusal(error, &self.key, About::Instance(&self.instance, self.lifetime))
    }

    /// The client that publishes the instance, if it is ephemeral.
    pub(crate) fn client(&self) -> ClientId {
        ClientId::Address(self.instance.endpoint.clone(), self.lifetime)
    }
}

/// The lifetime that a call says, or else the one that a switch makes the default.
fn lifetime(call: &Call) -> Lifetime {
    call.params.text("ephemeral").map_or_else(
        || call.node.naming.switches().default_lifetime,
        |text| Lifetime::from_ephemeral(flag::lenient(text)),
    )
}

/// Reads a whole instance: what registering and updating take.
pub(crate) fn instance(call: &Call, dialect: Dialect) -> Result<(Target, Instance), Failure> {
    let params = &call.params;
    let metadata = instance_metadata(call, dialect)?;
    let target = Target::of(call, dialect)?;
    let instance = Instance {
        endpoint: target.instance.endpoint.clone(),
        cluster: target.instance.cluster.clone(),
        weight: weight(params)?.unwrap_or(1.0),
        enabled: flag(params, &["enabled", "enable"]).unwrap_or(true),
        healthy: flag(params, &["healthy"]).unwrap_or(true),
        metadata,
        id: InstanceId::Simple,
    };
    legality::check_instance(&instance)?;
    Ok((target, instance))
}

/// The metadata that a call gives an instance, within its limit.
pub(crate) fn instance_metadata(call: &Call, dialect: Dialect) -> Result<Metadata, Failure> {
    let metadata = service_params::metadata(&call.params, dialect)?;
    check_metadata(&metadata, call.node.limits.instance_metadata)?;
    Ok(metadata)
}

/// The weight, if one is given.
pub(crate) fn weight(params: &Params) -> Result<Option<f64>, Failure> {
    Ok(params.text("weight").map(legality::parse_weight).transpose()?)
}

/// The first of these flags that is given.
pub(crate) fn flag(params: &Params, names: &[&str]) -> Option<bool> {
    params.text_of(names).map(flag::lenient)
}
