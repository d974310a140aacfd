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

/// What the server adds to the parameters.
#[derive(Debug, Clone, Copy)]
struct Terms {
    /// Of instances that do not tell theirs.
    lifetime: Lifetime,
    /// Characters of an instance's metadata.
    metadata_max: usize,
}

impl Terms {
    fn of(call: &Call) -> Self {
        Self {
            lifetime: call.node.naming.switches().default_lifetime,
            metadata_max: call.node.limits.instance_metadata,
        }
    }
}

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
        Self::read(&call.params, dialect, CLUSTER, Terms::of(call))
    }

    /// The instance that a detail is asked of.
    pub(crate) fn of_detail(call: &Call, dialect: Dialect) -> Result<Self, Failure> {
        Self::read(&call.params, dialect, CLUSTER_OF_DETAIL, Terms::of(call))
    }

    /// Checks what is there before it misses what is not, as the reference does.
    fn read(params: &Params, dialect: Dialect, cluster: &[&str], terms: Terms) -> Result<Self, Failure> {
        let key = named_service(params, dialect)?;
        let cluster = ClusterName::parse(params.text_of(cluster).unwrap_or_default())?;
        let ip = params.text("ip").map(parse_ip).transpose()?;
        let port = params.text("port").map(param::port_text).transpose()?;
        let key = key.ok_or_else(|| dialect.missing("serviceName", "String"))?;
        let ip = ip.ok_or_else(|| dialect.missing("ip", "String"))?;
        let port = port.ok_or_else(|| dialect.missing("port", "Integer"))?;
        let instance = OverlayTarget { endpoint: Endpoint { ip, port }, cluster };
        let lifetime = flag(params, &["ephemeral"]).map_or(terms.lifetime, Lifetime::from_ephemeral);
        Ok(Self { key, instance, lifetime })
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

/// Reads a whole instance: what registering and updating take.
pub(crate) fn instance(call: &Call, dialect: Dialect) -> Result<(Target, Instance), Failure> {
    read_instance(&call.params, dialect, Terms::of(call)).inspect_err(|failure| tell(call, failure))
}

/// Tells an operator of metadata that are too long.
fn tell(call: &Call, failure: &Failure) {
    if let Failure::Check(finding) = failure {
        let service = call.params.text("serviceName").unwrap_or_default();
        call.node.tell_of_metadata(&call.peer.to_string(), service, finding);
    }
}

fn read_instance(params: &Params, dialect: Dialect, terms: Terms) -> Result<(Target, Instance), Failure> {
    let metadata = read_metadata(params, dialect, terms)?;
    let target = Target::read(params, dialect, CLUSTER, terms)?;
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

/// The metadata that a call gives an instance, if it gives any.
pub(crate) fn given_metadata(call: &Call, dialect: Dialect) -> Result<Option<Metadata>, Failure> {
    let is_given = call.params.text("metadata").is_some();
    is_given.then(|| read_metadata(&call.params, dialect, Terms::of(call))).transpose()
}

fn read_metadata(params: &Params, dialect: Dialect, terms: Terms) -> Result<Metadata, Failure> {
    let metadata = service_params::metadata(params, dialect)?;
    check_metadata(&metadata, terms.metadata_max)?;
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

#[cfg(test)]
mod tests {
    use navaid_wire::http::ErrorCode;

    use super::*;
    use crate::{
        http::{
            failure::Missing,
            naming::dialect::{V1, V2, V2_BARE, V3},
        },
        testbed::params,
    };

    const TERMS: Terms = Terms { lifetime: Lifetime::Ephemeral, metadata_max: 16 };

    fn read(query: &str, dialect: Dialect) -> Result<(Target, Instance), Failure> {
        read_instance(&params(query), dialect, TERMS)
    }

    #[test]
    fn the_smallest_call_takes_every_default() {
        let (target, instance) = read("serviceName=s&ip=10.0.0.1&port=80", V1).unwrap();
        assert_eq!(target.key.as_str(), "public@@DEFAULT_GROUP@@s");
        assert_eq!(target.lifetime, Lifetime::Ephemeral);
        assert_eq!(target.client().to_string(), "10.0.0.1:80#true");
        assert_eq!(instance.cluster, ClusterName::default());
        assert_eq!((instance.weight, instance.enabled, instance.healthy), (1.0, true, true));
        assert!(instance.metadata.is_empty());
    }

    #[test]
    fn old_names_and_words_are_understood() {
        let base = "serviceName=s&ip=h&port=80";
        let (target, instance) =
            read(&format!("{base}&cluster=C1&enable=off&ephemeral=False&healthy=Yes"), V1).unwrap();
        assert_eq!(instance.cluster.as_str(), "C1");
        assert_eq!((instance.enabled, instance.healthy), (false, true));
        assert_eq!(target.lifetime, Lifetime::Persistent);
        let (_, instance) =
            read(&format!("{base}&clusterName=A&cluster=B&enabled=true&enable=false"), V1).unwrap();
        assert_eq!((instance.cluster.as_str(), instance.enabled), ("A", true));
    }

    #[test]
    fn a_detail_is_asked_by_the_newer_name_of_the_cluster_only() {
        let params = params("serviceName=s&ip=h&port=80&cluster=C1");
        let target = Target::read(&params, V1, CLUSTER_OF_DETAIL, TERMS).unwrap();
        assert_eq!(target.instance.cluster, ClusterName::default());
    }

    #[test]
    fn each_generation_misses_in_its_own_words() {
        let missing = |query, dialect| read(query, dialect).unwrap_err();
        let all = [("ip=h&port=1", "serviceName"), ("serviceName=s&port=1", "ip")];
        for (query, name) in all {
            assert_eq!(missing(query, V1), Failure::Missing { name, missing: Missing::Param });
            assert_eq!(missing(query, V2), Failure::Missing { name, missing: Missing::Form("String") });
        }
        let missing = missing("serviceName=s&ip=h&port=", V3);
        assert_eq!(missing, Failure::Missing { name: "port", missing: Missing::Form("Integer") });
    }

    #[test]
    fn what_is_there_is_checked_before_anything_is_missed() {
        for query in ["port=abc", "ip=a+b", "clusterName=a%2Fb", "groupName=a%2Fb", "namespaceId=a.b"] {
            assert!(matches!(read(query, V1), Err(Failure::Check(_))), "{query}");
        }
        assert!(matches!(read("metadata=lonely", V1), Err(Failure::Filtered { .. })));
    }

    #[test]
    fn values_out_of_range_are_refused() {
        let refused = |extra: &str| read(&format!("serviceName=s&ip=h&port=1&{extra}"), V1).unwrap_err();
        let code = |failure| match failure {
            Failure::Refused { code, .. } => code,
            other => panic!("{other:?}"),
        };
        assert_eq!(code(refused("weight=10001")), ErrorCode::WEIGHT_ERROR);
        assert_eq!(code(refused("clusterName=a_b")), ErrorCode::INSTANCE_ERROR);
        assert!(matches!(refused("weight=heavy"), Failure::Illegal(_)));
        assert!(matches!(refused("metadata=key=0123456789abcdef"), Failure::Check(_)));
    }

    #[test]
    fn names_are_grouped_where_the_generation_groups_them() {
        let key = |query: &str, dialect| {
            read(&format!("{query}&ip=h&port=1"), dialect).map(|(target, _)| target.key.grouped().to_owned())
        };
        assert_eq!(key("serviceName=g%40%40s&groupName=x", V1).unwrap(), "g@@s");
        assert_eq!(key("serviceName=s&groupName=g", V1).unwrap(), "g@@s");
        assert_eq!(key("serviceName=s&groupName=g", V2).unwrap(), "g@@s");
        assert_eq!(key("serviceName=g%40%40s", V2_BARE).unwrap(), "g@@s");
        assert!(matches!(key("serviceName=s", V2_BARE), Err(Failure::Illegal(_))));
        assert!(matches!(key("serviceName=g%40%40s", V2), Err(Failure::Check(_))));
        assert!(matches!(key("serviceName=%40%40s", V1), Err(Failure::Filtered { .. })));
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_calls_never_panic(query in "(serviceName|ip|port|weight|metadata|cluster|&|=|@|%40|\\PC){0,20}") {
            for dialect in [V1, V2, V2_BARE, V3] {
                let _ = read(&query, dialect); // Ok or Err, both are fine
            }
        }
    }
}
