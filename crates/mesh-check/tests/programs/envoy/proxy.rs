//! A running Envoy, asked through its listener and its admin port.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use clients_check::{Program, Transcript, Workshop, python_environment};
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use mesh_check::{DEADLINE, free_ports};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, sleep};

use super::bootstrap::{CLUSTER_HEADER, bootstrap};

const LOOK: Duration = Duration::from_millis(50);

/// Killed when dropped.
pub(super) struct Proxy {
    listener: u16,
    admin: u16,
    program: Program,
}

impl Proxy {
    /// Installs Envoy if it is not there yet, starts it, and waits until it listens.
    pub(super) async fn start(workshop: &Workshop, dir: &Path, api_type: &str, source: u16) -> Result<Self> {
        let requirements = workshop.sources().join("envoy/requirements.txt");
        let name = format!("envoy-{}", api_type.to_lowercase());
        let commands = python_environment(workshop, &name, &requirements)?;
        let ports = free_ports()?;
        let file = dir.join("bootstrap.json");
        fs::write(&file, bootstrap(api_type, source, ports.main, ports.console).to_string())?;
        let mut command = Command::new(commands.join("envoy"));
        command
            .args(["--disable-hot-restart", "--concurrency", "1", "--log-level", "warning", "-c"])
            .arg(&file)
            .current_dir(dir);
        let program = Program::start(command, Transcript::create(&dir.join("program.log"))?)?;
        let mut proxy = Self { listener: ports.main, admin: ports.console, program };
        let deadline = Instant::now() + DEADLINE;
        while !proxy.admin("/ready").await.is_ok_and(|answer| answer.starts_with("LIVE")) {
            ensure!(Instant::now() < deadline, "Envoy is not ready");
            // It says no step; this tells if it has ended.
            proxy.program.next_step(Duration::ZERO).context("Envoy")?;
            sleep(LOOK).await;
        }
        Ok(proxy)
    }

    /// Status and body of a request that is sent to a cluster.
    pub(super) async fn request(&self, cluster: &str) -> Result<(u16, String)> {
        get(self.listener, "/", &[(CLUSTER_HEADER, cluster)]).await
    }

    pub(super) async fn has_cluster(&self, name: &str) -> Result<bool> {
        let clusters = self.admin("/clusters").await?;
        Ok(clusters.lines().any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with("::"))))
    }

    /// Whether a cluster that is in use, not only warming, is set to HTTP/2.
    pub(super) async fn speaks_http2(&self, name: &str) -> Result<bool> {
        let dump = self.admin("/config_dump?resource=dynamic_active_clusters").await?;
        let dump: Value = serde_json::from_str(&dump).context("read the clusters")?;
        let clusters = dump["configs"].as_array().cloned().unwrap_or_default();
        let named =
            clusters.iter().map(|cluster| &cluster["cluster"]).find(|cluster| cluster["name"] == name);
        Ok(named.is_some_and(|cluster| cluster.to_string().contains("http2_protocol_options")))
    }

    /// Discovery streams that it ever opened.
    pub(super) async fn streams(&self) -> Result<u64> {
        let stats = self.admin("/stats?filter=^cluster.navaid.upstream_rq_total$").await?;
        let value = stats.trim().rsplit(' ').next().context("a number of streams")?;
        value.parse().with_context(|| format!("streams in {stats:?}"))
    }

    /// Passes if nothing that Envoy was sent was refused, and it waited in vain for nothing.
    pub(super) async fn is_content(&self) -> Result<()> {
        let stats =
            self.admin("/stats?filter=(update_rejected|init_fetch_timeout|assignment_use_cached)").await?;
        ensure!(stats.contains("update_rejected: 0"), "no figure in {stats:?}");
        let bad: Vec<&str> = stats.lines().filter(|line| !line.ends_with(": 0")).collect();
        ensure!(bad.is_empty(), "Envoy is not content: {bad:?}");
        Ok(())
    }

    async fn admin(&self, path: &str) -> Result<String> {
        Ok(get(self.admin, path, &[]).await?.1)
    }
}

async fn get(port: u16, path: &str, headers: &[(&str, &str)]) -> Result<(u16, String)> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let mut request = Request::get(path).header("host", "navaid.test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = sender.send_request(request.body(Empty::<Bytes>::new())?).await?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await?.to_bytes();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}
