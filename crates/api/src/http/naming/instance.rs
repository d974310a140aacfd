//! Calls about instances: register, change, read, list (`spec/http-naming-core` §9.1, §10.1, §11).

use navaid_core::{
    ClientId, Endpoint, Instance, Lifetime, Metadata, ServiceKey,
    command::{MetadataChange, Overlay, OverlayPatch, OverlayTarget},
};
use navaid_naming::{Consumer, Filter, HealthFilter};
use navaid_wire::{
    json,
    naming::{
        InstanceJson,
        instance_answer::{InstanceDetail, MetadataUpdated, Statuses, statuses_key},
        shown,
    },
    param,
};

use super::{
    dialect::{Dialect, Generation},
    failure::{About, absent_cluster, absent_instance, refusal, unknown_generator},
    instance_params::{self, Target},
    service_params::{self, service},
};
use crate::{
    agent::ListReader,
    http::{call::Call, failure::Failure, params::Params, reply::Reply},
    views,
};

pub(crate) async fn register(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let (target, mut instance) = instance_params::instance(&call, dialect)?;
    let naming = &call.node.naming;
    instance.id = naming
        .instance_id(&target.key, &instance, call.now())
        .map_err(|unknown| unknown_generator(&unknown, dialect.generation))?;
    let registered = match target.lifetime {
        Lifetime::Ephemeral => naming.register(&target.client(), &target.key, instance, call.now()),
        Lifetime::Persistent => naming.register_persistent(&target.key, instance).await,
    };
    registered.map_err(|error| target.refusal(error))?;
    Ok(dialect.done())
}

/// That there is nothing to remove is a success, whichever part of the description does not fit; the cluster does not
/// count (recorded: `ns1-instance-deregister-edges`).
pub(crate) async fn deregister(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let target = Target::of(&call, dialect)?;
    let naming = &call.node.naming;
    match target.lifetime {
        Lifetime::Ephemeral => {
            naming.deregister(&target.client(), &target.key, call.now());
        }
        Lifetime::Persistent => naming
            .deregister_persistent(&target.key, &target.instance.endpoint)
            .await
            .map_err(|error| target.refusal(error))?,
    }
    Ok(dialect.done())
}

/// Replaces what an operator sets on an instance, with defaults for what the call leaves out. The instance need not
/// be there.
pub(crate) async fn update(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let (target, instance) = instance_params::instance(&call, dialect)?;
    let Instance { enabled, weight, metadata, .. } = instance;
    let overlay = Overlay { enabled, weight, metadata };
    let updated = call.node.naming.update_instance(&target.key, &target.instance, overlay).await;
    updated.map_err(|error| target.refusal(error))?;
    Ok(dialect.done())
}

/// v1: changes what the call names.
pub(crate) async fn patch(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let patch = OverlayPatch {
        enabled: instance_params::flag(&call.params, &["enabled"]),
        weight: None,
        metadata: instance_params::given_metadata(&call, dialect)?.map(MetadataChange::Replace),
    };
    let target = Target::of(&call, dialect)?;
    let weight = instance_params::weight(&call.params)?;
    apply(&call, &target, OverlayPatch { weight, ..patch }).await?;
    Ok(dialect.done())
}

/// v2: as v1, but everything must be named.
pub(crate) async fn patch_all(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let metadata = instance_params::given_metadata(&call, dialect)?;
    let target = Target::of(&call, dialect)?;
    let weight = instance_params::weight(&call.params)?;
    let enabled = instance_params::flag(&call.params, &["enabled"]);
    let patch = OverlayPatch {
        weight: Some(weight.ok_or_else(|| dialect.missing("weight", "Double"))?),
        enabled: Some(enabled.ok_or_else(|| dialect.missing("enabled", "Boolean"))?),
        metadata: Some(MetadataChange::Replace(
            metadata.ok_or_else(|| dialect.missing("metadata", "String"))?,
        )),
    };
    apply(&call, &target, patch).await?;
    Ok(dialect.done())
}

/// v3: only the metadata may be left out; weight and enabled then fall back to their defaults.
pub(crate) async fn patch_partly(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let metadata = instance_params::given_metadata(&call, dialect)?;
    let (target, instance) = instance_params::instance(&call, dialect)?;
    let metadata = metadata.map(MetadataChange::Replace);
    let patch = OverlayPatch { weight: Some(instance.weight), enabled: Some(instance.enabled), metadata };
    apply(&call, &target, patch).await?;
    Ok(dialect.done())
}

