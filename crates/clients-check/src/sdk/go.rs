//! Go: one binary, built from the module in the source tree without writing to it.

use std::process::Command;

use anyhow::Result;

use super::{Role, Stage};
use crate::toolchain::go_program;
use crate::workshop::Workshop;

pub(super) fn prepare(workshop: &Workshop, stage: &Stage<'_>) -> Result<Command> {
    let mut command = Command::new(go_program(workshop, "go")?);
    if stage.role == Role::Storm {
        command.arg("storm");
    }
    Ok(command)
}
