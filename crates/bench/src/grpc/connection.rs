//! A connection, made as the SDKs make it: server check, stream, setup, and then requests.

use std::time::Duration;

use anyhow::{Context, Result};
use hyper::client::conn::http2::Builder;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::call::{Call, Message};
use super::outgoing::Outgoing;
use super::pushes::{PushSink, listen};
use crate::target::Address;

/// Acknowledgements that wait to be written; the reader of pushes waits when there are more.
const OUTGOING_LIMIT: usize = 16;
/// Window of a stream, in bytes: the largest push of the bench in one go.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;
/// From the setup request, which has no answer, until the server knows the connection.
const SETUP_DEADLINE: Duration = Duration::from_secs(10);
const SETUP_INTERVAL: Duration = Duration::from_millis(2);

/// One client; dropping it closes its TCP connection, and the server forgets what it registered.
#[derive(Debug)]
pub(crate) struct GrpcConnection {
    call: Call,
    _tasks: JoinSet<()>,
}

impl GrpcConnection {
    /// Connects and waits until the server knows the client. Pushes are acknowledged, and handed to the sink if any.
    ///
    /// # Errors
    /// Nothing listens, or the server does not take the setup.
    pub(crate) async fn open(address: Address, sink: Option<PushSink>) -> Result<Self> {
        Self::open_with(address, sink, STREAM_WINDOW).await
    }

    pub(super) async fn open_with(address: Address, sink: Option<PushSink>, window: u32) -> Result<Self> {
        let stream = TcpStream::connect(address.grpc()).await.context("connect to the gRPC port")?;
        stream.set_nodelay(true)?;
        let mut http = Builder::new(TokioExecutor::new());
        http.initial_stream_window_size(window);
        http.initial_connection_window_size(CONNECTION_WINDOW);
        let (sender, driver) = http.handshake(TokioIo::new(stream)).await?;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            // How the connection ended shows in the requests on it.
            driver.await.ok();
        });
        let mut call = Call::new(sender, address.grpc())?;
        call.unary(&Message::new("ServerCheckRequest", "{}".to_owned())).await.context("check the server")?;
        open_stream(&mut call, sink, &mut tasks).await?;
        until_known(&mut call).await?;
        Ok(Self { call, _tasks: tasks })
    }

    /// What sends requests on this connection.
    pub(crate) fn call(&self) -> Call {
        self.call.clone()
    }
}

async fn open_stream(call: &mut Call, sink: Option<PushSink>, tasks: &mut JoinSet<()>) -> Result<()> {
    let (outgoing, queue) = mpsc::channel(OUTGOING_LIMIT);
    outgoing.send(setup().0).await.context("queue the setup")?;
    let mut call = call.clone();
    // Some servers answer with headers only when they have something to say: nobody waits for them here.
    tasks.spawn(async move {
        if let Ok(body) = call.stream(Outgoing::Stream(queue)).await {
            // A stream that breaks shows in the notices that do not come.
            listen(body, outgoing, sink).await.ok();
        }
    });
    Ok(())
}

/// Without a table of abilities: the server then does not answer the setup, and old ones are spoken to the same way.
fn setup() -> Message {
    let body = r#"{"clientVersion":"Nacos-Java-Client:v2.5.1","tenant":"","labels":{"source":"sdk","module":"naming"}}"#;
    Message::new("ConnectionSetupRequest", body.to_owned())
}

async fn until_known(call: &mut Call) -> Result<()> {
    let (check, deadline) = (health_check(), Instant::now() + SETUP_DEADLINE);
    loop {
        match call.unary(&check).await {
            Ok(_) => return Ok(()),
            Err(error) if Instant::now() > deadline => return Err(error.context("set up the connection")),
            Err(_) => sleep(SETUP_INTERVAL).await,
        }
    }
}

/// What keeps a connection alive.
fn health_check() -> Message {
    Message::new("HealthCheckRequest", "{}".to_owned())
}

impl Call {
    /// Sends the check that SDKs send every five seconds on an idle connection.
    ///
    /// # Errors
    /// The server does not know the connection any more.
    pub(crate) async fn health_check(&mut self) -> Result<()> {
        self.unary(&health_check()).await.map(drop)
    }
}
