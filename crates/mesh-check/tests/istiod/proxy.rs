//! What istiod tells a proxy: the endpoints of a cluster.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow};
use mesh_check::wire::ADS_PATH;
use mesh_check::wire::ENDPOINTS_URL;
use mesh_check::wire::discovery::{DiscoveryRequest, DiscoveryResponse, Node};
use mesh_check::{DEADLINE, Room, Stream};
use prost::Message;
use tokio::time::timeout;

const NODE: &str = "sidecar~127.0.0.1~c.default~default.svc.cluster.local";

#[derive(Clone, PartialEq, Message)]
struct Assignment {
    #[prost(message, repeated, tag = "2")]
    localities: Vec<Locality>,
}

#[derive(Clone, PartialEq, Message)]
struct Locality {
    #[prost(message, repeated, tag = "2")]
    endpoints: Vec<LbEndpoint>,
}

#[derive(Clone, PartialEq, Message)]
struct LbEndpoint {
    #[prost(message, optional, tag = "1")]
    endpoint: Option<Endpoint>,
    #[prost(message, optional, tag = "4")]
    weight: Option<Weight>,
}

#[derive(Clone, PartialEq, Message)]
struct Endpoint {
    #[prost(message, optional, tag = "1")]
    address: Option<Address>,
}

#[derive(Clone, PartialEq, Message)]
struct Address {
    #[prost(message, optional, tag = "1")]
    socket: Option<SocketAddress>,
}

#[derive(Clone, PartialEq, Message)]
struct SocketAddress {
    #[prost(string, tag = "2")]
    address: String,
    #[prost(uint32, tag = "3")]
    port: u32,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Weight {
    #[prost(uint32, tag = "1")]
    value: u32,
}

/// Weights by `address:port`, as a proxy that connects now is told.
pub(crate) async fn endpoints(istiod: u16, port: u32, host: &str) -> Result<BTreeMap<String, u32>> {
    let request = DiscoveryRequest {
        node: Some(Node { id: NODE.to_owned(), ..Node::default() }),
        type_url: ENDPOINTS_URL.to_owned(),
        resource_names: vec![format!("outbound|{port}||{host}")],
        ..DiscoveryRequest::default()
    };
    let mut stream =
        Stream::open(istiod, ADS_PATH, Room::default(), vec![request.encode_to_vec().into()]).await?;
    let answer = timeout(DEADLINE, stream.next()).await.context("istiod does not answer")?;
    let answer = DiscoveryResponse::decode(answer.map_err(|ended| anyhow!("{ended:?}"))?)?;
    let mut found = BTreeMap::new();
    for resource in answer.resources {
        for locality in Assignment::decode(resource.value)?.localities {
            for endpoint in locality.endpoints {
                let socket =
                    endpoint.endpoint.and_then(|endpoint| endpoint.address?.socket).context("an address")?;
                let weight = endpoint.weight.map_or(1, |weight| weight.value);
                found.insert(format!("{}:{}", socket.address, socket.port), weight);
            }
        }
    }
    Ok(found)
}
