//! Java: one project, the profile chooses the version.

use std::process::Command;

use anyhow::Result;

use super::{Role, Stage};
use crate::maven::Project;
use crate::workshop::Workshop;

pub(super) fn prepare(workshop: &Workshop, stage: &Stage<'_>, profile: &'static str) -> Result<Command> {
    let compiled = Project { folder: "java", profile: Some(profile) }.compile(workshop)?;
    let (program, heap) = match stage.role {
        Role::Script => ("SdkClient", "-Xmx128m"),
        Role::Cipher => ("CipherClient", "-Xmx128m"),
        Role::Storm => ("StormClient", "-Xmx512m"),
    };
    Ok(compiled.command(program, stage.dir, heap))
}
