//! Another application, which speaks HTTP v1 only: it publishes configuration and registers addresses.

use anyhow::{Result, ensure};

use crate::http;

const CONFIG: &str = "/nacos/v1/cs/configs";
const INSTANCE: &str = "/nacos/v1/ns/instance";
/// The neighbour sends no beats: its instances live for ten minutes without, which is longer than any scenario.
const METADATA: &str = r#"{"preserved.heart.beat.timeout":"600000","preserved.ip.delete.timeout":"600000"}"#;

/// The neighbour of the programs at the server with that HTTP port.
#[derive(Debug, Clone, Copy)]
pub(super) struct Neighbour {
    server: u16,
}

/// A config item.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub(super) group: &'static str,
    pub(super) data_id: &'static str,
}

/// An address under which the neighbour offers a service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Address {
    pub(super) group: &'static str,
    pub(super) service: &'static str,
    pub(super) cluster: &'static str,
    pub(super) ip: &'static str,
    pub(super) port: &'static str,
}

impl Neighbour {
    pub(super) fn of(server: u16) -> Self {
        Neighbour { server }
    }

    /// Publishes a config item.
    ///
    /// # Errors
    /// The server refuses it.
    pub(super) fn publish(self, item: Item, content: &str) -> Result<()> {
        let parameters = [("group", item.group), ("dataId", item.data_id), ("content", content)];
        self.ask("POST", CONFIG, &parameters, "true")
    }

    /// Removes a config item.
    ///
    /// # Errors
    /// The server refuses it.
    pub(super) fn remove(self, item: Item) -> Result<()> {
        self.ask("DELETE", CONFIG, &[("group", item.group), ("dataId", item.data_id)], "true")
    }

    /// Registers an address, or changes its weight.
    ///
    /// # Errors
    /// The server refuses it.
    pub(super) fn join(self, address: Address, weight: f64) -> Result<()> {
        let weight = weight.to_string();
        let more = [("weight", weight.as_str()), ("metadata", METADATA)];
        self.ask("POST", INSTANCE, &[&address.parameters()[..], &more].concat(), "ok")
    }

    /// Deregisters an address.
    ///
    /// # Errors
    /// The server refuses it.
    pub(super) fn leave(self, address: Address) -> Result<()> {
        self.ask("DELETE", INSTANCE, &address.parameters(), "ok")
    }

    fn ask(self, method: &str, path: &str, parameters: &[(&str, &str)], wanted: &str) -> Result<()> {
        let answer = http::call(self.server, method, path, parameters)?;
        ensure!(
            answer.status == 200 && answer.body == wanted,
            "{method} {path} {parameters:?}: status {}, {:?}",
            answer.status,
            answer.body
        );
        Ok(())
    }
}

impl Address {
    fn parameters(&self) -> [(&str, &str); 5] {
        [
            ("groupName", self.group),
            ("serviceName", self.service),
            ("clusterName", self.cluster),
            ("ip", self.ip),
            ("port", self.port),
        ]
    }
}
