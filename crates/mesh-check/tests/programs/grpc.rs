//! A client of gRPC in Python or Go (`tests/mesh/grpc-python`, `tests/mesh/grpc-go`) dials `xds:///…`: its calls follow
//! the instances, and their weights.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clients_check::{Program, Transcript, Workshop, go_program, python_environment};
use mesh_check::{Bed, DEADLINE, Instance};
use serde_json::json;
use tokio::time::Instant;

use crate::block_on;

const SERVERS: usize = 3;
const STEP_TIME: Duration = Duration::from_secs(60);
const FEW_CALLS: usize = 12;
const MANY_CALLS: usize = 400;

/// Calls by who answered, or by the status that they ended with.
type Counts = BTreeMap<String, usize>;

struct Client(Program);

/// Gives the command that runs a client.
type Recipe = fn(&Workshop) -> Result<Command>;

/// gRPC's C core.
pub(crate) fn python(workshop: &Workshop) -> Result<Command> {
    let sources = workshop.sources().join("grpc-python");
    let commands = python_environment(workshop, "grpc-python", &sources.join("requirements.txt"))?;
    let mut command = Command::new(commands.join("python"));
    command.args(["-B", "-u"]).arg(sources.join("client.py"));
    Ok(command)
}

/// gRPC's implementation in Go, which refuses other things.
pub(crate) fn go(workshop: &Workshop) -> Result<Command> {
    go_program(workshop, "grpc-go").map(Command::new)
}

impl Client {
    fn start(mut command: Command, dir: &Path, port: u16, target: &str) -> Result<Self> {
        let server = json!({
            "server_uri": format!("127.0.0.1:{port}"),
            "channel_creds": [{"type": "insecure"}],
            "server_features": ["xds_v3"],
        });
        let bootstrap = json!({"xds_servers": [server], "node": {"id": "grpc-client"}});
        command.args([format!("xds:///{target}"), SERVERS.to_string()]).current_dir(dir);
        command.env("GRPC_XDS_BOOTSTRAP_CONFIG", bootstrap.to_string());
        Ok(Self(Program::start(command, Transcript::create(&dir.join("program.log"))?)?))
    }

    fn step(&mut self) -> Result<String> {
        self.0.next_step(STEP_TIME)?.context("the client says nothing")
    }

    fn calls(&mut self, number: usize) -> Result<Counts> {
        self.0.tell(&format!("CALL {number}"))?;
        serde_json::from_str(&self.step()?).context("read the counts")
    }

    /// Calls until just these answer.
    fn until(&mut self, wanted: &[&str]) -> Result<()> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let counts = self.calls(FEW_CALLS)?;
            if counts.keys().eq(wanted.iter()) {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "{wanted:?} should answer, and {counts:?} does");
        }
    }
}

pub(crate) fn follows_a_registry(workshop: &Workshop, dir: &Path, recipe: Recipe) -> Result<()> {
    let named = Instance::new("demo", "127.0.0.1", 1);
    let command = recipe(workshop)?;
    let mut bed = block_on(Bed::start(&[]))?;
    let mut client = Client::start(command, dir, bed.mesh_port(), &named.host())?;
    let ports: Vec<String> = client.step()?.split_whitespace().map(str::to_owned).collect();
    let mut ordered: Vec<&str> = ports.iter().map(String::as_str).collect();
    ordered.sort_unstable();
    let instances: Vec<Instance> = ordered
        .iter()
        .map(|port| {
            let instance = Instance::new("demo", "127.0.0.1", port.parse()?).metadata("protocol", "grpc");
            Ok(instance)
        })
        .collect::<Result<_>>()?;

    block_on(bed.register(&instances[0]))?;
    client.until(&ordered[..1])?;
    block_on(async {
        bed.register(&instances[1]).await?;
        bed.register(&instances[2]).await
    })?;
    client.until(&ordered)?;
    block_on(bed.deregister(&instances[0]))?;
    client.until(&ordered[1..])?;

    block_on(bed.update(&instances[2].clone().weight("3")))?;
    shares_one_to_three(&mut client, ordered[1], ordered[2])?;

    block_on(bed.restart())?;
    client.until(&ordered[1..])?;
    block_on(async {
        bed.deregister(&instances[1]).await?;
        bed.deregister(&instances[2]).await
    })?;
    client.until(&["UNAVAILABLE"])?;
    block_on(bed.register(&instances[0]))?;
    client.until(&ordered[..1])?;
    drop(client);
    bed.end()
}

/// The new weights come within the deadline; by chance alone the share is far from its bounds in no run.
fn shares_one_to_three(client: &mut Client, light: &str, heavy: &str) -> Result<()> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let counts = client.calls(MANY_CALLS)?;
        let of = |port: &str| counts.get(port).copied().unwrap_or_default();
        let share = of(heavy) * 100 / MANY_CALLS;
        if of(light) + of(heavy) == MANY_CALLS && (65..=85).contains(&share) {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "of {MANY_CALLS} calls the heavy one should get 75 %: {counts:?}");
    }
}
