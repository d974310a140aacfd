//! One test: a server of its own, and one performance of the script by one program, or of the storm by several.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use libtest_mimic::{Completion, Failed};

use crate::cipher::CipherScript;
use crate::neighbour::Neighbour;
use crate::program::Program;
use crate::script::Script;
use crate::sdk::{Role, Sdk, Stage};
use crate::server::{self, Server};
use crate::storm::Storm;
use crate::toolchain::unless_lacking;
use crate::transcript::{self, Transcript};
use crate::workshop::Workshop;

/// Builds and runs the program of `sdk`.
///
/// # Errors
/// What went wrong, with the end of what the program and its server said.
pub fn check(sdk: Sdk, workshop: &Workshop) -> std::result::Result<Completion, Failed> {
    unless_lacking(sdk.tools(), || {
        let dir = empty_directory(workshop, &sdk.name())?;
        perform(sdk, workshop, &dir).map_err(|error| report(&error, &logs(&dir)))
    })
}

/// Builds and runs the program of `sdk` that publishes encrypted contents; see [`CipherScript`].
///
/// # Errors
/// As of [`check`].
pub fn cipher(sdk: Sdk, workshop: &Workshop) -> std::result::Result<Completion, Failed> {
    unless_lacking(sdk.tools(), || {
        let dir = empty_directory(workshop, &format!("cipher-{}", sdk.name()))?;
        perform_cipher(sdk, workshop, &dir).map_err(|error| report(&error, &logs(&dir)))
    })
}

/// Builds and runs the programs of the storm; see [`Storm`].
///
/// # Errors
/// As of [`check`].
pub fn storm(workshop: &Workshop) -> std::result::Result<Completion, Failed> {
    unless_lacking(&Storm::CLIENTS.map(|(sdk, _)| sdk.tools()).concat(), || {
        let dir = empty_directory(workshop, "storm")?;
        Storm::start(workshop, &dir).and_then(Storm::pass).map_err(|error| report(&error, &logs(&dir)))
    })
}

fn perform(sdk: Sdk, workshop: &Workshop, dir: &Path) -> Result<()> {
    let stage = Stage { dir, ports: workshop.ports.take()?, role: Role::Script };
    let (program, mut server) = raise(sdk, workshop, &stage)?;
    Script::new(program, &mut server, Neighbour::of(stage.ports.http)).perform()
}

fn perform_cipher(sdk: Sdk, workshop: &Workshop, dir: &Path) -> Result<()> {
    let stage = Stage { dir, ports: workshop.ports.take()?, role: Role::Cipher };
    let (program, _server) = raise(sdk, workshop, &stage)?;
    CipherScript::new(program, stage.ports.http).perform()
}

/// A server, and the program that is its client.
fn raise(sdk: Sdk, workshop: &Workshop, stage: &Stage<'_>) -> Result<(Program, Server)> {
    let (dir, ports) = (stage.dir, stage.ports);
    let mut command = sdk.prepare(workshop, stage).context("prepare the program")?;
    command.current_dir(dir).env("HOME", dir).env("NAVAID_SERVER", format!("127.0.0.1:{}", ports.http));
    let server = Server::start(&workshop.navaid, dir, ports, &[])?;
    Ok((Program::start(command, Transcript::create(&transcript_path(dir))?)?, server))
}

/// What an earlier run left is removed first; what this run leaves can be read after it.
pub(crate) fn empty_directory(workshop: &Workshop, test: &str) -> Result<PathBuf> {
    let name = format!("run/{test}");
    let dir = workshop.directory(&name)?;
    fs::remove_dir_all(&dir).with_context(|| format!("empty {}", dir.display()))?;
    workshop.directory(&name)
}

/// An error with the ends of those logs that are there.
pub(crate) fn report(error: &anyhow::Error, logs: &[PathBuf]) -> anyhow::Error {
    let ends = logs.iter().filter(|log| log.exists()).map(|log| transcript::tail(log));
    anyhow::Error::msg(format!("{error:#}\n{}", ends.collect::<String>()))
}

fn transcript_path(dir: &Path) -> PathBuf {
    dir.join("program.log")
}

fn logs(dir: &Path) -> [PathBuf; 2] {
    [transcript_path(dir), server::log_path(dir)]
}
