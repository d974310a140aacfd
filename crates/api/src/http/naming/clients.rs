//! Clients as operators see them, and who publishes or subscribes (`spec/http-naming-core` §10.2, §11.2).

use std::sync::Arc;

use navaid_core::{ClientId, Instance, Lifetime, ServiceKey};
use navaid_naming::{ClientProfile, SubscriberRow};
use navaid_wire::{
    http::flag,
    naming::client::{
        CONNECTION, ClientServiceV3, ClientV2, ClientV3, IP_PORT, PublishedInstanceV2, PublishedV2,
        PublisherV2, PublisherV3, SubscribedV2, SubscriberV2, SubscribingClientV3,
    },
    param,
};
use serde_json::json;

use super::{
    dialect::{Dialect, Generation},
    failure::absent_client,
    service_params::service,
    subscribers::address,
};
use crate::http::{call::Call, failure::Failure, params::Params, reply::Reply};

/// The ids of all clients.
pub(crate) async fn list(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let ids: Vec<String> = call.node.naming.clients().iter().map(ToString::to_string).collect();
    Ok(dialect.answer(&ids))
}

pub(crate) async fn show(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let Known { id, profile } = Known::of(&call, dialect)?;
    let touched = call.node.naming.client_touched(&id, call.now()).unwrap_or_default();
    let client_type = if profile.is_some() { CONNECTION } else { IP_PORT };
    let profile = profile.as_deref();
    let connect_type = profile.map(|_| "GRPC");
    let (app_name, version) = (profile.map(|profile| &*profile.app), profile.map(|profile| &*profile.agent));
    let ephemeral = id.lifetime().is_ephemeral();
    let client_id = id.to_string();
    let last_updated_time = touched.as_millis();
    Ok(match dialect.generation {
        Generation::V1 | Generation::V2 => {
            let (client_ip, client_port) = endpoint(&id, profile);
            dialect.answer(&ClientV2 {
                client_id,
                ephemeral,
                last_updated_time,
                client_type,
                connect_type,
                app_name,
                version,
                client_ip,
                client_port: client_port.to_string(),
            })
        }
        Generation::V3 => dialect.answer(&ClientV3 {
            client_id,
            ephemeral,
            last_updated_time,
            client_type,
            connect_type,
            app_name,
            version,
            client_ip: profile.map(|profile| &*profile.ip),
            client_port: profile.map_or(0, |profile| profile.port),
        }),
    })
}

/// Where a client is: the address it publishes, or the one its connection comes from.
fn endpoint<'a>(id: &'a ClientId, profile: Option<&'a ClientProfile>) -> (&'a str, u16) {
    match (id, profile) {
        (ClientId::Address(endpoint, _), _) => (&endpoint.ip, endpoint.port),
        (ClientId::Connection(_), Some(profile)) => (&profile.ip, profile.port),
        (ClientId::Connection(_), None) => ("", 0),
    }
}

/// What a client publishes. A batch is shown by its first instance.
pub(crate) async fn published(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let Known { id, .. } = Known::of(&call, dialect)?;
    let naming = &call.node.naming;
    let entries: Vec<(ServiceKey, Arc<Instance>)> = naming
        .published_by(&id)
        .into_iter()
        .filter_map(|key| naming.publication(&id, &key).first().cloned().map(|first| (key, first)))
        .collect();
    let entries = entries.iter().map(|(key, instance)| (key, &**instance));
    Ok(match dialect.generation {
        Generation::V1 | Generation::V2 => {
            let shown = entries.map(|(key, instance)| PublishedV2 {
                namespace: key.namespace(),
                group: key.group(),
                service_name: key.name(),
                registered_instance: PublishedInstanceV2 {
                    ip: &instance.endpoint.ip,
                    port: instance.endpoint.port,
                    cluster: instance.cluster.as_str(),
                },
            });
            dialect.answer(&shown.collect::<Vec<_>>())
        }
        Generation::V3 => {
            let shown = entries.map(|(key, instance)| ClientServiceV3 {
                publisher_info: Some(publisher_v3(None, instance)),
                ..service_of_client(key)
            });
            dialect.answer(&shown.collect::<Vec<_>>())
        }
    })
}

/// What a client subscribes to.
pub(crate) async fn subscribed(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let Known { id, .. } = Known::of(&call, dialect)?;
    let naming = &call.node.naming;
    let rows: Vec<SubscriberRow> = naming
        .subscribed_by(&id)
        .iter()
        .flat_map(|key| naming.subscribers_of(key))
        .filter(|row| row.client == id)
        .collect();
    let addresses: Vec<_> = rows.iter().map(address).collect();
    let rows = rows.iter().zip(&addresses);
    Ok(match dialect.generation {
        Generation::V1 | Generation::V2 => {
            let shown = rows.map(|(row, addr)| SubscribedV2 {
                namespace: row.key.namespace(),
                group: row.key.group(),
                service_name: row.key.name(),
                subscriber_info: SubscriberV2 { app: &row.consumer.app, agent: &row.consumer.agent, addr },
            });
            dialect.answer(&shown.collect::<Vec<_>>())
        }
        Generation::V3 => {
            let shown = rows.map(|(row, address)| ClientServiceV3 {
                subscriber_info: Some(subscriber_v3(None, row, address)),
                ..service_of_client(&row.key)
            });
            dialect.answer(&shown.collect::<Vec<_>>())
        }
    })
}

