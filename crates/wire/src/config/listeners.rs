//! Who listens to what, as the generations show it (`spec/http-config-auth` §3.1; recorded: `cs1-subscribers` on
//! 2.5.1, `cs3-admin-subscribers` on 3.1).

use std::collections::BTreeMap;

use serde::Serialize;

/// Listeners in v1 and v2: address → digest, or group key → digest. Both names are misspelled on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListenersV1 {
    #[serde(rename = "collectStatus")]
    pub collect_status: u32,
    #[serde(rename = "lisentersGroupkeyStatus")]
    pub listeners: BTreeMap<String, String>,
}

impl ListenersV1 {
    pub fn new(listeners: BTreeMap<String, String>) -> Self {
        Self { collect_status: 200, listeners }
    }
}

/// Listeners of one member, as members ask each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SampleV1 {
    #[serde(rename = "lisentersGroupkeyStatus")]
    pub listeners: BTreeMap<String, String>,
}

/// Listeners in v3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListenersV3 {
    /// `config` (keys are addresses) or `ip` (keys are group keys).
    pub query_type: &'static str,
    pub listeners_status: BTreeMap<String, String>,
}

impl ListenersV3 {
    pub fn of_config(listeners: BTreeMap<String, String>) -> Self {
        Self { query_type: "config", listeners_status: listeners }
    }

    pub fn of_ip(listeners: BTreeMap<String, String>) -> Self {
        Self { query_type: "ip", listeners_status: listeners }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_are_shown_as_recorded() {
        let listeners = BTreeMap::from([("10.46.0.1".to_owned(), "f97c".to_owned())]);
        assert_eq!(
            serde_json::to_string(&ListenersV1::new(listeners.clone())).unwrap(),
            r#"{"collectStatus":200,"lisentersGroupkeyStatus":{"10.46.0.1":"f97c"}}"#
        );
        assert_eq!(
            serde_json::to_string(&ListenersV3::of_ip(listeners)).unwrap(),
            r#"{"queryType":"ip","listenersStatus":{"10.46.0.1":"f97c"}}"#
        );
    }
}
