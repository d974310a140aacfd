//! A server that is killed and started again, over and over, never shows a service smaller than it is.
//!
//! ```text
//!   all register, all subscribers see them ─▶ 20 × (serve a while ─▶ kill or stop ─▶ start) ─▶ some clients die while
//!   the server is down ─▶ start ─▶ they, and only they, are gone in time
//! ```
//!
//! 200 services have ten instances each, half over gRPC, half over HTTP. The clients behave as SDKs do: those of gRPC
//! connect at once and register again seconds later, those of HTTP go on beating as if nothing had happened. A hundred
//! subscribers, and one that lists over HTTP, look at everything that they are given. One thread drives them all.

mod board;
mod figures;
mod publisher;
mod subscriber;

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use conformance::{Ports, Server};
use hyper::Method;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::{Instant, sleep, timeout};

use crate::dice::Dice;
use crate::http::HttpClient;
use board::Board;
pub use figures::Figures;
use publisher::{Client, over_grpc, over_http};

/// Services, and clients of each protocol; each client publishes in ten services.
const SERVICES: usize = 200;
const CLIENTS: usize = 100;
const SUBSCRIBERS: usize = 100;
/// Instances of each service.
const INSTANCES: usize = 10;
const KILLS: u64 = 20;
/// Every so many stops is one by signal, with a drain.
const STOP_EVERY: u64 = 4;
/// How long the server lives between two stops, at most, in milliseconds.
const LIFE_MAX: u64 = 2_500;
/// How long the server waits for clients. Those of HTTP ask for as much patience.
const WINDOW: Duration = Duration::from_secs(20);
/// How often it is looked whether something has come about.
const LOOK: Duration = Duration::from_millis(250);
/// Generous: many connect at once on a busy machine.
const GATHER_DEADLINE: Duration = Duration::from_secs(120);
/// From the start of the server to the last dead client gone, generously.
const GONE_DEADLINE: Duration = Duration::from_secs(60);
/// Clients that connect at once.
const CONNECTING_MAX: usize = 64;

/// Runs once with a server of this binary and tells what happened; the same seed makes the same choices.
///
/// # Errors
/// Somebody was shown a service smaller than it was, or an instance twice; a beat was not known; a dead client stayed;
/// or the server does not serve.
pub async fn run(binary: &Path, ports: &Ports, seed: u64) -> Result<Figures> {
    let window = format!("{}s", WINDOW.as_secs());
    let settings = [("navaid.naming.warm-restart.window", window.as_str())];
    let server = Server::start_with(binary, ports, &settings).await?;
    let mut trial = Trial { board: Rc::new(Board::default()), server, dice: Dice::new(seed) };
    let outcome = LocalSet::new().run_until(trial.run()).await;
    outcome.with_context(|| format!("seed {seed}; the server's last words:\n{}", trial.server.log_tail()))
}

struct Trial {
    server: Server,
    board: Rc<Board>,
    dice: Dice,
}

impl Trial {
    async fn run(&mut self) -> Result<Figures> {
        let mut clients = self.gather();
        let board = Rc::clone(&self.board);
        let gone_after = tokio::select! {
            ended = clients.join_next() => bail!("a client ended: {ended:?}"),
            lived = self.live() => lived?,
        };
        clients.shutdown().await;
        Ok(Figures::of(&board, KILLS, gone_after))
    }

    async fn live(&mut self) -> Result<Duration> {
        let settled = async {
            while !self.board.is_full() {
                sleep(LOOK).await;
            }
            self.until_saved().await
        };
        let gathered = timeout(GATHER_DEADLINE, settled).await;
        gathered
            .with_context(|| format!("not everybody sees everything in time: {}", self.board.summary()))??;
        self.board.require_all();
        for number in 0..KILLS {
            sleep(Duration::from_millis(self.dice.below(LIFE_MAX))).await;
            self.stop(number % STOP_EVERY == 0).await?;
            self.server.relaunch()?;
            self.server.until_ready().await?;
        }
        self.stop(false).await?;
        self.board.let_die(&[Client::Grpc(3), Client::Grpc(40), Client::Http(3), Client::Http(77)]);
        self.server.relaunch()?;
        let started = Instant::now();
        let gone = async {
            while !self.board.shows_exactly_the_living() {
                sleep(LOOK).await;
            }
        };
        timeout(GONE_DEADLINE, gone).await.context("dead clients are still shown, or living ones are not")?;
        Ok(started.elapsed())
    }

    async fn stop(&mut self, is_drained: bool) -> Result<()> {
        if is_drained { self.server.terminate().await } else { self.server.kill() }
    }

    /// Starts everybody; each ends only with a mistake of the server.
    fn gather(&mut self) -> JoinSet<Result<()>> {
        let port = self.server.target().port;
        let connecting = Rc::new(Semaphore::new(CONNECTING_MAX));
        let mut clients = JoinSet::new();
        for number in 0..CLIENTS {
            let dice = self.dice.split();
            let (board, permits) = (Rc::clone(&self.board), Rc::clone(&connecting));
            clients.spawn_local(over_grpc(board, number, port, dice, permits));
            clients.spawn_local(over_http(Rc::clone(&self.board), number, port, self.dice.split()));
        }
        for number in 0..SUBSCRIBERS {
            let (board, permits) = (Rc::clone(&self.board), Rc::clone(&connecting));
            clients.spawn_local(subscriber::listen(board, number, port, permits));
        }
        clients.spawn_local(subscriber::list(Rc::clone(&self.board), port));
        clients
    }

    /// Waits until the server has saved all that it knows: a crash may take what is younger than that.
    async fn until_saved(&self) -> Result<()> {
        let mut http = HttpClient::connect(self.server.target().port).await?;
        let mut quiet = 0;
        while quiet < 3 {
            let page = http.call(Method::GET, "/nacos/actuator/prometheus", &[]).await?.success()?;
            let unsaved = page.body.lines().find_map(|line| line.strip_prefix("navaid_naming_unsaved "));
            quiet = if unsaved.context("no count of what is not saved")?.parse() == Ok(0.0) {
                quiet + 1
            } else {
                0
            };
            sleep(LOOK).await;
        }
        Ok(())
    }
}

/// The services that a client publishes in: ten of them, so that each service has five clients of each protocol.
fn services_of(client: usize) -> impl Iterator<Item = usize> {
    let step = SERVICES / INSTANCES;
    (client / (INSTANCES / 2)..SERVICES).step_by(step)
}

fn service_name(service: usize) -> String {
    format!("warm-{service}")
}
