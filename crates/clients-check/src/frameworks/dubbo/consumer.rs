//! The consumer, which calls all the time and is asked again and again what came of it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::frameworks::actor::Actor;

/// For a change of the providers to reach the calls.
const CHANGE_TIME: Duration = Duration::from_secs(60);
/// The runner's note before the consumer's end.
pub(super) const STOPS: &str = "the consumer stops";

/// A consumer of which no call may ever fail.
pub(super) struct Consumer {
    program: Actor,
    calls: usize,
    phases: Vec<Phase>,
}

/// A time in which one thing happened, with the longest wait for a right answer in it.
struct Phase {
    name: &'static str,
    longest_wait: Duration,
}

/// What came of the calls since the consumer told last.
struct Told {
    calls: usize,
    failed: usize,
    longest_wait: Duration,
    answered_by: BTreeSet<String>,
}

impl Consumer {
    /// `program` waits at its step `ready` and begins to call now.
    ///
    /// # Errors
    /// It ended.
    pub(super) fn begin(mut program: Actor) -> Result<Self> {
        program.tell("GO")?;
        Ok(Consumer { program, calls: 0, phases: Vec::new() })
    }

    /// Says what happens from now on.
    pub(super) fn enter(&mut self, name: &'static str) {
        self.program.note(name);
        self.phases.push(Phase { name, longest_wait: Duration::ZERO });
    }

    /// Waits until just those ports answer.
    ///
    /// # Errors
    /// A call failed, or that takes longer than [`CHANGE_TIME`].
    pub(super) fn await_answers_of(&mut self, ports: &BTreeSet<String>) -> Result<()> {
        let deadline = Instant::now() + CHANGE_TIME;
        loop {
            let answered_by = self.look()?.answered_by;
            if answered_by == *ports {
                return Ok(());
            }
            if Instant::now() >= deadline {
                let limit = CHANGE_TIME.as_secs();
                bail!("{}: after {limit} s {answered_by:?} answer, not {ports:?}", self.phase());
            }
        }
    }

    /// Looks for a while whether just those ports go on to answer.
    ///
    /// # Errors
    /// A call failed, or another set of ports has answered.
    pub(super) fn stays_with(&mut self, ports: &BTreeSet<String>, time: Duration) -> Result<()> {
        let begin = Instant::now();
        while begin.elapsed() < time {
            let answered_by = self.look()?.answered_by;
            ensure!(answered_by == *ports, "{}: {answered_by:?} answer, not {ports:?}", self.phase());
        }
        Ok(())
    }

    /// Ends the calls and the program; gives the figures of all phases.
    ///
    /// # Errors
    /// A call failed, or the program does not end well.
    pub(super) fn stop(mut self) -> Result<String> {
        self.look()?;
        self.program.note(STOPS);
        self.program.next_step()?;
        self.program.tell("GO")?;
        self.program.await_step("stopped")?;
        self.program.tell("GO")?;
        self.program.finish()?;
        let waits = self
            .phases
            .iter()
            .map(|phase| format!("{} ms while {}", phase.longest_wait.as_millis(), phase.name));
        let waits: Vec<String> = waits.collect();
        Ok(format!("{} calls; longest time without a right answer: {}", self.calls, waits.join(", ")))
    }

    /// The program's next report; it makes the one after that.
    fn look(&mut self) -> Result<Told> {
        let step = self.program.next_step()?;
        let told = Told::parse(&step).with_context(|| format!("what the consumer told: {step:?}"))?;
        ensure!(told.failed == 0, "{}: {} of {} calls failed", self.phase(), told.failed, told.calls);
        self.calls += told.calls;
        if let Some(phase) = self.phases.last_mut() {
            phase.longest_wait = phase.longest_wait.max(told.longest_wait);
        }
        self.program.tell("LOOK")?;
        Ok(told)
    }

    fn phase(&self) -> &'static str {
        self.phases.last().map_or("at first", |phase| phase.name)
    }
}

impl Told {
    /// Reads `told CALLS FAILED MILLISECONDS PORT,PORT`; there may be no port.
    fn parse(step: &str) -> Result<Self> {
        let mut words = step.split(' ');
        ensure!(words.next() == Some("told"), "it begins with something else");
        let mut number = || words.next().context("a number is missing")?.parse::<u32>().context("a number");
        let (calls, failed, wait) = (number()?, number()?, number()?);
        let ports = words.next().context("the ports are missing")?;
        Ok(Told {
            calls: usize::try_from(calls)?,
            failed: usize::try_from(failed)?,
            longest_wait: Duration::from_millis(wait.into()),
            answered_by: ports.split(',').filter(|port| !port.is_empty()).map(str::to_owned).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_consumer_tells_is_read() {
        let told = Told::parse("told 12 1 43 7001,7002").unwrap();
        assert_eq!((told.calls, told.failed, told.longest_wait.as_millis()), (12, 1, 43));
        assert_eq!(told.answered_by, BTreeSet::from(["7001".to_owned(), "7002".to_owned()]));
        assert!(Told::parse("told 12 12 43 ").unwrap().answered_by.is_empty());
        assert!(Told::parse("told 12 1").is_err());
        assert!(Told::parse("seen 12 1 43 7001").is_err());
    }
}
