//! The storm: hundreds of clients of official SDKs subscribe to the same services, which change a thousand times; then
//! every client must hold, of every service, what the server holds.
//!
//! ```text
//! programs   subscribe ─▶ change the ephemeral half over gRPC ─▶ tell what is held, again and again
//! runner                  change the persistent half over HTTP ─▶ compare with the server, until a deadline
//! ```
//!
//! The runner knows all changes beforehand, so the server's own answers are checked too.

mod changes;
mod held;
mod view;

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::http;
use crate::program::Program;
use crate::sdk::{Role, Sdk, Stage};
use crate::server::Server;
use crate::transcript::Transcript;
use crate::workshop::Workshop;
use changes::{HttpChanges, changes_of_program};
use held::Held;
use view::{Views, digest_of_list};

pub(super) const GROUP: &str = "clients";
/// The first half has ephemeral instances, the other half persistent ones.
pub(super) const SERVICES: u16 = 50;
/// Each client subscribes to one service of so many, so that a test takes a minute on a busy machine.
const SHARE: usize = 5;
/// Asks for another share: with 1 every client subscribes to every service.
const SHARE_ASKED: &str = "NAVAID_STORM_SHARE";
/// Changes that each program makes.
const CHANGES_OF_PROGRAM: u16 = 250;
const CHANGES_MIN: usize = 1000;
/// From the start of the programs until all clients have subscribed to all services, on a busy machine.
const SUBSCRIBE_TIME: Duration = Duration::from_secs(180);
/// For all changes of one program.
const CHANGE_TIME: Duration = Duration::from_secs(120);
/// From the last change until every client must hold it.
const SETTLE_TIME: Duration = Duration::from_secs(60);
/// For a program to tell what its clients hold.
const TELL_TIME: Duration = Duration::from_secs(30);
const PAUSE_BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// Programs full of clients, and their server.
pub(crate) struct Storm {
    programs: Vec<StormProgram>,
    share: usize,
    http: u16,
    /// Killed when everything else is over.
    _server: Server,
}

struct StormProgram {
    name: String,
    clients: usize,
    program: Program,
}

impl Storm {
    /// Who takes part, with how many clients each: 200 in all.
    pub(crate) const CLIENTS: [(Sdk, usize); 3] =
        [(Sdk::Java("java-2.5"), 60), (Sdk::Java("java-3.1"), 50), (Sdk::Go, 90)];

    /// Builds the programs and starts them, with a server of their own.
    ///
    /// # Errors
    /// One of them cannot be built or started.
    pub(crate) fn start(workshop: &Workshop, dir: &Path) -> Result<Self> {
        let share =
            std::env::var(SHARE_ASKED).map_or(Ok(SHARE), |share| share.parse()).context(SHARE_ASKED)?;
        ensure!(share > 0, "{SHARE_ASKED} is 0");
        let ports = workshop.ports.take()?;
        let stage = Stage { dir, ports, role: Role::Storm };
        let mut commands = Vec::new();
        for (sdk, clients) in Self::CLIENTS {
            commands.push((sdk.name(), clients, sdk.prepare(workshop, &stage).context("prepare a program")?));
        }
        let server = Server::start(&workshop.navaid, dir, ports, &[])?;
        let mut programs = Vec::new();
        for (number, (name, clients, mut command)) in commands.into_iter().enumerate() {
            let home = workshop.directory(&format!("run/storm/{name}"))?;
            command.current_dir(&home).env("HOME", &home);
            command.env("NAVAID_SERVER", format!("127.0.0.1:{}", ports.http));
            let numbers = [clients, SERVICES.into(), share, CHANGES_OF_PROGRAM.into(), number];
            command.args(numbers.map(|number| number.to_string()));
            let transcript = Transcript::create(&home.join("program.log"))?;
            programs.push(StormProgram { name, clients, program: Program::start(command, transcript)? });
        }
        Ok(Storm { programs, share, http: ports.http, _server: server })
    }

    /// Lets the storm pass.
    ///
    /// # Errors
    /// A program fails, the server does not hold what it was told, or a client does not come to hold it.
    pub(crate) fn pass(mut self) -> Result<()> {
        self.await_all("subscribed", SUBSCRIBE_TIME)?;
        self.tell_all("GO")?;
        let mut views = Views::default();
        let mut made = HttpChanges::new(self.http, &mut views).make()?;
        self.await_all("changed", CHANGE_TIME)?;
        for number in 0..self.programs.len() {
            made += changes_of_program(number, CHANGES_OF_PROGRAM, &mut views);
        }
        ensure!(made >= CHANGES_MIN, "only {made} changes were made");
        self.server_holds(&views)?;
        let deadline = Instant::now() + SETTLE_TIME;
        self.all_hold(&views, deadline)?;
        self.tell_all("END")?;
        self.programs.into_iter().try_for_each(|program| program.program.finish())
    }

    fn await_all(&mut self, step: &str, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        for program in &mut self.programs {
            let claimed = program.step(deadline.saturating_duration_since(Instant::now()))?;
            ensure!(claimed == step, "{} claims {claimed:?} where {step} was due", program.name);
        }
        Ok(())
    }

    fn tell_all(&mut self, word: &str) -> Result<()> {
        self.programs.iter_mut().try_for_each(|program| program.program.tell(word))
    }

    fn server_holds(&self, views: &Views) -> Result<()> {
        for service in 0..SERVICES {
            let name = service_name(service);
            let parameters = [("serviceName", name.as_str()), ("groupName", GROUP)];
            let answer = http::call(self.http, "GET", "/nacos/v1/ns/instance/list", &parameters)?;
            let list: Value = serde_json::from_str(&answer.body).context("parse an instance list")?;
            let (due, text) = (views.digest(service), views.text(service));
            ensure!(digest_of_list(&list)? == due, "of {name} the server holds {list} in place of {text:?}");
        }
        Ok(())
    }

    fn all_hold(&mut self, views: &Views, deadline: Instant) -> Result<()> {
        loop {
            self.tell_all("LOOK")?;
            let mut astray = Vec::new();
            for program in &mut self.programs {
                let told = program.step(TELL_TIME)?;
                let held =
                    told.strip_prefix("holds ").with_context(|| format!("what is held in {told:?}"))?;
                let held = Held::parse(held)?;
                astray.extend(
                    held.astray(program.clients, self.share, views)
                        .map(|what| format!("{}: {what}", program.name)),
                );
            }
            if astray.is_empty() {
                return Ok(());
            }
            if Instant::now() >= deadline {
                let (limit, list) = (SETTLE_TIME.as_secs(), astray.join("\n"));
                bail!("{limit} s after the last change not all clients hold what the server holds:\n{list}");
            }
            thread::sleep(PAUSE_BETWEEN_LOOKS);
        }
    }
}

impl StormProgram {
    fn step(&mut self, wait: Duration) -> Result<String> {
        let step = self.program.next_step(wait).with_context(|| format!("of {}", self.name))?;
        step.with_context(|| format!("{} claims nothing within {} s", self.name, wait.as_secs()))
    }
}

pub(super) fn service_name(service: u16) -> String {
    format!("storm-{service:02}")
}
