//! Long polling (`spec/config-semantics` §4; recorded: `cs1-poll-*`).
//!
//! While a poll is held it keeps its keys and digests, but neither the body nor the parameters they came in.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use http::StatusCode;
use navaid_config::{ClientLabels, HeldMd5, ListenItem, RequestedTag, hold_for};
use navaid_core::ConfigKey;
use navaid_wire::config::listening::{self, ListeningError, ListeningKey};

use super::nothing;
use crate::http::{
    call::Call,
    config::release,
    failure::Failure,
    reply::{JSON_UTF8, Reply},
};

/// Older clients, and those that do not say their version, read the answer of a poll without timeout from its headers;
/// from this on they are not told at all (`spec/config-semantics` §4.4).
const NOT_TOLD_BY_HEADERS_FROM: [u32; 3] = [2, 0, 4];

pub(super) async fn listen(call: Call) -> Result<Reply, Failure> {
    let poll = match listening::parse(call.params.get("Listening-Configs").unwrap_or_default()) {
        Ok(keys) => Poll::of(keys)?,
        Err(ListeningError::Malformed) => return Ok(malformed(&call)),
        Err(refused) => return Err(Failure::illegal(refused.to_string())),
    };
    let (manner, ip, app) = (Manner::of(&call), call.client_ip(), release::app_labels(&call));
    let tag = call.header(release::TAG_HEADER).map(str::to_owned);
    let (node, now) = (call.node.clone(), call.now());
    drop(call);
    let labels = ClientLabels { ip: &ip, tag: RequestedTag::of(None, tag.as_deref()), app: app.as_ref() };
    let changed = match manner {
        Manner::Once { .. } | Manner::AtOnce => node.configs.differing(&poll.items, &labels),
        Manner::Held(hold) => tokio::select! {
            biased;
            changed = node.configs.long_poll(&poll.items, &labels, hold, now) => changed?,
            () = node.stopping.cancelled() => Vec::new(),
        },
    };
    let changed = poll.named_as_asked(changed);
    Ok(match manner {
        Manner::Once { tells } => once(&changed, tells),
        Manner::AtOnce | Manner::Held(_) if changed.is_empty() => nothing().unstored(),
        Manner::AtOnce | Manner::Held(_) => {
            Reply::new(StatusCode::OK, JSON_UTF8, listening::encode(&changed)).uncached()
        }
    })
}

/// How a poll wants to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Without a timeout: by headers, if at all.
    Once { tells: bool },
    /// Whether or not something changed.
    AtOnce,
    /// When something changed, or after this long.
    Held(Duration),
}

impl Manner {
    fn of(call: &Call) -> Self {
        let Some(timeout) = call.header("long-pulling-timeout") else {
            return Self::Once { tells: !call.agent().is_at_least(NOT_TOLD_BY_HEADERS_FROM) };
        };
        let no_hangup = call.header("long-pulling-timeout-no-hangup");
        if no_hangup.is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            return Self::AtOnce;
        }
        // A timeout that is no number is held as short as any.
        Self::Held(hold_for(Duration::from_millis(timeout.trim().parse().unwrap_or_default())))
    }
}

/// What a client asked about, each item once.
struct Poll {
    items: Vec<ListenItem>,
    /// The namespace of each item as the client wrote it; answers repeat it.
    tenants: Vec<Option<String>>,
}

impl Poll {
    /// Of an item named twice the last mention counts.
    fn of(keys: Vec<ListeningKey>) -> Result<Self, Failure> {
        let (mut items, mut tenants) = (Vec::with_capacity(keys.len()), Vec::with_capacity(keys.len()));
        let mut places = HashMap::with_capacity(keys.len());
        for asked in keys {
            let key = asked.config_key()?;
            let item = ListenItem { key: key.clone(), held: HeldMd5::parse(&asked.md5) };
            let place = *places.entry(key).or_insert(items.len());
            if place < items.len() {
                items[place] = item;
                tenants[place] = asked.tenant;
            } else {
                items.push(item);
                tenants.push(asked.tenant);
            }
        }
        Ok(Self { items, tenants })
    }

    /// The changed items, in the order and with the namespaces in which they were asked about.
    fn named_as_asked(self, changed: Vec<ConfigKey>) -> Vec<ListeningKey> {
        let changed: HashSet<ConfigKey> = changed.into_iter().collect();
        let asked = self.items.into_iter().zip(self.tenants);
        let changed = asked.filter(|(item, _)| changed.contains(&item.key));
        let named = changed.map(|(item, tenant)| ListeningKey {
            data_id: item.key.data_id().to_owned(),
            group: item.key.group().to_owned(),
            tenant,
            md5: String::new(),
        });
        named.collect()
    }
}

/// The parameter check of the reference fails on what it cannot split.
fn malformed(call: &Call) -> Reply {
    let message = ListeningError::Malformed.to_string();
    Reply::boot(call.now().wall, StatusCode::INTERNAL_SERVER_ERROR, &message, &call.full_path)
}

fn once(changed: &[ListeningKey], tells: bool) -> Reply {
    let reply = nothing().uncached();
    if !tells {
        return reply;
    }
    let old: String = changed.iter().map(|key| format!("{}:{};", key.data_id, key.group)).collect();
    let new = listening::encode(changed);
    reply.with_header("probe-modify-response", &old).with_header("probe-modify-response-new", new.trim_end())
}

#[cfg(test)]
mod tests;
