//! Peers that say what a test tells them to.

use std::future::Future;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use mesh_check::wire::discovery::{
    ClusterLoadAssignment, DeltaDiscoveryRequest, DeltaDiscoveryResponse, DiscoveryRequest,
    DiscoveryResponse, Node,
};
use mesh_check::wire::google::{Any, Status};
use mesh_check::wire::mcp::{RequestResources, Resources, SinkNode};
use mesh_check::wire::networking::ServiceEntry;
use mesh_check::wire::{ADS_PATH, DELTA_PATH, MCP_PATH};
use mesh_check::{Bed, DEADLINE, Room, Stream};
use prost::Message;
use tokio::time::{Duration, timeout};

/// What is not sent within this time is taken as not sent at all.
const SILENCE: Duration = Duration::from_millis(1_500);

/// A stream of the old protocol.
pub(crate) struct Mcp(Stream);

/// A stream of aggregated discovery, state of the world.
pub(crate) struct World(Stream);

/// A stream of aggregated discovery with increments.
pub(crate) struct Delta(Stream);

/// # Errors
/// The deadline is over.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> Result<T> {
    timeout(DEADLINE, future).await.context("not in time")
}

async fn next<M: Message + Default>(stream: &mut Stream) -> Result<M> {
    let bytes: Bytes = within(stream.next()).await?.map_err(|ended| anyhow::anyhow!("{ended:?}"))?;
    Ok(M::decode(bytes)?)
}

async fn is_silent(stream: &mut Stream) -> Result<()> {
    let came = timeout(SILENCE, stream.next()).await;
    ensure!(came.is_err(), "something was sent: {came:?}");
    Ok(())
}

fn error() -> Option<Status> {
    Some(Status { code: 3, message: "refused by a test".to_owned() })
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn node() -> Option<Node> {
    Some(Node { id: "peer-of-a-test".to_owned(), ..Node::default() })
}

impl Mcp {
    pub(crate) async fn connect(bed: &Bed) -> Result<Self> {
        Ok(Self(Stream::open(bed.mesh_port(), MCP_PATH, Room::default(), Vec::new()).await?))
    }

    pub(crate) async fn ask(&self, collection: &str) -> Result<()> {
        self.send(collection, "", None).await
    }

    pub(crate) async fn acknowledge(&self, answer: &Resources) -> Result<()> {
        self.send(&answer.collection, &answer.nonce, None).await
    }

    pub(crate) async fn refuse(&self, answer: &Resources) -> Result<()> {
        self.send(&answer.collection, &answer.nonce, error()).await
    }

    pub(crate) async fn next(&mut self) -> Result<Resources> {
        next(&mut self.0).await
    }

    pub(crate) async fn is_silent(&mut self) -> Result<()> {
        is_silent(&mut self.0).await
    }

    async fn send(&self, collection: &str, nonce: &str, error_detail: Option<Status>) -> Result<()> {
        let request = RequestResources {
            sink_node: Some(SinkNode::default()),
            collection: collection.to_owned(),
            response_nonce: nonce.to_owned(),
            error_detail,
            ..RequestResources::default()
        };
        self.0.send(&request.encode_to_vec()).await
    }
}

impl World {
    pub(crate) async fn connect(bed: &Bed) -> Result<Self> {
        Ok(Self(Stream::open(bed.mesh_port(), ADS_PATH, Room::default(), Vec::new()).await?))
    }

    pub(crate) fn request(kind: &str, names: &[&str]) -> DiscoveryRequest {
        DiscoveryRequest {
            type_url: kind.to_owned(),
            resource_names: owned(names),
            node: node(),
            ..DiscoveryRequest::default()
        }
    }

    pub(crate) async fn ask(&self, kind: &str, names: &[&str]) -> Result<()> {
        self.send(Self::request(kind, names)).await
    }

    pub(crate) async fn acknowledge(&self, answer: &DiscoveryResponse, names: &[&str]) -> Result<()> {
        let request = Self::request(&answer.type_url, names);
        let (version_info, response_nonce) = (answer.version_info.clone(), answer.nonce.clone());
        self.send(DiscoveryRequest { version_info, response_nonce, ..request }).await
    }

    pub(crate) async fn refuse(&self, answer: &DiscoveryResponse) -> Result<()> {
        let (response_nonce, error_detail) = (answer.nonce.clone(), error());
        self.send(DiscoveryRequest { response_nonce, error_detail, ..Self::request(&answer.type_url, &[]) })
            .await
    }

    pub(crate) async fn send(&self, request: DiscoveryRequest) -> Result<()> {
        self.0.send(&request.encode_to_vec()).await
    }

    pub(crate) async fn next(&mut self) -> Result<DiscoveryResponse> {
        next(&mut self.0).await
    }

    pub(crate) async fn next_of(&mut self, kind: &str) -> Result<DiscoveryResponse> {
        let answer = self.next().await?;
        ensure!(answer.type_url == kind, "{answer:?} came in place of {kind}");
        Ok(answer)
    }

    pub(crate) async fn next_if_any(&mut self) -> Result<Option<DiscoveryResponse>> {
        match timeout(SILENCE, self.0.next()).await {
            Err(_) => Ok(None),
            Ok(Err(ended)) => Err(anyhow::anyhow!("{ended:?}")),
            Ok(Ok(bytes)) => Ok(Some(DiscoveryResponse::decode(bytes)?)),
        }
    }

    pub(crate) async fn is_silent(&mut self) -> Result<()> {
        is_silent(&mut self.0).await
    }
}

impl Delta {
    pub(crate) async fn connect(bed: &Bed) -> Result<Self> {
        Ok(Self(Stream::open(bed.mesh_port(), DELTA_PATH, Room::default(), Vec::new()).await?))
    }

    pub(crate) fn request(kind: &str, subscribe: &[&str]) -> DeltaDiscoveryRequest {
        DeltaDiscoveryRequest {
            node: node(),
            type_url: kind.to_owned(),
            resource_names_subscribe: owned(subscribe),
            ..DeltaDiscoveryRequest::default()
        }
    }

    pub(crate) async fn acknowledge(&self, answer: &DeltaDiscoveryResponse) -> Result<()> {
        let request = Self::request(&answer.type_url, &[]);
        self.send(DeltaDiscoveryRequest { response_nonce: answer.nonce.clone(), ..request }).await
    }

    pub(crate) async fn send(&self, request: DeltaDiscoveryRequest) -> Result<()> {
        self.0.send(&request.encode_to_vec()).await
    }

    pub(crate) async fn next(&mut self) -> Result<DeltaDiscoveryResponse> {
        next(&mut self.0).await
    }
}

/// The weights of all endpoints of an answer.
pub(crate) fn weights(answer: &Resources) -> Result<Vec<u32>> {
    let mut weights = Vec::new();
    for resource in &answer.resources {
        let body = resource.body.as_ref().context("a body")?;
        let entry = ServiceEntry::decode(body.value.clone())?;
        weights.extend(entry.endpoints.iter().map(|endpoint| endpoint.weight));
    }
    Ok(weights)
}

/// Whether a resource is an assignment without an endpoint.
pub(crate) fn has_no_endpoints(resource: &Any) -> bool {
    ClusterLoadAssignment::decode(resource.value.clone())
        .is_ok_and(|assignment| assignment.endpoints.is_empty())
}
