//! One bidirectional stream of gRPC on a TCP connection of its own, message by message.

use std::convert::Infallible;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use conformance::{Frames, framed};
use futures_util::stream::poll_fn;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http2::Builder;
use hyper::{HeaderMap, Request};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Messages that wait to be written; more than any sink sends before it reads.
const OUTGOING_LIMIT: usize = 16_384;
/// A server that takes longer to take a stream on has failed.
const OPEN_DEADLINE: Duration = Duration::from_secs(30);
/// istiod and Pilot ping a connection so often, idle or not (`spec/istiod-as-seen.md` §2).
const PING_INTERVAL: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// The windows that istiod and Pilot give a stream and a connection.
const WINDOW: u32 = 1024 * 1024;

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// How much a peer takes in before it reads.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Window of the stream and of its connection, in bytes.
    pub window: u32,
    /// Receive buffer of the socket; none is the system's.
    pub socket: Option<u32>,
    /// The longest message that is taken.
    pub message_max: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self { window: WINDOW, socket: None, message_max: usize::MAX }
    }
}

/// How a stream ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The gRPC status, where one came.
    pub code: Option<u32>,
    pub reason: String,
}

/// An open stream; dropped, its connection is closed.
#[derive(Debug)]
pub struct Stream {
    outgoing: mpsc::Sender<Bytes>,
    incoming: Incoming,
    frames: Frames,
    message_max: usize,
    _driver: JoinSet<()>,
}

impl Stream {
    /// Opens a stream at a path of the local port, with these messages sent before anything is read.
    ///
    /// # Errors
    /// Nothing listens, or the stream is refused.
    pub async fn open(port: u16, path: &str, room: Room, first: Vec<Bytes>) -> Result<Self> {
        let socket = connect(port, room.socket).await?;
        let mut http = Builder::new(TokioExecutor::new());
        http.timer(TokioTimer::new())
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_TIMEOUT)
            .keep_alive_while_idle(true)
            .initial_stream_window_size(room.window)
            .initial_connection_window_size(room.window.max(65_535));
        let (mut sender, connection) = http.handshake(TokioIo::new(socket)).await?;
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            // How the connection ended shows in the stream.
            connection.await.ok();
        });
        let (outgoing, mut queue) = mpsc::channel::<Bytes>(OUTGOING_LIMIT);
        for message in first {
            outgoing.send(framed(&message)).await.context("queue the first messages")?;
        }
        let frames =
            poll_fn(move |context| queue.poll_recv(context).map(|sent| sent.map(|b| Ok(Frame::data(b)))));
        let frames: Body = StreamBody::new(frames).boxed_unsync();
        let request = Request::post(format!("http://127.0.0.1:{port}{path}"))
            .header("te", "trailers")
            .header("content-type", "application/grpc")
            .body(frames)?;
        let opened = timeout(OPEN_DEADLINE, sender.send_request(request));
        let response = opened.await.context("the stream is not opened in time")??;
        if let Some(ended) = Ended::told(response.headers()) {
            bail!("the stream is refused: {ended:?}");
        }
        let incoming = response.into_body();
        Ok(Self {
            outgoing,
            incoming,
            frames: Frames::default(),
            message_max: room.message_max,
            _driver: driver,
        })
    }
    /// Sends one message.
    ///
    /// # Errors
    /// The stream has ended.
    pub async fn send(&self, message: &[u8]) -> Result<()> {
        self.outgoing.send(framed(message)).await.context("the stream has ended")
    }

    /// The next message.
    ///
    /// # Errors
    /// The stream has ended, or the message is longer than is taken.
    ///
    /// # Cancel safety
    /// Nothing that was not returned has been taken.
    pub async fn next(&mut self) -> Result<Bytes, Ended> {
        loop {
            if let Some(message) = self.frames.take() {
                return match message.len() > self.message_max {
                    true => Err(Ended::here(format!("a message of {} bytes", message.len()))),
                    false => Ok(message),
                };
            }
            match self.incoming.frame().await {
                None => return Err(Ended::here("closed without a status".to_owned())),
                Some(Err(error)) => return Err(Ended::here(error.to_string())),
                Some(Ok(frame)) => match (frame.data_ref(), frame.trailers_ref()) {
                    (Some(data), _) => self.frames.extend(data),
                    (None, Some(trailers)) => {
                        let told = Ended::told(trailers);
                        return Err(told.unwrap_or_else(|| Ended::here("no status".to_owned())));
                    }
                    (None, None) => {}
                },
            }
        }
    }
}

impl Ended {
    fn here(reason: String) -> Self {
        Self { code: None, reason }
    }

    fn told(headers: &HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let code = text("grpc-status")?.parse().ok();
        Some(Self { code, reason: text("grpc-message").unwrap_or_default().to_owned() })
    }
}

async fn connect(port: u16, receive_buffer: Option<u32>) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if let Some(size) = receive_buffer {
        socket.set_recv_buffer_size(size)?;
    }
    let stream = socket.connect(([127, 0, 0, 1], port).into()).await.context("connect to the mesh port")?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
