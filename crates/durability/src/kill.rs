//! A server that is killed again and again while it is written to keeps what it acknowledged.
//!
//! ```text
//!   start ─▶ ready ─▶ compare everything ─▶ 64 publishers and their neighbours write ─▶ SIGKILL ─▶ start …
//!     └─ sometimes killed here already
//! ```
//!
//! One data directory lives through all rounds. Every name has one writer, so that what it may hold is known: after a
//! restart the last acknowledged value, or the one that was in flight when the kill came. History must hold every
//! acknowledged change once and in order, and the change in flight exactly if it took effect.

mod cell;
mod figures;
mod item;
mod neighbour;
mod pair;
mod publisher;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, bail};
use conformance::{Ports, Server};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::dice::Dice;
pub use figures::Figures;
use neighbour::{Kind, Neighbour};
use pair::Pair;

/// Each pair is a publisher over HTTP and one over gRPC.
const PAIRS: u64 = 32;
/// The kill comes within this time from the moment that the writers begin, in microseconds.
const WRITING_MAX: u64 = 200_000;
/// Once in so many rounds a server is killed while it starts …
const KILL_STARTING: u64 = 4;
/// … within this time, in microseconds.
const STARTING_MAX: u64 = 100_000;

/// Runs so many rounds with a server of this binary and tells what happened; the same seed makes the same choices.
///
/// # Errors
/// Something acknowledged is missing or something is there by half, or the server does not serve; the message names
/// the round.
pub async fn run(binary: &Path, rounds: usize, seed: u64) -> Result<Figures> {
    let server = Server::start_with(binary, &Ports::default(), &[]).await?;
    let mut trial = Trial::new(server, Dice::new(seed));
    for round in 0..rounds {
        trial.round().await.with_context(|| trial.explain(round, seed))?;
    }
    // What the last kill left.
    trial.compare().await.with_context(|| trial.explain(rounds, seed))?;
    Ok(trial.figures)
}

struct Trial {
    server: Server,
    dice: Dice,
    writers: Vec<Writer>,
    figures: Figures,
}

impl Trial {
    fn new(server: Server, mut dice: Dice) -> Self {
        let pairs = (0..PAIRS).map(|number| Writer::Pair(Box::new(Pair::new(number, &mut dice))));
        let mut writers: Vec<Writer> = pairs.collect();
        for kind in [Kind::Namespace, Kind::Instance] {
            writers.push(Writer::Neighbour(Neighbour::new(kind, dice.split())));
        }
        Self { server, dice, writers, figures: Figures::default() }
    }

    async fn round(&mut self) -> Result<()> {
        let started = Instant::now();
        self.compare().await?;
        self.write_until_killed().await?;
        if self.dice.once_in(KILL_STARTING) {
            self.server.relaunch()?;
            sleep(Duration::from_micros(self.dice.below(STARTING_MAX))).await;
            self.server.kill()?;
            self.figures.kills_while_starting += 1;
        }
        self.server.relaunch()?;
        self.server.until_ready().await?;
        self.figures.rounds += 1;
        self.figures.slowest_round = self.figures.slowest_round.max(started.elapsed());
        Ok(())
    }

    /// Everybody connects and compares what is stored with what may be.
    async fn compare(&mut self) -> Result<()> {
        let port = self.server.target().port;
        let mut comparing = JoinSet::new();
        for mut writer in self.writers.drain(..) {
            comparing.spawn(async move { writer.compare(port).await.map(|figures| (writer, figures)) });
        }
        while let Some(compared) = comparing.join_next().await {
            let (writer, figures) = compared??;
            self.writers.push(writer);
            self.figures += figures;
        }
        Ok(())
    }

    /// Everybody writes until the server is killed.
    async fn write_until_killed(&mut self) -> Result<()> {
        let mut writing = JoinSet::new();
        for mut writer in self.writers.drain(..) {
            writing.spawn(async move { writer.write().await.map(|ended| (writer, ended)) });
        }
        let life = Duration::from_micros(self.dice.below(WRITING_MAX));
        tokio::select! {
            Some(early) = writing.join_next() => {
                let (_, Ended(error)) = early??;
                return Err(error.context("cut off before the kill"));
            }
            () = sleep(life) => self.server.kill()?,
        }
        while let Some(ended) = writing.join_next().await {
            let (writer, _) = ended??;
            self.writers.push(writer);
        }
        Ok(())
    }

    fn explain(&self, round: usize, seed: u64) -> String {
        let log = self.server.log_tail();
        format!("round {round} of seed {seed}; the server's last words:\n{log}\nthe mistake")
    }
}

/// Knows what it wrote, and so what must be there.
enum Writer {
    Pair(Box<Pair>),
    Neighbour(Neighbour),
}

impl Writer {
    async fn compare(&mut self, port: u16) -> Result<Figures> {
        match self {
            Self::Pair(pair) => pair.compare(port).await,
            Self::Neighbour(neighbour) => neighbour.compare(port).await,
        }
    }

    async fn write(&mut self) -> Result<Ended> {
        match self {
            Self::Pair(pair) => pair.write().await,
            Self::Neighbour(neighbour) => neighbour.write().await,
        }
    }
}

/// Why a writer could not go on: its connection ended.
struct Ended(Error);

/// Passes on what a server of one's own must answer.
fn expect(fits: bool, what: &str, answer: &dyn std::fmt::Debug) -> Result<()> {
    if fits { Ok(()) } else { bail!("{what} was answered {answer:?}") }
}
