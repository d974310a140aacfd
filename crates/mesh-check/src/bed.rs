//! A server with its mesh edge, and the calls that tests make of it.

mod instance;
mod truth;

use std::future::Future;
use std::sync::LazyLock;

use anyhow::{Context, Result, ensure};
use conformance::{HttpClient, Ports, Server, ServerPorts, Target, binary};
use tokio::time::{Duration, Instant, sleep};

pub use instance::Instance;
pub use truth::Truth;

use crate::sink::{DEADLINE, Sink};

const INSTANCE: &str = "/nacos/v1/ns/instance";
/// The wait between two looks.
const INTERVAL: Duration = Duration::from_millis(50);
/// Tests call the admin API without credentials; the mesh edge is off by default.
const SETTINGS: [(&str, &str); 3] = [
    ("nacos.core.auth.admin.enabled", "false"),
    ("nacos.core.auth.console.enabled", "false"),
    ("nacos.istio.mcp.server.enabled", "true"),
];

/// Tests of one process run at once.
static PORTS: LazyLock<Ports> = LazyLock::new(Ports::default);

/// Parameters of a call.
pub type Pairs<'a> = [(&'a str, &'a str)];

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Bed {
    server: Server,
    target: Target,
    http: HttpClient,
    mesh_port: u16,
}

/// Four ports that are free now, for what runs beside a server; no two calls of one process are given the same.
///
/// # Errors
/// None is free.
pub fn free_ports() -> Result<ServerPorts> {
    PORTS.next_free().context("no free port")
}

/// Runs a test on a runtime of its own.
///
/// # Panics
/// The test fails.
pub fn run(test: impl Future<Output = Result<()>>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(test).unwrap_or_else(|error| panic!("{error:?}"));
}

impl Bed {
    /// Starts a server with these settings beside those that every test needs. Instances are not probed, because
    /// nothing listens where they say that they are.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start(settings: &Pairs<'_>) -> Result<Self> {
        let mesh_port = free_ports()?.main;
        let port = mesh_port.to_string();
        let settings = [&SETTINGS, settings, &[("nacos.istio.mcp.server.port", port.as_str())]].concat();
        let server = Server::start_with(&binary()?, &PORTS, &settings).await?;
        let target = server.target().clone();
        let http = HttpClient::new(&target);
        let bed = Self { server, target, http, mesh_port };
        let off = [("entry", "check"), ("value", "false"), ("debug", "false")];
        bed.call("PUT", "/nacos/v1/ns/operator/switches", &off).await?;
        Ok(bed)
    }

    /// Where sinks connect.
    pub fn mesh_port(&self) -> u16 {
        self.mesh_port
    }

    /// Where clients connect.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Calls the HTTP API with everything in the query; gives the answer where it is JSON.
    ///
    /// # Errors
    /// The answer has another status than 200.
    pub async fn call(&self, method: &str, path: &str, query: &Pairs<'_>) -> Result<serde_json::Value> {
        let answer = self.http.call(method, path, query).await?;
        ensure!(answer.status == 200, "{method} {path} {query:?}: {answer:?}");
        Ok(answer.json)
    }

    /// Registers a persistent instance, or one that must beat if it says so.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn register(&self, instance: &Instance) -> Result<()> {
        self.write("POST", INSTANCE, instance).await
    }

    /// Changes a registered instance.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn update(&self, instance: &Instance) -> Result<()> {
        self.write("PUT", INSTANCE, instance).await
    }

    /// # Errors
    /// The server refuses.
    pub async fn deregister(&self, instance: &Instance) -> Result<()> {
        self.write("DELETE", INSTANCE, instance).await
    }

    /// Removes the service of an instance, which must have none any more.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn remove_service(&self, of: &Instance) -> Result<()> {
        self.call("DELETE", "/nacos/v1/ns/service", &borrowed(&of.service_parameters())).await.map(drop)
    }

    /// A sign of life, which registers the instance where it is not known.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn beat(&self, instance: &Instance) -> Result<()> {
        let beat = instance.beat();
        let query = [
            ("namespaceId", instance.namespace.as_str()),
            ("serviceName", &instance.grouped()),
            ("beat", &beat),
        ];
        self.call("PUT", &format!("{INSTANCE}/beat"), &query).await.map(drop)
    }

    /// Says that a persistent instance is healthy, or is not.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn mark(&self, instance: &Instance, is_healthy: bool) -> Result<()> {
        let healthy = is_healthy.to_string();
        let mut query = instance.parameters();
        query.push(("healthy", healthy));
        self.call("PUT", "/nacos/v1/ns/health/instance", &borrowed(&query)).await.map(drop)
    }

    /// Lets a cluster's health be set by hand, by [`Bed::mark`].
    ///
    /// # Errors
    /// The server refuses.
    pub async fn unchecked(&self, instance: &Instance) -> Result<()> {
        let query = [
            ("namespaceId", instance.namespace.as_str()),
            ("serviceName", &instance.grouped()),
            ("clusterName", "DEFAULT"),
            ("checkPort", "80"),
            ("useInstancePort4Check", "true"),
            ("healthChecker", r#"{"type":"NONE"}"#),
        ];
        self.call("PUT", "/nacos/v1/ns/cluster", &query).await.map(drop)
    }

    /// Waits until a sink routes to the service just as the server lists it.
    ///
    /// # Errors
    /// It does not in time.
    pub async fn agree(&self, sink: &Sink, of: &Instance) -> Result<()> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let view = sink.view();
            let truth = self.truth(of).await?;
            let Err(difference) = truth.compare(&view.entries, &view.registry) else { return Ok(()) };
            ensure!(Instant::now() < deadline, "{}: {difference}\n{:?}", of.grouped(), sink.view().faults);
            sleep(INTERVAL).await;
        }
    }

    /// What the server lists of an instance's service.
    ///
    /// # Errors
    /// It refuses.
    pub async fn truth(&self, of: &Instance) -> Result<Truth> {
        let query = of.service_parameters();
        Truth::of(of, &self.call("GET", &format!("{INSTANCE}/list"), &borrowed(&query)).await?)
    }

    /// Kills the server, starts it again with its data, and waits until it is ready.
    ///
    /// # Errors
    /// It does not come back.
    pub async fn restart(&mut self) -> Result<()> {
        self.kill()?;
        self.relaunch().await
    }

    /// Starts the killed server again, and waits until it is ready.
    ///
    /// # Errors
    /// It does not come back.
    pub async fn relaunch(&mut self) -> Result<()> {
        self.server.relaunch()?;
        self.server.until_ready().await
    }

    /// Kills the server.
    ///
    /// # Errors
    /// It cannot be killed.
    pub fn kill(&mut self) -> Result<()> {
        self.server.kill()
    }

    /// The id of the server's process.
    pub fn process(&self) -> u32 {
        self.server.id()
    }

    /// Ends the test's server.
    ///
    /// # Errors
    /// It panicked or ended by itself.
    pub fn end(mut self) -> Result<()> {
        let faults = self.server.faults();
        ensure!(faults.is_empty(), "{}\n{}", faults.join("\n"), self.server.log_tail());
        Ok(())
    }

    async fn write(&self, method: &str, path: &str, instance: &Instance) -> Result<()> {
        self.call(method, path, &borrowed(&instance.parameters())).await.map(drop)
    }
}

fn borrowed<'a>(pairs: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    pairs.iter().map(|(name, value)| (*name, value.as_str())).collect()
}
