//! An instance as clients send it in JSON (`spec/grpc` §9.1).

use std::{collections::BTreeMap, sync::Arc};

use navaid_core::{ClusterName, Endpoint, Instance, InstanceId, Lifetime, Metadata, name::parse_ip};

use crate::{
    json::object::wire_object,
    param::{self, ParamError},
};

wire_object! {
    /// An instance in a request. The four derived keys that Java and Go add are not read.
    InstanceJson {
        /// Empty when the client leaves it to the server.
        #[serde(skip_serializing_if = "String::is_empty")]
        instance_id: String = "instanceId",
        ip: String = "ip",
        port: i64 = "port",
        /// Kept as sent over gRPC, if it is a number at all; Go sends it without a fraction.
        weight: f64 = "weight" or 1.0,
        healthy: bool = "healthy" or true,
        enabled: bool = "enabled" or true,
        ephemeral: bool = "ephemeral" or true,
        /// Empty for the default cluster.
        #[serde(skip_serializing_if = "String::is_empty")]
        cluster_name: String = "clusterName",
        /// Bare or grouped, often empty; the service is named beside the instance.
        #[serde(skip_serializing_if = "String::is_empty")]
        service_name: String = "serviceName",
        /// Null (Go) is empty; values that are no text are taken as text, null values left out.
        metadata: BTreeMap<String, String> = "metadata",
    }
}

impl InstanceJson {
    /// The lifetime that the client asks for.
    pub fn lifetime(&self) -> Lifetime {
        Lifetime::from_ephemeral(self.ephemeral)
    }

    /// Where it listens: all that a deregistration says.
    ///
    /// # Errors
    /// The ip or the port is refused.
    pub fn endpoint(&self) -> Result<Endpoint, ParamError> {
        Ok(Endpoint { ip: parse_ip(&self.ip)?, port: param::port(self.port)? })
    }

    /// The cluster; the default one if it names none.
    ///
    /// # Errors
    /// The name is refused.
    pub fn cluster(&self) -> Result<ClusterName, ParamError> {
        Ok(ClusterName::parse(&self.cluster_name)?)
    }

    /// The instance, its parameters checked in the order of the reference. `metadata_max` is the setting behind
    /// [`Metadata::DEFAULT_MAX`].
    ///
    /// # Errors
    /// Cluster, ip, port, weight or metadata is refused; the error names which.
    pub fn into_instance(self, metadata_max: usize) -> Result<Instance, ParamError> {
        let cluster = self.cluster()?;
        let endpoint = self.endpoint()?;
        if !self.weight.is_finite() {
            return Err(ParamError::Weight);
        }
        let metadata = metadata(self.metadata, metadata_max)?;
        let id = if self.instance_id.is_empty() {
            InstanceId::Simple
        } else {
            InstanceId::Given(self.instance_id.into())
        };
        Ok(Instance {
            endpoint,
            cluster,
            weight: self.weight,
            enabled: self.enabled,
            healthy: self.healthy,
            metadata,
            id,
        })
    }
}

/// Makes metadata of pairs, checking their total length.
///
/// # Errors
/// Keys and values together are longer than `max`.
pub fn metadata(pairs: BTreeMap<String, String>, max: usize) -> Result<Metadata, ParamError> {
    let metadata = metadata_of(pairs);
    check_metadata(&metadata, max)?;
    Ok(metadata)
}

/// Makes metadata of pairs of any length.
pub fn metadata_of(pairs: BTreeMap<String, String>) -> Metadata {
    pairs.into_iter().map(|(key, value)| (Arc::<str>::from(key), Arc::<str>::from(value))).collect()
}

