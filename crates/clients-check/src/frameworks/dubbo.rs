//! Dubbo: two providers that start at the same moment, one that comes later, and a consumer that never stops calling.
//!
//! ```text
//! providers   a and b start ───────────────────────────────▶ a stops    c starts ─▶ c is killed
//! server                       is killed ─▶ starts
//! consumer                 calls a and b ──────────────────▶ b alone ─▶ b and c ──▶ b alone ─▶ stops
//! ```

mod consumer;
mod facts;

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::Scenario;
use super::actor::Actor;
use super::scene::Scene;
use super::witness::Witness;
use crate::maven::Project;
use consumer::{Consumer, STOPS};
use facts::{Mode, probe_is_absent};

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario { name: "dubbo-interface", project: PROJECT, settings: SETTINGS, perform: interface },
    Scenario { name: "dubbo-application", project: PROJECT, settings: SETTINGS, perform: application },
];

const PROJECT: Project = Project { folder: "dubbo", profile: None };
/// How long a provider that does not come back is shown: short, so that the scenario outlasts it.
const SETTINGS: &[&str] = &["navaid.naming.warm-restart.window=9s"];
/// From the restart on: longer than the window.
const RECOVERY_TIME: Duration = Duration::from_secs(11);
/// How long there is no server.
const OUTAGE: Duration = Duration::from_secs(2);
/// For the server to show what a program has done.
const WITNESS_TIME: Duration = Duration::from_secs(30);

fn interface(scene: &mut Scene<'_>) -> Result<()> {
    System::raise(scene, Mode::Interface)?.live()
}

fn application(scene: &mut Scene<'_>) -> Result<()> {
    System::raise(scene, Mode::Application)?.live()
}

/// The running applications.
struct System<'a, 'w> {
    scene: &'a mut Scene<'w>,
    mode: Mode,
    a: Provider,
    b: Provider,
    /// Started and not registered: it comes later.
    c: Provider,
    consumer: Consumer,
}

struct Provider {
    program: Actor,
    port: String,
}

impl<'a, 'w> System<'a, 'w> {
    /// Registers two providers at one moment, then starts the calls. The providers have applications of their own: both
    /// write the mapping from interface to applications, and neither name may be lost.
    fn raise(scene: &'a mut Scene<'w>, mode: Mode) -> Result<Self> {
        let mut a = Provider::start(scene, mode, "a")?;
        let mut b = Provider::start(scene, mode, "b")?;
        let mut c = Provider::start(scene, mode, "c")?;
        let mut consumer = scene.start("consumer", "Consumer", &["buyer", mode.word()])?;
        for program in [&mut a.program, &mut b.program, &mut c.program, &mut consumer] {
            program.await_step("ready")?;
        }
        a.program.tell("GO")?;
        b.program.tell("GO")?;
        a.program.await_step("registered")?;
        b.program.await_step("registered")?;
        Ok(System { scene, mode, a, b, c, consumer: Consumer::begin(consumer)? })
    }

    fn live(mut self) -> Result<()> {
        self.begin()?;
        self.outlive_the_server()?;
        self.change_providers()
    }

    fn begin(&mut self) -> Result<()> {
        let both = self.a_and_b();
        self.consumer.enter("it begins");
        self.consumer.await_answers_of(&both)?;
        let mode = self.mode;
        self.scene.witness().comes_to(WITNESS_TIME, |witness| {
            mode.holds(witness, "orders-a")?;
            mode.holds(witness, "orders-b")?;
            mode.mapping_names(witness, &["orders-a", "orders-b"])?;
            probe_is_absent(witness)
        })
    }

    fn outlive_the_server(&mut self) -> Result<()> {
        let both = self.a_and_b();
        self.consumer.enter("the server is killed");
        self.scene.kill_server()?;
        self.consumer.stays_with(&both, OUTAGE)?;
        self.consumer.enter("it is back");
        self.scene.server.start_again()?;
        self.consumer.stays_with(&both, RECOVERY_TIME)?;
        // What did not come back by itself is no longer shown.
        let mode = self.mode;
        self.scene.witness().comes_to(WITNESS_TIME, |witness| {
            lists(mode, witness, &both)?;
            mode.holds(witness, "orders-a")?;
            mode.holds(witness, "orders-b")
        })
    }

    fn change_providers(self) -> Result<()> {
        let System { scene, mode, a, b, mut c, mut consumer } = self;
        let witness = scene.witness();
        let b_alone = BTreeSet::from([b.port.clone()]);
        let b_and_c = BTreeSet::from([b.port.clone(), c.port.clone()]);

        consumer.enter("a provider stops");
        a.stop()?;
        consumer.await_answers_of(&b_alone)?;
        witness.comes_to(WITNESS_TIME, |witness| lists(mode, witness, &b_alone))?;

        consumer.enter("a provider starts");
        c.program.tell("GO")?;
        c.program.await_step("registered")?;
        consumer.await_answers_of(&b_and_c)?;
        witness.comes_to(WITNESS_TIME, |witness| {
            lists(mode, witness, &b_and_c)?;
            mode.holds(witness, "orders-c")?;
            // Dubbo removes no name when a provider stops.
            mode.mapping_names(witness, &["orders-a", "orders-b", "orders-c"])
        })?;

        consumer.enter("a provider is killed");
        drop(c);
        consumer.await_answers_of(&b_alone)?;
        witness.comes_to(WITNESS_TIME, |witness| lists(mode, witness, &b_alone))?;

        scene.remark(&consumer.stop()?);
        stopped_without_errors(scene)
    }

    fn a_and_b(&self) -> BTreeSet<String> {
        BTreeSet::from([self.a.port.clone(), self.b.port.clone()])
    }
}

/// The server must show just those ports, healthy.
fn lists(mode: Mode, witness: Witness, ports: &BTreeSet<String>) -> Result<()> {
    let listed = mode.ports(witness)?;
    ensure!(listed == *ports, "the server lists {listed:?}, not {ports:?}");
    Ok(())
}

/// At its end a consumer in application mode asks for page 0 of the services, of 2,147,483,647 to a page: an answer that
/// it cannot take is in its log.
fn stopped_without_errors(scene: &Scene<'_>) -> Result<()> {
    let said = scene.said_since("consumer", STOPS)?;
    let error = said.lines().find(|line| line.contains("NacosException"));
    ensure!(error.is_none(), "the consumer's end was not clean: {error:?}");
    Ok(())
}

impl Provider {
    /// A process that has not registered yet.
    fn start(scene: &mut Scene<'_>, mode: Mode, name: &str) -> Result<Self> {
        let port = scene.port()?.to_string();
        let program = scene.start(name, "Provider", &[&format!("orders-{name}"), mode.word(), &port])?;
        Ok(Provider { program, port })
    }

    /// Lets it deregister and end.
    fn stop(mut self) -> Result<()> {
        self.program.tell("GO")?;
        self.program.await_step("stopped")?;
        self.program.tell("GO")?;
        self.program.finish()
    }
}