async fn apply(call: &Call, target: &Target, patch: OverlayPatch) -> Result<(), Failure> {
    let patched = call.node.naming.patch_instance(&target.key, &target.instance, patch).await;
    patched.map_err(|error| target.refusal(error))
}

/// The instance as it stands, disabled or not.
pub(crate) async fn show(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let Target { key, instance: OverlayTarget { endpoint, cluster }, .. } =
        Target::of_detail(&call, dialect)?;
    let view = call.node.naming.view(&key, call.now());
    if view.hosts().is_empty() {
        return Err(absent_cluster(&cluster, &key));
    }
    let found = view.hosts().iter().find(|host| host.endpoint == endpoint && host.cluster == cluster);
    let found = found.ok_or_else(absent_instance)?;
    Ok(match dialect.generation {
        Generation::V1 => dialect.answer(&InstanceDetail::v1(&key, found)),
        Generation::V2 => dialect.answer(&InstanceDetail::v2(&key, found)),
        Generation::V3 => dialect.answer(&shown::host(&key, view.lifetime, found)),
    })
}

/// What discovery shows of a service, in v1 and v2. The bytes are encoded once for all callers that ask alike. Lists of
/// v1 have keys of 1.x for who may look for them.
pub(crate) async fn list(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let key = service(&call.params, dialect)?;
    let clusters = match dialect.generation {
        Generation::V1 => "clusters",
        Generation::V2 | Generation::V3 => "clusterName",
    };
    let clusters = call.params.get(clusters).unwrap_or_default();
    param::check_clusters(clusters)?;
    let now = call.now();
    if let Some(port) = datagram_port(&call, dialect) {
        subscribe(&call, &key, clusters, port);
    }
    let selection = with_filter(&call, clusters, |filter| call.node.naming.query(&key, filter, now));
    let shown_at = selection.ref_time(call.node.naming.ref_time(now));
    let reader = match dialect.generation {
        Generation::V1 => call.agent().list_reader(),
        Generation::V2 | Generation::V3 => ListReader::Modern,
    };
    Ok(dialect.encoded(views::http(&call.node, &selection, reader).to_json(shown_at)))
}

/// The port at which the caller of a list wants to hear of changes.
pub(super) fn datagram_port(call: &Call, dialect: Dialect) -> Option<u16> {
    let name = match dialect.generation {
        Generation::V1 => "udpPort",
        Generation::V2 | Generation::V3 => "port",
    };
    call.params.text(name)?.parse().ok().filter(|port| *port > 0)
}

/// Has a client of the 1.x age told of changes, if it says where and can be told so (`spec/naming-semantics` §9.3);
/// says whether it will be. A client that is not subscribed polls, as all of them do anyway: so this refuses nothing.
pub(super) fn subscribe(call: &Call, key: &ServiceKey, clusters: &str, port: u16) -> bool {
    let Some(ip) = call.params.text_of(&["clientIP", "clientIp", "ip"]) else { return false };
    let consumer = Consumer {
        ip: ip.into(),
        port,
        agent: call.agent_text().into(),
        app: call.params.get("app").unwrap_or_default().into(),
    };
    let Some(subscription) = call.node.datagrams.subscription(consumer, clusters, &call.node) else {
        return false;
    };
    let client = ClientId::Address(Endpoint { ip: ip.into(), port }, Lifetime::Ephemeral);
    let subscribed = call.node.naming.subscribe(&client, key, subscription, call.now());
    if let Err(error) = &subscribed {
        tracing::debug!(%client, service = %key, %error, "not subscribed by datagram");
    }
    subscribed.is_ok()
}

/// What discovery shows of one cluster or several, in v3: the default cluster where none is named.
pub(crate) async fn list_hosts(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let key = service(&call.params, dialect)?;
    let clusters = call.params.text("clusterName").unwrap_or(navaid_core::name::DEFAULT_CLUSTER);
    param::check_clusters(clusters)?;
    let now = call.now();
    let selection = with_filter(&call, clusters, |filter| call.node.naming.query(&key, filter, now));
    Ok(dialect.encoded(views::host_list(&selection)))
}