/// # Errors
/// Keys and values together are longer than `max` UTF-16 units.
pub fn check_metadata(metadata: &Metadata, max: usize) -> Result<(), ParamError> {
    let length = metadata.total_length();
    if length > max { Err(ParamError::Metadata { max, length }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn instance(text: &str) -> Result<Instance, ParamError> {
        json::read::<InstanceJson>(text.as_bytes()).unwrap().into_instance(Metadata::DEFAULT_MAX)
    }

    #[test]
    fn a_java_instance_is_read_with_its_derived_keys_left_aside() {
        let read = instance(
            r#"{"ip":"10.0.0.7","port":8080,"weight":1.0,"healthy":true,"enabled":true,"ephemeral":true,
            "clusterName":"C1","metadata":{"zone":"a"},"instanceHeartBeatInterval":5000,"instanceIdGenerator":"simple"}"#,
        )
        .unwrap();
        assert_eq!(read.endpoint.to_string(), "10.0.0.7:8080");
        assert_eq!(read.cluster.as_str(), "C1");
        assert_eq!(read.metadata.get("zone"), Some("a"));
        assert_eq!(read.id, InstanceId::Simple);
    }

    #[test]
    fn a_weight_that_json_cannot_show_is_refused_and_any_other_kept() {
        for weight in [r#""NaN""#, r#""inf""#, r#""-Infinity""#] {
            let read =
                json::read::<InstanceJson>(format!(r#"{{"ip":"h","port":1,"weight":{weight}}}"#).as_bytes());
            // Refused as JSON, or as a weight.
            if let Ok(read) = read {
                assert_eq!(read.into_instance(Metadata::DEFAULT_MAX), Err(ParamError::Weight), "{weight}");
            }
        }
        let infinite = InstanceJson { ip: "h".into(), weight: f64::INFINITY, ..InstanceJson::default() };
        assert_eq!(infinite.into_instance(Metadata::DEFAULT_MAX), Err(ParamError::Weight));
        assert_eq!(instance(r#"{"ip":"h","port":1,"weight":-5}"#).unwrap().weight, -5.0);
    }

    /// `spec/clients-on-the-wire` A §2: what Go deregisters with, and how it leaves things empty.
    #[test]
    fn go_instances_with_nulls_and_empty_texts_are_read() {
        let read = instance(
            r#"{"instanceId":"","ip":"10.0.0.7","port":80,"weight":0,"healthy":false,"enabled":false,
            "ephemeral":true,"clusterName":"","serviceName":"","metadata":null}"#,
        )
        .unwrap();
        assert_eq!(read.cluster, ClusterName::default());
        assert_eq!((read.weight, read.healthy, read.enabled), (0.0, false, false));
        assert!(read.metadata.is_empty());
    }

    #[test]
    fn values_of_another_kind_are_taken_as_the_reference_takes_them() {
        let read = instance(
            r#"{"ip":"h","port":"80","weight":"2.5","healthy":"true","instanceId":"me",
            "metadata":{"n":1,"b":true,"gone":null,"f":1.0}}"#,
        )
        .unwrap();
        assert_eq!((read.endpoint.port, read.weight, read.healthy), (80, 2.5, true));
        let pairs: Vec<_> = read.metadata.iter().collect();
        assert_eq!(pairs, [("b", "true"), ("f", "1.0"), ("n", "1")]);
        assert_eq!(read.id, InstanceId::Given("me".into()));
    }

    #[test]
    fn the_first_refused_parameter_is_named() {
        let refused = |text: &str| instance(text).unwrap_err().param();
        assert_eq!(refused(r#"{"clusterName":"a b","ip":"a b"}"#), "cluster");
        assert_eq!(refused(r#"{"ip":"a b","port":70000}"#), "ip");
        assert_eq!(refused(r#"{"ip":"h","port":70000}"#), "port");
        let long = "v".repeat(Metadata::DEFAULT_MAX);
        assert_eq!(refused(&format!(r#"{{"ip":"h","metadata":{{"k":"{long}"}}}}"#)), "Metadata");
        let full = "v".repeat(Metadata::DEFAULT_MAX - 1);
        assert!(instance(&format!(r#"{{"ip":"h","metadata":{{"k":"{full}"}}}}"#)).is_ok());
    }

    #[test]
    fn an_object_where_a_text_is_due_names_the_field() {
        let problem = json::read::<InstanceJson>(br#"{"ip":{}}"#).unwrap_err();
        assert!(problem.0.starts_with("ip: "), "{problem}");
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(text: Vec<u8>) {
            let _ = json::read::<InstanceJson>(&text); // Ok or Err, both are fine
        }
    }
}
