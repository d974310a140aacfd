//! Payloads by which a client watches names by pattern (`spec/grpc` §9.5, §10.5), and what it is told of them.
//!
//! A watch is answered at once. A second later a [`PatternSync`] begins; from the answer on, notices tell what appears
//! and goes.

use std::collections::HashSet;

use bytes::Bytes;
use navaid_core::{
    ConfigKey, NamespaceId, PatternMatches, ServiceKey, TooManyPatterns, WatchPattern,
    access::{Action, Resource},
    pattern::InvalidPattern,
};
use navaid_wire::{
    config::group_key,
    grpc::{
        Request, Response, code,
        config_fuzzy_watch::{
            ADD_CONFIG, CONFIG_CHANGED, ConfigChange, ConfigFuzzyWatchChangeNotifyRequest,
            ConfigFuzzyWatchRequest, ConfigFuzzyWatchResponse, ConfigFuzzyWatchSyncRequest, DELETE_CONFIG,
        },
        naming_fuzzy_watch::{
            ADD_SERVICE, CANCEL_WATCH, DELETE_SERVICE, DIFF_SYNC_NOTIFY, FINISH_INIT_NOTIFY, INIT_NOTIFY,
            NamingFuzzyWatchChangeNotifyRequest, NamingFuzzyWatchRequest, NamingFuzzyWatchResponse,
            NamingFuzzyWatchSyncRequest, RESOURCE_CHANGED, ServiceChange, WATCH,
        },
    },
};

use super::{
    GrpcEdge,
    connection::Connection,
    dispatch::{Caller, Route},
    outbox::NoticeKey,
    pattern_sync::{Kind, PatternSync, Step, WatchId},
    refusal::Refusal,
};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::new::<NamingFuzzyWatchRequest, NamingFuzzyWatchResponse, _>(
            Action::Read,
            |q| namespace(&q.group_key_pattern).map(Resource::ServiceNamespace),
            watch_services,
        ),
        Route::new::<ConfigFuzzyWatchRequest, ConfigFuzzyWatchResponse, _>(
            Action::Read,
            |q| namespace(&q.group_key_pattern).map(Resource::ConfigNamespace),
            watch_items,
        ),
    ]
}

fn namespace(pattern: &str) -> Result<NamespaceId, Refusal> {
    Ok(NamespaceId::parse(WatchPattern::parse(pattern)?.namespace())?)
}

async fn watch_services(caller: Caller, request: NamingFuzzyWatchRequest) -> Result<Bytes, Refusal> {
    let pattern = WatchPattern::parse(&request.group_key_pattern)?;
    let sync =
        PatternSync::new(Kind::Services, pattern.clone(), request.received_group_keys, request.initializing);
    let (naming, connection) = (&caller.node.naming, &caller.connection);
    match request.watch_type.as_str() {
        WATCH => {
            let is_full =
                naming.watch_pattern(pattern.clone(), connection.id(), connection.mailbox.clone())?;
            if !begin(connection, sync) {
                naming.unwatch_pattern(&pattern, connection.id());
            }
            check_room(is_full, &pattern)?;
        }
        CANCEL_WATCH => {
            naming.unwatch_pattern(&pattern, connection.id());
            end(connection, sync.id());
        }
        other => {
            let message = format!("Unsupported watch type {other}");
            return Err(Refusal::Typed { code: code::INVALID_PARAM, message });
        }
    }
    Ok(Response::ok(NamingFuzzyWatchResponse::default()).encode())
}

/// (!) A watch type that is neither of the two is a success that does nothing, as in the reference.
async fn watch_items(caller: Caller, request: ConfigFuzzyWatchRequest) -> Result<Bytes, Refusal> {
    let pattern = WatchPattern::parse(&request.group_key_pattern)?;
    let sync =
        PatternSync::new(Kind::Items, pattern.clone(), request.received_group_keys, request.initializing);
    let (configs, connection) = (&caller.node.configs, &caller.connection);
    match request.watch_type.as_str() {
        WATCH => {
            let is_full =
                configs.watch_pattern(pattern.clone(), connection.id(), connection.mailbox.clone())?;
            if !begin(connection, sync) {
                configs.unwatch_pattern(&pattern, connection.id());
            }
            check_room(is_full, &pattern)?;
        }
        CANCEL_WATCH => {
            configs.unwatch_pattern(&pattern, connection.id());
            end(connection, sync.id());
        }
        _ => {}
    }
    Ok(Response::ok(ConfigFuzzyWatchResponse::default()).encode())
}

/// Begins or restarts the sync of a watch. False if the connection has ended meanwhile: then nobody else takes the
/// watch back.
fn begin(connection: &Connection, sync: PatternSync) -> bool {
    let id = sync.id();
    connection.syncs.lock().insert(id.clone(), sync);
    connection.mailbox.notice_later(NoticeKey::Sync(id));
    !connection.mailbox.is_closed()
}

fn end(connection: &Connection, id: WatchId) {
    connection.syncs.lock().remove(&id);
    connection.mailbox.forget_notice(&NoticeKey::Sync(id));
}