/// Clients that publish in a service, one row for each.
pub(crate) async fn publishers(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let key = service(&call.params, dialect)?;
    let mut wanted = Wanted::read(&call.params)?;
    if dialect.generation != Generation::V3 {
        wanted = wanted.in_words_of_v2();
    }
    let publishers = call.node.naming.publishers_of(&key);
    let rows = publishers.iter().filter_map(|(client, instances)| Some((client, &**instances.first()?)));
    let rows = rows.filter(|(client, instance)| {
        wanted.lifetime.is_none_or(|lifetime| client.lifetime() == lifetime)
            && wanted.is_at(&instance.endpoint.ip, instance.endpoint.port)
    });
    Ok(match dialect.generation {
        Generation::V1 | Generation::V2 => {
            let shown = rows.map(|(client, instance)| PublisherV2 {
                ip: &instance.endpoint.ip,
                port: instance.endpoint.port,
                cluster: instance.cluster.as_str(),
                client_id: client.to_string(),
            });
            dialect.answer(&shown.collect::<Vec<_>>())
        }
        Generation::V3 => {
            let shown = rows.map(|(client, instance)| publisher_v3(Some(client.to_string()), instance));
            dialect.answer(&shown.collect::<Vec<_>>())
        }
    })
}

/// Clients that subscribe to a service.
pub(crate) async fn subscribers(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let key = service(&call.params, dialect)?;
    let wanted = Wanted::read(&call.params)?;
    let mut rows = call.node.naming.subscribers_of(&key);
    rows.retain(|row| wanted.is_at(&row.consumer.ip, row.consumer.port));
    let addresses: Vec<_> = rows.iter().map(address).collect();
    Ok(match dialect.generation {
        Generation::V1 | Generation::V2 => {
            let shown = rows.iter().map(|row| {
                json!({"clientId": row.client.to_string(), "ip": &*row.consumer.ip, "port": row.consumer.port})
            });
            dialect.answer(&shown.collect::<Vec<_>>())
        }
        Generation::V3 => {
            let shown = rows
                .iter()
                .zip(&addresses)
                .map(|(row, address)| subscriber_v3(Some(row.client.to_string()), row, address));
            dialect.answer(&shown.collect::<Vec<_>>())
        }
    })
}

/// Which member answers for a client: this one, which is alone.
pub(crate) async fn responsible_server(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    for name in ["ip", "port"] {
        call.params.get(name).ok_or_else(|| dialect.missing(name, "String"))?;
    }
    let facts = &call.node.facts;
    Ok(dialect.answer(&json!({ "responsibleServer": format!("{}:{}", facts.ip, facts.port) })))
}

/// A client that exists.
struct Known {
    id: ClientId,
    /// Of connections only.
    profile: Option<Arc<ClientProfile>>,
}

impl Known {
    fn of(call: &Call, dialect: Dialect) -> Result<Self, Failure> {
        let text = call.params.get("clientId").ok_or_else(|| dialect.missing("clientId", "String"))?;
        let found = ClientId::parse(text)
            .and_then(|id| call.node.naming.client(&id).map(|profile| Self { id, profile }));
        found.ok_or_else(|| absent_client(text))
    }
}

/// Which publishers or subscribers of a service are wanted.
struct Wanted {
    lifetime: Option<Lifetime>,
    ip: Option<String>,
    port: Option<u16>,
}

impl Wanted {
    /// What the call leaves out may be any.
    fn read(params: &Params) -> Result<Self, Failure> {
        Ok(Self {
            lifetime: params.text("ephemeral").map(|text| Lifetime::from_ephemeral(flag::lenient(text))),
            ip: params.text("ip").map(str::to_owned),
            port: params.text("port").map(param::port_text).transpose()?,
        })
    }

    /// v2 compares ip and port of publishers even where the call leaves them out, and so finds nothing; it looks for
    /// ephemeral ones unless told otherwise.
    fn in_words_of_v2(self) -> Self {
        Self {
            lifetime: self.lifetime.or(Some(Lifetime::Ephemeral)),
            ip: self.ip.or(Some(String::new())),
            port: self.port.or(Some(0)),
        }
    }

    fn is_at(&self, ip: &str, port: u16) -> bool {
        self.ip.as_deref().is_none_or(|wanted| wanted == ip) && self.port.is_none_or(|wanted| wanted == port)
    }
}

fn service_of_client(key: &ServiceKey) -> ClientServiceV3<'_> {
    ClientServiceV3 {
        namespace_id: key.namespace(),
        group_name: key.group(),
        service_name: key.name(),
        publisher_info: None,
        subscriber_info: None,
    }
}

fn publisher_v3(client_id: Option<String>, instance: &Instance) -> PublisherV3<'_> {
    PublisherV3 {
        client_id,
        ip: &instance.endpoint.ip,
        port: instance.endpoint.port,
        cluster_name: instance.cluster.as_str(),
    }
}

fn subscriber_v3<'a>(
    client_id: Option<String>,
    row: &'a SubscriberRow,
    address: &'a str,
) -> SubscribingClientV3<'a> {
    let consumer = &row.consumer;
    SubscribingClientV3 { client_id, app_name: &consumer.app, agent: &consumer.agent, address }
}
