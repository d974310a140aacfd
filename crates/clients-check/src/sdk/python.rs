//! Python: a virtual environment per generation with the pinned packages; the program runs from the source tree.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::workshop::Workshop;

pub(super) fn prepare(workshop: &Workshop, generation: &str, program: &str) -> Result<Command> {
    let output = workshop.directory(&format!("build/python-{generation}"))?;
    let environment = output.join("venv");
    let python = environment.join("bin/python");
    let sources = workshop.sources.join("python");
    let requirements = sources.join(format!("requirements-{generation}.txt"));
    workshop.install_once(&output, &requirements, || {
        if environment.exists() {
            fs::remove_dir_all(&environment).context("remove an environment of other packages")?;
        }
        let log = output.join("build.log");
        workshop.build(&log, Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        workshop.build(
            &log,
            Command::new(&python)
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
                .arg(&requirements),
        )
    })?;
    let mut command = Command::new(python);
    // -B: no byte code beside the sources; -u: each line goes out at once.
    command.args(["-B", "-u"]).arg(sources.join(program));
    Ok(command)
}
