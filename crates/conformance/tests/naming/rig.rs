//! A server of one test's own, and the calls that most tests make.

mod sdk;
mod waiting;

use std::cell::RefCell;
use std::sync::LazyLock;
use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use conformance::{Acknowledging, HttpAnswer, HttpClient, Ports, Server, Target, binary};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

pub(crate) use sdk::{Sdk, instance};
pub(crate) use waiting::{always, until};

pub(crate) const INSTANCE: &str = "/nacos/v1/ns/instance";
pub(crate) const LIST: &str = "/nacos/v1/ns/instance/list";
pub(crate) const BEAT: &str = "/nacos/v1/ns/instance/beat";
pub(crate) const SERVICE: &str = "/nacos/v1/ns/service";
pub(crate) const SWITCHES: &str = "/nacos/v1/ns/operator/switches";

const READINESS: &str = "/nacos/v1/console/health/readiness";
/// How long a server may take to start on a busy machine.
const START_WAIT: Duration = Duration::from_secs(30);

/// Tests call the admin API without credentials.
const OPEN_ADMIN: &Pairs<'_> =
    &[("nacos.core.auth.admin.enabled", "false"), ("nacos.core.auth.console.enabled", "false")];

/// Tests of one process run at once.
static PORTS: LazyLock<Ports> = LazyLock::new(Ports::default);

/// Parameters of a call.
pub(crate) type Pairs<'a> = [(&'a str, &'a str)];

/// Settings of a server.
pub(crate) type Settings = &'static [(&'static str, &'static str)];

/// The trials of a module's functions, by their names: `NAME`, or `NAME with SETTINGS`.
macro_rules! trials {
    ($($test:ident $(with $settings:ident)?),* $(,)?) => {
        vec![$($crate::rig::trial(
            concat!(module_path!(), "::", stringify!($test)),
            vec![$($settings)?],
            $test,
        )),*]
    };
}

/// A running server, and a caller of it.
pub(crate) struct Rig {
    server: RefCell<Server>,
    target: Target,
    pub(crate) http: HttpClient,
}

/// A trial that starts a server, runs a test against it, and looks whether the server came through.
pub(crate) fn trial(
    name: &str,
    settings: Vec<Settings>,
    test: impl AsyncFnOnce(&Rig) -> Result<()> + Send + 'static,
) -> Trial {
    // Modules are named below the test program, which names itself already.
    let name = name.strip_prefix("naming::").unwrap_or(name).to_owned();
    Trial::test(name, move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(run(&settings.concat(), test)).map_err(|error| Failed::from(format!("{error:#}")))
    })
}

async fn run(settings: &Pairs<'_>, test: impl AsyncFnOnce(&Rig) -> Result<()>) -> Result<()> {
    let rig = Rig::start(settings).await?;
    let tested = test(&rig).await;
    let mut server = rig.server.into_inner();
    let faults = server.faults();
    ensure!(faults.is_empty(), "{}\n{}", faults.join("\n"), server.log_tail());
    tested.map_err(|error| anyhow!("{error:#}\nthe server's log ends with:\n{}", server.log_tail()))
}

impl Rig {
    async fn start(settings: &Pairs<'_>) -> Result<Self> {
        let server = Server::start_with(&binary()?, &PORTS, &[OPEN_ADMIN, settings].concat()).await?;
        let target = server.target().clone();
        let http = HttpClient::new(&target);
        Ok(Self { server: RefCell::new(server), target, http })
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Kills the server, starts it again with its data, and waits until it answers.
    pub(crate) async fn restart(&self) -> Result<()> {
        self.server.borrow_mut().kill()?;
        self.server.borrow_mut().relaunch()?;
        until(START_WAIT, "answers again", async || {
            let answer = self.call("GET", READINESS, &[]).await;
            Ok(answer.is_ok_and(|answer| answer.status == 200).then_some(()))
        })
        .await
    }

    /// What the server has logged.
    pub(crate) fn log(&self) -> String {
        self.server.borrow().log()
    }

    /// A connection of the discovery module.
    pub(crate) async fn sdk(&self) -> Result<Sdk> {
        Sdk::connect(self.target(), Acknowledging::Always).await
    }

    /// Calls with everything in the query.
    pub(crate) async fn call(&self, method: &str, path: &str, query: &Pairs<'_>) -> Result<HttpAnswer> {
        self.http.call(method, path, query).await
    }

    /// A call of v1 that is answered with `ok`.
    pub(crate) async fn done(&self, method: &str, path: &str, query: &Pairs<'_>) -> Result<()> {
        let answer = self.call(method, path, query).await?;
        ensure!((answer.status, &*answer.text) == (200, "ok"), "{method} {path} {query:?}: {answer:?}");
        Ok(())
    }

    /// A call that is answered with JSON.
    pub(crate) async fn get(&self, path: &str, query: &Pairs<'_>) -> Result<Value> {
        let answer = self.call("GET", path, query).await?;
        ensure!(answer.status == 200 && !answer.json.is_null(), "GET {path} {query:?}: {answer:?}");
        Ok(answer.json)
    }

    /// Sets a switch.
    pub(crate) async fn switch(&self, entry: &str, value: &str) -> Result<()> {
        self.done("PUT", SWITCHES, &[("entry", entry), ("value", value)]).await
    }

    /// Registers `IP:PORT` over v1.
    pub(crate) async fn register(&self, service: &str, address: &str, more: &Pairs<'_>) -> Result<()> {
        self.done("POST", INSTANCE, &with_address(service, address, more)).await
    }

    /// A light beat of `IP:PORT`.
    pub(crate) async fn beat(&self, service: &str, address: &str) -> Result<Value> {
        let answer = self.call("PUT", BEAT, &with_address(service, address, &[])).await?;
        ensure!(answer.status == 200, "beat: {answer:?}");
        Ok(answer.json)
    }

    /// What the list of v1 answers.
    pub(crate) async fn list(&self, service: &str, more: &Pairs<'_>) -> Result<Value> {
        self.get(LIST, &[&[("serviceName", service)], more].concat()).await
    }

    /// The hosts of that list, as [`hosts`] writes them.
    pub(crate) async fn hosts(&self, service: &str) -> Result<Vec<String>> {
        Ok(hosts(&self.list(service, &[]).await?))
    }
}

/// The parameters of a call about `IP:PORT`.
pub(crate) fn with_address<'a>(
    service: &'a str,
    address: &'a str,
    more: &Pairs<'a>,
) -> Vec<(&'a str, &'a str)> {
    let (ip, port) = address.rsplit_once(':').expect("tests write IP:PORT");
    [&[("serviceName", service), ("ip", ip), ("port", port)], more].concat()
}

/// `IP:PORT` of each host in a view, `!` behind unhealthy ones.
pub(crate) fn hosts(view: &Value) -> Vec<String> {
    let hosts = view["hosts"].as_array().map_or(&[][..], Vec::as_slice);
    let show = |host: &Value| {
        let mark = if host["healthy"] == true { "" } else { "!" };
        format!("{}:{}{mark}", host["ip"].as_str().unwrap_or_default(), host["port"])
    };
    hosts.iter().map(show).collect()
}
