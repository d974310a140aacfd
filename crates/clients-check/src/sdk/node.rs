//! Node: packages stand beside the program that requires them, so both are placed below the output.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use super::Stage;
use crate::workshop::Workshop;

const SOURCES: [&str; 3] = ["client.js", "package.json", "package-lock.json"];

pub(super) fn prepare(workshop: &Workshop, stage: &Stage<'_>) -> Result<Command> {
    let output = workshop.directory("build/node")?;
    for source in SOURCES {
        fs::copy(workshop.sources.join("node").join(source), output.join(source))
            .with_context(|| format!("copy {source}"))?;
    }
    workshop.install_once(&output, &output.join("package-lock.json"), || {
        workshop.build(
            &output.join("build.log"),
            Command::new("npm").current_dir(&output).args(["ci", "--no-audit", "--no-fund"]),
        )
    })?;
    let mut command = Command::new("node");
    command.arg(output.join("client.js"));
    // Through this local port all clients of the SDK on a machine share one connection, unless told otherwise.
    command.env("NODE_CLUSTER_CLIENT_PORT", stage.ports.program.to_string());
    Ok(command)
}
