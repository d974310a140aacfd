//! A server process of its own for one scenario, or for a test that kills it and starts it again.

mod settings;

use std::env;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::http;
use crate::json::Json;
use crate::ports::{Ports, ServerPorts};
use crate::recording::Recording;
use crate::scenario::HttpRequest;
use crate::target::Target;
use settings::settings_for;

/// How long a server may take until it is ready; far above its aim, since many start at once on a busy machine.
const READY_DEADLINE: Duration = Duration::from_secs(30);
/// The wait between two looks at a server that starts.
const READY_INTERVAL: Duration = Duration::from_millis(20);
/// How long a server may take to stop; more than it gives itself.
const STOP_DEADLINE: Duration = Duration::from_secs(30);
/// Tries with other ports when another process took one in between.
const START_TRIES: usize = 3;
/// Where servers of different ages say that they are ready.
const READINESS_PATHS: [&str; 2] =
    ["/nacos/v3/admin/core/state/readiness", "/nacos/v1/console/health/readiness"];
/// Lines of the log shown with a scenario that fails.
const TAIL_LINES: usize = 20;

/// The binary to test: `NAVAID_BIN`, else `navaid` beside the program that runs.
///
/// # Errors
/// There is no such file; the message says how to build it.
pub fn binary() -> Result<PathBuf> {
    if let Some(path) = env::var_os("NAVAID_BIN").map(PathBuf::from) {
        ensure!(path.is_file(), "NAVAID_BIN names {}, which is no file", path.display());
        return Ok(path);
    }
    let program = env::current_exe().context("find the running program")?;
    // Programs are in target/PROFILE, tests in target/PROFILE/deps.
    let places: Vec<PathBuf> = program.ancestors().skip(1).take(2).map(|dir| dir.join("navaid")).collect();
    let found = places.iter().find(|path| path.is_file()).cloned();
    found.with_context(|| {
        let places: Vec<_> = places.iter().map(|path| path.display().to_string()).collect();
        format!(
            "no server to test at {}: build it with `cargo build -p navaid`, or set NAVAID_BIN",
            places.join(" or ")
        )
    })
}

/// A running server with a directory of its own; killed, reaped and wiped when dropped.
#[derive(Debug)]
pub struct Server {
    launch: Launch,
    child: Child,
    target: Target,
    directory: TempDir,
}

/// How a server is started, and started again.
#[derive(Debug)]
struct Launch {
    binary: PathBuf,
    ports: ServerPorts,
    settings: Vec<(String, String)>,
}

impl Server {
    /// Starts a server with the settings that the recording's server had and waits until it is ready.
    ///
    /// # Errors
    /// As [`Server::start_with`].
    pub async fn start(binary: &Path, ports: &Ports, recording: &Recording) -> Result<Self> {
        Self::start_with(binary, ports, settings_for(recording)).await
    }

    /// Starts a server with these settings beside its ports and waits until it is ready.
    ///
    /// # Errors
    /// It does not start, ends by itself, or is not ready within [`READY_DEADLINE`]; the message holds the end of its log.
    pub async fn start_with(binary: &Path, ports: &Ports, settings: &[(&str, &str)]) -> Result<Self> {
        for _ in 0..START_TRIES {
            let mut server = Self::spawn(Launch {
                binary: binary.to_owned(),
                ports: ports.next_free().context("no free ports")?,
                settings: settings.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect(),
            })?;
            match server.until_ready().await {
                Err(_) if server.lacked_port() => {}
                ready => return ready.map(|()| server),
            }
        }
        bail!("ports were taken by others {START_TRIES} times")
    }

