//! What the server holds, seen from outside with the HTTP API.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::http;

const LIST: &str = "/nacos/v1/ns/instance/list";
const CONFIG: &str = "/nacos/v1/cs/configs";
const METRICS: &str = "/nacos/actuator/prometheus";
const PAUSE_BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Looks at the server with that HTTP port.
#[derive(Debug, Clone, Copy)]
pub(super) struct Witness {
    server: u16,
}

impl Witness {
    pub(super) fn of(server: u16) -> Self {
        Witness { server }
    }

    /// The healthy instances of a service.
    ///
    /// # Errors
    /// The server does not answer with a list.
    pub(super) fn instances(self, group: &str, service: &str) -> Result<Vec<Value>> {
        let parameters = [("groupName", group), ("serviceName", service), ("healthyOnly", "true")];
        let answer = http::call(self.server, "GET", LIST, &parameters)?;
        ensure!(answer.status == 200, "status {}, {:?}", answer.status, answer.body);
        let list: Value = serde_json::from_str(&answer.body).context("parse an instance list")?;
        Ok(list["hosts"].as_array().with_context(|| format!("hosts in {list}"))?.clone())
    }

    /// The content of a config item, `None` while there is none.
    ///
    /// # Errors
    /// The server answers with neither.
    pub(super) fn content(self, group: &str, data_id: &str) -> Result<Option<String>> {
        let answer = http::call(self.server, "GET", CONFIG, &[("group", group), ("dataId", data_id)])?;
        match answer.status {
            404 => Ok(None),
            200 => Ok(Some(answer.body)),
            status => bail!("status {status}, {:?}", answer.body),
        }
    }

    /// Whether a server started now would know all instances again.
    ///
    /// # Errors
    /// The server does not tell.
    pub(super) fn all_are_saved(self) -> Result<bool> {
        Ok(self.gauge("navaid_naming_unsaved")? < 1.0)
    }

    /// Whether the clients of all instances that a restarted server knows again are back.
    ///
    /// # Errors
    /// The server does not tell.
    pub(super) fn all_are_back(self) -> Result<bool> {
        Ok(self.gauge("navaid_naming_unconfirmed")? < 1.0)
    }

    /// Whether the server holds at least so many long polls, neither answered nor timed out.
    ///
    /// # Errors
    /// The server does not tell.
    pub(super) fn holds_polls(self, polls: f64) -> Result<bool> {
        Ok(self.gauge(r#"nacos_monitor{module="config",name="longPolling"}"#)? >= polls)
    }

    /// Looks again and again for as long as `time`.
    ///
    /// # Errors
    /// One look fails.
    pub(super) fn throughout(self, time: Duration, look: impl Fn(Witness) -> Result<()>) -> Result<()> {
        let deadline = Instant::now() + time;
        while Instant::now() < deadline {
            look(self)?;
            thread::sleep(PAUSE_BETWEEN_LOOKS);
        }
        Ok(())
    }

    /// Looks again and again until a claim holds.
    ///
    /// # Errors
    /// It does not within `limit`: what was wrong at the last look.
    pub(super) fn comes_to(self, limit: Duration, claim: impl Fn(Witness) -> Result<()>) -> Result<()> {
        let deadline = Instant::now() + limit;
        loop {
            match claim(self) {
                Ok(()) => return Ok(()),
                Err(wrong) if Instant::now() >= deadline => {
                    return Err(wrong.context(format!("still after {} s", limit.as_secs())));
                }
                Err(_) => thread::sleep(PAUSE_BETWEEN_LOOKS),
            }
        }
    }

    /// Looks again and again until `look` finds what it wants.
    ///
    /// # Errors
    /// It fails, or does not find it within `limit`.
    pub(super) fn until<T>(
        self,
        limit: Duration,
        mut look: impl FnMut(Witness) -> Result<Option<T>>,
    ) -> Result<T> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(found) = look(self)? {
                return Ok(found);
            }
            if Instant::now() >= deadline {
                bail!("not within {} s", limit.as_secs());
            }
            thread::sleep(PAUSE_BETWEEN_LOOKS);
        }
    }

    fn gauge(self, gauge: &str) -> Result<f64> {
        let answer = http::call(self.server, "GET", METRICS, &[])?;
        let mut lines = answer.body.lines().filter_map(|line| line.split_once(' '));
        let (_, value) = lines.find(|(name, _)| *name == gauge).with_context(|| format!("no {gauge}"))?;
        value.parse().with_context(|| format!("{gauge} is {value:?}"))
    }
}
