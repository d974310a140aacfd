//! What is measured: a server that is started afresh for each row, or one that runs.

use anyhow::{Context, Result};

use crate::process::Process;
use crate::server::{Binary, Server};
use crate::target::{Address, Peer};

/// A server of the report.
#[derive(Debug)]
pub(crate) enum Subject {
    /// Navaid: a fresh process, with an empty data directory, for each row.
    Started(Binary),
    /// A process that somebody else started; it stays what earlier rows made of it.
    Running(Running),
}

/// A server that answers.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    name: String,
    acknowledges: String,
    pub(crate) address: Address,
    pub(crate) process: Process,
}

/// A server for one row; a started one ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) address: Address,
    pub(crate) process: Process,
    _server: Option<Server>,
}

impl Subject {
    /// # Errors
    /// The process does not run.
    pub(crate) fn running(peer: &Peer) -> Result<Self> {
        let process = Process::new(peer.pid).with_context(|| format!("find {}", peer.name))?;
        let (name, acknowledges) = (peer.name.clone(), peer.acknowledges.clone());
        Ok(Self::Running(Running { name, acknowledges, address: peer.address, process }))
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Started(_) => "navaid",
            Self::Running(running) => &running.name,
        }
    }

    /// When a write is acknowledged.
    pub(crate) fn acknowledges(&self) -> &str {
        match self {
            Self::Started(_) => "after fsync",
            Self::Running(running) => &running.acknowledges,
        }
    }

    /// A server for one row.
    ///
    /// # Errors
    /// It cannot be started.
    pub(crate) async fn seat(&self) -> Result<Seat> {
        match self {
            Self::Started(binary) => {
                let server = binary.start().await?;
                Ok(Seat { address: server.address(), process: server.process(), _server: Some(server) })
            }
            Self::Running(Running { address, process, .. }) => {
                Ok(Seat { address: *address, process: *process, _server: None })
            }
        }
    }
}
