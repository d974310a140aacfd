//! Discovery payloads (`spec/grpc` §9).

use std::sync::Arc;

use bytes::Bytes;
use navaid_core::{
    ClientId, Endpoint, GroupName, Instance, Lifetime, NamespaceId, ServiceKey, ServiceName,
    access::{Action, Resource},
};
use navaid_naming::{Consumer, Filter, HealthFilter, NamingError, PageRequest, Selection, Subscription};
use navaid_wire::{
    grpc::{
        Response, code,
        naming::{
            BATCH_REGISTER, BatchInstanceRequest, BatchInstanceResponse, DEREGISTER, InstanceRequest, InstanceResponse,
            PersistentInstanceRequest, QueryServiceResponse, REGISTER, ServiceListRequest, ServiceListResponse,
            ServiceQueryRequest, SubscribeServiceRequest, SubscribeServiceResponse,
        },
    },
    naming::{InstanceJson, legality, legality::IllegalInstance},
};

use super::{
    dispatch::{Caller, Route},
    refusal::Refusal,
};
use crate::{refusal_text, views};

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
    if caller.connection.has_naming_client() { Ok(client) } else { Err(NamingError::WrongClient { client }.into()) }
}

/// What the parameter check looks at of a single instance; a deregistration's is not looked at further.
fn checked(instance: InstanceJson, caller: &Caller) -> Result<Instance, Refusal> {
    Ok(instance.into_instance(caller.node.naming.settings().metadata_max)?)
}

async fn instance(caller: Caller, request: InstanceRequest) -> Result<Bytes, Refusal> {
    let key = service(&request.namespace, &request.group_name, &request.service_name)?;
    let instance = request.instance.map(|instance| checked(instance, &caller)).transpose()?;
    match request.kind.as_str() {
        REGISTER => {
            let instance = instance.ok_or(IllegalInstance::Missing)?;
            legality::check_instance(&instance)?;
            caller.node.naming.register(&client(&caller)?, &key, instance, caller.now())?;
        }
        DEREGISTER => {
            caller.node.naming.deregister(&client(&caller)?, &key, caller.now());
        }
        other => return Err(unsupported(other)),
    }
    Ok(Response::ok(InstanceResponse { kind: Some(request.kind) }).encode())
}

async fn batch(caller: Caller, request: BatchInstanceRequest) -> Result<Bytes, Refusal> {
    let key = service(&request.namespace, &request.group_name, &request.service_name)?;
    let instances = request.instances.into_iter().map(|instance| checked(instance, &caller));
    let instances = instances.collect::<Result<Vec<_>, _>>()?;
    if request.kind != BATCH_REGISTER {
        return Err(unsupported(&request.kind));
    }
    let registered = caller.node.naming.register_batch(&client(&caller)?, &key, instances, caller.now());
    registered.map_err(|error| match error {
        NamingError::LifetimeMismatch { service } => {
            Refusal::from_runtime(&refusal_text::batch_lifetime_mismatch(&key, service))
        }
        other => Refusal::from_naming(&other, &key),
    })?;
    Ok(Response::ok(BatchInstanceResponse { kind: Some(request.kind) }).encode())
}

async fn persistent(caller: Caller, request: PersistentInstanceRequest) -> Result<Bytes, Refusal> {
    let key = service(&request.namespace, &request.group_name, &request.service_name)?;
    let instance = request.instance.map(|instance| checked(instance, &caller)).transpose()?;
    let instance = instance.ok_or(IllegalInstance::Missing)?;
    let naming = &caller.node.naming;
    let done = match request.kind.as_str() {
        REGISTER => naming.register_persistent(key.clone(), instance).await,
        DEREGISTER => naming.deregister_persistent(key.clone(), instance.endpoint).await,
        other => return Err(unsupported(other)),
    };
    done.map_err(|error| Refusal::from_naming(&error, &key))?;
    Ok(Response::ok(InstanceResponse { kind: Some(request.kind) }).encode())
}
