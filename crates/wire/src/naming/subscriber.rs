//! Subscribers of a service as operators see them (recorded: `ns1-service-names-subscribers` on 2.5.1).

use serde::Serialize;

/// A subscriber in v1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriberV1<'a> {
    /// `ip:port`.
    pub addr_str: String,
    pub agent: &'a str,
    pub app: &'a str,
    pub ip: &'a str,
    pub port: u16,
    pub namespace_id: &'a str,
    /// Grouped.
    pub service_name: &'a str,
    /// The filter it subscribed with.
    pub cluster: &'a str,
}

/// A v1 list of subscribers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubscribersV1<'a> {
    pub subscribers: Vec<SubscriberV1<'a>>,
    pub count: usize,
}

/// A subscriber in v3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriberV3<'a> {
    pub namespace_id: &'a str,
    pub group_name: &'a str,
    /// Bare.
    pub service_name: &'a str,
    pub ip: &'a str,
    pub port: u16,
    pub agent: &'a str,
    pub app_name: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscriber_is_shown_as_recorded() {
        let subscriber = SubscriberV1 {
            addr_str: "10.0.0.9:55123".into(),
            agent: "Nacos-Java-Client:v1.4.6",
            app: "shop",
            ip: "10.0.0.9",
            port: 55123,
            namespace_id: "n",
            service_name: "DEFAULT_GROUP@@s",
            cluster: "",
        };
        assert_eq!(
            serde_json::to_string(&SubscribersV1 { subscribers: vec![subscriber], count: 1 }).unwrap(),
            concat!(
                r#"{"subscribers":[{"addrStr":"10.0.0.9:55123","agent":"Nacos-Java-Client:v1.4.6","app":"shop","#,
                r#""ip":"10.0.0.9","port":55123,"namespaceId":"n","serviceName":"DEFAULT_GROUP@@s","#,
                r#""cluster":""}],"count":1}"#
            )
        );
    }
}
