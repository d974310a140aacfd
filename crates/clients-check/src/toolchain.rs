//! The toolchains of other languages: whether the machine has them, and how programs are built with them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use libtest_mimic::{Completion, Failed};

use crate::workshop::Workshop;

/// Set to 1 where every toolchain must be present: a missing one then fails its tests.
const FORBID_SKIP: &str = "NAVAID_TEST_FORBID_SKIP";

/// A command, and an argument with which it ends at once and well.
#[derive(Debug, Clone, Copy)]
pub struct Tool(pub &'static str, pub &'static str);

impl Tool {
    /// Go.
    pub const GO: Tool = Tool("go", "version");
    /// Python 3.
    pub const PYTHON: Tool = Tool("python3", "--version");

    pub(crate) fn is_missing(self) -> bool {
        let mut command = Command::new(self.0);
        command.arg(self.1).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        !command.status().is_ok_and(|status| status.success())
    }
}

/// Runs a test that needs these tools. Where one is missing the test is ignored, with its name.
///
/// # Errors
/// The test fails, or [`FORBID_SKIP`] forbids to ignore it.
pub fn unless_lacking(
    tools: &[Tool],
    run: impl FnOnce() -> Result<()>,
) -> std::result::Result<Completion, Failed> {
    if let Some(Tool(name, _)) = tools.iter().find(|tool| tool.is_missing()) {
        let reason = format!("{name} is not installed");
        return match std::env::var_os(FORBID_SKIP).is_some_and(|forbid| forbid == "1") {
            true => Err(format!("{reason}, and {FORBID_SKIP}=1 forbids skipping").into()),
            false => Ok(Completion::ignored_with(reason)),
        };
    }
    run().map(|()| Completion::Completed).map_err(|error| format!("{error:#}").into())
}

/// Builds the Go module in a folder of the sources, without writing there; gives the binary.
///
/// # Errors
/// The build fails; the error has what it said.
pub fn go_program(workshop: &Workshop, module: &str) -> Result<PathBuf> {
    let output = workshop.directory(&format!("build/{module}"))?;
    let binary = output.join("program");
    let _alone = workshop.go.lock();
    workshop.build(
        &output.join("build.log"),
        Command::new("go")
            .current_dir(workshop.sources.join(module))
            .args(["build", "-mod=readonly", "-buildvcs=false", "-ldflags=-s -w", "-o"])
            .arg(&binary)
            .arg("."),
    )?;
    Ok(binary)
}

/// The folder with the commands of a virtual environment of that name, which has just the packages of `requirements`.
///
/// # Errors
/// It cannot be made; the error has what was said.
pub fn python_environment(workshop: &Workshop, name: &str, requirements: &Path) -> Result<PathBuf> {
    let output = workshop.directory(&format!("build/{name}"))?;
    let environment = output.join("venv");
    let commands = environment.join("bin");
    workshop.install_once(&output, requirements, || {
        if environment.exists() {
            fs::remove_dir_all(&environment).context("remove an environment of other packages")?;
        }
        let log = output.join("build.log");
        workshop.build(&log, Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        workshop.build(
            &log,
            Command::new(commands.join("python"))
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
                .arg(requirements),
        )
    })?;
    Ok(commands)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tool_that_nobody_has_is_missing() {
        assert!(Tool("no-such-tool-anywhere", "--version").is_missing());
        assert!(!Tool("cargo", "--version").is_missing());
    }
}
