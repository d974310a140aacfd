//! What no peer should send: it is answered or refused, and nobody else notices.

mod peer;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use mesh_check::wire::discovery::{DeltaDiscoveryRequest, DiscoveryRequest};
use mesh_check::wire::google::Status;
use mesh_check::wire::mcp::{RequestResources, SinkNode};
use mesh_check::wire::{ADS_PATH, CLUSTER_URL, DELTA_PATH, ENDPOINTS_URL, MCP_PATH};
use mesh_check::{Age, Bed, Instance, IstiodSink, Room, SERVICE_ENTRIES, Sink, Stream, run};
use prost::Message;

use peer::{Delta, Mcp, World};

const NAMES: usize = 10_000;
const NACKS: usize = 20;

fn demo() -> Instance {
    Instance::new("demo", "10.7.0.1", 8080)
}

/// A server with one instance, and a sink that must not notice what others do.
struct Neighbourhood {
    bed: Bed,
    sink: Sink,
}

impl Neighbourhood {
    async fn start() -> Result<Self> {
        let bed = Bed::start(&[]).await?;
        bed.register(&demo()).await?;
        let sink = Sink::start(bed.mesh_port(), IstiodSink::new(Age::Istio1_30));
        bed.agree(&sink, &demo()).await?;
        Ok(Self { bed, sink })
    }

    async fn change(&self, weight: usize) -> Result<()> {
        self.bed.update(&demo().weight(&weight.to_string())).await
    }

    /// The sink is told of a change, on the stream that it had from the beginning.
    async fn end(self) -> Result<()> {
        self.change(77).await?;
        self.bed.agree(&self.sink, &demo()).await?;
        self.sink.clean()?;
        ensure!(self.sink.view().streams == 1, "the sink lost its stream");
        self.bed.end()
    }
}

#[test]
fn unknown_types_and_collections_are_answered_with_nothing() {
    run(async {
        let hood = Neighbourhood::start().await?;
        let mut mcp = Mcp::connect(&hood.bed).await?;
        for collection in ["istio/unknown/v9/things", "k8s/core/v1/pods", "x", "ä"] {
            mcp.ask(collection).await?;
            let answer = mcp.next().await?;
            ensure!(answer.collection == collection && answer.resources.is_empty(), "{answer:?}");
            mcp.acknowledge(&answer).await?;
        }
        let mut world = World::connect(&hood.bed).await?;
        for kind in [
            "example.com/v1/Thing",
            "type.googleapis.com/example.Unknown",
            "networking.istio.io/v9/ServiceEntryX",
        ] {
            world.ask(kind, &[]).await?;
            let answer = world.next().await?;
            ensure!(answer.type_url == kind && answer.resources.is_empty(), "{answer:?}");
            world.acknowledge(&answer, &[]).await?;
        }
        hood.end().await
    });
}

#[test]
fn nonce_that_is_not_of_the_last_answer_is_ignored() {
    run(async {
        let hood = Neighbourhood::start().await?;
        let kind = Age::Istio1_30.service_entry();
        let mut world = World::connect(&hood.bed).await?;
        // Nothing was sent for the type yet: whatever the nonce, it is a first request.
        world
            .send(DiscoveryRequest { response_nonce: "foreign".to_owned(), ..World::request(kind, &[]) })
            .await?;
        let first = world.next().await?;
        world.acknowledge(&first, &[]).await?;
        hood.change(2).await?;
        let second = world.next().await?;
        ensure!(second.nonce != first.nonce && second.version_info != first.version_info, "{second:?}");
        // The stale one is no acknowledgement of the second, so no third comes before that.
        world.acknowledge(&first, &[]).await?;
        world
            .send(DiscoveryRequest { response_nonce: "foreign".to_owned(), ..World::request(kind, &[]) })
            .await?;
        hood.change(3).await?;
        world.is_silent().await?;
        world.acknowledge(&second, &[]).await?;
        world.next().await?;
        hood.end().await
    });
}

#[test]
fn one_answer_is_under_way_and_the_newest_follows() {
    run(async {
        let hood = Neighbourhood::start().await?;
        let mut mcp = Mcp::connect(&hood.bed).await?;
        mcp.ask(SERVICE_ENTRIES).await?;
        let first = mcp.next().await?;
        for weight in 2..=6 {
            hood.change(weight).await?;
            hood.bed.agree(&hood.sink, &demo()).await?;
        }
        mcp.is_silent().await?;
        mcp.acknowledge(&first).await?;
        let second = mcp.next().await?;
        ensure!(peer::weights(&second)? == [6], "{second:?}");
        mcp.acknowledge(&second).await?;
        mcp.is_silent().await?;
        hood.end().await
    });
}

#[test]
fn refusal_is_not_answered_with_the_same_again() {
    run(async {
        let hood = Neighbourhood::start().await?;
        let mut mcp = Mcp::connect(&hood.bed).await?;
        let mut world = World::connect(&hood.bed).await?;
        mcp.ask(SERVICE_ENTRIES).await?;
        world.ask(Age::Istio1_30.service_entry(), &[]).await?;
        let (mut refused, mut rejected) = (mcp.next().await?, world.next().await?);
        for weight in 2..2 + NACKS {
            mcp.refuse(&refused).await?;
            world.refuse(&rejected).await?;
            if weight == 2 {
                mcp.is_silent().await?;
                world.is_silent().await?;
            }
            hood.change(weight).await?;
            (refused, rejected) = (mcp.next().await?, world.next().await?);
            ensure!(peer::weights(&refused)? == [u32::try_from(weight)?], "{refused:?}");
        }
        hood.end().await
    });
}

