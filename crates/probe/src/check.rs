//! The probes themselves: the only part that meets the network.

use std::{sync::Arc, time::Duration};

use navaid_core::service::HealthChecker;
use tokio::time::timeout;

use crate::{finding::Finding, registry::Subject};
use http::HttpCheck;
use mysql::MysqlCheck;
use names::Names;

mod header_list;
mod http;
mod mysql;
mod names;
mod tcp;

/// For a connection, and again for the answer on it; MySQL may take twice that for the login, and again for the
/// statement, if it is never silent for so long (`spec/naming-semantics` §7.3).
const WAIT: Duration = Duration::from_millis(500);

/// Makes probes. Clones share what they are made with.
#[derive(Debug, Clone)]
pub(crate) struct Prober {
    names: Arc<Names>,
    /// [`WAIT`], but for tests.
    wait: Duration,
}

impl Default for Prober {
    fn default() -> Self {
        Self { names: Arc::default(), wait: WAIT }
    }
}

impl Prober {
    /// Probes once; takes little more than two waits at most, five for MySQL.
    pub(crate) async fn probe(&self, subject: &Subject) -> Finding {
        match &subject.checker {
            HealthChecker::Tcp => match self.connect(subject).await {
                Ok(_) => Finding::Passed,
                Err(finding) => finding,
            },
            HealthChecker::Http { path, headers, expected_code } => {
                let check = match HttpCheck::new(subject, path, headers) {
                    Ok(check) => check,
                    Err(finding) => return finding,
                };
                match self.connect(subject).await {
                    Ok(stream) => check.run(stream, *expected_code, self.wait).await,
                    Err(finding) => finding,
                }
            }
            HealthChecker::Mysql { user, password, command } => match self.connect(subject).await {
                Ok(stream) => MysqlCheck { user, password, command }.run(stream, self.wait).await,
                Err(finding) => finding,
            },
            HealthChecker::None => Finding::NotProbed { reason: "there is no checker".into() },
        }
    }

    async fn connect(&self, subject: &Subject) -> Result<tokio::net::TcpStream, Finding> {
        let connecting = async {
            let address = self.names.resolve(&subject.endpoint.ip, subject.port).await?;
            tcp::connect(address).await
        };
        match timeout(self.wait, connecting).await {
            Ok(connected) => connected.map_err(|error| Finding::of(&error)),
            Err(_) => Err(Finding::TimedOut),
        }
    }
}

#[cfg(test)]
mod tests;
