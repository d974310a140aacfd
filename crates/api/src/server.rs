//! Ports and connections: accepts, tells HTTP from gRPC, and ends every connection that it began.
//!
//! One loop for every port. A connection takes a permit before it is accepted; its task belongs to the server's
//! tracker; it ends when its peer goes, when it is cut, or when the server stops, and then its gRPC registration is
//! taken back. The socket for datagrams is one more task ([`crate::udp`]).

mod long_target;
mod stall;

use std::{convert::Infallible, future::Future, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::{body::Incoming, rt::Executor, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::task::TaskTracker;

use self::{
    long_target::{Cut, LongTarget},
    stall::Stall,
};
use crate::{
    grpc::{AnswerBody, GrpcEdge, Transport},
    http::HttpEdge,
    node::{Facts, Node},
    pieces::Pieces,
};

/// Bytes that an HTTP/2 stream may have queued for a peer that does not read before it is given no further message. One
/// message that is longer is queued whole, and one more waits behind it; of a push both refer to the hosts of its view.
const SEND_BUFFER_MAX: usize = 16 * 1024;
/// HTTP/2 flow control windows: small, because an idle connection must cost little; see
/// `design/performance-anchors`.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;
/// Bytes of an HTTP/1 request head: the official image allows 512 KiB of headers, and old Python clients put whole
/// contents into the request line.
const HEAD_MAX: usize = 1024 * 1024;
/// How long a connection that is asked to end may take to finish what it is sending.
const LINGER: Duration = Duration::from_millis(500);
/// Pause after a failed accept (no descriptors left, mostly), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a port serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// HTTP below the context path, and gRPC.
    Main,
    /// gRPC of SDKs.
    Sdk,
    /// HTTP of the 3.x console, with and without the context path.
    Console,
}

/// A port that is bound but does not accept yet.
#[derive(Debug)]
pub struct Bound {
    port: Port,
    listener: TcpListener,
}

impl Bound {
    /// Binds an address.
    ///
    /// # Errors
    /// The address is taken, or not this machine's.
    pub async fn bind(port: Port, address: SocketAddr) -> io::Result<Self> {
        Ok(Self { port, listener: TcpListener::bind(address).await? })
    }

    /// The address, with the port that the system chose where 0 was asked for.
    ///
    /// # Errors
    /// The socket is gone.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// Both edges behind the ports of one node.
pub struct Server {
    node: Arc<Node>,
    http: HttpEdge,
    grpc: Arc<GrpcEdge>,
    /// Prefixes below which the main and the console port serve HTTP, in the order in which they are tried.
    contexts: [Vec<String>; 2],
    tasks: TaskTracker,
    permits: Arc<Semaphore>,
}

impl Server {
    pub fn new(node: Arc<Node>) -> Arc<Self> {
        let grpc = Arc::new(GrpcEdge::new(node.clone()));
        Arc::new(Self {
            http: HttpEdge::new(node.clone(), grpc.registry()),
            grpc,
            contexts: contexts(&node.facts),
            tasks: node.tasks.clone(),
            permits: Arc::new(Semaphore::new(node.limits.connections)),
            node,
        })
    }

    /// Accepts on the bound ports until the node stops, sweeps connections and pushes by datagram meanwhile. Returns
    /// at once.
    pub fn start(self: &Arc<Self>, ports: impl IntoIterator<Item = Bound>) {
        for bound in ports {
            if let (Port::Main, Ok(address)) = (bound.port, bound.address()) {
                self.tasks.spawn(self.node.datagrams.clone().run(self.node.clone(), address.ip()));
            }
            self.tasks.spawn(self.clone().accept(bound));
        }
        self.tasks.spawn(self.grpc.clone().sweep());
    }

    /// Waits until every connection has ended. Call it after `node.stopping` was cancelled.
    pub async fn drained(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Open gRPC connections.
    pub fn connections(&self) -> usize {
        self.grpc.connections()
    }

    async fn accept(self: Arc<Self>, bound: Bound) {
        let stopping = self.node.stopping.clone();
        let accepting = async {
            loop {
                let permit =
                    self.permits.clone().acquire_owned().await.expect("the semaphore is never closed");
                match bound.listener.accept().await {
                    Ok((stream, peer)) => self.open(stream, peer, bound.port, permit),
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a connection");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        };
        tokio::select! {
            () = accepting => {}
            () = stopping.cancelled() => {}
        }
    }

    fn open(self: &Arc<Self>, stream: TcpStream, peer: SocketAddr, port: Port, permit: OwnedSemaphorePermit) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%peer, %error, "cannot switch off delayed sending");
        }
        let server = self.clone();
        self.tasks.spawn(async move {
            let _open = server.node.traffic.opened();
            server.clone().converse(stream, peer, port).await;
            drop(permit);
        });
    }

    async fn converse(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, port: Port) {
        let transport = Arc::new(Transport::new(peer, self.node.clock.now().wall));
        // A line may be as long as a body: it may hold the same.
        let io = Stall::new(stream, self.node.push_timing.stall_max);
        let io = LongTarget::new(io, self.node.limits.http_body);
        let cut = io.cut();
        let service =
            service_fn(|request| self.clone().answer(request, transport.clone(), port, cut.clone()));
        let builder = self.builder();
        let mut talking = pin!(builder.serve_connection(TokioIo::new(io), service));
        let ended = tokio::select! {
            ended = talking.as_mut() => Some(ended),
            () = transport.closed() => None,
            () = self.calls_nothing(&transport) => None,
            () = self.node.stopping.cancelled() => {
                // A registered connection is told to move, then closed, by the gRPC edge; held HTTP calls answer by
                // themselves.
                if transport.connection().is_none() {
                    talking.as_mut().graceful_shutdown();
                }
                tokio::select! {
                    ended = talking.as_mut() => Some(ended),
                    () = transport.closed() => None,
                }
            }
        };
        if ended.is_none() {
            talking.as_mut().graceful_shutdown();
            // What has not been sent by then belongs to a peer that does not read.
            let _ = tokio::time::timeout(LINGER, talking.as_mut()).await;
        }
        if let Some(Err(error)) = ended {
            tracing::debug!(%peer, %error, "connection ended");
        }
        self.grpc.transport_ended(&transport);
    }

    /// Ends when a connection had the time of a head and has called nothing. The builder's own timeout begins only when
    /// the peer has said enough to tell HTTP/1 from HTTP/2.
    async fn calls_nothing(&self, transport: &Transport) {
        tokio::time::sleep(self.node.limits.head_timeout).await;
        if transport.has_called() {
            std::future::pending().await
        }
    }

    fn builder(&self) -> auto::Builder<TrackedExecutor> {
        let limits = &self.node.limits;
        let mut builder = auto::Builder::new(TrackedExecutor(self.tasks.clone()));
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_timeout)
            .max_buf_size(HEAD_MAX)
            .title_case_headers(true);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(limits.streams)
            .max_send_buf_size(SEND_BUFFER_MAX)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .keep_alive_interval(limits.keep_alive.0)
            .keep_alive_timeout(limits.keep_alive.1);
        builder
    }

    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        transport: Arc<Transport>,
        port: Port,
        cut: Cut,
    ) -> Result<Response<EdgeBody>, Infallible> {
        transport.called();
        if port != Port::Console
            && let Some(method) = GrpcEdge::method_of(&request)
        {
            return Ok(self.grpc.answer(method, request, transport).await.map(EdgeBody::Grpc));
        }
        if port == Port::Sdk {
            return Ok(GrpcEdge::unknown_method().map(EdgeBody::Grpc));
        }
        let contexts = &self.contexts[usize::from(port == Port::Console)];
        let reply = self.http.answer(request, cut.take(), transport.peer().ip(), contexts).await;
        Ok(reply.map(EdgeBody::Http))
    }
}

/// The console port serves below its own context, below the main one, because probes were written for either, and
/// without any, as 3.x does.
fn contexts(facts: &Facts) -> [Vec<String>; 2] {
    let main = facts.context.to_string();
    let mut console = vec![main.clone(), facts.console_context.to_string(), String::new()];
    console.sort_by_key(|context| std::cmp::Reverse(context.len()));
    console.dedup();
    [vec![main], console]
}

/// Runs hyper's helper tasks as tasks of the server, so that draining waits for them.
#[derive(Clone)]
struct TrackedExecutor(TaskTracker);

impl<F> Executor<F> for TrackedExecutor
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, task: F) {
        self.0.spawn(task);
    }
}

/// A response body of either edge.
enum EdgeBody {
    Http(Full<Bytes>),
    Grpc(AnswerBody),
}

impl Body for EdgeBody {
    type Data = Pieces;
    type Error = Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Pieces>, Infallible>>> {
        match self.get_mut() {
            Self::Http(body) => {
                std::pin::Pin::new(body).poll_frame(cx).map_ok(|frame| frame.map_data(Pieces::from))
            }
            Self::Grpc(body) => std::pin::Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Http(body) => body.is_end_stream(),
            Self::Grpc(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Http(body) => body.size_hint(),
            Self::Grpc(body) => body.size_hint(),
        }
    }
}
