//! One stream on a connection of its own, which acknowledges what it is told.

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http2::Builder;
use hyper::header::{CONTENT_TYPE, TE};
use hyper::{Method, Request};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::heads::Heads;
use super::peer::{Answer, Names, Peer};
use crate::grpc::Outgoing;

/// Windows of istiod, whose answers are the largest.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;
/// Pieces of requests that wait to be written.
const OUTGOING_LIMIT: usize = 16;

/// An awaited answer with news.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heard {
    /// Which of the row's streams.
    pub(crate) stream: usize,
    /// When its last byte was read.
    pub(crate) at: Instant,
    pub(crate) bytes: usize,
    /// Bytes of the acknowledgement.
    pub(crate) replied: usize,
}

/// Where a stream tells of answers.
#[derive(Debug, Clone)]
pub(crate) struct Sink {
    pub(crate) stream: usize,
    pub(crate) queue: mpsc::Sender<Heard>,
}

/// Dropping it closes its connection.
#[derive(Debug)]
pub(crate) struct MeshStream {
    _tasks: JoinSet<()>,
}

impl MeshStream {
    /// # Errors
    /// Nothing listens.
    pub(crate) async fn open(server: SocketAddr, peer: Peer, names: Names, sink: Sink) -> Result<Self> {
        let socket = TcpStream::connect(server).await.context("connect to the mesh port")?;
        socket.set_nodelay(true)?;
        let mut http = Builder::new(TokioExecutor::new());
        http.initial_stream_window_size(STREAM_WINDOW);
        http.initial_connection_window_size(CONNECTION_WINDOW);
        let (mut sender, driver) = http.handshake(TokioIo::new(socket)).await?;
        let (outgoing, requests) = mpsc::channel(OUTGOING_LIMIT);
        outgoing.send(peer.begin(&format!("bench-{}", sink.stream))).await.context("queue the request")?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("http://{server}{}", peer.method()))
            .header(CONTENT_TYPE, "application/grpc")
            .header(TE, "trailers")
            .body(Outgoing::Stream(requests))?;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            // How the connection ended shows in the answers that do not come.
            driver.await.ok();
        });
        tasks.spawn(async move {
            if let Ok(response) = sender.send_request(request).await {
                listen(response.into_body(), peer, names, (outgoing, sink)).await.ok();
            }
        });
        Ok(Self { _tasks: tasks })
    }
}

async fn listen(
    mut body: Incoming,
    peer: Peer,
    names: Names,
    (outgoing, sink): (mpsc::Sender<Bytes>, Sink),
) -> Result<()> {
    let (mut heads, mut version, mut is_first) = (Heads::default(), String::new(), true);
    let mut complete = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Some(data) = frame?.data_ref() {
            heads.take(data, |head, length| complete.push((peer.read(head), length)));
        }
        for (answer, bytes) in complete.drain(..) {
            let at = Instant::now();
            let Some(answer): Option<Answer> = answer else { bail!("an answer without its nonce") };
            let mut replied = 0;
            for piece in peer.reply(&answer, is_first, &names).into_iter().flatten() {
                replied += piece.len();
                if !piece.is_empty() {
                    outgoing.send(piece).await.context("acknowledge an answer")?;
                }
            }
            is_first = false;
            if peer.is_awaited(&answer) && answer.version != version {
                version = answer.version;
                let heard = Heard { stream: sink.stream, at, bytes, replied };
                sink.queue.send(heard).await.context("tell of an answer")?;
            }
        }
    }
    Ok(())
}
