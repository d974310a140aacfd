//! What the edges of one server share: the engines, the clock, the access decision, and what is known about the
//! process itself.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use navaid_config::{Configs, Namespaces};
use navaid_core::{
    ClientId, Metadata,
    event::{Event, Push},
    seam::{Clock, Commit, MeshView, Probing},
};
use navaid_naming::{Naming, Selection};
use navaid_wire::param::ParamError;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    grpc::PushTiming,
    guard::Guard,
    log_control::LogControl,
    machine::Machine,
    push_tally::{Delivery, PushTally},
    repeats::Repeats,
    traffic::Traffic,
    udp::Datagrams,
};

/// The server as its edges see it. Built once by the binary.
pub struct Node {
    pub naming: Arc<Naming>,
    pub configs: Arc<Configs>,
    pub namespaces: Arc<Namespaces>,
    /// Where writes go; asked here only whether it can take any.
    pub store: Arc<dyn Commit>,
    pub clock: Arc<dyn Clock>,
    /// What active health checks found.
    pub probes: Arc<dyn Probing>,
    /// The mesh port; none while it is closed.
    pub mesh: Option<Arc<dyn MeshView>>,
    pub guard: Guard,
    pub facts: Facts,
    pub limits: Limits,
    pub push_timing: PushTiming,
    pub push_tally: PushTally,
    pub traffic: Traffic,
    /// What was refused lately.
    pub repeats: Repeats,
    pub machine: Machine,
    pub log: Arc<dyn LogControl>,
    /// Pushes to clients of the 1.x age.
    pub datagrams: Arc<Datagrams>,
    pub readiness: Readiness,
    /// Of connections, and of writes that go on when their caller has gone. The server waits for them.
    pub tasks: TaskTracker,
    /// Cancelled when the server begins to stop: held requests are answered, streams are told to move.
    pub stopping: CancellationToken,
}

impl Node {
    /// Tells an operator, once for each client and service, that a client registers more metadata than it may: it will go
    /// on trying for as long as it lives.
    pub(crate) fn tell_of_metadata(&self, client: &str, service: &str, finding: &ParamError) {
        let ParamError::Metadata { max, length } = finding else { return };
        if self.repeats.is_news((client, service, "metadata")) {
            tracing::warn!(
                client,
                service,
                length,
                max,
                "an instance is refused for the length of its metadata; nacos.naming.service.metadata.length sets the limit"
            );
        }
    }

    /// Counts a push that its client acknowledged, and notes it in the journal.
    pub(crate) fn push_arrived(&self, client: ClientId, delivery: &Delivery<Arc<Selection>>) {
        let now = self.clock.now();
        self.push_tally.acknowledged(delivery, now);
        let Delivery { selection, network, total } = delivery;
        let millis = |span: &Duration| u32::try_from(span.as_millis()).unwrap_or(u32::MAX);
        self.naming.journal().note(now.wall, &selection.key, || {
            Event::Pushed(Push {
                client,
                instances: u32::try_from(selection.hosts.len()).unwrap_or(u32::MAX),
                network_ms: millis(network),
                total_ms: millis(total),
            })
        });
    }
}

/// What the process tells about itself.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Version of Navaid.
    pub version: &'static str,
    /// Own address as members and clients would write it.
    pub ip: Arc<str>,
    /// Main HTTP port; gRPC is 1000 above it.
    pub port: u16,
    /// Below which the main port serves, such as `/nacos`; empty for none.
    pub context: Arc<str>,
    /// Below which the console port serves beside that; empty by default.
    pub console_context: Arc<str>,
}

/// What one caller may take from the edges.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a request body, form bodies in their encoded form.
    pub http_body: usize,
    /// Bytes of a gRPC message, received or sent.
    pub grpc_message: usize,
    /// Characters of all keys and values of an instance's metadata together.
    pub instance_metadata: usize,
    /// Connections that may be open on all ports together.
    pub connections: usize,
    /// Calls in flight on one HTTP/2 connection.
    pub streams: u32,
    /// How long a client may take to send the head of a request.
    pub head_timeout: Duration,
    /// How long it may pause while it sends the body of an HTTP request.
    pub body_pause: Duration,
    /// Silence after which an HTTP/2 connection is pinged, and how long the answer may take.
    pub keep_alive: (Duration, Duration),
}

impl Default for Limits {
    /// A body is three times the 10 MiB of a content, because percent-encoding can triple it
    /// (`spec/http-config-auth` §2); a message is the 10 MiB of `spec/grpc` §1.4.
    fn default() -> Self {
        Self {
            http_body: 32 << 20,
            grpc_message: 10 << 20,
            instance_metadata: Metadata::DEFAULT_MAX,
            connections: 100_000,
            streams: 1_000,
            head_timeout: Duration::from_secs(30),
            body_pause: Duration::from_secs(30),
            keep_alive: (Duration::from_secs(2 * 60 * 60), Duration::from_secs(20)),
        }
    }
}

/// Whether the server takes requests: false until everything is loaded, and again once it stops.
#[derive(Debug, Default)]
pub struct Readiness(AtomicBool);

impl Readiness {
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Release);
    }

    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
