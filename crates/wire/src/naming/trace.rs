//! The journal of discovery as operators read it: the events of Nacos's trace plugins, with their words and fields
//! (`spec/naming-semantics` §15.2). Nacos hands them to plugins in its process and has no call that lists them: the
//! shape around them is Navaid's.

use navaid_core::event::{Departure, Event, EventKind, HealthCheck, Noted, Push, Removal};
use serde::Serialize;

/// The words for kinds of events, as `type` tells and asks them.
const KINDS: [(EventKind, &str); 10] = [
    (EventKind::InstanceRegistered, "REGISTER_INSTANCE"),
    (EventKind::InstanceDeregistered, "DEREGISTER_INSTANCE"),
    (EventKind::InstanceUpdated, "UPDATE_INSTANCE"),
    (EventKind::ServiceRegistered, "REGISTER_SERVICE"),
    (EventKind::ServiceDeregistered, "DEREGISTER_SERVICE"),
    (EventKind::ServiceUpdated, "UPDATE_SERVICE"),
    (EventKind::Subscribed, "SUBSCRIBE_SERVICE"),
    (EventKind::Unsubscribed, "UNSUBSCRIBE_SERVICE"),
    (EventKind::Pushed, "PUSH_SERVICE"),
    (EventKind::HealthChanged, "HEALTH_STATE_CHANGE"),
];

/// The kind that a word stands for; upper case only.
pub fn kind_of(word: &str) -> Option<EventKind> {
    KINDS.iter().find(|(_, known)| *known == word).map(|(kind, _)| *kind)
}

/// All words for kinds, with commas between.
pub fn kind_words() -> String {
    KINDS.map(|(_, word)| word).join(", ")
}

fn kind_word(kind: EventKind) -> &'static str {
    KINDS.iter().find(|(known, _)| *known == kind).map_or("", |(_, word)| word)
}

/// A page of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TracePage<'a> {
    /// Newest first.
    pub events: Vec<TraceEvent<'a>>,
    /// What to give as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<u64>,
    /// Events that the journal holds of changes, and of pushes; 0 while it is off.
    pub journal_entries: usize,
}

/// One event. What its kind does not have is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TraceEvent<'a> {
    pub sequence: u64,
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Milliseconds since 1970.
    pub event_time: u64,
    pub namespace_id: &'a str,
    pub group_name: &'a str,
    pub service_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ip: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_ip: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_port: Option<u16>,
    /// Instances of the client's entry, or in a push.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_size: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthy: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check_type: Option<&'static str>,
    /// Milliseconds from sending to acknowledgement.
    #[serde(skip_serializing_if = "Option::is_none", rename = "pushCostTimeForNetWork")]
    pub push_network_ms: Option<u32>,
    /// Milliseconds from the change to acknowledgement.
    #[serde(skip_serializing_if = "Option::is_none", rename = "pushCostTimeForAll")]
    pub push_total_ms: Option<u32>,
}

impl<'a> From<&'a Noted> for TraceEvent<'a> {
    fn from(noted: &'a Noted) -> Self {
        let Noted { sequence, at, key, event } = noted;
        let (client, endpoint) = (event.client(), event.endpoint());
        let shown = Self {
            sequence: *sequence,
            kind: kind_word(event.kind()),
            event_time: at.as_millis(),
            namespace_id: key.namespace(),
            group_name: key.group(),
            service_name: key.name(),
            client_id: client.map(ToString::to_string),
            client_ip: client.map(|client| client.ip()),
            instance_ip: endpoint.map(|endpoint| &*endpoint.ip),
            instance_port: endpoint.map(|endpoint| endpoint.port),
            ..Self::default()
        };
        match event {
            Event::InstanceRegistered { entry, .. } => Self { instance_size: Some(entry.instances), ..shown },
            Event::InstanceDeregistered { entry, reason, .. } => {
                Self { instance_size: Some(entry.instances), reason: Some(departure(*reason)), ..shown }
            }
            Event::ServiceDeregistered { reason } => Self { reason: Some(removal(*reason)), ..shown },
            Event::Unsubscribed { reason, .. } => Self { reason: Some(departure(*reason)), ..shown },
            Event::Pushed(Push { client: _, instances, network_ms, total_ms }) => Self {
                instance_size: Some(*instances),
                push_network_ms: Some(*network_ms),
                push_total_ms: Some(*total_ms),
                ..shown
            },
            Event::HealthChanged { endpoint: _, healthy, check } => {
                let (check_type, reason) = health(*check, *healthy);
                Self {
                    healthy: Some(*healthy),
                    health_check_type: Some(check_type),
                    reason: Some(reason),
                    ..shown
                }
            }
            Event::InstanceUpdated { .. }
            | Event::ServiceRegistered
            | Event::ServiceUpdated
            | Event::Subscribed { .. } => shown,
        }
    }
}

