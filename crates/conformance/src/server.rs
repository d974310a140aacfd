//! A server process of its own for one scenario.

mod settings;

use std::env;
use std::fs::{self, File};
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
use crate::runner::Target;
use crate::scenario::HttpRequest;
use settings::settings_for;

/// How long a server may take until it is ready; far above its aim, since many start at once on a busy machine.
const READY_DEADLINE: Duration = Duration::from_secs(30);
/// The wait between two looks at a server that starts.
const READY_INTERVAL: Duration = Duration::from_millis(20);
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
    child: Child,
    target: Target,
    directory: TempDir,
}

impl Server {
    /// Starts a server with the settings that the recording's server had and waits until it is ready.
    ///
    /// # Errors
    /// It does not start, ends by itself, or is not ready within [`READY_DEADLINE`]; the message holds the end of its log.
    pub async fn start(binary: &Path, ports: &Ports, recording: &Recording) -> Result<Self> {
        for _ in 0..START_TRIES {
            let mut server = Self::spawn(binary, ports.next_free().context("no free ports")?, recording)?;
            match server.until_ready().await {
                Err(_) if server.lacked_port() => {}
                ready => return ready.map(|()| server),
            }
        }
        bail!("ports were taken by others {START_TRIES} times")
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

    /// The last lines of its log.
    pub fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
    }

    fn spawn(binary: &Path, ports: ServerPorts, recording: &Recording) -> Result<Self> {
        let directory =
            TempDir::with_prefix("navaid-conformance-").context("make a directory for the server")?;
        let log = File::create(log_path(&directory)).context("make the server's log")?;
        let mut command = Command::new(binary);
        command.arg("server").arg("--data").arg(directory.path().join("data"));
        let listen = [
            ("nacos.server.main.port", ports.main.to_string()),
            ("nacos.console.port", ports.console.to_string()),
        ];
        let given = settings_for(recording).iter().map(|(key, value)| (*key, (*value).to_owned()));
        for (key, value) in listen.into_iter().chain(given) {
            command.arg("--set").arg(format!("{key}={value}"));
        }
        // A server reads settings from its environment too: what this process was given must not reach it.
        command.env_clear().current_dir(directory.path());
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = command.spawn().with_context(|| format!("start {}", binary.display()))?;
        Ok(Self { child, target: Target::new("127.0.0.1", ports.main, Some(ports.console)), directory })
    }

    async fn until_ready(&mut self) -> Result<()> {
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

    fn log(&self) -> String {
        fs::read(log_path(&self.directory)).map_or_else(
            |error| format!("(no log: {error})"),
            |bytes| String::from_utf8_lossy(&bytes).into_owned(),
        )
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
