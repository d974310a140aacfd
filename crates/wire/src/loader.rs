//! Connections and the load of members, as the loader of 2.x and 3.x shows them (`spec/http-naming-core` §12.2, §12.3;
//! recorded: `core-v2-loader`, `core-v3-ops-loader`).

use std::collections::BTreeMap;

use serde::Serialize;

/// A connection of an SDK.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionAnswer<'a> {
    /// Whether its traffic is traced; never here.
    pub traced: bool,
    /// What the client said that it can do; null where it said nothing.
    pub ability_table: Option<&'a BTreeMap<String, bool>>,
    pub meta_info: ConnectionMeta<'a>,
    pub connected: bool,
    pub labels: &'a BTreeMap<String, String>,
    /// Labels of the application, without their prefix.
    pub app_labels: BTreeMap<&'a str, &'a str>,
}

/// What is known of a connection. The port that it came in by is not: it stays out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionMeta<'a> {
    /// `GRPC`.
    pub connect_type: &'static str,
    /// The address that the client claims.
    pub client_ip: &'a str,
    /// Where its packets come from.
    pub remote_ip: String,
    pub remote_port: u16,
    pub version: &'a str,
    pub connection_id: &'a str,
    /// Milliseconds since 1970, as the next one.
    pub create_time: u64,
    pub last_active_time: u64,
    pub app_name: &'a str,
    pub tenant: Option<&'a str>,
    pub labels: &'a BTreeMap<String, String>,
}

/// Load of one member. Load and processor use are texts in every generation, `-1.0` where they are not measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberLoad {
    /// `ip:port`.
    pub address: String,
    /// Connections of SDKs.
    pub sdk_connections: usize,
    /// Connections of SDKs and members.
    pub connections: usize,
    pub load: String,
    pub cpu: String,
}

/// Load of every member that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterLoad {
    pub members: usize,
    pub answered: Vec<MemberLoad>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<D, T> {
    detail: Vec<D>,
    member_count: usize,
    metrics_count: usize,
    completed: bool,
    max: usize,
    min: usize,
    avg: usize,
    threshold: T,
    total: usize,
}

#[derive(Serialize)]
struct DetailV2<'a> {
    address: &'a str,
    metric: MetricV2<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MetricV2<'a> {
    con_count: String,
    sdk_con_count: String,
    load: &'a str,
    cpu: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DetailV3<'a> {
    address: &'a str,
    sdk_con_count: usize,
    con_count: usize,
    load: &'a str,
    cpu: &'a str,
}

impl<'a> From<&'a MemberLoad> for DetailV2<'a> {
    fn from(member: &'a MemberLoad) -> Self {
        let MemberLoad { address, sdk_connections, connections, load, cpu } = member;
        let (con_count, sdk_con_count) = (connections.to_string(), sdk_connections.to_string());
        Self { address, metric: MetricV2 { con_count, sdk_con_count, load, cpu } }
    }
}

impl<'a> From<&'a MemberLoad> for DetailV3<'a> {
    fn from(member: &'a MemberLoad) -> Self {
        let MemberLoad { address, sdk_connections, connections, load, cpu } = member;
        Self { address, sdk_con_count: *sdk_connections, con_count: *connections, load, cpu }
    }
}

impl ClusterLoad {
    /// 2.x: the numbers of a member are texts, the threshold is a number.
    pub fn v2(&self) -> impl Serialize {
        self.shown::<DetailV2<'_>, _>(self.threshold())
    }

    /// 3.x: the numbers of a member are numbers, the threshold is a text.
    pub fn v3(&self) -> impl Serialize {
        self.shown::<DetailV3<'_>, _>(format!("{:?}", self.threshold()))
    }

    fn shown<'a, D: From<&'a MemberLoad>, T>(&'a self, threshold: T) -> Shown<D, T> {
        let counts = || self.answered.iter().map(|member| member.sdk_connections);
        Shown {
            detail: self.answered.iter().map(D::from).collect(),
            member_count: self.members,
            metrics_count: self.answered.len(),
            completed: self.answered.len() == self.members,
            max: counts().max().unwrap_or_default(),
            min: counts().min().unwrap_or_default(),
            avg: self.average(),
            threshold,
            total: counts().sum(),
        }
    }

    fn average(&self) -> usize {
        let total: usize = self.answered.iter().map(|member| member.sdk_connections).sum();
        total / self.answered.len().max(1)
    }

    #[expect(clippy::cast_precision_loss, reason = "a threshold is shown, not counted with")]
    fn threshold(&self) -> f64 {
        self.average() as f64 * 1.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alone(sdk_connections: usize) -> ClusterLoad {
        let member = MemberLoad {
            address: "10.0.0.1:8848".into(),
            sdk_connections,
            connections: sdk_connections,
            load: "-1.0".into(),
            cpu: "-1.0".into(),
        };
        ClusterLoad { members: 1, answered: vec![member] }
    }

    #[test]
    fn generations_differ_in_what_is_text() {
        assert_eq!(
            serde_json::to_string(&alone(2).v2()).unwrap(),
            r#"{"detail":[{"address":"10.0.0.1:8848","metric":{"conCount":"2","sdkConCount":"2","load":"-1.0","#
                .to_owned()
                + r#""cpu":"-1.0"}}],"memberCount":1,"metricsCount":1,"completed":true,"max":2,"min":2,"avg":2,"#
                + r#""threshold":2.2,"total":2}"#
        );
        let v3 = serde_json::to_value(alone(0).v3()).unwrap();
        assert_eq!((&v3["threshold"], &v3["detail"][0]["sdkConCount"]), (&"0.0".into(), &0.into()));
    }

    #[test]
    fn load_is_incomplete_while_a_member_is_silent() {
        let load = ClusterLoad { members: 2, ..alone(3) };
        assert_eq!(serde_json::to_value(load.v3()).unwrap()["completed"], false);
    }
}
