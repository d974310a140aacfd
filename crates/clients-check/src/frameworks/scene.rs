//! The server of a scenario, and the place where its programs run.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use super::Scenario;
use super::actor::Actor;
use super::neighbour::Neighbour;
use super::witness::Witness;
use crate::maven::Compiled;
use crate::ports::Ports;
use crate::program::Program;
use crate::run::empty_directory;
use crate::server::{self, Server};
use crate::transcript::Transcript;
use crate::workshop::Workshop;

/// For a program of a small application.
const HEAP: &str = "-Xmx96m";
/// The server writes changes of instances a quarter of a second later, on a busy disk later still.
const SAVE_TIME: Duration = Duration::from_secs(30);
/// How long the server is away: meanwhile every client tries in vain, at the latest after two seconds.
const AWAY: Duration = Duration::from_secs(3);

/// A running server with its directory; programs are started into it.
pub(super) struct Scene<'a> {
    name: &'static str,
    workshop: &'a Workshop,
    dir: PathBuf,
    compiled: Compiled,
    ports: Ports,
    logs: Vec<PathBuf>,
    pub(super) server: Server,
}

impl<'a> Scene<'a> {
    /// Builds the programs of a scenario, and starts a server of its own.
    ///
    /// # Errors
    /// As of [`Project::compile`](crate::maven::Project::compile) and [`Server::start`].
    pub(super) fn open(scenario: &Scenario, workshop: &'a Workshop) -> Result<Self> {
        let Scenario { name, project, settings, .. } = *scenario;
        let compiled = project.compile(workshop).context("build the programs")?;
        let dir = empty_directory(workshop, name)?;
        let ports = workshop.ports.take()?;
        let server = Server::start(&workshop.navaid, &dir, ports, settings)?;
        let logs = vec![server::log_path(&dir)];
        Ok(Scene { name, workshop, dir, compiled, ports, logs, server })
    }

    /// Starts the program with the main class `main`. `name` names it in a failure, its home and its transcript; no
    /// two programs of a scenario have one name.
    ///
    /// # Errors
    /// The process cannot be started.
    pub(super) fn start(&mut self, name: &str, main: &str, arguments: &[&str]) -> Result<Actor> {
        let home = self.dir.join(name);
        fs::create_dir(&home).with_context(|| format!("create {}", home.display()))?;
        let mut command = self.compiled.command(main, &home, HEAP);
        command.args(arguments).current_dir(&home).env("HOME", &home);
        command.env("NAVAID_SERVER", format!("127.0.0.1:{}", self.ports.http));
        let log = self.transcript_path(name);
        let program = Program::start(command, Transcript::create(&log)?)?;
        self.logs.push(log);
        Ok(Actor::new(name, program))
    }

    /// A port on which a program can listen.
    ///
    /// # Errors
    /// None is free.
    pub(super) fn port(&self) -> Result<u16> {
        Ok(self.workshop.ports.take()?.program)
    }

    /// One who looks at the server from outside.
    pub(super) fn witness(&self) -> Witness {
        Witness::of(self.ports.http)
    }

    /// Another application, played by the runner.
    pub(super) fn neighbour(&self) -> Neighbour {
        Neighbour::of(self.ports.http)
    }

    /// Kills the server as [`Scene::kill_server`] does, and starts it after [`AWAY`].
    ///
    /// # Errors
    /// As of [`Scene::kill_server`] and [`Server::start_again`].
    pub(super) fn restart_server(&mut self) -> Result<()> {
        self.kill_server()?;
        thread::sleep(AWAY);
        self.server.start_again()
    }

    /// Kills the server when all instances are in the file from which it will know them again.
    ///
    /// # Errors
    /// They are not within [`SAVE_TIME`]; or as of [`Server::kill`].
    pub(super) fn kill_server(&mut self) -> Result<()> {
        let all_are_saved = |witness: Witness| Ok(witness.all_are_saved()?.then_some(()));
        self.witness().until(SAVE_TIME, all_are_saved).context("instances are not saved")?;
        self.server.kill()
    }

    /// What a program has said since the runner's last note of that text.
    ///
    /// # Errors
    /// The transcript cannot be read, or has no such note.
    pub(super) fn said_since(&self, name: &str, note: &str) -> Result<String> {
        let transcript = fs::read_to_string(self.transcript_path(name)).context("read a transcript")?;
        let (_, said) = transcript.rsplit_once(note).with_context(|| format!("no note {note:?}"))?;
        Ok(said.to_owned())
    }

    /// Prints a figure for the reader of the test's output.
    #[expect(clippy::print_stdout, reason = "the output of a test that runs without the usual harness")]
    pub(super) fn remark(&self, figure: &str) {
        println!("{}: {figure}", self.name);
    }

    /// What server and programs said, each in a file.
    pub(super) fn logs(&self) -> Vec<PathBuf> {
        self.logs.clone()
    }

    fn transcript_path(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.log"))
    }
}
