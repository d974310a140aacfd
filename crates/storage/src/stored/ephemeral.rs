//! Stored forms of what is kept of ephemeral services over a restart.

use std::{collections::HashMap, sync::Arc};

use navaid_core as domain;
use navaid_core::{ConnectionId, EphemeralInstance, Instance, Timestamp, Voucher};
use prost::Message;

use super::{
    error::{StoredError, required},
    naming::{InstanceValue, ServiceKey},
};

/// One service, as it was last.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct EphemeralService {
    #[prost(message, optional, tag = "1")]
    key: Option<ServiceKey>,
    #[prost(uint64, tag = "2")]
    created: u64,
    /// Ids of the connections that vouch for instances.
    #[prost(string, repeated, tag = "3")]
    connections: Vec<String>,
    #[prost(message, repeated, tag = "4")]
    instances: Vec<VouchedInstance>,
}

#[derive(Clone, PartialEq, Message)]
struct VouchedInstance {
    #[prost(message, optional, tag = "1")]
    instance: Option<InstanceValue>,
    /// 0 beats, 1 several clients, from 2 on a connection: its place in the list, plus 2.
    #[prost(uint32, tag = "2")]
    voucher: u32,
}

/// A service that is not listed any more.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct EphemeralGone {
    #[prost(message, optional, tag = "1")]
    key: Option<ServiceKey>,
}

const BEATS: u32 = 0;
const SEVERAL: u32 = 1;
const FIRST_CONNECTION: u32 = 2;

impl From<&domain::EphemeralService> for EphemeralService {
    fn from(service: &domain::EphemeralService) -> Self {
        let mut connections = Vec::new();
        let mut places: HashMap<&ConnectionId, u32> = HashMap::new();
        let instances = service.instances.iter().map(|kept| VouchedInstance {
            instance: Some(InstanceValue::from(&*kept.instance)),
            voucher: match &kept.voucher {
                Voucher::Beats => BEATS,
                Voucher::Several => SEVERAL,
                Voucher::Connection(id) => *places.entry(id).or_insert_with(|| {
                    connections.push(id.as_str().to_owned());
                    u32::try_from(connections.len() - 1).unwrap_or(u32::MAX) + FIRST_CONNECTION
                }),
            },
        });
        let instances = instances.collect();
        Self { key: Some((&service.key).into()), created: service.created.0, connections, instances }
    }
}

impl TryFrom<EphemeralService> for domain::EphemeralService {
    type Error = StoredError;

    fn try_from(stored: EphemeralService) -> Result<Self, StoredError> {
        if let Some(id) = stored.connections.iter().find(|id| id.contains('#')) {
            return Err(StoredError::Value { field: "connections", found: id.len() as u64 });
        }
        let connections: Vec<ConnectionId> =
            stored.connections.iter().map(|id| ConnectionId::new(id)).collect();
        let instances = stored.instances.into_iter().map(|kept| {
            let voucher = match kept.voucher {
                BEATS => Voucher::Beats,
                SEVERAL => Voucher::Several,
                place => {
                    let id = connections.get((place - FIRST_CONNECTION) as usize);
                    Voucher::Connection(required("connection", id)?.clone())
                }
            };
            let instance = Arc::new(Instance::try_from(required("instance", kept.instance)?)?);
            Ok(EphemeralInstance { instance, voucher })
        });
        Ok(Self {
            instances: instances.collect::<Result<_, StoredError>>()?,
            key: required("key", stored.key)?.try_into()?,
            created: Timestamp(stored.created),
        })
    }
}

impl From<&domain::ServiceKey> for EphemeralGone {
    fn from(key: &domain::ServiceKey) -> Self {
        Self { key: Some(key.into()) }
    }
}

impl TryFrom<EphemeralGone> for domain::ServiceKey {
    type Error = StoredError;

    fn try_from(stored: EphemeralGone) -> Result<Self, StoredError> {
        required("key", stored.key)?.try_into()
    }
}
