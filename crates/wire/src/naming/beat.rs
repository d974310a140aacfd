//! Heartbeats of HTTP clients (`spec/naming-semantics` §6, `spec/clients-on-the-wire` A §6).

use std::collections::BTreeMap;

use navaid_core::{ClusterName, Endpoint, Instance, InstanceId, Lifetime, name::parse_ip};
use serde::Serialize;

use super::instance;
use crate::{
    json::object::wire_object,
    param::{self, ParamError},
};

/// `code` of an accepted beat.
pub const BEAT_OK: u32 = 10200;
/// `code` of a light beat of an unknown instance: the client is to register again.
pub const BEAT_UNKNOWN: u32 = 20404;

wire_object! {
    /// The `beat` parameter of a full beat. What clients add beside this (`scheduled`, `period`, …) is not read.
    BeatJson {
        ip: String = "ip",
        port: i64 = "port",
        /// Wins over the parameter; empty when it decides.
        cluster: String = "cluster",
        /// Grouped; may be empty.
        service_name: String = "serviceName",
        /// Missing is 0: recorded as `ns1-beat-full`.
        weight: f64 = "weight",
        metadata: BTreeMap<String, String> = "metadata",
        ephemeral: bool = "ephemeral" or true,
    }
}

impl BeatJson {
    pub fn lifetime(&self) -> Lifetime {
        Lifetime::from_ephemeral(self.ephemeral)
    }

    /// # Errors
    /// The ip or the port is refused.
    pub fn endpoint(&self) -> Result<Endpoint, ParamError> {
        Ok(Endpoint { ip: parse_ip(&self.ip)?, port: param::port(self.port)? })
    }

    /// The cluster: the beat's own, else the request's parameter.
    ///
    /// # Errors
    /// The name is refused.
    pub fn cluster_or(&self, parameter: &str) -> Result<ClusterName, ParamError> {
        let name = if self.cluster.trim().is_empty() { parameter } else { &self.cluster };
        Ok(ClusterName::parse(name)?)
    }

    /// The instance that a full beat registers when it is unknown: enabled and healthy.
    ///
    /// # Errors
    /// Cluster, ip, port or metadata is refused; the error names which.
    pub fn into_instance(self, cluster: &str, metadata_max: usize) -> Result<Instance, ParamError> {
        Ok(Instance {
            cluster: self.cluster_or(cluster)?,
            endpoint: self.endpoint()?,
            weight: self.weight,
            enabled: true,
            healthy: true,
            metadata: instance::metadata(self.metadata, metadata_max)?,
            id: InstanceId::Simple,
        })
    }
}

/// What a beat answers, without envelope in v1 and v2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BeatAnswer {
    /// Pause before the next beat in ms; above 0 always.
    pub client_beat_interval: u64,
    /// [`BEAT_OK`] or [`BEAT_UNKNOWN`].
    pub code: u32,
    /// Whether the next beats may leave out the `beat` parameter.
    pub light_beat_enabled: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn beat(text: &str) -> BeatJson {
        json::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_beat_without_weight_registers_weight_zero() {
        let instance = beat(r#"{"port":8080,"ip":"10.2.1.5","scheduled":false,"period":5000}"#)
            .into_instance("", 1024)
            .unwrap();
        assert_eq!(instance.weight, 0.0);
        assert_eq!(instance.cluster.as_str(), "DEFAULT");
        assert!(instance.healthy && instance.enabled);
    }

    #[test]
    fn the_cluster_of_a_beat_wins_unless_it_is_blank() {
        assert_eq!(beat(r#"{"cluster":"C3"}"#).cluster_or("C9").unwrap().as_str(), "C3");
        assert_eq!(beat(r#"{"cluster":""}"#).cluster_or("C9").unwrap().as_str(), "C9");
    }

    #[test]
    fn an_answer_is_written_as_recorded() {
        let answer = BeatAnswer { client_beat_interval: 5000, code: BEAT_OK, light_beat_enabled: true };
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            r#"{"clientBeatInterval":5000,"code":10200,"lightBeatEnabled":true}"#
        );
    }
}
