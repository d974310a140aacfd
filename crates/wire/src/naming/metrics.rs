//! State of the naming module (`spec/http-naming-core` §8.4; recorded: `ns2-catalog-health-operator` on 2.5.1,
//! `ns3-admin-ops` on 3.1).

use serde::Serialize;

/// Answer to `onlyStatus=true`, which is the default: SDKs look at this alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// `UP`, `DOWN`, `STARTING`, `PAUSED`, `WRITE_ONLY` or `READ_ONLY`.
    pub status: &'static str,
}

/// Counts beside the status. Which keys are there differs: v1 has all, v2 lacks `responsibleInstanceCount`, v3
/// lacks `cpu`, `load` and `mem` as well.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metrics {
    pub status: &'static str,
    pub service_count: usize,
    pub instance_count: usize,
    pub subscribe_count: usize,
    /// v1 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responsible_instance_count: Option<usize>,
    pub client_count: usize,
    pub connection_based_client_count: usize,
    pub ephemeral_ip_port_client_count: usize,
    pub persistent_ip_port_client_count: usize,
    pub responsible_client_count: usize,
    /// v1 and v2 only.
    #[serde(flatten)]
    pub load: Option<Load>,
}

/// How busy the machine is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Load {
    pub cpu: f64,
    pub load: f64,
    pub mem: f64,
}

/// How pushes fare (recorded: `ns1-operator-misc` on 2.5.1).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PushState {
    /// Acknowledged pushes.
    pub succeed: u64,
    /// Pushes sent.
    pub total: u64,
    /// The share of the first in the second; 0 while nothing was sent.
    pub ratio: f64,
    /// Where it is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<PushCost>,
    /// Whether the caller has reset the counts, after this answer.
    pub reset: bool,
}

/// Milliseconds from sending to acknowledgement; -1 while there was none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PushCost {
    pub avg_push_cost: i64,
    pub max_push_cost: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_differ_in_keys() {
        let v3 = Metrics {
            status: "UP",
            service_count: 1,
            instance_count: 2,
            subscribe_count: 3,
            responsible_instance_count: None,
            client_count: 4,
            connection_based_client_count: 5,
            ephemeral_ip_port_client_count: 6,
            persistent_ip_port_client_count: 7,
            responsible_client_count: 8,
            load: None,
        };
        assert_eq!(
            serde_json::to_string(&v3).unwrap(),
            concat!(
                r#"{"status":"UP","serviceCount":1,"instanceCount":2,"subscribeCount":3,"clientCount":4,"#,
                r#""connectionBasedClientCount":5,"ephemeralIpPortClientCount":6,"#,
                r#""persistentIpPortClientCount":7,"responsibleClientCount":8}"#
            )
        );
        let load = Some(Load { cpu: 0.5, load: 1.0, mem: 0.25 });
        let v1 = Metrics { responsible_instance_count: Some(9), load, ..v3 };
        let v1 = serde_json::to_value(v1).unwrap();
        assert_eq!((&v1["responsibleInstanceCount"], &v1["mem"]), (&9.into(), &0.25.into()));
    }

    #[test]
    fn push_state_is_shown_as_recorded() {
        let state = PushState { succeed: 1, total: 2, ratio: 0.5, detail: None, reset: false };
        assert_eq!(
            serde_json::to_string(&state).unwrap(),
            r#"{"succeed":1,"total":2,"ratio":0.5,"reset":false}"#
        );
        let detail = Some(PushCost { avg_push_cost: -1, max_push_cost: -1 });
        assert_eq!(
            serde_json::to_string(&PushState { detail, ..state }).unwrap(),
            r#"{"succeed":1,"total":2,"ratio":0.5,"detail":{"avgPushCost":-1,"maxPushCost":-1},"reset":false}"#
        );
    }
}
