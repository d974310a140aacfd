//! Two thousand clients listen while items change and the server is killed: none misses the last change, none waits.
//!
//! ```text
//!   start ─▶ all listen ─▶ changes, a kill in the midst of two of them ─▶ all hold what is there ─▶ the server agrees
//! ```
//!
//! Half of the clients listen over gRPC, half poll; half of each carry a tag for which there are gray releases now and
//! then. They behave as SDKs do: told of a change they read, and listen again with what they hold; cut off they
//! connect again. Some forget notices as the Go SDK can. One process and one thread drive them all.

mod board;
mod figures;
mod listener;
mod over_grpc;
mod over_http;
mod writer;

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use conformance::{Ports, Server};
use hyper::Method;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::{Instant, sleep, timeout};

use crate::dice::Dice;
use crate::http::HttpClient;
use board::Board;
pub use figures::Figures;
use listener::{Listener, Temper};
use writer::Writer;

/// Clients of each protocol.
const GRPC: usize = 1_000;
const HTTP: usize = 1_000;
const ITEMS: usize = 40;
const CHANGES: usize = 500;
/// The changes during which the server is killed.
const KILLS: [usize; 2] = [170, 340];
/// Between two changes, so that most of them are told by themselves.
const PAUSE: Duration = Duration::from_millis(25);
/// Clients that connect at once: all together they would wait for each other in the queue of the port.
const CONNECTING_MAX: usize = 64;
/// How often it is looked whether something has come about.
const LOOK: Duration = Duration::from_millis(100);
/// How long 2 000 clients may take to connect.
const GATHER_DEADLINE: Duration = Duration::from_secs(120);
/// How long a client asks the server to hold a poll; it is held for half a second less.
const POLL: Duration = Duration::from_secs(28);

const GROUP: &str = "deliver";
/// The tag that half of the clients carry.
const TAG: &str = "blue";
const ITEM_PATH: &str = "/nacos/v1/cs/configs";
const DELIVERY_PATH: &str = "/nacos/v3/admin/cs/config/delivery";

/// Runs once with a server of this binary and tells what happened; the same seed makes the same changes.
///
/// # Errors
/// A client ends with something else than what is there, waits longer than a poll is held, or is given something older
/// than it had; or the server does not serve.
pub async fn run(binary: &Path, seed: u64) -> Result<Figures> {
    let server = Server::start_with(binary, &Ports::default(), &[]).await?;
    let mut trial = Trial { board: Rc::new(Board::new(ITEMS)), server, listeners: Vec::new() };
    let outcome = LocalSet::new().run_until(trial.run(Dice::new(seed))).await;
    outcome.with_context(|| format!("seed {seed}; the server's last words:\n{}", trial.server.log_tail()))
}

struct Trial {
    server: Server,
    board: Rc<Board>,
    listeners: Vec<Rc<Listener>>,
}

impl Trial {
    async fn run(&mut self, dice: Dice) -> Result<Figures> {
        let mut clients = self.gather();
        self.until_all_listen().await?;
        tokio::select! {
            ended = clients.join_next() => bail!("a client ended: {ended:?}"),
            changed = self.change(dice) => changed?,
        }
        let changed_at = Instant::now();
        self.until_all_hold().await?;
        let settled = changed_at.elapsed();
        self.until_server_agrees().await?;
        clients.shutdown().await;
        let figures = Figures::of(&self.listeners, CHANGES, KILLS.len(), settled);
        ensure!(figures.longest_wait < POLL, "a client waited longer than a poll is held: {figures}");
        Ok(figures)
    }

    /// Starts the clients; each ends only with a mistake.
    fn gather(&mut self) -> JoinSet<Result<()>> {
        let (port, connecting) = (self.server.target().port, Rc::new(Semaphore::new(CONNECTING_MAX)));
        let mut clients = JoinSet::new();
        for number in 0..GRPC + HTTP {
            let (board, item) = (Rc::clone(&self.board), number % ITEMS);
            let listener = Rc::new(Listener::new(board, item, Temper::of(number / ITEMS)));
            self.listeners.push(Rc::clone(&listener));
            let connecting = Rc::clone(&connecting);
            if number < GRPC {
                clients.spawn_local(over_grpc::listen(listener, port, connecting));
            } else {
                clients.spawn_local(over_http::listen(listener, port, connecting));
            }
        }
        clients
    }

    async fn change(&mut self, dice: Dice) -> Result<()> {
        let mut writer = Writer::new(self.server.target().port, Rc::clone(&self.board), dice);
        for number in 0..CHANGES {
            if KILLS.contains(&number) {
                let (changed, restarted) = tokio::join!(writer.change(), restart(&mut self.server));
                changed.and(restarted)?;
            } else {
                writer.change().await?;
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn until_all_listen(&self) -> Result<()> {
        let all_listen = async {
            while self.counted("clients").await.unwrap_or_default() < self.listeners.len() {
                sleep(LOOK).await;
            }
        };
        timeout(GATHER_DEADLINE, all_listen).await.context("not all clients listen in time")
    }

    /// Waits until every client holds the last content of its item.
    async fn until_all_hold(&self) -> Result<()> {
        let all_hold = async {
            while self.listeners.iter().any(|listener| !listener.is_settled()) {
                sleep(LOOK).await;
            }
        };
        if timeout(POLL, all_hold).await.is_err() {
            let behind: Vec<_> = self.listeners.iter().filter(|listener| !listener.is_settled()).collect();
            bail!("{} clients miss the last change: {:?}", behind.len(), behind.first());
        }
        Ok(())
    }

    /// Waits until the server shows every client as one that holds what it would be given.
    async fn until_server_agrees(&self) -> Result<()> {
        let deadline = Instant::now() + POLL;
        loop {
            let (clients, current) = (self.counted("clients").await?, self.counted("current").await?);
            if (clients, current) == (self.listeners.len(), self.listeners.len()) {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "the server shows {current} of {clients} clients as current");
            sleep(LOOK).await;
        }
    }

    /// A count of the delivery status, over all items.
    async fn counted(&self, name: &str) -> Result<usize> {
        let mut http = HttpClient::connect(self.server.target().port).await?;
        let mut sum = 0;
        for item in 0..ITEMS {
            let data_id = board::data_id(item);
            let asked = [("dataId", &*data_id), ("groupName", GROUP), ("pageSize", "1")];
            let answer = http.call(Method::GET, DELIVERY_PATH, &asked).await?.success()?.json()?;
            let count = answer["data"]["counts"][name].as_u64().context("a count")?;
            sum += usize::try_from(count)?;
        }
        Ok(sum)
    }
}

async fn restart(server: &mut Server) -> Result<()> {
    server.kill()?;
    server.relaunch()?;
    server.until_ready().await
}
