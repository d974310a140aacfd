//! A `navaid` process: started, killed without warning, started again on the same ports and data.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::http;
use crate::ports::Ports;

/// From the start of the process to the first 200 on readiness.
const READY_TIME: Duration = Duration::from_secs(30);
const READY_PATH: &str = "/nacos/v1/console/health/readiness";
const PAUSE_BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// A running server; dropped, it is killed.
pub(crate) struct Server {
    binary: PathBuf,
    data: PathBuf,
    log: PathBuf,
    ports: Ports,
    process: Child,
}

impl Server {
    /// Starts `binary` with its data and its log below `dir`, and waits until it is ready.
    ///
    /// # Errors
    /// The process cannot be started, ends, or is not ready within [`READY_TIME`].
    pub(crate) fn start(binary: &Path, dir: &Path, ports: Ports) -> Result<Self> {
        let data = dir.join("data");
        let log = log_path(dir);
        let process = launch(binary, &data, &log, ports)?;
        let mut server = Server { binary: binary.to_owned(), data, log, ports, process };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// Kills the process with SIGKILL and starts it again.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub(crate) fn kill_and_start_again(&mut self) -> Result<()> {
        self.process.kill().context("kill the server")?;
        self.process.wait().context("wait for the killed server")?;
        self.process = launch(&self.binary, &self.data, &self.log, self.ports)?;
        self.wait_until_ready().context("after the restart")
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + READY_TIME;
        while Instant::now() < deadline {
            if let Some(status) = self.process.try_wait().context("look after the server")? {
                bail!("the server ended before it was ready: {status}");
            }
            // An error is the answer "not yet": nobody listens.
            if http::call(self.ports.http, "GET", READY_PATH, &[]).is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            thread::sleep(PAUSE_BETWEEN_LOOKS);
        }
        bail!("the server was not ready within {} s", READY_TIME.as_secs())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Reason: it may have ended already, and a test's outcome is settled by now.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where a server started in `dir` writes its log.
pub(crate) fn log_path(dir: &Path) -> PathBuf {
    dir.join("server.log")
}

fn launch(binary: &Path, data: &Path, log: &Path, ports: Ports) -> Result<Child> {
    let log = OpenOptions::new().create(true).append(true).open(log).context("open the server's log")?;
    Command::new(binary)
        .arg("server")
        .arg("--data")
        .arg(data)
        .args(["--set", &format!("nacos.server.main.port={}", ports.http)])
        .args(["--set", &format!("nacos.console.port={}", ports.console)])
        .stdin(Stdio::null())
        .stdout(log.try_clone().context("share the server's log")?)
        .stderr(log)
        .spawn()
        .with_context(|| format!("start {} (build it first: cargo build -p navaid)", binary.display()))
}
