//! Istio's own client (`tests/mesh/adsc`): its store comes to hold what the server lists, and refuses nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clients_check::{Program, Transcript, Workshop, go_program};
use mesh_check::{Bed, DEADLINE, Instance};
use serde_json::Value;
use tokio::time::Instant;

use crate::block_on;

const LOOK: Duration = Duration::from_millis(100);

/// The program and what it told last.
struct Client {
    program: Program,
    state: Value,
}

impl Client {
    fn start(workshop: &Workshop, dir: &Path, port: u16) -> Result<Self> {
        let mut command = Command::new(go_program(workshop, "adsc")?);
        command.arg(format!("127.0.0.1:{port}")).current_dir(dir);
        let transcript = Transcript::create(&dir.join("program.log"))?;
        Ok(Self { program: Program::start(command, transcript)?, state: Value::Null })
    }

    /// Waits until the state is as claimed.
    fn until(&mut self, what: &str, claim: impl Fn(&Self) -> bool) -> Result<()> {
        let deadline = Instant::now() + DEADLINE;
        while !claim(self) {
            ensure!(Instant::now() < deadline, "not in time: {what}; the store holds {}", self.state);
            if let Some(state) = self.program.next_step(LOOK)? {
                self.state = serde_json::from_str(&state).context("read the state")?;
            }
            let refused = &self.state["refused"];
            if refused.as_array().is_some_and(|refused| !refused.is_empty()) {
                bail!("the store refused {refused}");
            }
        }
        Ok(())
    }

    fn is_synced(&self) -> bool {
        self.state["synced"] == true
    }

    /// Weights by `address:port` of an entry's endpoints on its first port, `None` where there is no such entry.
    fn endpoints(&self, host: &str) -> Option<BTreeMap<String, u64>> {
        let entries = self.state["entries"].as_array()?;
        let entry = entries.iter().find(|entry| entry["hosts"][0] == host)?;
        let port = entry["ports"][0]["name"].as_str()?;
        let address = |endpoint: &Value| {
            let address = format!("{}:{}", endpoint["address"].as_str()?, endpoint["ports"][port]);
            Some((address, endpoint["weight"].as_u64()?))
        };
        entry["endpoints"].as_array()?.iter().map(address).collect()
    }

    fn holds(&mut self, of: &Instance, wanted: &[(&Instance, u64)]) -> Result<()> {
        let host = of.host();
        let wanted: BTreeMap<String, u64> = wanted.iter().map(|(i, weight)| (i.address(), *weight)).collect();
        let is_so = |client: &Self| match client.endpoints(&host) {
            Some(endpoints) => endpoints == wanted,
            None => wanted.is_empty(),
        };
        self.until(&format!("{host} with {wanted:?}"), is_so)
    }
}

pub(crate) fn follows_a_registry(workshop: &Workshop, dir: &Path) -> Result<()> {
    let before = Instance::new("before", "10.1.0.1", 8080);
    let mut bed = block_on(async {
        let bed = Bed::start(&[]).await?;
        bed.register(&before).await?;
        Ok(bed)
    })?;
    let mut client = Client::start(workshop, dir, bed.mesh_port())?;
    client.until("every type was answered", Client::is_synced)?;
    client.holds(&before, &[(&before, 1)])?;

    let one = Instance::new("after", "10.1.0.2", 8080).weight("3");
    let two = Instance::new("after", "10.1.0.3", 8081).metadata("protocol", "http").metadata("zone", "z1");
    block_on(async {
        bed.register(&one).await?;
        bed.register(&two).await
    })?;
    client.holds(&one, &[(&one, 3), (&two, 1)])?;
    let heavier = one.clone().weight("5");
    block_on(bed.update(&heavier))?;
    client.holds(&one, &[(&one, 5), (&two, 1)])?;
    block_on(bed.update(&heavier.disabled()))?;
    client.holds(&one, &[(&two, 1)])?;
    block_on(bed.deregister(&two))?;
    client.holds(&one, &[])?;

    let odd =
        Instance::new("providers:com.example.Odd_Name:1.0:", "10.1.0.4", 20880).metadata("protocol", "tri");
    block_on(bed.register(&odd))?;
    client
        .until("three entries", |client| client.state["entries"].as_array().is_some_and(|e| e.len() == 3))?;

    block_on(bed.restart())?;
    let later = Instance::new("later", "10.1.0.5", 8080);
    block_on(bed.register(&later))?;
    client.holds(&later, &[(&later, 1)])?;
    client.holds(&before, &[(&before, 1)])?;
    bed.end()
}
