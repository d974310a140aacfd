//! A gRPC client as the SDKs are: one TCP connection with unary calls and the one stream.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use conformance::{Frames, framed};
use futures_util::stream::poll_fn;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use navaid_wire::grpc::Payload;
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

const UNARY_PATH: &str = "/Request/request";
const STREAM_PATH: &str = "/BiRequestStream/requestBiStream";
/// What SDKs add to the HTTP port.
const PORT_OFFSET: u16 = 1000;
/// An answer or a push that takes longer is a failure of the server.
const ANSWER_DEADLINE: Duration = Duration::from_secs(30);
/// Messages that wait to be written to the stream.
const OUTGOING_LIMIT: usize = 64;

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// One connection; dropped, it is closed.
#[derive(Debug)]
pub struct GrpcClient {
    sender: SendRequest<Body>,
    authority: String,
    _driver: JoinSet<()>,
}

/// How much a client can be sent before it reads, in bytes; none is the usual amount.
#[derive(Debug, Clone, Copy, Default)]
pub struct Room {
    /// Window of a stream of HTTP/2.
    pub window: Option<u32>,
    /// Receive buffer of the socket, in the kernel.
    pub socket: Option<u32>,
}

/// The answer to a unary call.
#[derive(Debug)]
pub struct GrpcAnswer {
    pub kind: String,
    pub body: Value,
}

/// The stream of a connection; dropped, it is reset.
#[derive(Debug)]
pub struct Pushes {
    outgoing: mpsc::Sender<Bytes>,
    incoming: Incoming,
    frames: Frames,
}

impl GrpcClient {
    /// Connects to the server with this HTTP port, without a setup.
    ///
    /// # Errors
    /// Nothing listens there.
    pub async fn connect(http_port: u16) -> Result<Self> {
        let port = http_port + PORT_OFFSET;
        Self::speak(open(port, Room::default()).await?, port, Room::default()).await
    }

    async fn speak(stream: TcpStream, port: u16, room: Room) -> Result<Self> {
        let mut http = Builder::new(TokioExecutor::new());
        if let Some(window) = room.window {
            http.initial_stream_window_size(window);
        }
        let (sender, connection) = http.handshake(TokioIo::new(stream)).await?;
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            // How the connection ended shows in the calls on it.
            connection.await.ok();
        });
        Ok(Self { sender, authority: format!("127.0.0.1:{port}"), _driver: driver })
    }

    /// Connects as a client of `module` (`naming` or `config`) and waits until it is registered.
    ///
    /// # Errors
    /// Nothing listens there, or the setup is not acknowledged.
    pub async fn register(http_port: u16, module: &str) -> Result<(Self, Pushes)> {
        Self::register_as(http_port, &[("module", module)]).await
    }

    /// The same with that much room for what it does not read, and with a second handle of the socket: while that is
    /// kept, the connection stays open though the client is dropped, and nobody reads from it.
    ///
    /// # Errors
    /// As [`GrpcClient::register`].
    pub async fn register_in(
        http_port: u16,
        module: &str,
        room: Room,
    ) -> Result<(Self, Pushes, std::net::TcpStream)> {
        let port = http_port + PORT_OFFSET;
        let socket = open(port, room).await?.into_std()?;
        let handle = socket.try_clone()?;
        let mut client = Self::speak(TcpStream::from_std(socket)?, port, room).await?;
        let pushes = client.set_up(&[("module", module)]).await?;
        Ok((client, pushes, handle))
    }

    /// Connects as a client with these labels, of which `module` is one, and waits until it is registered.
    ///
    /// # Errors
    /// As [`GrpcClient::register`].
    pub async fn register_as(http_port: u16, labels: &[(&str, &str)]) -> Result<(Self, Pushes)> {
        let mut client = Self::connect(http_port).await?;
        let pushes = client.set_up(labels).await?;
        Ok((client, pushes))
    }

    async fn set_up(&mut self, labels: &[(&str, &str)]) -> Result<Pushes> {
        let mut pushes = self.open_stream(&[setup(labels)]).await?;
        let (kind, _) = pushes.next().await?;
        ensure!(kind == "SetupAckRequest", "{kind} came in place of the acknowledgement of the setup");
        Ok(pushes)
    }

    /// Opens the stream and sends messages, each in its frame.
    ///
    /// # Errors
    /// The server refuses the stream.
    pub async fn open_stream(&mut self, messages: &[Bytes]) -> Result<Pushes> {
        let (outgoing, mut queue) = mpsc::channel::<Bytes>(OUTGOING_LIMIT);
        for message in messages {
            outgoing.send(message.clone()).await.context("queue the first messages")?;
        }
        let frames =
            poll_fn(move |context| queue.poll_recv(context).map(|sent| sent.map(|b| Ok(Frame::data(b)))));
        let request = self.request(STREAM_PATH, StreamBody::new(frames).boxed_unsync())?;
        let opened = timeout(ANSWER_DEADLINE, self.sender.send_request(request));
        let incoming = opened.await.context("the stream is not opened in time")??.into_body();
        Ok(Pushes { outgoing, incoming, frames: Frames::default() })
    }

    /// One unary call.
    ///
    /// # Errors
    /// The connection ended, no answer came in time, or a gRPC status came in its place.
    pub async fn call(&mut self, kind: &str, body: &Value) -> Result<GrpcAnswer> {
        self.call_raw(message(kind, body)).await
    }

    /// One unary call whose body is these bytes, frame included.
    ///
    /// # Errors
    /// As [`GrpcClient::call`].
    pub async fn call_raw(&mut self, bytes: Bytes) -> Result<GrpcAnswer> {
        timeout(ANSWER_DEADLINE, self.sender.ready()).await.context("the connection takes no call")??;
        self.send(bytes)?.await
    }

    /// The same, sent at once; gives the wait for its answer.
    ///
    /// # Errors
    /// As [`GrpcClient::call`].
    pub fn send(&mut self, bytes: Bytes) -> Result<impl Future<Output = Result<GrpcAnswer>> + use<>> {
        let request = self.request(UNARY_PATH, Full::new(bytes).boxed_unsync())?;
        let answer = self.sender.send_request(request);
        let exchange = async move { unary_answer(answer.await?).await };
        Ok(async move { timeout(ANSWER_DEADLINE, exchange).await.context("no answer in time")? })
    }

    fn request(&self, path: &str, body: Body) -> Result<Request<Body>> {
        let request = Request::post(format!("http://{}{path}", self.authority))
            .header("te", "trailers")
            .header("content-type", "application/grpc");
        Ok(request.body(body)?)
    }
}

