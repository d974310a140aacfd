//! Discovery payloads (`spec/grpc` §9).

use bytes::Bytes;
use navaid_core::{
    ClientId, Endpoint, GroupName, Instance, InstanceId, NamespaceId, Now, ServiceKey, ServiceName,
    access::{Action, Resource},
    command::OverlayTarget,
};
use navaid_naming::{Filter, HealthFilter, Page, Selection, Subscription};
use navaid_wire::{
    grpc::{
        Response, SharedPayload, code,
        naming::{
            BATCH_REGISTER, BatchInstanceRequest, BatchInstanceResponse, DEREGISTER, InstanceRequest,
            InstanceResponse, PersistentInstanceRequest, QueryServiceResponse, REGISTER, ServiceListRequest,
            ServiceListResponse, ServiceQueryRequest, SubscribeServiceRequest, SubscribeServiceResponse,
        },
    },
    http::page,
    naming::{
        InstanceJson,
        legality::{self, IllegalInstance},
        refused::Registration,
    },
    param,
};

use super::{
    dispatch::{Caller, Route},
    refusal::Refusal,
};
use crate::views;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::new::<InstanceRequest, InstanceResponse, _>(
            Action::Write,
            |q| service(&q.namespace, &q.group_name, &q.service_name).map(Resource::Service),
            instance,
        ),
        Route::new::<BatchInstanceRequest, BatchInstanceResponse, _>(
            Action::Write,
            |q| service(&q.namespace, &q.group_name, &q.service_name).map(Resource::Service),
            batch,
        ),
        Route::new::<PersistentInstanceRequest, InstanceResponse, _>(
            Action::Write,
            |q| service(&q.namespace, &q.group_name, &q.service_name).map(Resource::Service),
            persistent,
        ),
        Route::new::<ServiceQueryRequest, QueryServiceResponse, _>(
            Action::Read,
            |q| service(&q.namespace, &q.group_name, &q.service_name).map(Resource::Service),
            query,
        ),
        Route::new::<SubscribeServiceRequest, SubscribeServiceResponse, _>(
            Action::Read,
            |q| service(&q.namespace, &q.group_name, &q.service_name).map(Resource::Service),
            subscribe,
        ),
        Route::new::<ServiceListRequest, ServiceListResponse, _>(
            Action::Read,
            |q| Ok(Resource::ServiceNamespace(NamespaceId::parse(&q.namespace)?)),
            list,
        ),
    ]
}

/// The service that a request names; a blank namespace or group is the default one.
fn service(namespace: &str, group: &str, name: &str) -> Result<ServiceKey, Refusal> {
    let namespace = NamespaceId::parse(namespace)?;
    let name = ServiceName::parse(name)?;
    Ok(ServiceKey::new(&namespace, &group_name(group)?, &name))
}

fn group_name(group: &str) -> Result<GroupName, Refusal> {
    if group.trim().is_empty() { Ok(GroupName::default()) } else { Ok(GroupName::parse(group)?) }
}

/// The client that publishes and subscribes for this connection.
fn client(caller: &Caller) -> Result<ClientId, Refusal> {
    let client = caller.connection.client();
    if caller.connection.has_naming_client() { Ok(client) } else { Err(Refusal::disconnected(&client)) }
}

/// The instance after the parameter check, with an id if it came without one.
///
/// (!) An instance that names a service itself has its simple id made with that name, whatever the request says
/// (recorded: `grpc-ns-register-query`).
fn checked(instance: InstanceJson, key: &ServiceKey, caller: &Caller) -> Result<Instance, Refusal> {
    // Named as the service is: then the id is the one that is derived, and is not kept.
    let is_other = !instance.service_name.is_empty() && instance.service_name != key.grouped();
    let named = is_other.then(|| instance.service_name.clone());
    let instance = instance.into_instance(caller.node.limits.instance_metadata);
    let mut instance = instance.inspect_err(|finding| {
        caller.node.tell_of_metadata(&caller.connection.client().to_string(), key.as_str(), finding);
    })?;
    if instance.id == InstanceId::Simple {
        instance.id = caller.node.naming.instance_id(key, &instance, caller.now())?;
    }
    if let (InstanceId::Simple, Some(service)) = (&instance.id, named) {
        let Endpoint { ip, port } = &instance.endpoint;
        instance.id = InstanceId::Given(format!("{ip}#{port}#{}#{service}", instance.cluster).into());
    }
    Ok(instance)
}

async fn instance(caller: Caller, request: InstanceRequest) -> Result<Bytes, Refusal> {
    let key = service(&request.namespace, &request.group_name, &request.service_name)?;
    match request.kind.as_str() {
        REGISTER => {
            let instance = checked(request.instance.ok_or(IllegalInstance::Missing)?, &key, &caller)?;
            legality::check_instance(&instance)?;
            let registered = caller.node.naming.register(&client(&caller)?, &key, instance, caller.now());
            registered.map_err(|error| Refusal::from_naming(&error, &key, Registration::Single))?;
        }
        DEREGISTER => {
            // Of a service that is not known there is nothing to remove, whoever asks.
            if caller.node.naming.service(&key).is_some() {
                deregister(&caller, &key, request.instance.as_ref())?;
            }
        }
        other => return Err(unsupported(other)),
    }
    Ok(Response::ok(InstanceResponse { kind: Some(request.kind) }).encode())
}

