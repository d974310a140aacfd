//! One SDK connection: unary requests and the bi-directional stream on a TCP connection of their own.

mod frames;
mod status;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures_util::stream::poll_fn;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::inbox::Inbox;
use crate::json::Json;
use crate::payload::{self, Message};
use crate::scenario::{Call, Connect};
pub use frames::{Frames, framed};
use status::{Status, code_name};

const UNARY_PATH: &str = "/Request/request";
const STREAM_PATH: &str = "/BiRequestStream/requestBiStream";
/// How long a unary request may take.
const CALL_DEADLINE: Duration = Duration::from_secs(20);
/// Messages of a step or acknowledgements that wait to be written; a full queue makes the step wait.
const OUTGOING_LIMIT: usize = 64;

type Body = UnsyncBoxBody<Bytes, std::convert::Infallible>;

/// One gRPC connection; dropping it drops its TCP connection without a word to the server.
#[derive(Debug)]
pub(crate) struct GrpcConnection {
    target: (String, u16),
    sender: SendRequest<Body>,
    /// Where the messages of the stream go, once it is open.
    outgoing: Option<mpsc::Sender<Bytes>>,
    inbox: Arc<Inbox>,
    /// Whether what is pushed is answered.
    acknowledges: bool,
    /// How the server closed the stream.
    closed: Arc<Mutex<Option<String>>>,
    tasks: JoinSet<()>,
}

impl GrpcConnection {
    /// Opens a connection as the SDKs do: server check, stream, setup request. Gives the answer of the check with it.
    ///
    /// # Errors
    /// Nothing listens, or the server check gets no answer.
    pub(crate) async fn open(host: &str, port: u16, spec: &Connect) -> Result<(Self, Json)> {
        let target = (host.to_owned(), port);
        let mut tasks = JoinSet::new();
        let sender = dial(&target, &mut tasks).await?;
        let (inbox, closed) = (Arc::default(), Arc::default());
        let acknowledges = spec.acknowledges;
        let mut connection = Self { target, sender, outgoing: None, inbox, acknowledges, closed, tasks };
        let check = Call {
            on: spec.name.clone(),
            kind: "ServerCheckRequest".to_owned(),
            body: "{}".to_owned(),
            headers: Vec::new(),
        };
        let answer = connection.call(&check).await?;
        if answer.get("type") == Some(&Json::Null) {
            bail!("no gRPC server at port {port}: {}", answer.to_unicode());
        }
        if let Some(setup) = &spec.setup {
            let body = setup.to_ascii();
            let message =
                Message { client_ip: &spec.client_ip, ..Message::new("ConnectionSetupRequest", &body) };
            connection.write(&message).await?;
        }
        Ok((connection, answer))
    }

    /// One unary request. A gRPC error is an answer too: type `null` and the code's name.
    ///
    /// # Errors
    /// The answer is no payload.
    pub(crate) async fn call(&mut self, call: &Call) -> Result<Json> {
        let message = Message { headers: &call.headers, ..Message::new(&call.kind, &call.body) };
        if self.sender.is_closed() {
            // As an SDK's channel does. The server then knows no client for this connection, which is an answer of its own.
            match dial(&self.target, &mut self.tasks).await {
                Ok(sender) => self.sender = sender,
                Err(_) => return Ok(failed("UNAVAILABLE")),
            }
        }
        let body = Full::new(framed(&message.encode())).boxed_unsync();
        let sent = self.sender.send_request(self.request(UNARY_PATH, body, Some(CALL_DEADLINE))?);
        let answer = async { unary_answer(sent.await.map_err(|error| Status::of(&error))?).await };
        match timeout(CALL_DEADLINE, answer).await {
            Err(_) => Ok(failed("DEADLINE_EXCEEDED")),
            Ok(Err(status)) => Ok(failed(&status.0)),
            Ok(Ok(bytes)) => {
                let (kind, body) = payload::decode(&bytes)?;
                Ok(Json::object([("type", kind.into()), ("body", body)]))
            }
        }
    }

    /// One message on the stream, which the first message opens.
    ///
    /// # Errors
    /// The stream has ended.
    pub(crate) async fn send(&mut self, kind: &str, body: &str) -> Result<()> {
        self.write(&Message::new(kind, body)).await
    }

    /// The pushes that came on the stream.
    pub(crate) fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// How the server closed the stream, `None` while it is open or before it was opened.
    pub(crate) fn closed(&self) -> Option<String> {
        self.closed.lock().clone()
    }

    async fn write(&mut self, message: &Message<'_>) -> Result<()> {
        let outgoing = match &self.outgoing {
            Some(outgoing) => outgoing.clone(),
            None => self.open_stream()?,
        };
        outgoing.send(framed(&message.encode())).await.context("the stream has ended")
    }