impl GrpcAnswer {
    /// Passes a successful answer on.
    ///
    /// # Errors
    /// It is a refusal.
    pub fn success(self) -> Result<Self> {
        ensure!(self.is_success(), "answered {}: {}", self.kind, self.body);
        Ok(self)
    }

    pub fn is_success(&self) -> bool {
        self.body["resultCode"] == 200
    }
}

impl Pushes {
    /// Type and body of the next push, which is acknowledged.
    ///
    /// # Errors
    /// The stream ended, or nothing came in time.
    pub async fn next(&mut self) -> Result<(String, Value)> {
        timeout(ANSWER_DEADLINE, self.next_whenever()).await.context("no push in time")?
    }

    /// The same, however long it takes.
    ///
    /// # Errors
    /// The stream ended.
    ///
    /// # Cancel safety
    /// A push that was not returned has not been taken, unless as many answers wait to be sent as may.
    pub async fn next_whenever(&mut self) -> Result<(String, Value)> {
        let push = self.message().await?;
        let (kind, body) = read(push)?;
        if let Some(id) = body.get("requestId").and_then(Value::as_str) {
            let answer = kind.replace("Request", "Response");
            self.send(message(&answer, &json!({"requestId": id, "resultCode": 200}))).await?;
        }
        Ok((kind, body))
    }

    /// Sends one message, in its frame.
    ///
    /// # Errors
    /// The stream has ended.
    pub async fn send(&self, framed: Bytes) -> Result<()> {
        self.outgoing.send(framed).await.context("the stream has ended")
    }

    /// Waits until the server has ended the stream.
    ///
    /// # Errors
    /// It has not in time.
    pub async fn ended(&mut self) -> Result<()> {
        let ended = async { while self.message().await.is_ok() {} };
        timeout(ANSWER_DEADLINE, ended).await.context("the server does not end the stream")
    }

    /// Closes the sending half and keeps the other one.
    pub fn close_half(self) -> Incoming {
        self.incoming
    }

    async fn message(&mut self) -> Result<Bytes> {
        loop {
            if let Some(message) = self.frames.take() {
                return Ok(message);
            }
            let frame = self.incoming.frame().await.context("the stream has ended")??;
            self.frames.extend(frame.data_ref().context("the stream has ended")?);
        }
    }
}

async fn open(port: u16, room: Room) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if let Some(size) = room.socket {
        socket.set_recv_buffer_size(size)?;
    }
    let stream = socket.connect(([127, 0, 0, 1], port).into()).await.context("connect over gRPC")?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A payload in its frame.
pub fn message(kind: &str, body: &Value) -> Bytes {
    let (type_name, client_ip) = (kind.to_owned(), "127.0.0.1".to_owned());
    framed(&Payload { type_name, client_ip, body: body.to_string().into(), ..Payload::default() }.encode())
}

fn setup(labels: &[(&str, &str)]) -> Bytes {
    let labels: BTreeMap<_, _> = labels.iter().copied().collect();
    let body = json!({"clientVersion": "Navaid-Test:v1", "labels": labels, "abilityTable": {}});
    message("ConnectionSetupRequest", &body)
}

async fn unary_answer(response: Response<Incoming>) -> Result<GrpcAnswer> {
    let status = |headers: &hyper::HeaderMap| headers.get("grpc-status").cloned();
    if let Some(status) = status(response.headers()) {
        bail!("gRPC status {status:?}");
    }
    let collected = response.into_body().collect().await?;
    let status = collected.trailers().and_then(status);
    ensure!(status.as_ref().is_some_and(|status| status == "0"), "gRPC status {status:?}");
    let mut frames = Frames::default();
    frames.extend(&collected.to_bytes());
    let (kind, body) = read(frames.take().context("an answer without a message")?)?;
    Ok(GrpcAnswer { kind, body })
}

fn read(message: Bytes) -> Result<(String, Value)> {
    let payload = Payload::decode(message)?;
    let body =
        serde_json::from_slice(&payload.body).with_context(|| format!("body of {}", payload.type_name));
    Ok((payload.type_name, body?))
}
