//! Java programs: Maven compiles a project and tells its class path, without writing to the source tree.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::toolchain::Tool;
use crate::workshop::Workshop;

/// What compiles and runs a Java program.
pub(crate) const TOOLS: [Tool; 3] =
    [Tool("java", "-version"), Tool("javac", "-version"), Tool("mvn", "-version")];

/// For a JVM that runs for seconds: its second compiler costs more than it saves.
const SHORT_RUN: &str = "-XX:TieredStopAtLevel=1";
/// For a JVM among many on a small machine: a collector without threads of its own.
const SMALL_HEAP: &str = "-XX:+UseSerialGC";

/// A Maven project of `tests/clients`, whose `pom.xml` puts what it builds below the property `classes.root`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Project {
    /// The folder with its `pom.xml`.
    pub(crate) folder: &'static str,
    /// The profile that chooses versions, where there is a choice; it also names the place for what is built.
    pub(crate) profile: Option<&'static str>,
}

/// Compiled programs, ready to run in any number of processes.
#[derive(Clone)]
pub(crate) struct Compiled {
    class_path: String,
}

impl Project {
    /// Downloads what is not there yet, and compiles, once for all tests of this process.
    ///
    /// # Errors
    /// Maven fails; the error has what it said.
    pub(crate) fn compile(self, workshop: &Workshop) -> Result<Compiled> {
        let mut compiled = workshop.maven.lock();
        if let Some(done) = compiled.get(&self) {
            return Ok(done.clone());
        }
        let done = self.run_maven(workshop)?;
        compiled.insert(self, done.clone());
        Ok(done)
    }

    fn run_maven(self, workshop: &Workshop) -> Result<Compiled> {
        let output = workshop.directory(&format!("build/{}", self.profile.unwrap_or(self.folder)))?;
        let dependencies = output.join("class-path");
        let mut command = Command::new("mvn");
        command
            .args(["--batch-mode", "--quiet", "--file"])
            .arg(workshop.sources.join(self.folder).join("pom.xml"))
            .args(["compiler:compile", "dependency:build-classpath"])
            .arg(format!("-Dclasses.root={}", output.display()))
            .arg(format!("-Dmdep.outputFile={}", dependencies.display()));
        let options = std::env::var("MAVEN_OPTS").unwrap_or_default();
        command.env("MAVEN_OPTS", format!("{SHORT_RUN} {options}"));
        if let Some(profile) = self.profile {
            command.args(["--activate-profiles", profile]);
        }
        workshop.build(&output.join("build.log"), &mut command)?;
        let dependencies = fs::read_to_string(&dependencies).context("read the class path")?;
        Ok(Compiled { class_path: format!("{}:{}", output.join("classes").display(), dependencies.trim()) })
    }
}

impl Compiled {
    /// The command that runs the main class `main`. Caches, snapshots and logs of the SDK go to `home`; `heap` is
    /// the JVM's option for its size.
    pub(crate) fn command(&self, main: &str, home: &Path, heap: &str) -> Command {
        let home = home.display();
        let mut command = Command::new("java");
        command
            .args(["-cp", &self.class_path])
            .arg(format!("-Duser.home={home}"))
            .arg(format!("-DJM.SNAPSHOT.PATH={home}"))
            .arg(format!("-DJM.LOG.PATH={home}"))
            .args(["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", heap, SHORT_RUN, SMALL_HEAP])
            .arg(main);
        command
    }
}
