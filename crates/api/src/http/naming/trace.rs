//! The journal of discovery, page by page (`spec/naming-semantics` §15.2). Nacos has no such call: names and envelope
//! are those of its other v3 calls.

use navaid_core::{GroupName, NamespaceId, ServiceName, Timestamp, event::EventKind, name::InvalidName};
use navaid_naming::EventFilter;
use navaid_wire::naming::trace::{self, TraceEvent, TracePage};

use super::dialect::Dialect;
use crate::http::{call::Call, failure::Failure, params::Params, reply::Reply};

/// Events of a page that does not say how many it wants.
const PAGE_DEFAULT: usize = 50;
/// Events that one page may have.
pub(crate) const TRACE_PAGE_MAX: usize = 500;

/// Events that the filters let through, newest first.
pub(crate) async fn list(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let params = &call.params;
    let filter = filter(params)?;
    let cursor = number(params, "cursor", 1..=u64::MAX)?;
    let length = number(params, "pageSize", 1..=TRACE_PAGE_MAX as u64)?;
    let length = length.map_or(PAGE_DEFAULT, |length| usize::try_from(length).unwrap_or(TRACE_PAGE_MAX));
    let journal = call.node.naming.journal();
    let page = journal.page(&filter, cursor, length);
    Ok(dialect.answer(&TracePage {
        events: page.events.iter().map(TraceEvent::from).collect(),
        next_cursor: page.next,
        journal_entries: journal.capacity(),
    }))
}

fn filter(params: &Params) -> Result<EventFilter, Failure> {
    fn name<T>(
        text: Option<&str>,
        parse: impl Fn(&str) -> Result<T, InvalidName>,
    ) -> Result<Option<T>, Failure> {
        Ok(text.map(parse).transpose()?)
    }
    Ok(EventFilter {
        kind: params.text("type").map(kind).transpose()?,
        namespace: name(params.text("namespaceId"), NamespaceId::parse)?,
        group: name(params.text("groupName"), GroupName::parse)?,
        service: name(params.text("serviceName"), ServiceName::parse)?,
        ip: params.text("ip").map(str::to_owned),
        since: number(params, "since", 0..=u64::MAX)?.map(Timestamp),
    })
}

fn kind(word: &str) -> Result<EventKind, Failure> {
    trace::kind_of(word).ok_or_else(|| {
        Failure::illegal(format!("Parameter 'type' must be one of {}, not {word}", trace::kind_words()))
    })
}

fn number(params: &Params, name: &str, range: std::ops::RangeInclusive<u64>) -> Result<Option<u64>, Failure> {
    let Some(text) = params.text(name) else { return Ok(None) };
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.map(Some).ok_or_else(|| {
        let (min, max) = range.into_inner();
        Failure::illegal(format!("Parameter '{name}' must be a whole number from {min} to {max}, not {text}"))
    })
}

#[cfg(test)]
mod tests {
    use navaid_core::{ClientId, ConnectionId, ServiceKey, event::Event};
    use serde_json::Value;

    use super::*;
    use crate::{
        http::{failure::Costume, naming::dialect::V3},
        testbed::Testbed,
    };

    async fn asked(testbed: &Testbed, query: &str) -> Value {
        let reply = match list(testbed.call(query, &[]), V3).await {
            Ok(reply) => reply,
            Err(failure) => failure.reply(Costume::Envelope, "/nacos/x", Timestamp(0)),
        };
        serde_json::from_slice(&reply.body).unwrap()
    }

    fn subscribed(testbed: &Testbed, service: &str) {
        let name = ServiceName::parse(service).unwrap();
        let key = ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name);
        let client = ClientId::Connection(ConnectionId::new("1_10.0.0.1_2"));
        testbed.node.naming.journal().note(Timestamp(5), &key, || Event::Subscribed { client });
    }

    #[tokio::test]
    async fn pages_are_followed_by_their_cursor() {
        let testbed = Testbed::start();
        for service in ["a", "b", "c"] {
            subscribed(&testbed, service);
        }
        let first = asked(&testbed, "type=SUBSCRIBE_SERVICE&ip=10.0.0.1&since=5&pageSize=2").await;
        assert_eq!((&first["code"], &first["data"]["journalEntries"]), (&0.into(), &10_000.into()));
        let names = |page: &Value| -> Vec<String> {
            let events = page["data"]["events"].as_array().unwrap();
            events.iter().map(|event| event["serviceName"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(&first), ["c", "b"]);
        subscribed(&testbed, "d");
        let second = asked(&testbed, &format!("pageSize=2&cursor={}", first["data"]["nextCursor"])).await;
        assert_eq!((names(&second), &second["data"]["nextCursor"]), (vec!["a".to_owned()], &Value::Null));
        assert!(names(&asked(&testbed, "namespaceId=other").await).is_empty());
        assert_eq!(names(&asked(&testbed, "serviceName=d&groupName=DEFAULT_GROUP").await), ["d"]);
    }

    #[tokio::test]
    async fn bad_parameters_are_refused_by_name() {
        let testbed = Testbed::start();
        for (query, told) in [
            ("type=x", "Parameter 'type' must be one of REGISTER_INSTANCE, "),
            ("cursor=0", "Parameter 'cursor' must be a whole number from 1 to "),
            ("since=-1", "Parameter 'since' must be a whole number from 0 to "),
            ("pageSize=501", "Parameter 'pageSize' must be a whole number from 1 to 500, not 501"),
        ] {
            let refused = asked(&testbed, query).await;
            assert!(refused["code"] != 0 && refused.to_string().contains(told), "{query}: {refused}");
        }
    }
}