fn departure(reason: Departure) -> &'static str {
    match reason {
        Departure::Requested => "REQUEST",
        Departure::ClientGone => "NATIVE_DISCONNECTED",
        Departure::BeatsStopped => "HEARTBEAT_EXPIRE",
    }
}

fn removal(reason: Removal) -> &'static str {
    match reason {
        Removal::Requested => "REQUEST",
        Removal::Empty => "EMPTY",
    }
}

/// The type, and the reason, which begins with it as the reference's does.
fn health(check: HealthCheck, healthy: bool) -> (&'static str, &'static str) {
    match (check, healthy) {
        (HealthCheck::Beat, true) => ("client_beat", "client_beat:ok"),
        (HealthCheck::Beat, false) => ("client_beat", "client_beat:timeout"),
        (HealthCheck::Tcp, true) => ("tcp", "tcp:ok"),
        (HealthCheck::Tcp, false) => ("tcp", "tcp:failed"),
        (HealthCheck::Http, true) => ("http", "http:ok"),
        (HealthCheck::Http, false) => ("http", "http:failed"),
        (HealthCheck::MySql, true) => ("mysql", "mysql:ok"),
        (HealthCheck::MySql, false) => ("mysql", "mysql:failed"),
        (HealthCheck::Manual, _) => ("manual", "manual:set"),
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::{
        ClientId, ConnectionId, Endpoint, GroupName, Lifetime, NamespaceId, ServiceKey, ServiceName,
        Timestamp, event::Entry,
    };

    use super::*;

    fn shown(event: Event) -> String {
        let name = ServiceName::parse("s").unwrap();
        let key = ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name);
        let noted = Noted { sequence: 7, at: Timestamp(9), key, event };
        let json = serde_json::to_string(&TraceEvent::from(&noted)).unwrap();
        let head = r#""eventTime":9,"namespaceId":"public","groupName":"DEFAULT_GROUP","serviceName":"s""#;
        assert!(json.contains(head), "{json}");
        json.replace(head, "…")
    }

    fn endpoint() -> Endpoint {
        Endpoint { ip: "1.1.1.1".into(), port: 80 }
    }

    #[test]
    fn every_kind_has_a_word_that_is_read_back() {
        for (kind, word) in KINDS {
            assert_eq!((kind_of(word), kind_word(kind)), (Some(kind), word));
        }
        assert_eq!(kind_of("register_instance"), None);
    }

    #[test]
    fn events_show_what_their_kind_has() {
        let client = ClientId::Address(endpoint(), Lifetime::Ephemeral);
        let entry = Entry { first: Some(endpoint()), instances: 1 };
        let reason = Departure::BeatsStopped;
        assert_eq!(
            shown(Event::InstanceDeregistered { client: client.clone(), entry, reason }),
            concat!(
                r#"{"sequence":7,"type":"DEREGISTER_INSTANCE",…,"clientId":"1.1.1.1:80#true","clientIp":"1.1.1.1","#,
                r#""instanceIp":"1.1.1.1","instancePort":80,"instanceSize":1,"reason":"HEARTBEAT_EXPIRE"}"#
            )
        );
        let client = ClientId::Connection(ConnectionId::new("1_2.2.2.2_3"));
        assert_eq!(
            shown(Event::Pushed(Push { client, instances: 4, network_ms: 5, total_ms: 6 })),
            concat!(
                r#"{"sequence":7,"type":"PUSH_SERVICE",…,"clientId":"1_2.2.2.2_3","clientIp":"2.2.2.2","#,
                r#""instanceSize":4,"pushCostTimeForNetWork":5,"pushCostTimeForAll":6}"#
            )
        );
        let check = HealthCheck::Tcp;
        assert_eq!(
            shown(Event::HealthChanged { endpoint: endpoint(), healthy: false, check }),
            concat!(
                r#"{"sequence":7,"type":"HEALTH_STATE_CHANGE",…,"instanceIp":"1.1.1.1","instancePort":80,"#,
                r#""reason":"tcp:failed","healthy":false,"healthCheckType":"tcp"}"#
            )
        );
        assert_eq!(
            shown(Event::ServiceDeregistered { reason: Removal::Empty }),
            r#"{"sequence":7,"type":"DEREGISTER_SERVICE",…,"reason":"EMPTY"}"#
        );
    }
}
