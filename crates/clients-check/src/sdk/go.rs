//! Go: one binary, built from the module in the source tree without writing to it.

use std::process::Command;

use anyhow::Result;

use super::{Role, Stage};
use crate::workshop::Workshop;

pub(super) fn prepare(workshop: &Workshop, stage: &Stage<'_>) -> Result<Command> {
    let output = workshop.directory("build/go")?;
    let binary = output.join("sdk-client");
    let alone = workshop.go.lock();
    workshop.build(
        &output.join("build.log"),
        Command::new("go")
            .current_dir(workshop.sources.join("go"))
            .args(["build", "-mod=readonly", "-buildvcs=false", "-o"])
            .arg(&binary)
            .arg("."),
    )?;
    drop(alone);
    let mut command = Command::new(binary);
    if stage.role == Role::Storm {
        command.arg("storm");
    }
    Ok(command)
}
