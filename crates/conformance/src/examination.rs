//! One recording against a fresh server: start, replay, look for faults, stop.

use std::path::Path;

use anyhow::Result;

use crate::ports::Ports;
use crate::recording::Recording;
use crate::replay::{Depth, Outcome, replay};
use crate::server::Server;

/// What came of it.
#[derive(Debug)]
pub struct Examination {
    pub outcome: Outcome,
    /// What no recording allows, listed or not: a panic, an end of the process.
    pub faults: Vec<String>,
    /// The last lines of the server's log.
    pub log_tail: String,
}

impl Examination {
    /// Whether a client would notice nothing.
    pub fn is_passed(&self) -> bool {
        self.faults.is_empty() && self.outcome.is_passed()
    }
}

/// Replays a recording against a server of its own. Blocks; for a thread that does nothing else.
///
/// # Errors
/// The recording cannot be read or the server does not start.
pub fn examine(recording: &Recording, binary: &Path, ports: &Ports, depth: Depth) -> Result<Examination> {
    let scenario = recording.scenario()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut server = Server::start(binary, ports, recording).await?;
        let outcome = replay(&scenario, server.target(), depth).await;
        Ok(Examination { outcome, faults: server.faults(), log_tail: server.log_tail() })
    })
}
