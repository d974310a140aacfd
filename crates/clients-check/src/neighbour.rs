//! The other application of the script, played over the HTTP API v1.
//!
//! It also is the witness: it says what the server really holds while a program claims something.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::http::{self, Answer};

const INSTANCE: &str = "/nacos/v1/ns/instance";
const CONFIG: &str = "/nacos/v1/cs/configs";
const SERVICE: (&str, &str) = ("serviceName", "orders");
const GROUP_NAME: (&str, &str) = ("groupName", "clients");
const DATA_ID: (&str, &str) = ("dataId", "greeting");
const GROUP: (&str, &str) = ("group", "clients");
const IP: (&str, &str) = ("ip", "10.1.0.2");
const PORT: (&str, &str) = ("port", "7002");
/// What a beat of the neighbour's instance carries.
const BEAT: &str =
    r#"{"serviceName":"clients@@orders","ip":"10.1.0.2","port":7002,"cluster":"DEFAULT","weight":1.0}"#;
/// As real clients do; the server takes an instance for unhealthy after three times that.
const BEAT_INTERVAL: Duration = Duration::from_secs(5);

/// Registered or not, and when it gave its last sign of life.
pub(crate) struct Neighbour {
    server: u16,
    last_beat: Option<Instant>,
}

impl Neighbour {
    /// A neighbour that is not registered yet, at the server with that HTTP port.
    pub(crate) fn of(server: u16) -> Self {
        Neighbour { server, last_beat: None }
    }

    /// Registers the neighbour's instance; from now on [`Neighbour::beat_if_due`] must be called about every second.
    pub(crate) fn join(&mut self) -> Result<()> {
        self.ask("POST", INSTANCE, &[SERVICE, GROUP_NAME, IP, PORT])?;
        self.last_beat = Some(Instant::now());
        Ok(())
    }

    /// Deregisters the neighbour's instance.
    pub(crate) fn leave(&mut self) -> Result<()> {
        self.last_beat = None;
        self.ask("DELETE", INSTANCE, &[SERVICE, GROUP_NAME, IP, PORT])?;
        Ok(())
    }

    /// Keeps the instance alive, if it is registered.
    pub(crate) fn beat_if_due(&mut self) -> Result<()> {
        if self.last_beat.is_some_and(|beat| beat.elapsed() >= BEAT_INTERVAL) {
            let beat_path = format!("{INSTANCE}/beat");
            self.ask("PUT", &beat_path, &[SERVICE, GROUP_NAME, IP, PORT, ("beat", BEAT)])?;
            self.last_beat = Some(Instant::now());
        }
        Ok(())
    }

    /// Publishes the config item of the script.
    pub(crate) fn publish(&self, content: &str) -> Result<()> {
        let answer = self.ask("POST", CONFIG, &[DATA_ID, GROUP, ("content", content)])?;
        ensure!(answer.body == "true", "publish was answered {:?}", answer.body);
        Ok(())
    }

    /// The config item of the script, `None` while there is none.
    pub(crate) fn read(&self) -> Result<Option<String>> {
        let answer = http::call(self.server, "GET", CONFIG, &[DATA_ID, GROUP])?;
        match answer.status {
            404 => Ok(None),
            _ => Ok(Some(expect_200(answer)?.body)),
        }
    }

    /// The healthy instance `10.1.0.1:7001` of the programs as the server lists it, `None` while it does not.
    pub(crate) fn instance_of_program(&self) -> Result<Option<Value>> {
        let answer = self.ask("GET", &format!("{INSTANCE}/list"), &[SERVICE, GROUP_NAME])?;
        let list: Value = serde_json::from_str(&answer.body).context("parse the instance list")?;
        let hosts = list["hosts"].as_array().with_context(|| format!("hosts in {list}"))?;
        let own = |host: &&Value| host["ip"] == "10.1.0.1" && host["port"] == 7001 && host["healthy"] == true;
        Ok(hosts.iter().find(own).cloned())
    }

    fn ask(&self, method: &str, path: &str, parameters: &[(&str, &str)]) -> Result<Answer> {
        let answer = http::call(self.server, method, path, parameters)?;
        expect_200(answer).with_context(|| format!("{method} {path}"))
    }
}

fn expect_200(answer: Answer) -> Result<Answer> {
    ensure!(answer.status == 200, "status {}, {:?}", answer.status, answer.body);
    Ok(answer)
}
