//! Rust: a package outside the workspace, with a target directory of its own.

use std::process::Command;

use anyhow::Result;

use crate::workshop::Workshop;

pub(super) fn prepare(workshop: &Workshop) -> Result<Command> {
    let output = workshop.directory("build/rust")?;
    workshop.build(
        &output.join("build.log"),
        Command::new("cargo")
            .args(["build", "--locked", "--quiet", "--manifest-path"])
            .arg(workshop.sources.join("rust/Cargo.toml"))
            .arg("--target-dir")
            .arg(&output),
    )?;
    Ok(Command::new(output.join("debug/sdk-client")))
}