/// (!) A watch whose pattern matches too much is refused by its answer, and works for what it may match.
fn check_room(is_full: bool, pattern: &WatchPattern) -> Result<(), Refusal> {
    if !is_full {
        return Ok(());
    }
    let message = format!("pattern {pattern} matches more than is watched");
    Err(Refusal::Typed { code: code::FUZZY_WATCH_MATCHES, message })
}

impl From<InvalidPattern> for Refusal {
    fn from(invalid: InvalidPattern) -> Self {
        Self::Typed { code: code::INVALID_PARAM, message: invalid.to_string() }
    }
}

impl From<TooManyPatterns> for Refusal {
    fn from(refused: TooManyPatterns) -> Self {
        Self::Typed { code: code::FUZZY_WATCH_PATTERNS, message: refused.to_string() }
    }
}

impl GrpcEdge {
    /// The notice that a service appeared or went; none if the connection does not watch it any more.
    pub(super) fn service_notice(&self, connection: &Connection, key: &ServiceKey, id: u64) -> Option<Bytes> {
        let is_present = self.node.naming.watched_presence(key, connection.id())?;
        let notice = NamingFuzzyWatchChangeNotifyRequest {
            sync_type: RESOURCE_CHANGED.into(),
            service_key: key.as_str().to_owned(),
            changed_type: if is_present { ADD_SERVICE } else { DELETE_SERVICE }.into(),
        };
        Some(Request::push(id.to_string(), notice).encode(&self.node.facts.ip))
    }

    /// As [`Self::service_notice`], of an item.
    pub(super) fn item_notice(&self, connection: &Connection, key: &ConfigKey, id: u64) -> Option<Bytes> {
        let is_present = self.node.configs.watched_presence(key, connection.id())?;
        let notice = ConfigFuzzyWatchChangeNotifyRequest {
            group_key: group_key::of(key),
            change_type: if is_present { CONFIG_CHANGED } else { DELETE_CONFIG }.into(),
        };
        Some(Request::push(id.to_string(), notice).encode(&self.node.facts.ip))
    }

    /// The next message of a sync; none once it is over, and it is forgotten then.
    pub(super) fn sync_message(&self, connection: &Connection, watch: &WatchId, id: u64) -> Option<Bytes> {
        let step = self.next_step(connection, watch);
        if step.is_none() {
            connection.syncs.lock().remove(watch);
        }
        let (ip, id, pattern) = (&self.node.facts.ip, id.to_string(), watch.pattern.to_string());
        Some(match watch.kind {
            Kind::Services => Request::push(id, service_sync(pattern, step?)).encode(ip),
            Kind::Items => Request::push(id, item_sync(pattern, step?)).encode(ip),
        })
    }

    fn next_step(&self, connection: &Connection, watch: &WatchId) -> Option<Step> {
        let mut syncs = connection.syncs.lock();
        let sync = syncs.get_mut(watch)?;
        let (present, is_full) = match watch.kind {
            Kind::Services => {
                let found = self.node.naming.pattern_matches(&sync.pattern, connection.id())?;
                written(&found, |key| key.as_str().to_owned())
            }
            Kind::Items => {
                let found = self.node.configs.pattern_matches(&sync.pattern, connection.id())?;
                written(&found, group_key::of)
            }
        };
        sync.next(&present, is_full)
    }
}

/// Matches as clients write them.
fn written<K>(found: &PatternMatches<K>, write: impl Fn(&K) -> String) -> (HashSet<String>, bool) {
    (found.keys.iter().map(write).collect(), found.is_full)
}

fn sync_type(initializing: bool) -> String {
    if initializing { INIT_NOTIFY } else { DIFF_SYNC_NOTIFY }.to_owned()
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn service_sync(group_key_pattern: String, step: Step) -> NamingFuzzyWatchSyncRequest {
    match step {
        Step::Batch { initializing, changes, total, current } => {
            let change = |(service_key, is_present)| {
                let changed_type = if is_present { ADD_SERVICE } else { DELETE_SERVICE }.to_owned();
                ServiceChange { service_key, changed_type }
            };
            NamingFuzzyWatchSyncRequest {
                sync_type: sync_type(initializing),
                group_key_pattern,
                contexts: changes.into_iter().map(change).collect(),
                total_batch: count(total),
                current_batch: count(current),
            }
        }
        Step::Finish => NamingFuzzyWatchSyncRequest {
            sync_type: FINISH_INIT_NOTIFY.into(),
            group_key_pattern,
            contexts: Vec::new(),
            total_batch: 1,
            current_batch: 1,
        },
    }
}

fn item_sync(group_key_pattern: String, step: Step) -> ConfigFuzzyWatchSyncRequest {
    match step {
        Step::Batch { initializing, changes, total, current } => {
            let change = |(group_key, is_present)| {
                let changed_type = if is_present { ADD_CONFIG } else { DELETE_CONFIG }.to_owned();
                ConfigChange { group_key, changed_type }
            };
            ConfigFuzzyWatchSyncRequest {
                group_key_pattern,
                contexts: Some(changes.into_iter().map(change).collect()),
                sync_type: sync_type(initializing),
                total_batch: count(total),
                current_batch: count(current),
            }
        }
        Step::Finish => ConfigFuzzyWatchSyncRequest {
            group_key_pattern,
            contexts: None,
            sync_type: FINISH_INIT_NOTIFY.into(),
            total_batch: 0,
            current_batch: 0,
        },
    }
}
