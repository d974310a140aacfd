//! The port of the mesh: accepts, and ends every connection that it began.

use std::{
    convert::Infallible,
    future::Future,
    io,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hyper::{rt::Executor, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    service::MeshService,
    tls::{self, TlsError},
};
use crate::switchboard::Switchboard;

/// (!) istiod pings every 30 s, idle or not, and must not be cut off for it (`spec/istiod-as-seen` §2): hyper answers
/// pings. These are ours, which find peers that are gone.
const PING_INTERVAL: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// Time until the first call: a connection that says nothing must not take the place of one that would.
const FIRST_CALL: Duration = Duration::from_secs(10);
/// Time for the handshake of TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Streams of one connection; a sink of Istio has one or two, a gRPC channel one.
const STREAMS_MAX: u32 = 16;
/// Bytes of headers.
const HEADERS_MAX: u32 = 16 * 1024;
/// Bytes that a stream may have queued for a peer that does not read, apart from the answer that it was given whole.
const SEND_BUFFER_MAX: usize = 64 * 1024;
/// How long a connection that is asked to end may take to finish what it is sending.
const LINGER: Duration = Duration::from_millis(500);
/// Pause after a failed accept, so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Why the port cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error("cannot open the mesh port {address}: {source}")]
    Bind { address: SocketAddr, source: io::Error },
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl ListenError {
    /// Whether somebody else has the port.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Bind { source, .. } if source.kind() == io::ErrorKind::AddrInUse)
    }
}

/// A port that is open. It accepts once it runs.
pub struct MeshListener {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    service: MeshService,
    permits: Arc<Semaphore>,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

impl MeshListener {
    pub(crate) async fn bind(
        address: SocketAddr,
        board: Arc<Switchboard>,
        stopping: CancellationToken,
    ) -> Result<Self, ListenError> {
        let tls = board.settings.tls.as_ref().map(tls::acceptor).transpose()?;
        let listener =
            TcpListener::bind(address).await.map_err(|source| ListenError::Bind { address, source })?;
        let permits = Arc::new(Semaphore::new(board.settings.limits.connections));
        let service = MeshService::new(board, stopping.clone());
        Ok(Self { listener, tls, service, permits, tasks: TaskTracker::new(), stopping })
    }

    /// The address, with the port that the system chose where 0 was asked for.
    ///
    /// # Errors
    /// The socket is gone.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Accepts until it is stopped; returns when every connection has ended.
    pub async fn run(self) {
        loop {
            let accepted = tokio::select! {
                () = self.stopping.cancelled() => break,
                accepted = self.accept() => accepted,
            };
            if let Some((stream, peer, permit)) = accepted {
                let connection = Connection {
                    service: self.service.clone(),
                    peer,
                    stopping: self.stopping.clone(),
                    tasks: self.tasks.clone(),
                };
                let tls = self.tls.clone();
                self.tasks.spawn(async move {
                    connection.serve(stream, tls).await;
                    drop(permit);
                });
            }
        }
        self.tasks.close();
        self.tasks.wait().await;
    }

    async fn accept(&self) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
        let permit = self.permits.clone().acquire_owned().await.expect("the semaphore is never closed");
        match self.listener.accept().await {
            Ok((stream, peer)) => {
                Some((stream, SocketAddr::new(peer.ip().to_canonical(), peer.port()), permit))
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection of the mesh");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                None
            }
        }
    }
}

/// One accepted connection.
struct Connection {
    service: MeshService,
    peer: SocketAddr,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

impl Connection {
    async fn serve(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        let peer = self.peer;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%peer, %error, "cannot switch off delayed sending");
        }
        let Some(tls) = tls else { return self.converse(stream).await };
        match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
            Ok(Ok(stream)) => self.converse(stream).await,
            Ok(Err(error)) => tracing::debug!(%peer, %error, "mesh connection without a handshake"),
            Err(_) => tracing::debug!(%peer, "mesh connection was silent instead of shaking hands"),
        }
    }

    async fn converse(self, io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let Self { service, peer, stopping, tasks } = self;
        let called = Arc::new(AtomicBool::new(false));
        let calls = called.clone();
        let answer = service_fn(move |request| {
            calls.store(true, Ordering::Relaxed);
            let answer = service.answer(request, peer);
            async move { Ok::<_, Infallible>(answer) }
        });
        let mut builder = hyper::server::conn::http2::Builder::new(TrackedExecutor(tasks));
        builder
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_TIMEOUT)
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(HEADERS_MAX)
            .max_send_buf_size(SEND_BUFFER_MAX);
        let mut talking = pin!(builder.serve_connection(TokioIo::new(io), answer));
        let ended = tokio::select! {
            ended = talking.as_mut() => Some(ended),
            () = stopping.cancelled() => None,
            () = calls_nothing(&called) => {
                tracing::debug!(%peer, "mesh connection called nothing");
                return;
            }
        };
        let ended = match ended {
            Some(ended) => Ok(ended),
            None => {
                talking.as_mut().graceful_shutdown();
                tokio::time::timeout(LINGER, talking).await
            }
        };
        if let Ok(Err(error)) = ended {
            tracing::debug!(%peer, %error, "mesh connection ended");
        }
    }
}

/// Ends when a connection had the time of a first call and has made none.
async fn calls_nothing(called: &AtomicBool) {
    tokio::time::sleep(FIRST_CALL).await;
    if called.load(Ordering::Relaxed) {
        std::future::pending().await
    }
}

/// Runs hyper's helper tasks as tasks of the listener, so that it waits for them.
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
