//! The script from the runner's side: what each step of a program means and what follows it.
//!
//! `tests/clients/README.md` has the program's side. A step counts only if it comes in its turn and the server, asked
//! over HTTP, confirms what the program claims.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::neighbour::Neighbour;
use crate::program::Program;
use crate::server::Server;

/// For a step while the server is there. The slowest seen: the Rust SDK ignores the answer to its first listen request, so
/// that a change just before it is found in the next round, up to 60 s later.
const STEP_TIME: Duration = Duration::from_secs(90);
/// For all that an SDK must bring back by itself. The slowest seen: listeners of the Rust SDK, listed again in a
/// round of 60 s after it has connected again, which took it 8 s.
const RECOVERY_TIME: Duration = Duration::from_secs(120);
/// For the server to show what a client was already told is done.
const WITNESS_TIME: Duration = Duration::from_secs(20);
const PAUSE_BETWEEN_LOOKS: Duration = Duration::from_millis(100);
/// The wait for a step is cut into pieces of this length, so that the neighbour can beat.
const STEP_LOOK: Duration = Duration::from_secs(1);
/// The word that lets a program go on from a step.
const GO: &str = "GO";

/// One performance of the script.
pub(crate) struct Script<'a> {
    program: Program,
    server: &'a mut Server,
    neighbour: Neighbour,
    /// Whether the program stands at a step that it has claimed.
    waits: bool,
}

impl<'a> Script<'a> {
    /// A performance of `program`, started just now, on `server`.
    pub(crate) fn new(program: Program, server: &'a mut Server, neighbour: Neighbour) -> Self {
        Script { program, server, neighbour, waits: false }
    }

    /// Plays the script to its end.
    ///
    /// # Errors
    /// The first thing that went otherwise than written.
    pub(crate) fn perform(mut self) -> Result<()> {
        self.run_through()?;
        self.survive_restart()?;
        self.let_go()?;
        self.program.finish()
    }

    fn run_through(&mut self) -> Result<()> {
        self.step("registered")?;
        self.instance_is_listed(true)?;
        self.step("discovered")?;
        self.step("subscribed")?;
        self.program.note("the neighbour joins");
        self.neighbour.join()?;
        self.step("neighbour-seen")?;
        self.program.note("the neighbour leaves");
        self.neighbour.leave()?;
        self.step("neighbour-gone")?;

        self.step("published")?;
        self.content_is(Some("first é 一"))?;
        self.step("read")?;
        self.step("listening")?;
        self.publish("second é 一")?;
        self.step("change-seen")?;
        self.step("removed")?;
        self.content_is(None)?;
        self.step("deregistered")?;
        self.instance_is_listed(false)
    }

    fn survive_restart(&mut self) -> Result<()> {
        self.step("ready-for-restart")?;
        self.instance_is_listed(true)?;
        self.content_is(Some("third é 一"))?;
        self.program.note("the server is killed");
        self.server.kill_and_start_again()?;
        self.program.note("the server is back");
        self.content_is(Some("third é 一")).context("a publish that was acknowledged before the kill")?;
        self.neighbour.join()?;
        self.publish("fourth é 一")?;
        self.step_within("recovered", RECOVERY_TIME)?;
        self.instance_is_listed(true)?;

        self.step("republished")?;
        self.content_is(Some("fifth é 一"))?;
        self.step("removed")?;
        self.content_is(None)?;
        self.step("deregistered")?;
        self.instance_is_listed(false)
    }

    fn publish(&mut self, content: &str) -> Result<()> {
        self.program.note(&format!("publishes {content}"));
        self.neighbour.publish(content)
    }

    fn step(&mut self, wanted: &str) -> Result<()> {
        self.step_within(wanted, STEP_TIME)
    }

    /// Lets the program go on, until it claims the step.
    fn step_within(&mut self, wanted: &str, limit: Duration) -> Result<()> {
        self.let_go()?;
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            self.neighbour.beat_if_due()?;
            let step =
                self.program.next_step(STEP_LOOK).with_context(|| format!("before the step {wanted}"))?;
            match step {
                Some(step) if step == wanted => {
                    self.waits = true;
                    return Ok(());
                }
                Some(step) => bail!("the program claims the step {step} where {wanted} was due"),
                None => {}
            }
        }
        bail!("the program did not reach the step {wanted} within {} s", limit.as_secs())
    }

    fn let_go(&mut self) -> Result<()> {
        if std::mem::take(&mut self.waits) {
            self.program.tell(GO)?;
        }
        Ok(())
    }

    fn content_is(&mut self, wanted: Option<&str>) -> Result<()> {
        self.witness(|neighbour| Ok((neighbour.read()?.as_deref() == wanted).then_some(())))
            .with_context(|| format!("the server does not hold the content {wanted:?}"))
    }

    fn instance_is_listed(&mut self, wanted: bool) -> Result<()> {
        self.witness(|neighbour| match neighbour.instance_of_program()? {
            Some(instance) => Ok((wanted && is_as_registered(&instance)).then_some(())),
            None => Ok((!wanted).then_some(())),
        })
        .with_context(|| match wanted {
            true => "the server does not list the program's instance as registered",
            false => "the server still lists the program's instance",
        })
    }

    fn witness(&mut self, look: impl Fn(&Neighbour) -> Result<Option<()>>) -> Result<()> {
        let deadline = Instant::now() + WITNESS_TIME;
        loop {
            self.neighbour.beat_if_due()?;
            if look(&self.neighbour)?.is_some() {
                return Ok(());
            }
            if Instant::now() >= deadline {
                bail!("not within {} s", WITNESS_TIME.as_secs());
            }
            thread::sleep(PAUSE_BETWEEN_LOOKS);
        }
    }
}

fn is_as_registered(instance: &serde_json::Value) -> bool {
    instance["weight"] == 2.0 && instance["metadata"]["zone"] == "west" && instance["ephemeral"] == true
}
