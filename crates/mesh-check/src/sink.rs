//! A sink at work: its stream, its reconnects, and looks at what it holds.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use bytes::Bytes;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

use crate::stream::{Room, Stream};
use crate::view::View;

/// Far above what any change may take on a busy machine.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// The habits of one kind of sink. It does no I/O: messages go in, messages come out.
pub trait Peer: Send + 'static {
    /// Where its stream is opened.
    const PATH: &'static str;

    /// How much it takes in.
    fn room(&self) -> Room {
        Room::default()
    }

    /// A stream is about to be opened; gives all that is sent before anything is read.
    fn open(&mut self) -> Vec<Bytes>;

    /// Takes an answer in; gives what is sent back.
    fn receive(&mut self, answer: Bytes) -> Option<Bytes>;

    /// The stream ended, or could not be opened, for that reason; gives the wait before the next.
    fn ended(&mut self, reason: &str) -> Duration;

    /// What it holds.
    fn view(&self) -> &View;
}

/// A running sink; dropped, its connection is closed.
#[derive(Debug)]
pub struct Sink {
    view: watch::Receiver<View>,
    _task: JoinSet<()>,
}

impl Sink {
    /// Starts a sink of the source at the local port, which need not be there yet.
    pub fn start(port: u16, peer: impl Peer) -> Self {
        let (shown, view) = watch::channel(peer.view().clone());
        let mut task = JoinSet::new();
        task.spawn(run(port, peer, shown));
        Self { view, _task: task }
    }

    /// What it holds now.
    pub fn view(&self) -> View {
        self.view.borrow().clone()
    }

    /// Waits until the view is as claimed, and gives it.
    ///
    /// # Errors
    /// It is not within [`DEADLINE`].
    pub async fn until(&mut self, what: &str, claim: impl Fn(&View) -> bool) -> Result<View> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let view = self.view.borrow_and_update().clone();
            if claim(&view) {
                return Ok(view);
            }
            match timeout_at(deadline, self.view.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => bail!("the sink ended before: {what}"),
                Err(_) => bail!("not within {DEADLINE:?}: {what}\n{}", describe(&view)),
            }
        }
    }

    /// Passes if the source has done nothing wrong so far.
    ///
    /// # Errors
    /// It has; the message lists the faults.
    pub fn clean(&self) -> Result<()> {
        let faults = &self.view.borrow().faults;
        ensure!(faults.is_empty(), "faults of the source:\n{}", faults.join("\n"));
        Ok(())
    }
}

fn describe(view: &View) -> String {
    let routes: Vec<String> = view.registry.routes().into_iter().take(20).collect();
    format!(
        "{} streams, synced: {}, {} answers, {} entries, routes {routes:?}, faults {:?}, answered {:?}",
        view.streams,
        view.is_synced,
        view.answers,
        view.entries.len(),
        view.faults,
        view.answered
    )
}

async fn run<P: Peer>(port: u16, mut peer: P, shown: watch::Sender<View>) {
    loop {
        let first = peer.open();
        let reason = match Stream::open(port, P::PATH, peer.room(), first).await {
            Ok(stream) => converse(stream, &mut peer, &shown).await,
            Err(error) => format!("{error:#}"),
        };
        let wait = peer.ended(&reason);
        shown.send_replace(peer.view().clone());
        sleep(wait).await;
    }
}

/// Each answer is taken in and replied to before the next is read.
async fn converse(mut stream: Stream, peer: &mut impl Peer, shown: &watch::Sender<View>) -> String {
    shown.send_replace(peer.view().clone());
    loop {
        let answer = match stream.next().await {
            Ok(answer) => answer,
            Err(ended) => return format!("{ended:?}"),
        };
        let reply = peer.receive(answer);
        shown.send_replace(peer.view().clone());
        if let Some(reply) = reply
            && let Err(error) = stream.send(&reply).await
        {
            return format!("{error:#}");
        }
    }
}

#[cfg(test)]
mod tests;
