//! What else survives a kill: namespaces and persistent instances, a few of each.

use std::collections::HashMap;

use anyhow::{Context, Result};
use hyper::Method;
use serde_json::Value;

use super::cell::Cell;
use super::{Ended, Figures, expect};
use crate::dice::Dice;
use crate::http::{HttpAnswer, HttpClient};

/// Names of one kind.
const NAMES: usize = 4;
/// Names are removed once in so many changes.
const REMOVAL: u64 = 4;

const NAMESPACES: &str = "/nacos/v1/console/namespaces";
const INSTANCE: &str = "/nacos/v1/ns/instance";
const INSTANCES: &str = "/nacos/v1/ns/instance/list";
const SERVICE: &str = "durability";

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Its value is its shown name.
    Namespace,
    /// Its value is a word of its metadata; its name is its port.
    Instance,
}

/// The only writer of the names of a kind.
#[derive(Debug)]
pub(super) struct Neighbour {
    kind: Kind,
    cells: Vec<(String, Cell)>,
    dice: Dice,
    sequence: u64,
    figures: Figures,
    connection: Option<HttpClient>,
}

impl Neighbour {
    pub(super) fn new(kind: Kind, dice: Dice) -> Self {
        let name = |number: usize| match kind {
            Kind::Namespace => format!("durability-{number}"),
            Kind::Instance => (9000 + number).to_string(),
        };
        let cells = (0..NAMES).map(|number| (name(number), Cell::default())).collect();
        Self { kind, cells, dice, sequence: 0, figures: Figures::default(), connection: None }
    }

    /// Connects and compares all names.
    ///
    /// # Errors
    /// A name does not hold what it must.
    pub(super) async fn compare(&mut self, port: u16) -> Result<Figures> {
        let mut figures = std::mem::take(&mut self.figures);
        let http = self.connection.insert(HttpClient::connect(port).await?);
        let found = self.kind.read(http).await?;
        for (name, cell) in &mut self.cells {
            let settled = cell.settle(found.get(name).map(String::as_str));
            figures += Figures::of_in_flight(settled.with_context(|| format!("{:?} {name}", self.kind))?);
        }
        Ok(figures)
    }

    /// Changes names until the connection ends.
    ///
    /// # Errors
    /// The server answers what it must not.
    pub(super) async fn write(&mut self) -> Result<Ended> {
        let mut http = self.connection.take().context("compare comes first")?;
        loop {
            let at = usize::try_from(self.dice.below(NAMES as u64)).expect("a small number");
            let (name, cell) = &mut self.cells[at];
            self.sequence += 1;
            let remove = cell.value().is_some() && self.dice.once_in(REMOVAL);
            let next = (!remove).then(|| format!("value-{}", self.sequence));
            let is_new = cell.value().is_none();
            cell.begin(next.clone());
            let answer = match self.kind.write(&mut http, name, next.as_deref(), is_new).await {
                Ok(answer) => answer,
                Err(error) => return Ok(Ended(error)),
            };
            let is_done = answer.status == 200 && ["true", "ok"].contains(&&*answer.body);
            expect(is_done, "a change", &(self.kind, name, &answer))?;
            cell.acknowledge();
            self.figures.others += 1;
        }
    }
}

impl Kind {
    async fn write(
        self,
        http: &mut HttpClient,
        name: &str,
        value: Option<&str>,
        is_new: bool,
    ) -> Result<HttpAnswer> {
        match (self, value) {
            (Self::Namespace, None) => http.call(Method::DELETE, NAMESPACES, &[("namespaceId", name)]).await,
            (Self::Namespace, Some(value)) if is_new => {
                let parameters = [("customNamespaceId", name), ("namespaceName", value)];
                http.call(Method::POST, NAMESPACES, &parameters).await
            }
            (Self::Namespace, Some(value)) => {
                let parameters = [("namespace", name), ("namespaceShowName", value), ("namespaceDesc", "")];
                http.call(Method::PUT, NAMESPACES, &parameters).await
            }
            (Self::Instance, value) => {
                let metadata = value.map(|value| format!("word={value}")).unwrap_or_default();
                let mut parameters = vec![
                    ("serviceName", SERVICE),
                    ("ip", "127.0.0.1"),
                    ("port", name),
                    ("ephemeral", "false"),
                ];
                parameters.extend(value.map(|_| ("metadata", &*metadata)));
                let method = if value.is_some() { Method::POST } else { Method::DELETE };
                http.call(method, INSTANCE, &parameters).await
            }
        }
    }

    /// The value of every name.
    async fn read(self, http: &mut HttpClient) -> Result<HashMap<String, String>> {
        let (path, parameters, list) = match self {
            Self::Namespace => (NAMESPACES, &[][..], "data"),
            Self::Instance => (INSTANCES, &[("serviceName", SERVICE)][..], "hosts"),
        };
        let answer = http.call(Method::GET, path, parameters).await?.success()?.json()?;
        let entries = answer[list].as_array().with_context(|| format!("{list} in {answer}"))?;
        let value = |entry: &Value| {
            let (name, value) = match self {
                Self::Namespace => (entry["namespace"].as_str()?.to_owned(), &entry["namespaceShowName"]),
                Self::Instance => (entry["port"].to_string(), &entry["metadata"]["word"]),
            };
            Some((name, value.as_str()?.to_owned()))
        };
        entries.iter().map(|entry| value(entry).with_context(|| format!("a value in {entry}"))).collect()
    }
}
