//! Python: a virtual environment per generation with the pinned packages; the program runs from the source tree.

use std::process::Command;

use anyhow::Result;

use crate::toolchain::python_environment;
use crate::workshop::Workshop;

pub(super) fn prepare(workshop: &Workshop, generation: &str, program: &str) -> Result<Command> {
    let sources = workshop.sources.join("python");
    let requirements = sources.join(format!("requirements-{generation}.txt"));
    let commands = python_environment(workshop, &format!("python-{generation}"), &requirements)?;
    let mut command = Command::new(commands.join("python"));
    // -B: no byte code beside the sources; -u: each line goes out at once.
    command.args(["-B", "-u"]).arg(sources.join(program));
    Ok(command)
}
