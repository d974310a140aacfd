//! Configuration payloads (`spec/grpc` §10).

use std::sync::Arc;

use bytes::Bytes;
use navaid_config::{
    ClientLabels, ConfigError, HeldMd5, ListenItem, PublishRequest, ReleaseParams, RemoveRequest,
    RemoveTarget, RequestedTag, Served, ServedRelease, publish, release_params,
};
use navaid_core::{
    ConfigKey, DataId, GroupName, NamespaceId, Operator,
    access::{Action, Resource},
    config_item::{ConfigType, Description},
    gray::GrayRule,
};
use navaid_wire::{
    config::capacity,
    grpc::{
        Response, code,
        config::{
            ConfigBatchListenRequest, ConfigChangeBatchListenResponse, ConfigContext, ConfigListenContext,
            ConfigPublishRequest, ConfigPublishResponse, ConfigQueryRequest, ConfigQueryResponse,
            ConfigRemoveRequest, ConfigRemoveResponse, addition,
        },
        headers,
    },
};

use super::{
    dispatch::{Caller, Route},
    outbox::NoticeKey,
    refusal::Refusal,
};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::new::<ConfigQueryRequest, ConfigQueryResponse, _>(
            Action::Read,
            |q| item(&q.data_id, &q.group, &q.tenant).map(Resource::Config),
            query,
        ),
        Route::new::<ConfigPublishRequest, ConfigPublishResponse, _>(
            Action::Write,
            |q| item(&q.data_id, &q.group, &q.tenant).map(Resource::Config),
            publish_item,
        ),
        Route::new::<ConfigRemoveRequest, ConfigRemoveResponse, _>(
            Action::Write,
            |q| item(&q.data_id, &q.group, &q.tenant).map(Resource::Config).map_err(uncoded),
            remove,
        ),
        Route::new::<ConfigBatchListenRequest, ConfigChangeBatchListenResponse, _>(
            Action::Read,
            listened,
            listen,
        ),
    ]
}

/// The item that a request names.
fn item(data_id: &str, group: &str, tenant: &str) -> Result<ConfigKey, Refusal> {
    let namespace = NamespaceId::parse_tenant(tenant)?;
    let missing = |name: &str| Refusal::Typed {
        code: code::FAIL,
        message: format!("Required parameter '{name}' is missing"),
    };
    if data_id.trim().is_empty() {
        return Err(missing("dataId"));
    }
    if group.trim().is_empty() {
        return Err(missing("group"));
    }
    Ok(ConfigKey::new(&namespace, &GroupName::parse(group)?, &DataId::parse(data_id)?))
}

fn listened(request: &ConfigBatchListenRequest) -> Result<Resource, Refusal> {
    let namespace =
        request.contexts.first().and_then(|context| context.tenant.as_deref()).unwrap_or_default();
    Ok(Resource::ConfigNamespace(NamespaceId::parse_tenant(namespace)?))
}

/// What decides which release a query sees: the tag that it names, or that its connection was set up with. (!) Not the
/// header, which counts in [`listen_labels`] alone (recorded: `grpc-cs-tag`).
fn query_labels<'a>(caller: &'a Caller, tag: Option<&'a str>) -> ClientLabels<'a> {
    let setup = &caller.connection.setup;
    labels(caller, RequestedTag::of(tag, setup.gray_tag()))
}

/// What decides which digests a listener's are compared with.
fn listen_labels(caller: &Caller) -> ClientLabels<'_> {
    let setup = &caller.connection.setup;
    let tag = caller.headers.get(headers::VIPSERVER_TAG).or_else(|| setup.gray_tag());
    labels(caller, RequestedTag::of(None, tag))
}

fn labels<'a>(caller: &'a Caller, tag: RequestedTag<'a>) -> ClientLabels<'a> {
    let setup = &caller.connection.setup;
    ClientLabels { ip: &setup.client_ip, tag, app: Some(&setup.app_labels) }
}

