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
    launch: Launch,
    process: Child,
}

/// All that a process of the server is started with.
struct Launch {
    binary: PathBuf,
    data: PathBuf,
    log: PathBuf,
    ports: Ports,
    /// Texts `key=value`.
    settings: &'static [&'static str],
}

impl Server {
    /// Starts `binary` with its data and its log below `dir`, and waits until it is ready. `settings` are texts
    /// `key=value`.
    ///
    /// # Errors
    /// The process cannot be started, ends, or is not ready within [`READY_TIME`].
    pub(crate) fn start(
        binary: &Path,
        dir: &Path,
        ports: Ports,
        settings: &'static [&'static str],
    ) -> Result<Self> {
        let (data, log) = (dir.join("data"), log_path(dir));
        let launch = Launch { binary: binary.to_owned(), data, log, ports, settings };
        let mut server = Server { process: launch.start()?, launch };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// Kills the process with SIGKILL and starts it again.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub(crate) fn kill_and_start_again(&mut self) -> Result<()> {
        self.kill()?;
        self.start_again()
    }

    /// Kills the process with SIGKILL.
    ///
    /// # Errors
    /// The system refuses it.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.process.kill().context("kill the server")?;
        self.process.wait().context("wait for the killed server")?;
        Ok(())
    }

    /// Starts a killed server again, on the same ports and data.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub(crate) fn start_again(&mut self) -> Result<()> {
        self.process = self.launch.start()?;
        self.wait_until_ready().context("after the restart")
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let port = self.launch.ports.http;
        let deadline = Instant::now() + READY_TIME;
        while Instant::now() < deadline {
            if let Some(status) = self.process.try_wait().context("look after the server")? {
                bail!("the server ended before it was ready: {status}");
            }
            // An error is the answer "not yet": nobody listens.
            if http::call(port, "GET", READY_PATH, &[]).is_ok_and(|answer| answer.status == 200) {
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

impl Launch {
    fn start(&self) -> Result<Child> {
        let log = OpenOptions::new().create(true).append(true).open(&self.log);
        let log = log.context("open the server's log")?;
        Command::new(&self.binary)
            .arg("server")
            .arg("--data")
            .arg(&self.data)
            .args(["--set", &format!("nacos.server.main.port={}", self.ports.http)])
            .args(["--set", &format!("nacos.console.port={}", self.ports.console)])
            .args(self.settings.iter().flat_map(|setting| ["--set", setting]))
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("share the server's log")?)
            .stderr(log)
            .spawn()
            .with_context(|| {
                format!("start {} (build it first: cargo build -p navaid)", self.binary.display())
            })
    }
}

/// Where a server started in `dir` writes its log.
pub(crate) fn log_path(dir: &Path) -> PathBuf {
    dir.join("server.log")
}
