//! Clients as operators see them (recorded: `ns2-client-info` on 2.5.1, `ns3-admin-clients` on 3.1).

use serde::Serialize;

/// Word for a client that is a gRPC connection.
pub const CONNECTION: &str = "connection";
/// Word for a client that is an address.
pub const IP_PORT: &str = "ipPort";

/// A client in v2. Address clients have no connection fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientV2<'a> {
    pub client_id: String,
    pub ephemeral: bool,
    /// Milliseconds since 1970.
    pub last_updated_time: u64,
    /// [`CONNECTION`] or [`IP_PORT`].
    pub client_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<&'a str>,
    pub client_ip: &'a str,
    /// A text here.
    pub client_port: String,
}

/// A client in v3: nulls are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientV3<'a> {
    pub client_id: String,
    pub ephemeral: bool,
    /// Milliseconds since 1970.
    pub last_updated_time: u64,
    /// [`CONNECTION`] or [`IP_PORT`].
    pub client_type: &'static str,
    pub connect_type: Option<&'a str>,
    pub app_name: Option<&'a str>,
    pub version: Option<&'a str>,
    /// Null for address clients.
    pub client_ip: Option<&'a str>,
    /// 0 for address clients.
    pub client_port: u16,
}

/// A service that a client publishes, in v2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishedV2<'a> {
    pub namespace: &'a str,
    pub group: &'a str,
    pub service_name: &'a str,
    pub registered_instance: PublishedInstanceV2<'a>,
}

/// Where it publishes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublishedInstanceV2<'a> {
    pub ip: &'a str,
    pub port: u16,
    pub cluster: &'a str,
}

/// A service that a client subscribes to, in v2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscribedV2<'a> {
    pub namespace: &'a str,
    pub group: &'a str,
    pub service_name: &'a str,
    pub subscriber_info: SubscriberV2<'a>,
}

/// Who subscribes, in v2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubscriberV2<'a> {
    pub app: &'a str,
    pub agent: &'a str,
    pub addr: &'a str,
}

/// A publisher of a service, in v2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublisherV2<'a> {
    pub ip: &'a str,
    pub port: u16,
    pub cluster: &'a str,
    pub client_id: String,
}

/// A service of a client, in v3: published or subscribed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientServiceV3<'a> {
    pub namespace_id: &'a str,
    pub group_name: &'a str,
    pub service_name: &'a str,
    pub publisher_info: Option<PublisherV3<'a>>,
    pub subscriber_info: Option<SubscribingClientV3<'a>>,
}

/// A publisher, in v3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublisherV3<'a> {
    /// Null inside [`ClientServiceV3`].
    pub client_id: Option<String>,
    pub ip: &'a str,
    pub port: u16,
    pub cluster_name: &'a str,
}

/// A subscribing client, in v3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscribingClientV3<'a> {
    /// Null inside [`ClientServiceV3`].
    pub client_id: Option<String>,
    pub app_name: &'a str,
    pub agent: &'a str,
    pub address: &'a str,
}

/// Text for a client that is not there.
pub fn unknown_text(client_id: &str) -> String {
    format!("clientId [ {client_id} ] not exist")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_client_is_shown_as_each_generation_recorded_it() {
        let v2 = ClientV2 {
            client_id: "h:8080#true".into(),
            ephemeral: true,
            last_updated_time: 5,
            client_type: IP_PORT,
            connect_type: None,
            app_name: None,
            version: None,
            client_ip: "h",
            client_port: "8080".into(),
        };
        assert_eq!(
            serde_json::to_string(&v2).unwrap(),
            concat!(
                r#"{"clientId":"h:8080#true","ephemeral":true,"lastUpdatedTime":5,"clientType":"ipPort","#,
                r#""clientIp":"h","clientPort":"8080"}"#
            )
        );
        let v3 = ClientV3 {
            client_id: v2.client_id.clone(),
            ephemeral: true,
            last_updated_time: 5,
            client_type: IP_PORT,
            connect_type: None,
            app_name: None,
            version: None,
            client_ip: None,
            client_port: 0,
        };
        assert_eq!(
            serde_json::to_string(&v3).unwrap(),
            concat!(
                r#"{"clientId":"h:8080#true","ephemeral":true,"lastUpdatedTime":5,"clientType":"ipPort","#,
                r#""connectType":null,"appName":null,"version":null,"clientIp":null,"clientPort":0}"#
            )
        );
    }
}