async fn query(caller: Caller, request: ConfigQueryRequest) -> Result<Bytes, Refusal> {
    let key = item(&request.data_id, &request.group, &request.tenant)?;
    let tag = request.tag.filter(|tag| !tag.trim().is_empty());
    let listens = tag.is_none() && caller.connection.listens_to(&key);
    if listens {
        // Before the item is read: a change after that is told of, and acknowledged, after this.
        caller.connection.mailbox.reads(&key);
    }
    let served = caller.node.configs.read(&key, &query_labels(&caller, tag.as_deref()));
    if listens {
        let (md5, now) = (served.as_ref().map(|served| served.md5), caller.node.clock.now());
        caller.node.configs.given(&caller.connection.listener, &key, md5, now.wall);
    }
    let Some(served) = served else {
        let mut absent =
            Response::<ConfigQueryResponse>::refused(code::CONFIG_NOT_FOUND, "config data not exist");
        absent.body.tag = tag;
        return Ok(absent.encode());
    };
    let shows_tag = tag.is_some() || caller.connection.setup.version.starts_with("Nacos-Java-Client");
    Ok(Response::ok(served_body(served, shows_tag)).encode())
}

/// A gray release is shown without a data key where it has none; the formal one with an empty key
/// (recorded: `grpc-cs-tag`).
fn served_body(served: Served, shows_tag: bool) -> ConfigQueryResponse {
    let mut body = ConfigQueryResponse {
        content: Some(served.content.text().into_owned()),
        encrypted_data_key: Some(served.encrypted_data_key.to_string()),
        content_type: Some(served.kind.as_word().to_owned()),
        md5: Some(served.md5.to_string()),
        last_modified: i64::try_from(served.modified_at.0).unwrap_or(i64::MAX),
        ..ConfigQueryResponse::default()
    };
    match served.release {
        ServedRelease::Formal | ServedRelease::Gray { rule: GrayRule::Labels { .. }, .. } => {}
        ServedRelease::Gray { rule: GrayRule::Beta { .. }, .. } => body.beta = true,
        ServedRelease::Gray { rule: GrayRule::Tag { tag }, .. } => {
            body.tag = shows_tag.then(|| crate::http::params::java_url_encode(&tag));
        }
    }
    body
}

async fn publish_item(caller: Caller, request: ConfigPublishRequest) -> Result<Bytes, Refusal> {
    let key = item(&request.data_id, &request.group, &request.tenant)?;
    let said =
        |name: &str| request.addition_map.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let shared = |name: &str| said(name).map(Arc::<str>::from);
    let publish = PublishRequest {
        key,
        target: release_params::target_of(&ReleaseParams {
            beta_ips: said(addition::BETA_IPS),
            tag: said(addition::TAG),
            gray_name: said(addition::GRAY_NAME),
            gray_rule: said(addition::GRAY_RULE),
            gray_priority: said(addition::GRAY_PRIORITY),
            gray_version: said(addition::GRAY_VERSION),
        })
        .map_err(ConfigError::from)?,
        content: request.content.unwrap_or_default().into(),
        encrypted_data_key: said(addition::ENCRYPTED_DATA_KEY).unwrap_or_default().into(),
        description: Description {
            app_name: shared(addition::APP_NAME),
            desc: shared(addition::DESC),
            usage: shared(addition::USE),
            effect: shared(addition::EFFECT),
            kind: said(addition::TYPE).and_then(ConfigType::from_word),
            schema: shared(addition::SCHEMA),
            tags: said(addition::CONFIG_TAGS).map(publish::tags_of),
        },
        condition: publish::condition_of(request.cas_md5.as_deref()),
        operator: Operator {
            user: shared(addition::SRC_USER),
            ip: caller.connection.setup.client_ip.clone(),
        },
    };
    caller.node.configs.publish(publish).await.map_err(publish_refusal)?;
    Ok(Response::ok(ConfigPublishResponse::default()).encode())
}

async fn remove(caller: Caller, request: ConfigRemoveRequest) -> Result<Bytes, Refusal> {
    let key = item(&request.data_id, &request.group, &request.tenant)?;
    let tag = request.tag.filter(|tag| !tag.trim().is_empty());
    let target = tag.map_or(RemoveTarget::Formal, |tag| RemoveTarget::Tag(tag.into()));
    let operator = Operator { user: None, ip: caller.connection.setup.client_ip.clone() };
    caller.node.configs.remove(RemoveRequest { key, target, operator }).await.map_err(|error| {
        Refusal::Typed {
            // The reference leaves the code of a failed removal at 0 (`spec/grpc` §10.3).
            code: 0,
            message: error.to_string(),
        }
    })?;
    Ok(Response::ok(ConfigRemoveResponse::default()).encode())
}

