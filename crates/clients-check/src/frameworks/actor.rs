//! A running program of a scenario, under the name that the scenario gives it.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::program::Program;

/// For any step: a JVM starts, a framework connects, registers or is told of a change. A dozen of them start at once,
/// and a provider of Dubbo needs some seconds of processor time for it.
const STEP_TIME: Duration = Duration::from_secs(180);

/// A program that claims steps and is told words.
pub(super) struct Actor {
    name: String,
    program: Program,
}

impl Actor {
    pub(super) fn new(name: &str, program: Program) -> Self {
        Actor { name: name.to_owned(), program }
    }

    /// Waits for the next step, whatever it is.
    ///
    /// # Errors
    /// There is none within [`STEP_TIME`], or the program ended.
    pub(super) fn next_step(&mut self) -> Result<String> {
        let step = self.program.next_step(STEP_TIME).with_context(|| format!("of {}", self.name))?;
        step.with_context(|| format!("{} claims nothing within {} s", self.name, STEP_TIME.as_secs()))
    }

    /// Waits for the step `wanted`.
    ///
    /// # Errors
    /// As of [`Actor::next_step`], or the program claims another step.
    pub(super) fn await_step(&mut self, wanted: &str) -> Result<()> {
        let step = self.next_step()?;
        ensure!(step == wanted, "{} claims {step:?} where {wanted} was due", self.name);
        Ok(())
    }

    /// Lets the program go on from its step to the step `wanted`.
    ///
    /// # Errors
    /// As of [`Actor::await_step`].
    pub(super) fn go_on_to(&mut self, wanted: &str) -> Result<()> {
        self.tell("GO")?;
        self.await_step(wanted)
    }

    /// Lets the program go on from its step to the step `wanted`, which brings figures; gives them.
    ///
    /// # Errors
    /// As of [`Actor::await_step`].
    pub(super) fn go_on_to_figures(&mut self, wanted: &str) -> Result<String> {
        self.tell("GO")?;
        let step = self.next_step()?;
        let figures = step.strip_prefix(wanted).and_then(|figures| figures.strip_prefix(' '));
        let figures =
            figures.with_context(|| format!("{} claims {step:?} in place of {wanted}", self.name))?;
        Ok(figures.to_owned())
    }

    /// Lets the program go on from its step, with a word: usually `GO`.
    ///
    /// # Errors
    /// The program ended.
    pub(super) fn tell(&mut self, word: &str) -> Result<()> {
        self.program.tell(word).with_context(|| format!("of {}", self.name))
    }

    /// Adds what the runner did to the program's transcript.
    pub(super) fn note(&self, deed: &str) {
        self.program.note(deed);
    }

    /// Waits for the program's own, good end.
    ///
    /// # Errors
    /// As of [`Program::finish`].
    pub(super) fn finish(self) -> Result<()> {
        self.program.finish().with_context(|| format!("of {}", self.name))
    }
}