/// Runs a query with the filter that the parameters of a list make; selectors see the address that the consumer
/// names, or the one it calls from.
pub(super) fn with_filter<T>(call: &Call, clusters: &str, query: impl FnOnce(&Filter<'_>) -> T) -> T {
    let health = if call.params.strict_flag("healthyOnly", false) {
        HealthFilter::HealthyOnly
    } else {
        HealthFilter::All
    };
    match call.params.text_of(&["clientIP", "clientIp", "ip"]) {
        Some(consumer_ip) => query(&Filter { clusters, health, consumer_ip }),
        None => query(&Filter { clusters, health, consumer_ip: &call.client_ip() }),
    }
}

/// v1: health of all instances, by key.
pub(crate) async fn statuses(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let key = call.params.text("key").ok_or_else(|| dialect.missing("key", "String"))?;
    statuses_of(&call, key, dialect)
}

/// v2: the same, with the key in the path.
pub(crate) async fn statuses_by_path(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    statuses_of(&call, &call.segment(), dialect)
}

fn statuses_of(call: &Call, key: &str, dialect: Dialect) -> Result<Reply, Failure> {
    let (namespace, grouped) = statuses_key(key);
    let key = service_params::grouped_service(namespace, grouped)?;
    let view = call.node.naming.view(&key, call.now());
    Ok(dialect.answer(&Statuses::of(view.hosts().iter().map(|host| &**host))))
}

/// Adds metadata to instances of a service, or overwrites it.
pub(crate) async fn put_metadata(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    change_metadata(call, dialect, MetadataChange::Put).await
}

/// Takes metadata away that was set so; what the client published stays.
pub(crate) async fn remove_metadata(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    change_metadata(call, dialect, |metadata| MetadataChange::removing(&metadata)).await
}

async fn change_metadata(
    call: Call,
    dialect: Dialect,
    change: fn(Metadata) -> MetadataChange,
) -> Result<Reply, Failure> {
    let metadata = instance_params::given_metadata(&call, dialect)?;
    let key = service(&call.params, dialect)?;
    let metadata = metadata.ok_or_else(|| dialect.missing("metadata", "String"))?;
    let targets = targets(&call.params)?;
    // Either word means the same instances: a service has one lifetime. The answer repeats it.
    let lifetime = Lifetime::from_ephemeral(call.params.text("consistencyType") != Some("persist"));
    let changed = call.node.naming.change_metadata(&key, targets, &change(metadata), call.now()).await;
    let changed = changed.map_err(|error| refusal(error, &key, About::Service))?;
    let changed = changed.iter().map(|target| (&target.endpoint, &target.cluster));
    Ok(dialect.answer(&MetadataUpdated::of(lifetime, changed)))
}

/// The instances that a batch names; none, which are all of the service, when it names none.
fn targets(params: &Params) -> Result<Option<Vec<OverlayTarget>>, Failure> {
    let Some(text) = params.text("instances") else { return Ok(None) };
    let named: Vec<InstanceJson> = json::read(text.as_bytes())
        .map_err(|problem| Failure::illegal(format!("cannot read parameter 'instances': {problem}")))?;
    let target = |named: InstanceJson| {
        let endpoint = named.endpoint()?;
        Ok(OverlayTarget { endpoint, cluster: navaid_core::ClusterName::parse(&named.cluster_name)? })
    };
    let targets = named.into_iter().map(target).collect::<Result<Vec<_>, Failure>>()?;
    Ok((!targets.is_empty()).then_some(targets))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        http::naming::dialect::{V1, V2_BOUND},
        testbed::Testbed,
    };

    async fn listed(dialect: Dialect, agent: &'static str) -> Value {
        let bed = Testbed::start();
        register(bed.call("serviceName=s&ip=10.0.0.1&port=80", &[]), V1).await.unwrap();
        let reply = list(bed.call("serviceName=s", &[("user-agent", agent)]), dialect).await.unwrap();
        serde_json::from_slice(&reply.body).unwrap()
    }

    #[tokio::test]
    async fn a_v1_list_has_the_keys_of_1x_for_who_may_read_them() {
        for (agent, dom) in [
            ("", json!("s")),
            ("Nacos-Go-Client:v1.0.9", json!("s")),
            ("Nacos-Java-Client:v1.4.8", json!("DEFAULT_GROUP@@s")),
        ] {
            let list = listed(V1, agent).await;
            assert_eq!((&list["dom"], &list["hosts"][0]["valid"]), (&dom, &json!(true)), "{agent}");
            assert_eq!(list["groupName"], "DEFAULT_GROUP", "{agent}");
        }
        let list = listed(V1, "Nacos-Java-Client:v2.5.1").await;
        assert_eq!((list.get("dom"), list["hosts"][0].get("valid")), (None, None));
        assert_eq!(listed(V2_BOUND, "").await["data"].get("dom"), None);
    }
}
