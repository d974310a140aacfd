//! One statement over MySQL's protocol, on a connection of its own (`spec/naming-semantics` §7.3).
//!
//! ```text
//! Packets (bounds) ─▶ Greeting, login ─▶ statement ─▶ Finding
//! ```
//!
//! Not a client library: what answers is whoever registered an address, and the libraries bound too little (ADR 0010).
//! Here all that a server may send is bounded, in bytes and in time. No TLS,
//! no prepared statements, no pool: a connection for each probe also tells whether a server takes new clients.

use std::time::Duration;

use tokio::{net::TcpStream, time::timeout};

use crate::finding::Finding;
use broken::Broken;
use packets::Packets;

mod answer;
mod broken;
mod fields;
mod greeting;
mod login;
mod packets;
mod proof;

/// The statement whose answer is looked at, where any other only has to succeed (`MysqlHealthCheckProcessor`, 2.5).
const READ_ONLY: &str = "show global variables where variable_name='read_only'";
/// Ends a session. A server that is only left logs a warning.
const QUIT: &[u8] = &[0x01];

/// A check as its checker describes it.
pub(super) struct MysqlCheck<'a> {
    pub(super) user: &'a str,
    pub(super) password: &'a str,
    pub(super) command: &'a str,
}

impl MysqlCheck<'_> {
    /// Logs in and runs the statement. A server may be silent for `wait`, and have twice that for each of both.
    pub(super) async fn run(self, stream: TcpStream, wait: Duration) -> Finding {
        let mut packets = Packets::new(stream, wait);
        let outcome = self.converse(&mut packets, wait * 2).await;
        if !matches!(outcome, Err(Broken::Silent | Broken::Io(_))) {
            // Politeness: what becomes of it decides nothing.
            let _ = packets.begin(QUIT).await;
        }
        match outcome {
            Ok(()) => Finding::Passed,
            Err(broken) => broken.into_finding(self.password),
        }
    }

    async fn converse(&self, packets: &mut Packets, patience: Duration) -> Result<(), Broken> {
        let login = login::log_in(packets, self.user, self.password);
        timeout(patience, login).await.map_err(|_| Broken::Silent)??;
        let asking = answer::ask(packets, self.command);
        let row = timeout(patience, asking).await.map_err(|_| Broken::Silent)??;
        if self.command != READ_ONLY {
            return Ok(());
        }
        match row.as_deref().map(answer::second_column) {
            Some(Some(b"ON")) => Err(Broken::ReadOnly),
            Some(Some(_)) => Ok(()),
            Some(None) | None => Err(Broken::Garbled("no value of read_only")),
        }
    }
}

#[cfg(test)]
mod tests;
