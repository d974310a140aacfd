//! istiod and the empty Kubernetes API that it needs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use clients_check::{Program, Transcript, Workshop};
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use mesh_check::wire::networking::{ServiceEntry, ServicePort, WorkloadEntry};
use mesh_check::{DEADLINE, Entries, Stored, free_ports};
use rustix::process::Signal;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, sleep};

/// Releases have no module version of their own; this is a commit of 2026-08-27, after 1.30.
const VERSION: &str = "v0.0.0-20260827124520-eed52ebb66ad";
const PROGRAM: &str = "istio.io/istio/pilot/cmd/pilot-discovery";
const LOOK: Duration = Duration::from_millis(50);
/// Words of the log lines in which istiod says that it could not take something.
const COMPLAINTS: [&str; 4] =
    ["Error adding a new resource", "Error updating an existing", "Error unmarshalling", "Invalid data"];

/// A running istiod; dropped, it is killed.
pub(crate) struct ControlPlane {
    binary: PathBuf,
    dir: PathBuf,
    ports: Listening,
    program: Option<Program>,
    _kubernetes: Program,
}

#[derive(Clone, Copy)]
struct Listening {
    http: u16,
    monitoring: u16,
    /// Where proxies connect.
    grpc: u16,
    control: u16,
}

impl ControlPlane {
    /// Builds istiod, unless it is there, starts it with one source at that port, and waits until it is ready.
    pub(crate) async fn start(workshop: &Workshop, dir: &Path, source: u16) -> Result<Self> {
        let binary = build(workshop)?;
        let (first, second) = (free_ports()?, free_ports()?);
        let ports = Listening {
            http: first.main,
            monitoring: first.console,
            grpc: second.main,
            control: second.console,
        };
        let api = free_ports()?.main;
        let mut command = Command::new("python3");
        command.args(["-B", "-u"]).arg(workshop.sources().join("istiod/kubernetes.py")).arg(api.to_string());
        let kubernetes = Program::start(command, Transcript::create(&dir.join("kubernetes.log"))?)?;
        fs::write(dir.join("mesh.yaml"), format!("configSources:\n- address: xds://127.0.0.1:{source}\n"))?;
        let cluster = format!("[{{name: none, cluster: {{server: 'http://127.0.0.1:{api}'}}}}]");
        let context = "[{name: none, context: {cluster: none, user: none}}]";
        fs::write(
            dir.join("kubeconfig.yaml"),
            format!(
                "apiVersion: v1\nkind: Config\nclusters: {cluster}\ncontexts: {context}\n\
                 users: [{{name: none, user: {{}}}}]\ncurrent-context: none\n"
            ),
        )?;
        let (dir, program) = (dir.to_owned(), None);
        let mut istiod = Self { binary, dir, ports, program, _kubernetes: kubernetes };
        istiod.launch().await?;
        Ok(istiod)
    }

    /// Ends istiod and starts it again; it remembers nothing. Gives how long it took until it was ready.
    pub(crate) async fn restart(&mut self) -> Result<Duration> {
        self.program = None;
        self.launch().await
    }

    async fn launch(&mut self) -> Result<Duration> {
        let Listening { http, monitoring, grpc, control } = self.ports;
        let mut command = Command::new(&self.binary);
        command.args(["discovery", "--kubeconfig", "kubeconfig.yaml", "--meshConfig", "mesh.yaml"]);
        command.args([
            "--networksConfig",
            "none",
            "--secureGRPCAddr=",
            "--httpsAddr=",
            "--shutdownDuration",
            "1s",
        ]);
        command.args([
            "--httpAddr",
            &format!("127.0.0.1:{http}"),
            "--grpcAddr",
            &format!("127.0.0.1:{grpc}"),
        ]);
        command.args([
            "--monitoringAddr",
            &format!("127.0.0.1:{monitoring}"),
            "--ctrlz_address",
            "127.0.0.1",
        ]);
        command.args(["--ctrlz_port", &control.to_string()]);
        command.envs([
            ("ENABLE_CA_SERVER", "false"),
            ("PILOT_CERT_PROVIDER", "none"),
            ("INJECT_ENABLED", "false"),
        ]);
        command.envs([("POD_NAMESPACE", "istio-system"), ("POD_NAME", "istiod-0")]);
        command.env("HOME", &self.dir).current_dir(&self.dir);
        let started = Instant::now();
        // The stand-in API may need a moment longer than istiod.
        sleep(LOOK).await;
        self.program = Some(Program::start(command, Transcript::create(&self.dir.join("istiod.log"))?)?);
        while !get(http, "/ready").await.is_ok_and(|(status, _)| status == 200) {
            ensure!(started.elapsed() < DEADLINE, "istiod is not ready");
            sleep(LOOK).await;
        }
        Ok(started.elapsed())
    }