async fn listen(caller: Caller, request: ConfigBatchListenRequest) -> Result<Bytes, Refusal> {
    let mut items = Vec::with_capacity(request.contexts.len());
    for ConfigListenContext { group, md5, data_id, tenant } in &request.contexts {
        let key = item(data_id, group, tenant.as_deref().unwrap_or_default())?;
        items.push(ListenItem { key, held: HeldMd5::parse(md5) });
    }
    let connection = &caller.connection;
    let changed = if request.listen {
        let tenants = request.contexts.iter().map(|context| context.tenant.as_deref());
        // Before the watch begins, so that no notice lacks it.
        connection.begins_to_listen(items.iter().map(|item| &item.key).zip(tenants));
        let now = caller.node.clock.now();
        caller.node.configs.listen(&connection.listener, &items, &listen_labels(&caller), now)?
    } else {
        stop(&caller, &items);
        Vec::new()
    };
    let changed_configs = changed.into_iter().map(|key| ConfigContext {
        group: key.group().to_owned(),
        data_id: key.data_id().to_owned(),
        tenant: connection.spelling_of(&key),
    });
    let body = ConfigChangeBatchListenResponse { changed_configs: changed_configs.collect() };
    Ok(Response::ok(body).encode())
}

fn stop(caller: &Caller, items: &[ListenItem]) {
    let connection = &caller.connection;
    caller.node.configs.unlisten(&connection.listener, items.iter().map(|item| &item.key));
    for item in items {
        connection.listens_no_more(&item.key);
        connection.mailbox.forget_notice(&NoticeKey::Listened(item.key.clone()));
    }
}

/// A refused removal, whose code the reference leaves at 0 unless the parameter check made it (`spec/grpc` §10.3;
/// recorded: `grpc-cs-malformed`, `grpc-cs-illegal-names`).
fn uncoded(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Typed { code: code::FAIL, message } => Refusal::Typed { code: 0, message },
        other => other,
    }
}

fn publish_refusal(error: ConfigError) -> Refusal {
    match error {
        ConfigError::Conflict { .. } => Refusal::Typed {
            code: code::FAIL,
            message: "Cas publish fail, server md5 may have changed.".to_owned(),
        },
        other => Refusal::from(other),
    }
}

impl From<ConfigError> for Refusal {
    fn from(error: ConfigError) -> Self {
        let code = match &error {
            ConfigError::Invalid(_) | ConfigError::InvalidItem { .. } => code::INVALID_PARAM,
            ConfigError::Busy { .. } => code::OVER_THRESHOLD,
            ConfigError::OverCapacity(over) => capacity::code_of(over).code,
            ConfigError::Conflict { .. }
            | ConfigError::Exists
            | ConfigError::TooManyGrays { .. }
            | ConfigError::ForeignHistory
            | ConfigError::TooManyKeys { .. }
            | ConfigError::TooManyListeners { .. }
            | ConfigError::Commit(_)
            | ConfigError::Read(_) => code::FAIL,
        };
        Self::Typed { code, message: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::{CapacityOwner, OverCapacity};

    use super::*;

    #[test]
    fn a_publish_without_room_is_refused_with_the_code_of_what_is_full() {
        let code = |over: OverCapacity| match publish_refusal(over.into()) {
            Refusal::Typed { code, .. } => code,
            other => panic!("not in the type of the answer: {other:?}"),
        };
        let full = |owner| OverCapacity::Quota { owner, quota: 1 };
        assert_eq!(code(full(CapacityOwner::Cluster)), 5031);
        assert_eq!(code(full(CapacityOwner::Group(GroupName::default()))), 5032);
        assert_eq!(code(full(CapacityOwner::Namespace(NamespaceId::default()))), 5033);
        assert_eq!(code(OverCapacity::Size { size: 2, max: 1 }), 5034);
    }
}