/// Envoy asks so after a change of a cluster: with the nonce that it has acknowledged already.
#[test]
fn endpoints_are_sent_again_to_who_asks_again() {
    run(async {
        let hood = Neighbourhood::start().await?;
        let mut world = World::connect(&hood.bed).await?;
        world.ask(CLUSTER_URL, &[]).await?;
        let clusters = world.next().await?;
        world.acknowledge(&clusters, &[]).await?;
        let name = format!("outbound|8080||{}", demo().host());
        world.ask(ENDPOINTS_URL, &[&name]).await?;
        let endpoints = world.next_of(ENDPOINTS_URL).await?;
        ensure!(endpoints.resources.len() == 1, "{endpoints:?}");
        world.acknowledge(&endpoints, &[&name]).await?;
        world.is_silent().await?;
        world.acknowledge(&endpoints, &[&name]).await?;
        let again = world.next_of(ENDPOINTS_URL).await?;
        ensure!(again.resources == endpoints.resources, "{again:?}");
        hood.end().await
    });
}

#[test]
fn increments_after_a_reconnect_tell_only_what_is_new_or_gone() {
    run(async {
        let hood = Neighbourhood::start().await?;
        let mut delta = Delta::connect(&hood.bed).await?;
        delta.send(Delta::request(CLUSTER_URL, &["*"])).await?;
        let first = delta.next().await?;
        let [cluster] = &first.resources[..] else { anyhow::bail!("{first:?}") };
        ensure!(!cluster.name.is_empty() && !cluster.version.is_empty(), "{cluster:?}");
        delta.acknowledge(&first).await?;

        let mut again = Delta::connect(&hood.bed).await?;
        let held = [(cluster.name.clone(), cluster.version.clone()), ("gone".to_owned(), "1".to_owned())];
        let request = Delta::request(CLUSTER_URL, &["*"]);
        again.send(DeltaDiscoveryRequest { initial_resource_versions: held.into(), ..request }).await?;
        let second = again.next().await?;
        ensure!(second.resources.is_empty() && second.removed_resources == ["gone"], "{second:?}");
        hood.end().await
    });
}

#[test]
fn ten_thousand_unknown_names_are_borne() {
    run(async {
        let hood = Neighbourhood::start().await?;
        let names: Vec<String> =
            (0..NAMES).map(|number| format!("outbound|{number}||unknown-{number}.example.nacos")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut world = World::connect(&hood.bed).await?;
        world.ask(ENDPOINTS_URL, &names).await?;
        // It may be told of empty ones; of endpoints there are none.
        if let Some(answer) = world.next_if_any().await? {
            ensure!(answer.resources.iter().all(peer::has_no_endpoints), "endpoints of unknown names");
        }
        let mut delta = Delta::connect(&hood.bed).await?;
        delta.send(Delta::request(ENDPOINTS_URL, &names)).await?;
        let answer = delta.next().await?;
        let told = answer.removed_resources.len() + answer.resources.len();
        ensure!(told == NAMES, "of {NAMES} names {told} were told of");
        hood.end().await
    });
}

#[test]
fn what_is_no_message_ends_its_stream_alone() {
    run(async {
        let hood = Neighbourhood::start().await?;
        let long = RequestResources {
            collection: "x".repeat(5 * 1024 * 1024),
            sink_node: Some(SinkNode::default()),
            ..RequestResources::default()
        };
        let bad: [(&str, Bytes); 6] = [
            (MCP_PATH, Bytes::from_static(b"\x0a\xff\xff\xff\xff\x0f")),
            (ADS_PATH, Bytes::from_static(b"\x0a\xff\xff\xff\xff\x0f")),
            (DELTA_PATH, Bytes::from_static(b"\xff\xff\xff")),
            (ADS_PATH, Bytes::from_static(b"\x22\x02\xff\xfe")),
            (MCP_PATH, long.encode_to_vec().into()),
            (ADS_PATH, long.encode_to_vec().into()),
        ];
        for (path, message) in bad {
            let stream = Stream::open(hood.bed.mesh_port(), path, Room::default(), vec![message]).await;
            // A stream may be refused at once.
            let Ok(mut stream) = stream else { continue };
            let ended = peer::within(stream.next()).await.context(path)?;
            ensure!(ended.is_err(), "{path}: answered {ended:?}");
        }
        hood.end().await
    });
}

#[test]
fn stream_without_a_node_or_a_type_hurts_nobody() {
    run(async {
        let hood = Neighbourhood::start().await?;
        let port = hood.bed.mesh_port();
        let without = [
            DiscoveryRequest { type_url: CLUSTER_URL.to_owned(), ..DiscoveryRequest::default() },
            DiscoveryRequest::default(),
            DiscoveryRequest {
                type_url: CLUSTER_URL.to_owned(),
                response_nonce: "1".to_owned(),
                error_detail: Some(Status { code: 13, message: "before anything was sent".to_owned() }),
                ..DiscoveryRequest::default()
            },
        ];
        for request in without {
            let first = vec![request.encode_to_vec().into()];
            // Answered or refused, but not left without either.
            if let Ok(mut stream) = Stream::open(port, ADS_PATH, Room::default(), first).await {
                peer::within(stream.next()).await.ok();
            }
        }
        hood.end().await
    });
}