    /// Stops it, as a machine does that has no time for it.
    pub(crate) fn stop(&self) -> Result<()> {
        self.program.as_ref().context("istiod runs")?.signal(Signal::STOP)
    }

    /// Lets it go on.
    pub(crate) fn go_on(&self) -> Result<()> {
        self.program.as_ref().context("istiod runs")?.signal(Signal::CONT)
    }

    /// Where proxies connect.
    pub(crate) fn grpc_port(&self) -> u16 {
        self.ports.grpc
    }

    /// The service entries of `/debug/configz`.
    pub(crate) async fn entries(&self) -> Result<Entries> {
        let configurations: Value = serde_json::from_str(&self.debug("configz").await?)?;
        let configurations = configurations.as_array().cloned().unwrap_or_default();
        let entries = configurations.iter().filter(|config| config["kind"] == "ServiceEntry");
        entries.map(read).collect()
    }

    /// Hosts of `/debug/registryz`.
    pub(crate) async fn hosts(&self) -> Result<Vec<String>> {
        let services: Value = serde_json::from_str(&self.debug("registryz").await?)?;
        let services = services.as_array().cloned().unwrap_or_default();
        Ok(services.iter().filter_map(|service| service["hostname"].as_str().map(str::to_owned)).collect())
    }

    /// Lines of the log that say that something was not taken.
    pub(crate) fn complaints(&self) -> Result<String> {
        let log = fs::read_to_string(self.dir.join("istiod.log"))?;
        let lines = log.lines().filter(|line| COMPLAINTS.iter().any(|words| line.contains(words)));
        Ok(lines.collect::<Vec<_>>().join("; "))
    }

    async fn debug(&self, page: &str) -> Result<String> {
        let (status, body) = get(self.ports.http, &format!("/debug/{page}")).await?;
        ensure!(status == 200, "/debug/{page}: {status} {body}");
        Ok(body)
    }
}

fn build(workshop: &Workshop) -> Result<PathBuf> {
    let output = workshop.directory("build/istiod")?;
    let (binary, stamp) = (output.join("pilot-discovery"), output.join("version"));
    if !(binary.exists() && fs::read_to_string(&stamp).is_ok_and(|built| built == VERSION)) {
        println!("building istiod, which takes minutes");
        let mut command = Command::new("go");
        command
            .env("GOBIN", &output)
            .args(["install", "-ldflags", "-s -w"])
            .arg(format!("{PROGRAM}@{VERSION}"));
        workshop.build(&output.join("build.log"), &mut command)?;
        fs::write(stamp, VERSION)?;
    }
    Ok(binary)
}

fn read(config: &Value) -> Result<(String, Stored)> {
    let (metadata, spec) = (&config["metadata"], &config["spec"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let texts = |value: &Value| -> Vec<String> { value.as_array().into_iter().flatten().map(text).collect() };
    let map =
        |value: &Value| value.as_object().into_iter().flatten().map(|(k, v)| (k.clone(), text(v))).collect();
    let number = |value: &Value| u32::try_from(value.as_u64().unwrap_or_default());
    let ports = spec["ports"].as_array().into_iter().flatten().map(|port| {
        let (protocol, name) = (text(&port["protocol"]), text(&port["name"]));
        Ok(ServicePort { number: number(&port["number"])?, protocol, name, target_port: 0 })
    });
    let endpoints = spec["endpoints"].as_array().into_iter().flatten().map(|endpoint| {
        let ports = endpoint["ports"].as_object().into_iter().flatten();
        Ok(WorkloadEntry {
            address: text(&endpoint["address"]),
            ports: ports.map(|(name, port)| Ok((name.clone(), number(port)?))).collect::<Result<_>>()?,
            labels: map(&endpoint["labels"]),
            locality: text(&endpoint["locality"]),
            weight: number(&endpoint["weight"])?,
            ..WorkloadEntry::default()
        })
    });
    let entry = ServiceEntry {
        hosts: texts(&spec["hosts"]),
        ports: ports.collect::<Result<_>>()?,
        endpoints: endpoints.collect::<Result<_>>()?,
        ..ServiceEntry::default()
    };
    let name = format!("{}/{}", text(&metadata["namespace"]), text(&metadata["name"]));
    let version = text(&metadata["resourceVersion"]);
    Ok((name, Stored { version, created: None, annotations: map(&metadata["annotations"]), entry }))
}

async fn get(port: u16, path: &str) -> Result<(u16, String)> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let request = Request::get(path).header("host", "127.0.0.1").body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await?.to_bytes();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}