    /// Kills the process (`SIGKILL`) and waits until it is gone. Its data and its log stay.
    ///
    /// # Errors
    /// It cannot be killed.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill().context("kill the server")?;
        self.child.wait().context("wait for the killed server")?;
        Ok(())
    }

    /// Asks the process to stop (`SIGTERM`) and waits until it is gone. Its data and its log stay.
    ///
    /// # Errors
    /// It cannot be asked, or does not end within [`STOP_DEADLINE`].
    pub async fn terminate(&mut self) -> Result<()> {
        let id = i32::try_from(self.child.id()).context("the id of a process")?;
        let id = rustix::process::Pid::from_raw(id).context("the id of a process")?;
        rustix::process::kill_process(id, rustix::process::Signal::TERM).context("ask the server to stop")?;
        let deadline = Instant::now() + STOP_DEADLINE;
        while self.child.try_wait().context("watch the server")?.is_none() {
            ensure!(Instant::now() < deadline, "the server did not stop within {STOP_DEADLINE:?}");
            sleep(READY_INTERVAL).await;
        }
        Ok(())
    }

    /// Where its data lie.
    pub fn data_dir(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Starts a killed server again, with its ports, settings and data; see [`Server::until_ready`].
    ///
    /// # Errors
    /// The process cannot be started.
    pub fn relaunch(&mut self) -> Result<()> {
        self.child = self.launch.spawn(&self.directory)?;
        Ok(())
    }

    /// The id of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Where it listens.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// What no recording allows: a panic in the log, or an end without being asked.
    pub fn faults(&mut self) -> Vec<String> {
        let ended = match self.child.try_wait() {
            Ok(None) => None,
            Ok(Some(status)) => Some(format!("the server ended by itself: {status}")),
            Err(error) => Some(format!("the server cannot be watched: {error}")),
        };
        let log = self.log();
        let panics = log.lines().filter(|line| line.contains("panicked at"));
        ended.into_iter().chain(panics.map(|line| format!("the server panicked: {line}"))).collect()
    }

    /// All that it has written to its log.
    pub fn log(&self) -> String {
        fs::read(log_path(&self.directory)).map_or_else(
            |error| format!("(no log: {error})"),
            |bytes| String::from_utf8_lossy(&bytes).into_owned(),
        )
    }

    /// The last lines of its log.
    pub fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
    }

    /// What it has written to its log since that was the end of it.
    pub fn log_since(&self, tail: &str) -> String {
        let log = self.log();
        let end = log.rfind(tail).map_or(0, |at| at + tail.len());
        log[end..].to_owned()
    }

    fn spawn(launch: Launch) -> Result<Self> {
        let directory =
            TempDir::with_prefix("navaid-conformance-").context("make a directory for the server")?;
        let child = launch.spawn(&directory)?;
        let target = Target::new("127.0.0.1", launch.ports.main, Some(launch.ports.console));
        Ok(Self { launch, child, target, directory })
    }

    /// Waits until the server says that it is ready.
    ///
    /// # Errors
    /// It ends before, or is not ready within [`READY_DEADLINE`]; the message holds the end of its log.
    pub async fn until_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + READY_DEADLINE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().context("watch the server")? {
                bail!("the server ended before it was ready: {status}\n{}", self.log_tail());
            }
            for path in READINESS_PATHS {
                let answer = http::send(&self.target, &HttpRequest::get(path)).await;
                if answer.is_ok_and(|answer| answer.get("status").and_then(Json::as_number) == Some(200.0)) {
                    return Ok(());
                }
            }
            sleep(READY_INTERVAL).await;
        }
        bail!("the server was not ready within {READY_DEADLINE:?}\n{}", self.log_tail())
    }

    fn lacked_port(&self) -> bool {
        self.log().to_lowercase().contains("address already in use")
    }
}

impl Launch {
    fn spawn(&self, directory: &TempDir) -> Result<Child> {
        let log = OpenOptions::new().create(true).append(true).open(log_path(directory));
        let log = log.context("open the server's log")?;
        let mut command = Command::new(&self.binary);
        command.arg("server").arg("--data").arg(directory.path().join("data"));
        let listen = [
            ("nacos.server.main.port", self.ports.main.to_string()),
            ("nacos.console.port", self.ports.console.to_string()),
        ];
        let given = self.settings.iter().map(|(key, value)| (key.as_str(), value.clone()));
        for (key, value) in listen.into_iter().chain(given) {
            command.arg("--set").arg(format!("{key}={value}"));
        }
        // A server reads settings from its environment too: what this process was given must not reach it.
        command.env_clear().current_dir(directory.path());
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        command.spawn().with_context(|| format!("start {}", self.binary.display()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when the process is gone already, which is what is wanted.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn log_path(directory: &TempDir) -> PathBuf {
    directory.path().join("server.log")
}

#[cfg(test)]
mod tests;
