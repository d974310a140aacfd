//! One test: a program of one SDK, a server of its own, one performance of the script.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use libtest_mimic::{Completion, Failed};

use crate::neighbour::Neighbour;
use crate::program::Program;
use crate::script::Script;
use crate::sdk::{Sdk, Stage};
use crate::server::{self, Server};
use crate::transcript::{self, Transcript};
use crate::workshop::Workshop;

/// Set to 1 where every toolchain must be present: a missing one then fails its tests.
const FORBID_SKIP: &str = "NAVAID_TEST_FORBID_SKIP";

/// Builds and runs the program of `sdk`.
///
/// # Errors
/// What went wrong, with the end of what the program and its server said.
pub fn check(sdk: Sdk, workshop: &Workshop) -> std::result::Result<Completion, Failed> {
    if let Some(tool) = sdk.missing_tool() {
        let reason = format!("{tool} is not installed");
        return match std::env::var_os(FORBID_SKIP).is_some_and(|forbid| forbid == "1") {
            true => Err(format!("{reason}, and {FORBID_SKIP}=1 forbids skipping").into()),
            false => Ok(Completion::ignored_with(reason)),
        };
    }
    let dir = empty_directory(workshop, sdk).map_err(|error| format!("{error:#}"))?;
    match perform(sdk, workshop, &dir) {
        Ok(()) => Ok(Completion::Completed),
        Err(error) => Err(report(&error, &dir).into()),
    }
}

fn perform(sdk: Sdk, workshop: &Workshop, dir: &Path) -> Result<()> {
    let ports = workshop.ports.take()?;
    let mut command = sdk.prepare(workshop, &Stage { dir, ports }).context("prepare the program")?;
    command.current_dir(dir).env("HOME", dir).env("NAVAID_SERVER", format!("127.0.0.1:{}", ports.http));
    let mut server = Server::start(&workshop.navaid, dir, ports)?;
    let program = Program::start(command, Transcript::create(&transcript_path(dir))?)?;
    Script::new(program, &mut server, Neighbour::of(ports.http)).perform()
}

/// What an earlier run left is removed first; what this run leaves can be read after it.
fn empty_directory(workshop: &Workshop, sdk: Sdk) -> Result<PathBuf> {
    let name = format!("run/{}", sdk.name());
    let dir = workshop.directory(&name)?;
    fs::remove_dir_all(&dir).with_context(|| format!("empty {}", dir.display()))?;
    workshop.directory(&name)
}

fn transcript_path(dir: &Path) -> PathBuf {
    dir.join("program.log")
}

fn report(error: &anyhow::Error, dir: &Path) -> String {
    let mut report = format!("{error:#}\n");
    for path in [transcript_path(dir), server::log_path(dir)] {
        if path.exists() {
            report.push_str(&transcript::tail(&path));
        }
    }
    report
}
