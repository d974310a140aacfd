//! A running SDK program and the lines exchanged with it.
//!
//! Two threads read what it says. Lines `STEP name` are the protocol, all else is comment for a failure's report.
//! The process leads a group of its own, so that the processes which some SDKs start end with it.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::transcript::Transcript;

/// More than a script has steps; a program that floods the protocol waits.
const STEPS_AHEAD_MAX: usize = 64;
/// From the last step to the end of the process.
const EXIT_TIME: Duration = Duration::from_secs(30);
const PAUSE_BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// A running program; dropped, it is killed with all that it started.
pub struct Program {
    process: Child,
    group: Pid,
    input: ChildStdin,
    steps: Receiver<String>,
    readers: Vec<JoinHandle<()>>,
    transcript: Arc<Transcript>,
}

impl Program {
    /// Starts `command`, whose output goes to `transcript`.
    ///
    /// # Errors
    /// The process cannot be started.
    pub fn start(mut command: Command, transcript: Transcript) -> Result<Self> {
        let transcript = Arc::new(transcript);
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .with_context(|| format!("start {command:?}"))?;
        let group =
            i32::try_from(process.id()).ok().and_then(Pid::from_raw).context("the program's group")?;
        let (found, steps) = sync_channel(STEPS_AHEAD_MAX);
        let input = process.stdin.take().context("the program's input")?;
        let output = process.stdout.take().context("the program's output")?;
        let errors = process.stderr.take().context("the program's errors")?;
        let readers = vec![
            read(output, "out", transcript.clone(), Some(found)),
            read(errors, "err", transcript.clone(), None),
        ];
        Ok(Program { process, group, input, steps, readers, transcript })
    }

    /// The name of the next step, `None` if there is none within `wait`.
    ///
    /// # Errors
    /// The program ended.
    pub fn next_step(&mut self, wait: Duration) -> Result<Option<String>> {
        match self.steps.recv_timeout(wait) {
            Ok(step) => Ok(Some(step)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => bail!("the program ended ({})", self.exit()?),
        }
    }

    /// Sends the program a line.
    ///
    /// # Errors
    /// The program ended or does not read.
    pub fn tell(&mut self, word: &str) -> Result<()> {
        writeln!(self.input, "{word}").context("write to the program")
    }

    /// Adds what the runner did to the transcript.
    pub fn note(&self, deed: &str) {
        self.transcript.note("runner", deed);
    }

    /// Sends a signal to the program and all that it started.
    ///
    /// # Errors
    /// They are gone.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill_process_group(self.group, signal).context("signal the program")
    }

    /// Waits for the program's own end.
    ///
    /// # Errors
    /// It does not end within [`EXIT_TIME`], not with code 0, or claims another step before.
    pub fn finish(mut self) -> Result<()> {
        let status = self.exit()?;
        ensure!(status == "exit status: 0", "the program ended with {status}");
        match self.steps.recv_timeout(Duration::ZERO) {
            Ok(step) => bail!("the program claims {step:?} after the last step"),
            Err(_) => Ok(()),
        }
    }

    fn exit(&mut self) -> Result<String> {
        let deadline = Instant::now() + EXIT_TIME;
        while Instant::now() < deadline {
            if let Some(status) = self.process.try_wait().context("look after the program")? {
                return Ok(status.to_string());
            }
            thread::sleep(PAUSE_BETWEEN_LOOKS);
        }
        bail!("the program did not end within {} s", EXIT_TIME.as_secs())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Reason: the group may be gone already, and a test's outcome is settled by now.
        let _ = kill_process_group(self.group, Signal::KILL);
        let _ = self.process.wait();
        // A reader may wait for room among the steps: let it see that nobody reads them any more.
        let (_, nobody) = sync_channel(0);
        self.steps = nobody;
        for reader in self.readers.drain(..) {
            // Reason: a reader that panicked lost comments only.
            let _ = reader.join();
        }
    }
}

fn read(
    from: impl Read + Send + 'static,
    source: &'static str,
    transcript: Arc<Transcript>,
    steps: Option<SyncSender<String>>,
) -> JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            transcript.note(source, line.trim_end());
            if let (Some(steps), Some(step)) = (&steps, line.trim_end().strip_prefix("STEP ")) {
                // Reason: an error says that the test is over; the rest is read for the transcript.
                let _ = steps.send(step.to_owned());
            }
        }
    })
}
