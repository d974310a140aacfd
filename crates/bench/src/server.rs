//! A server process of our own.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::http::HttpConnection;
use crate::process::Process;
use crate::target::Address;

/// Main ports tried: together with the ports that follow from them, below those from which systems take ports for
/// outgoing connections.
const MAIN_PORTS: std::ops::Range<u16> = 21_000..21_900;
/// The console's port is this far above the main port, and gRPC's twice 1000 and more: all apart from each other.
const CONSOLE_OFFSET: u16 = 3000;
/// The port of the mesh, where it is open.
const MESH_OFFSET: u16 = 4000;
/// From the start of the process to the first 200 on readiness: half a gigabyte to load, on a busy machine.
const READY_DEADLINE: Duration = Duration::from_secs(120);
/// From the request to end to the end of the process.
const STOP_DEADLINE: Duration = Duration::from_secs(60);
/// Between two looks at a server that starts; what the start time can be wrong by.
const READY_INTERVAL: Duration = Duration::from_millis(1);
const READY_PATH: &str = "/nacos/v1/console/health/readiness";
/// Bytes of the log shown when a server does not start.
const LOG_TAIL: usize = 2_000;

/// The program to start, and where its data goes.
#[derive(Debug)]
pub(crate) struct Binary {
    path: PathBuf,
    directory: PathBuf,
}

impl Binary {
    /// The program given, or `navaid` beside the one that runs.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn find(given: Option<&Path>, directory: &Path) -> Result<Self> {
        let path = match given {
            Some(path) => path.to_owned(),
            None => std::env::current_exe().context("find the running program")?.with_file_name("navaid"),
        };
        ensure!(path.is_file(), "no server at {}: build it, or set NAVAID_BIN", path.display());
        Ok(Self { path, directory: directory.to_owned() })
    }

    /// Size of the program in bytes.
    ///
    /// # Errors
    /// It is gone.
    pub(crate) fn size(&self) -> Result<u64> {
        Ok(fs::metadata(&self.path).with_context(|| format!("look at {}", self.path.display()))?.len())
    }

    /// Starts a server with an empty data directory and waits until it is ready.
    ///
    /// # Errors
    /// It ends, or is not ready in time; the message has the end of its log.
    pub(crate) async fn start(&self) -> Result<Server> {
        self.start_as(Mesh::Closed).await
    }

    /// The same with an open mesh port.
    ///
    /// # Errors
    /// As of [`Binary::start`].
    pub(crate) async fn start_with_mesh(&self) -> Result<Server> {
        self.start_as(Mesh::Open).await
    }

    async fn start_as(&self, mesh: Mesh) -> Result<Server> {
        let directory = TempDir::with_prefix_in("navaid-bench-", &self.directory)
            .with_context(|| format!("make a directory in {}", self.directory.display()))?;
        let port = MAIN_PORTS.filter(|port| are_free(*port)).nth(0).context("no free ports")?;
        let begun = Instant::now();
        let child = self.spawn(&directory, port, mesh)?;
        let address = Address::local(port)?;
        let mut server = Server { child, address, directory, mesh, ready_after: Duration::ZERO };
        server.until_ready(begun).await?;
        Ok(server)
    }

    fn spawn(&self, directory: &TempDir, port: u16, mesh: Mesh) -> Result<Child> {
        let log = File::create(log_path(directory)).context("make the server's log")?;
        let mut command = Command::new(&self.path);
        command.arg("server").arg("--data").arg(directory.path().join("data"));
        command.arg("--set").arg(format!("nacos.server.main.port={port}"));
        command.arg("--set").arg(format!("nacos.console.port={}", port + CONSOLE_OFFSET));
        if mesh == Mesh::Open {
            command.arg("--set").arg("nacos.istio.mcp.server.enabled=true");
            command.arg("--set").arg(format!("nacos.istio.mcp.server.port={}", port + MESH_OFFSET));
        }
        // A server reads settings from its environment too: what this process was given must not reach it.
        command.env_clear().current_dir(directory.path());
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        command.spawn().with_context(|| format!("start {}", self.path.display()))
    }
}

/// Whether the mesh port is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mesh {
    Open,
    Closed,
}

/// A running server with a directory of its own; killed, reaped and wiped when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    address: Address,
    directory: TempDir,
    mesh: Mesh,
    ready_after: Duration,
}

impl Server {
    pub(crate) fn address(&self) -> Address {
        self.address
    }

    /// Where peers of the mesh connect, if the server was started with such a port.
    pub(crate) fn mesh(&self) -> SocketAddr {
        let main = self.address.http();
        SocketAddr::new(main.ip(), main.port() + MESH_OFFSET)
    }

    pub(crate) fn process(&self) -> Process {
        Process::of(&self.child)
    }

    /// From just before the process was started to the first 200 on readiness.
    pub(crate) fn ready_after(&self) -> Duration {
        self.ready_after
    }

    /// Asks the server to end, waits until it has, and starts it anew on the same data.
    ///
    /// # Errors
    /// It does not end in time, or is not ready in time afterwards.
    pub(crate) async fn restart(&mut self, binary: &Binary) -> Result<()> {
        kill_process(Pid::from_child(&self.child), Signal::TERM).context("ask the server to end")?;
        let asked = Instant::now();
        while self.child.try_wait().context("watch the server")?.is_none() {
            ensure!(asked.elapsed() < STOP_DEADLINE, "the server did not end within {STOP_DEADLINE:?}");
            tokio::time::sleep(READY_INTERVAL).await;
        }
        let begun = Instant::now();
        self.child = binary.spawn(&self.directory, self.address.http().port(), self.mesh)?;
        self.until_ready(begun).await
    }

    async fn until_ready(&mut self, begun: Instant) -> Result<()> {
        while begun.elapsed() < READY_DEADLINE {
            if let Some(status) = self.child.try_wait().context("watch the server")? {
                bail!("the server ended before it was ready: {status}\n{}", self.log_tail());
            }
            // An error is the answer "not yet": nobody listens.
            if is_ready(self.address).await.is_ok() {
                self.ready_after = begun.elapsed();
                return Ok(());
            }
            tokio::time::sleep(READY_INTERVAL).await;
        }
        bail!("the server was not ready within {READY_DEADLINE:?}\n{}", self.log_tail())
    }

    fn log_tail(&self) -> String {
        let log = fs::read(log_path(&self.directory)).unwrap_or_default();
        String::from_utf8_lossy(&log[log.len().saturating_sub(LOG_TAIL)..]).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when the process is gone already, which is what is wanted.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

async fn is_ready(address: Address) -> Result<()> {
    HttpConnection::open(address).await?.get(READY_PATH).await.map(drop)
}

fn log_path(directory: &TempDir) -> PathBuf {
    directory.path().join("server.log")
}

fn are_free(main: u16) -> bool {
    let needed = [main, main + 1000, main + 1001, main + CONSOLE_OFFSET, main + MESH_OFFSET];
    needed.iter().all(|port| TcpListener::bind(("0.0.0.0", *port)).is_ok())
}
