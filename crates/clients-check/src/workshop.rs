//! Where programs are built: the source tree, the place for what is built, and the tools of the machine.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use parking_lot::Mutex;

use crate::maven::{Compiled, Project};
use crate::ports::PortLane;
use crate::transcript;

/// One build step with empty caches and a slow registry.
const BUILD_TIME: Duration = Duration::from_secs(15 * 60);
const PAUSE_BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// The surroundings that all tests of one process share.
pub struct Workshop {
    /// A folder of `tests` in the source tree; nothing is written there.
    pub(crate) sources: PathBuf,
    /// The folder of that name below cargo's target directory: everything is written here.
    pub(crate) output: PathBuf,
    /// The server under test.
    pub(crate) navaid: PathBuf,
    pub(crate) ports: PortLane,
    /// What Maven has compiled for this process. Held while it runs: its local repository does not stand two
    /// writers, nor do programs that run stand another compilation.
    pub(crate) maven: Mutex<HashMap<Project, Compiled>>,
    /// Held while Go builds: script and storm are one program, and one that runs cannot be written to.
    pub(crate) go: Mutex<()>,
}

impl Workshop {
    /// The workshop for the programs of a folder of `tests`. Finds the target directory from the running test,
    /// `target/PROFILE/deps/clients-…`, and the server from `NAVAID_BIN`, or beside it.
    ///
    /// # Errors
    /// The test does not run from a target directory, or there is no such folder.
    pub fn of_this_process(folder: &str) -> Result<Self> {
        let test = std::env::current_exe().context("find the running test")?;
        let profile = test.ancestors().nth(2).context("the profile's directory above the test")?;
        let target = profile.parent().context("the target directory above the profile")?;
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests").join(folder);
        let navaid = std::env::var_os("NAVAID_BIN").map_or_else(|| profile.join("navaid"), PathBuf::from);
        Ok(Workshop {
            sources: sources.canonicalize().context("find the programs")?,
            output: target.join(folder),
            navaid,
            ports: PortLane::of_this_process()?,
            maven: Mutex::default(),
            go: Mutex::new(()),
        })
    }

    /// The folder with the sources of the programs.
    pub fn sources(&self) -> &Path {
        &self.sources
    }

    /// A directory below the output, made if it is not there.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn directory(&self, name: &str) -> Result<PathBuf> {
        let directory = self.output.join(name);
        fs::create_dir_all(&directory).with_context(|| format!("create {}", directory.display()))?;
        Ok(directory)
    }

    /// Runs one build step to its end.
    ///
    /// # Errors
    /// It fails, with what it said, or takes longer than [`BUILD_TIME`].
    pub fn build(&self, log: &Path, command: &mut Command) -> Result<()> {
        let file = File::create(log).with_context(|| format!("create {}", log.display()))?;
        let errors = file.try_clone().context("share the build log")?;
        let mut process = command
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .with_context(|| format!("start {command:?}"))?;
        let deadline = Instant::now() + BUILD_TIME;
        while Instant::now() < deadline {
            match process.try_wait().context("look after a build")? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!("{command:?}: {status}\n{}", transcript::tail(log)),
                None => thread::sleep(PAUSE_BETWEEN_LOOKS),
            }
        }
        process.kill().context("stop a build that takes too long")?;
        process.wait().context("wait for a stopped build")?;
        bail!("{command:?} took longer than {} s", BUILD_TIME.as_secs())
    }

    /// Runs `install` unless it ran for the very same `lock` file before: then the directory is complete.
    ///
    /// # Errors
    /// The installation fails.
    pub fn install_once(
        &self,
        directory: &Path,
        lock: &Path,
        install: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let stamp = directory.join("installed");
        let wanted = fs::read(lock).with_context(|| format!("read {}", lock.display()))?;
        if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(());
        }
        install()?;
        fs::write(&stamp, wanted).with_context(|| format!("write {}", stamp.display()))
    }
}