    fn open_stream(&mut self) -> Result<mpsc::Sender<Bytes>> {
        let (outgoing, mut queue) = mpsc::channel::<Bytes>(OUTGOING_LIMIT);
        let frames =
            poll_fn(move |context| queue.poll_recv(context).map(|sent| sent.map(|b| Ok(Frame::data(b)))));
        let answer = self.sender.send_request(self.request(
            STREAM_PATH,
            StreamBody::new(frames).boxed_unsync(),
            None,
        )?);
        let replies = self.acknowledges.then(|| outgoing.clone());
        let (inbox, closed) = (Arc::clone(&self.inbox), Arc::clone(&self.closed));
        self.tasks.spawn(async move {
            let Status(name) = match answer.await {
                Ok(response) => listen(response, replies.as_ref(), &inbox).await,
                Err(error) => Status::of(&error),
            };
            *closed.lock() = Some(name);
        });
        self.outgoing = Some(outgoing.clone());
        Ok(outgoing)
    }

    fn request(&self, path: &str, body: Body, deadline: Option<Duration>) -> Result<Request<Body>> {
        let (host, port) = &self.target;
        let mut request = Request::post(format!("http://{host}:{port}{path}"))
            .version(Version::HTTP_2)
            .header("te", "trailers")
            .header("content-type", "application/grpc");
        if let Some(deadline) = deadline {
            request = request.header("grpc-timeout", format!("{}S", deadline.as_secs()));
        }
        Ok(request.body(body)?)
    }
}

/// Every connection gets a TCP connection of its own, as every SDK client does.
async fn dial((host, port): &(String, u16), tasks: &mut JoinSet<()>) -> Result<SendRequest<Body>> {
    let stream = TcpStream::connect((host.as_str(), *port))
        .await
        .with_context(|| format!("connect to port {port}"))?;
    stream.set_nodelay(true)?;
    let (sender, driver) = Builder::new(TokioExecutor::new()).handshake(TokioIo::new(stream)).await?;
    tasks.spawn(async move {
        // How the connection ended shows in the requests and the stream on it.
        driver.await.ok();
    });
    Ok(sender)
}

fn failed(code: &str) -> Json {
    Json::object([("type", Json::Null), ("body", Json::object([("grpc_status", code.into())]))])
}

/// The message of a unary answer, or the status that came in its place.
async fn unary_answer(response: Response<Incoming>) -> Result<Bytes, Status> {
    if let Some(status) = Status::in_head(&response) {
        return Err(status);
    }
    let collected = response.into_body().collect().await.map_err(|error| Status::of(&error))?;
    let code = collected.trailers().and_then(status::code_in);
    let mut frames = Frames::default();
    frames.extend(&collected.to_bytes());
    match (code, frames.take()) {
        (Some(0), Some(message)) => Ok(message),
        (code, _) => Err(Status(code_name(code.unwrap_or(status::UNKNOWN)))),
    }
}

/// Keeps what the server pushes until the stream ends, and acknowledges it where there is a way for that; gives how
/// the stream ended.
async fn listen(
    response: Response<Incoming>,
    replies: Option<&mpsc::Sender<Bytes>>,
    inbox: &Inbox,
) -> Status {
    if let Some(status) = Status::in_head(&response) {
        return status;
    }
    let mut body = response.into_body();
    let mut frames = Frames::default();
    loop {
        match body.frame().await {
            None => return Status(code_name(status::UNKNOWN)),
            Some(Err(error)) => return Status::of(&error),
            Some(Ok(frame)) => match (frame.data_ref(), frame.trailers_ref()) {
                (Some(data), _) => frames.extend(data),
                (None, Some(trailers)) => return Status::at_end(status::code_in(trailers)),
                (None, None) => {}
            },
        }
        while let Some(message) = frames.take() {
            let Ok((kind, push)) = payload::decode(&message) else { return Status("CLOSED".to_owned()) };
            if let Some(replies) = replies {
                // A stream that no longer takes the acknowledgement ends below with a status of its own.
                acknowledge(&kind, &push, replies).await.ok();
            }
            inbox.put(kind, push);
        }
    }
}

async fn acknowledge(kind: &str, push: &Json, outgoing: &mpsc::Sender<Bytes>) -> Result<()> {
    if kind == "SetupAckRequest" {
        return Ok(());
    }
    let answer = kind.strip_suffix("Request").map_or(kind.to_owned(), |stem| format!("{stem}Response"));
    let body = Json::object([
        ("requestId", push.get("requestId").cloned().unwrap_or(Json::Null)),
        ("resultCode", 200.into()),
        ("errorCode", 0.into()),
        ("success", Json::Bool(true)),
    ]);
    Ok(outgoing.send(framed(&Message::new(&answer, &body.to_ascii()).encode())).await?)
}

#[cfg(test)]
mod tests;