/// (!) A connection's one entry goes, whichever instance is named (`spec/naming-semantics` §2.2). One that has none
/// may be back after a restart and take back what it published before.
///
/// (!) What else the instance says is not looked at: Go sends a weight of 0 and no metadata, and Java what was refused
/// when it was to be registered, every 3 s until it is told that it is gone (`spec/clients-on-the-wire` A §2).
fn deregister(caller: &Caller, key: &ServiceKey, instance: Option<&InstanceJson>) -> Result<(), Refusal> {
    let naming = &caller.node.naming;
    if !naming.deregister(&client(caller)?, key, caller.now())
        && let Some(instance) = instance
    {
        let target = OverlayTarget { endpoint: instance.endpoint()?, cluster: instance.cluster()? };
        naming.renounce(&target, key, caller.connection.id(), caller.now());
    }
    Ok(())
}

async fn batch(caller: Caller, request: BatchInstanceRequest) -> Result<Bytes, Refusal> {
    let key = service(&request.namespace, &request.group_name, &request.service_name)?;
    let instances = request.instances.into_iter().map(|instance| checked(instance, &key, &caller));
    let instances = instances.collect::<Result<Vec<_>, _>>()?;
    if request.kind != BATCH_REGISTER {
        return Err(unsupported(&request.kind));
    }
    let registered = caller.node.naming.register_batch(&client(&caller)?, &key, instances, caller.now());
    registered.map_err(|error| Refusal::from_naming(&error, &key, Registration::Batch))?;
    Ok(Response::ok(BatchInstanceResponse { kind: Some(request.kind) }).encode())
}

async fn persistent(caller: Caller, request: PersistentInstanceRequest) -> Result<Bytes, Refusal> {
    let key = service(&request.namespace, &request.group_name, &request.service_name)?;
    let instance = request.instance.map(|instance| checked(instance, &key, &caller)).transpose()?;
    let instance = instance.ok_or(IllegalInstance::Missing)?;
    let naming = &caller.node.naming;
    let done = match request.kind.as_str() {
        REGISTER => naming.register_persistent(&key, instance).await,
        DEREGISTER => naming.deregister_persistent(&key, &instance.endpoint).await,
        other => return Err(unsupported(other)),
    };
    done.map_err(|error| Refusal::from_naming(&error, &key, Registration::Single))?;
    Ok(Response::ok(InstanceResponse { kind: Some(request.kind) }).encode())
}

fn unsupported(kind: &str) -> Refusal {
    Refusal::thrown(code::INVALID_PARAM, format!("Unsupported request type {kind}"))
}

async fn query(caller: Caller, request: ServiceQueryRequest) -> Result<SharedPayload, Refusal> {
    let key = service(&request.namespace, &request.group_name, &request.service_name)?;
    param::check_clusters(&request.cluster)?;
    let health = if request.healthy_only { HealthFilter::HealthyOnly } else { HealthFilter::All };
    let filter =
        Filter { clusters: &request.cluster, health, consumer_ip: &caller.connection.setup.client_ip };
    let now = caller.now();
    let selection = caller.node.naming.query(&key, &filter, now);
    let shown_at = caller.connection.next_ref_time(&selection, caller.node.naming.ref_time(now));
    Ok(views::grpc(&caller.node, &selection).query_response(shown_at))
}

/// Unsubscribing answers with the service as well, and is never refused for what it names.
async fn subscribe(caller: Caller, request: SubscribeServiceRequest) -> Result<SharedPayload, Refusal> {
    let key = service(&request.namespace, &request.group_name, &request.service_name)?;
    param::check_clusters(&request.clusters)?;
    let client = client(&caller)?;
    let now = caller.now();
    let selection = if request.subscribe {
        let subscription = Subscription {
            clusters: request.clusters.into(),
            consumer: caller.connection.consumer(),
            outbox: caller.connection.mailbox.clone(),
        };
        let subscribed = caller.node.naming.subscribe(&client, &key, subscription, now);
        subscribed.map_err(|error| Refusal::from_naming(&error, &key, Registration::Single))?
    } else {
        caller.node.naming.unsubscribe(&client, &key, now);
        caller.connection.mailbox.forget_service(&key);
        let consumer_ip = &caller.connection.setup.client_ip;
        let filter = Filter { clusters: &request.clusters, consumer_ip, ..Filter::default() };
        caller.node.naming.query(&key, &filter, now)
    };
    Ok(subscribed(&caller, &selection, now))
}

fn subscribed(caller: &Caller, selection: &Selection, now: Now) -> SharedPayload {
    let shown_at = caller.connection.next_ref_time(selection, caller.node.naming.ref_time(now));
    views::grpc(&caller.node, selection).subscribe_response(shown_at)
}

async fn list(caller: Caller, request: ServiceListRequest) -> Result<Bytes, Refusal> {
    let namespace = NamespaceId::parse(&request.namespace)?;
    let group = group_name(&request.group_name)?;
    let page = Page {
        skip: page::entries_before(request.page_no.into(), request.page_size.into()),
        take: usize::try_from(request.page_size).unwrap_or(0),
    };
    let found = caller.node.naming.services(&namespace, Some(&group), page);
    let body = ServiceListResponse {
        count: i32::try_from(found.count).unwrap_or(i32::MAX),
        service_names: found.keys.iter().map(|key| key.name().to_owned()).collect(),
    };
    Ok(Response::ok(body).encode())
}
