//! Who has got an item: Navaid's own shape, since Nacos tells no more than digests by address.
//!
//! What one member tells of its clients. Answers of several members are put together by adding the counts and merging
//! the clients, which come in the same order everywhere.

use serde::Serialize;

use crate::http::Page;

/// The releases of an item and the clients that listen to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryV3<'a> {
    pub namespace_id: &'a str,
    pub group_name: &'a str,
    pub data_id: &'a str,
    /// The gray ones in the order in which they are tried, then the formal one; none of an item that is not there.
    pub releases: Vec<ReleaseRowV3<'a>>,
    pub counts: DeliveryCounts,
    /// Those that miss something first: `behind`, `told`, `current`; then by address and id.
    pub clients: Page<DeliveryClientV3<'a>>,
}

/// A release as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseRowV3<'a> {
    /// None: the formal one.
    pub gray_name: Option<&'a str>,
    pub md5: String,
    /// Milliseconds since 1970.
    pub modify_time: u64,
}

/// How many clients are how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct DeliveryCounts {
    pub clients: u64,
    pub current: u64,
    pub told: u64,
    pub behind: u64,
}

/// How far a client is. In the order of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It holds something else and has not been told.
    Behind,
    /// It has been told and has not shown that it holds it.
    Told,
    /// It holds what it would be given now.
    Current,
}

/// A client that listens. Times are milliseconds since 1970, absent where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryClientV3<'a> {
    /// Id of its connection; null over HTTP, where clients have none.
    pub client_id: Option<&'a str>,
    pub ip: &'a str,
    pub app_name: Option<&'a str>,
    /// `grpc` or `http`.
    pub transport: &'static str,
    pub state: DeliveryState,
    /// What it last said it holds, or was given over its connection; empty for nothing.
    pub held_md5: String,
    /// Since when, to the second.
    pub held_since: u64,
    /// What it would be given now; empty for nothing.
    pub expected_md5: String,
    /// The gray release that it would be given, if it is one.
    pub expected_gray_name: Option<&'a str>,
    /// gRPC: when it was sent the notice that it has not acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice_sent: Option<u64>,
    /// gRPC: when it acknowledged the notice of what it has not shown to hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice_acknowledged: Option<u64>,
    /// HTTP: when its last poll ended; absent while one is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_poll: Option<u64>,
}

impl DeliveryCounts {
    pub fn add(&mut self, state: DeliveryState) {
        self.clients += 1;
        *match state {
            DeliveryState::Behind => &mut self.behind,
            DeliveryState::Told => &mut self.told,
            DeliveryState::Current => &mut self.current,
        } += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_shown_without_times_that_it_does_not_have() {
        let client = DeliveryClientV3 {
            client_id: None,
            ip: "10.0.0.1",
            app_name: Some("shop"),
            transport: "http",
            state: DeliveryState::Told,
            held_md5: String::new(),
            held_since: 1000,
            expected_md5: "f97c".to_owned(),
            expected_gray_name: None,
            notice_sent: None,
            notice_acknowledged: None,
            last_poll: Some(2000),
        };
        assert_eq!(
            serde_json::to_string(&client).unwrap(),
            concat!(
                r#"{"clientId":null,"ip":"10.0.0.1","appName":"shop","transport":"http","state":"told","#,
                r#""heldMd5":"","heldSince":1000,"expectedMd5":"f97c","expectedGrayName":null,"lastPoll":2000}"#
            )
        );
    }

    #[test]
    fn counts_add_up() {
        let mut counts = DeliveryCounts::default();
        for state in [DeliveryState::Behind, DeliveryState::Current, DeliveryState::Current] {
            counts.add(state);
        }
        assert_eq!(counts, DeliveryCounts { clients: 3, current: 2, told: 0, behind: 1 });
    }
}
