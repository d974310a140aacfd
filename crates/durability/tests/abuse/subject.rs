//! The server that is abused.

use std::sync::LazyLock;
use std::time::Duration;
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use conformance::{Ports, Server, binary};
use durability::{Dice, HttpClient, Pairs};
use hyper::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const READINESS: &str = "/nacos/v1/console/health/readiness";
/// A connection that is neither answered nor closed within this time hangs. Longer than the time in which a server
/// wants the head of a request.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);
/// As much of an answer as is looked at, in bytes.
const ANSWER_MAX: u64 = 64 * 1024;

/// The choices of a test are the same in every run, so that it does not fail by chance.
const SEED: u64 = 1;
/// Tests of one process run at once.
static PORTS: LazyLock<Ports> = LazyLock::new(Ports::default);

/// A server of one test's own.
pub(crate) struct Subject {
    server: Server,
    pub(crate) dice: Dice,
}

/// Starts a server, abuses it, and looks whether it still serves.
pub(crate) fn check(abuse: impl AsyncFnOnce(&mut Subject) -> Result<()>) {
    check_with(&[], abuse);
}

/// The same with a server that is set like this.
pub(crate) fn check_with(settings: &Pairs<'_>, abuse: impl AsyncFnOnce(&mut Subject) -> Result<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = runtime.expect("a runtime of one thread").block_on(async {
        let mut subject = Subject::start(settings).await?;
        let abused = abuse(&mut subject).await;
        abused.and(subject.serves().await).with_context(|| subject.server.log_tail())
    });
    outcome.unwrap_or_else(|error| panic!("{error:?}"));
}

impl Subject {
    async fn start(settings: &Pairs<'_>) -> Result<Self> {
        let server = Server::start_with(&binary()?, &PORTS, settings).await?;
        let seed = env::var("NAVAID_ABUSE_SEED").map_or(Ok(SEED), |seed| seed.parse())?;
        Ok(Self { server, dice: Dice::new(seed) })
    }

    /// Its HTTP port.
    pub(crate) fn port(&self) -> u16 {
        self.server.target().port
    }

    /// The port that SDKs use for gRPC.
    pub(crate) fn grpc_port(&self) -> u16 {
        self.port() + 1000
    }

    /// Looks whether the server answers, has not ended, and has not panicked.
    pub(crate) async fn serves(&mut self) -> Result<()> {
        let faults = self.server.faults();
        ensure!(faults.is_empty(), "{}", faults.join("\n"));
        let mut http = HttpClient::connect(self.port()).await?;
        http.call(Method::GET, READINESS, &[]).await?.success()?;
        Ok(())
    }

    /// Its log.
    pub(crate) fn log(&self) -> String {
        self.server.log()
    }

    /// Resident memory of the server, in MiB.
    pub(crate) fn resident(&self) -> Result<u64> {
        Ok(self.resident_kib()? / 1024)
    }

    /// The same in KiB. What the kernel holds for its sockets is not in it.
    pub(crate) fn resident_kib(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.server.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("a line VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }
}

/// Sends a whole request on a connection of its own and reads until the server closes it; gives the answer, or none
/// where the server closed without one.
pub(crate) async fn exchange(port: u16, request: &[u8]) -> Result<Option<RawAnswer>> {
    converse(port, request, false).await
}

/// The same with bytes that may be less than a request: the connection's sending half is closed after them.
pub(crate) async fn exchange_cut(port: u16, bytes: &[u8]) -> Result<Option<RawAnswer>> {
    converse(port, bytes, true).await
}

async fn converse(port: u16, bytes: &[u8], cut: bool) -> Result<Option<RawAnswer>> {
    let (mut incoming, mut outgoing) = TcpStream::connect(("127.0.0.1", port)).await?.into_split();
    let send = async {
        // A server that has read enough may close before it was sent everything.
        if outgoing.write_all(bytes).await.is_ok() && cut {
            outgoing.shutdown().await.ok();
        }
    };
    let mut answer = Vec::new();
    let receive = async { (&mut incoming).take(ANSWER_MAX).read_to_end(&mut answer).await.ok() };
    timeout(DEADLINE, async { tokio::join!(send, receive) })
        .await
        .with_context(|| format!("neither answered nor closed: {:?}", String::from_utf8_lossy(bytes)))?;
    RawAnswer::read(&String::from_utf8_lossy(&answer))
}

/// An answer over HTTP/1.1, read from its bytes.
#[derive(Debug)]
pub(crate) struct RawAnswer {
    pub(crate) status: u16,
    /// Head and body.
    pub(crate) text: String,
}

impl RawAnswer {
    fn read(text: &str) -> Result<Option<Self>> {
        let Some(rest) = text.strip_prefix("HTTP/1.1 ").or_else(|| text.strip_prefix("HTTP/1.0 ")) else {
            return Ok(None);
        };
        let status = rest.get(..3).and_then(|status| status.parse().ok());
        let status = status.with_context(|| format!("a status in {text:?}"))?;
        Ok(Some(Self { status, text: text.to_owned() }))
    }
}
