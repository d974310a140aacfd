//! The composition root: settings become parts, the parts run, the parts drain.
//!
//! Read [`start`] to see the whole server: each part is built with what it needs as arguments and registers its
//! steps of the shutdown beside its start. Ports open last.
//!
//! ```text
//! storage ─▶ engines (loaded, log replayed) ─▶ runners (labels read once) ─▶ node ─▶ ports ─▶ ready
//! ```

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::Arc,
};

use anyhow::{Context, anyhow};
use navaid_api::{
    Bound, Facts, Guard, Limits, LogControl, Machine, Node, Port, PushTally, Readiness, Repeats, Server,
    Traffic,
};
use navaid_config::{Catalog, ConfigSettings, ConfigTasks, Configs, Namespaces, namespace::NamespaceTable};
use navaid_core::seam::{Clock, Commit, HistoryReader, MeshView, Probing};
use navaid_mesh::Mesh;
use navaid_naming::{Naming, NamingRunner, NamingSettings};
use navaid_probe::ProbeRunner;
use navaid_storage::{EphemeralFile, Standalone, Storage};

use crate::{
    clock::SystemClock,
    engines::Engines,
    labelling,
    lifecycle::{End, Lifecycle, Outcome, Phase, Signals, Stop},
    probing::ProbedNaming,
    settings::{Follower, Listen, MeshListen, Settings},
    telemetry::Telemetry,
    warm_restart::{self, WarmKeeper},
};

/// Runs a server until it is told to stop.
///
/// # Errors
/// When a part cannot be started; nothing runs then.
pub fn run(settings: &Settings, follower: Follower, log: Arc<Telemetry>) -> anyhow::Result<End> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    let end = runtime.block_on(async {
        let mut signals = Signals::listen().context("listen for signals")?;
        let mut lifecycle = Lifecycle::new(settings.shutdown_grace);
        follow_settings(follower, log.clone(), &lifecycle);
        start(settings, log, &mut lifecycle).await?;
        anyhow::Ok(lifecycle.run(async || signals.next().await).await)
    });
    runtime.shutdown_background(); // what is left after the grace period has had its time
    end
}

/// Looks at the settings file while the server runs.
fn follow_settings(follower: Follower, log: Arc<Telemetry>, lifecycle: &Lifecycle) {
    let tasks = lifecycle.tasks();
    let stop = tasks.stopping().clone();
    tasks.spawn("settings", follower.run(move |filter| log.follow_setting(filter), stop));
}

/// Starts the parts in their order.
async fn start(
    settings: &Settings,
    log: Arc<dyn LogControl>,
    lifecycle: &mut Lifecycle,
) -> anyhow::Result<()> {
    let Listen { main_port, grpc_port, console_port, .. } = settings.listen;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        port = main_port,
        grpc_port,
        console_port,
        data = %settings.data_dir.display(),
        "navaid is starting"
    );
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let own_ip = own_ip();
    let state = State::open(settings, own_ip, &clock, lifecycle)?;
    let probes = run_engines(settings, &state, &clock, lifecycle);
    if let Some(labels) = settings.labels.clone() {
        let tasks = lifecycle.tasks();
        let stopping = tasks.stopping().clone();
        let follower = labelling::follow(labels, state.naming.clone(), clock.clone(), stopping).await;
        tasks.spawn("labels", follower.run());
    }
    let mesh = match &settings.mesh {
        Some(listen) => Some(open_mesh(listen, &state, &clock, lifecycle).await?),
        None => None,
    };
    let node = Arc::new(node(settings, state, Process { own_ip, clock, probes, mesh, log }));
    tracing::info!("access control is not available in this release: every call is allowed");
    open_ports(settings, node, lifecycle).await
}

/// The replicated state, loaded and ready to be changed.
struct State {
    naming: Arc<Naming>,
    configs: Arc<Configs>,
    namespaces: Arc<Namespaces>,
    store: Arc<dyn Commit>,
}

impl State {
    /// Opens the data directory and brings the engines to where they were.
    fn open(
        settings: &Settings,
        own_ip: IpAddr,
        clock: &Arc<dyn Clock>,
        lifecycle: &mut Lifecycle,
    ) -> anyhow::Result<Self> {
        let storage = Storage::open(&settings.data_dir)?;
        let commit = storage.commit();
        let engines = Arc::new(Engines {
            naming: Arc::new(Naming::new(naming_settings(settings, own_ip), commit.clone())),
            catalog: Arc::<Catalog>::default(),
            namespaces: Arc::new(NamespaceTable::default()),
        });
        let mut strangers = 0_usize;
        storage.load(&mut |record| strangers += usize::from(engines.load(record).is_err()))?;
        if strangers > 0 {
            return Err(anyhow!("cannot load the state: {strangers} records belong to no engine"));
        }
        let (standalone, history) = storage.start(engines.clone(), clock.clone())?;
        flush_on_stop(standalone, lifecycle);
        keep_warm(settings, &engines.naming, clock, lifecycle)?;
        Ok(Self::of(&engines, commit, history, settings.config))
    }

    fn of(
        engines: &Engines,
        commit: Arc<dyn Commit>,
        history: Arc<dyn HistoryReader>,
        settings: ConfigSettings,
    ) -> Self {
        let (catalog, table) = (engines.catalog.clone(), engines.namespaces.clone());
        Self {
            naming: engines.naming.clone(),
            configs: Arc::new(Configs::new(catalog.clone(), commit.clone(), history, settings)),
            namespaces: Arc::new(Namespaces::new(table, catalog, commit.clone())),
            store: commit,
        }
    }
}

fn flush_on_stop(standalone: Arc<Standalone>, lifecycle: &mut Lifecycle) {
    lifecycle.on_stop(Phase::Flush, "close the store", async move {
        tokio::task::spawn_blocking(move || standalone.stop()).await??;
        Ok(())
    });
}

/// Takes back the ephemeral services of before the restart, and keeps them for the next one.
fn keep_warm(
    settings: &Settings,
    naming: &Arc<Naming>,
    clock: &Arc<dyn Clock>,
    lifecycle: &Lifecycle,
) -> anyhow::Result<()> {
    let file = EphemeralFile::new(&settings.data_dir, settings.warm_restart.max_size);
    if !settings.warm_restart.enabled {
        naming.restoration(None, clock.now()).end();
        return file.remove().with_context(|| format!("remove {}", file.path().display()));
    }
    warm_restart::restore(&file, naming, &**clock);
    let tasks = lifecycle.tasks();
    let stop = tasks.stopping().clone();
    let keeper = WarmKeeper { file, naming: naming.clone(), clock: clock.clone(), stop };
    tasks.spawn("warm-restart", keeper.run());
    Ok(())
}

/// Starts what lets time pass for the engines; gives what the probes find.
fn run_engines(
    settings: &Settings,
    state: &State,
    clock: &Arc<dyn Clock>,
    lifecycle: &Lifecycle,
) -> Arc<dyn Probing> {
    let tasks = lifecycle.tasks();
    let runner = NamingRunner::new(state.naming.clone(), clock.clone(), tasks.stopping().clone());
    tasks.spawn("naming", runner.run());
    let probed = Arc::new(ProbedNaming(state.naming.clone()));
    let prober = ProbeRunner::new(probed, clock.clone(), tasks.stopping().clone(), settings.probes_max);
    let probes = Arc::new(prober.probes());
    tasks.spawn("probe", prober.run());
    let mut config_tasks = ConfigTasks::start(&state.configs, clock.clone());
    let stopping = tasks.stopping().clone();
    tasks.spawn("config", async move {
        tokio::select! {
            () = config_tasks.failed() => {}
            () = stopping.cancelled() => {}
        }
        config_tasks.stop().await;
    });
    probes
}

/// What the process gives to its edges beside the state.
struct Process {
    own_ip: IpAddr,
    clock: Arc<dyn Clock>,
    probes: Arc<dyn Probing>,
    mesh: Option<Arc<dyn MeshView>>,
    log: Arc<dyn LogControl>,
}

fn node(settings: &Settings, state: State, process: Process) -> Node {
    let Process { own_ip, clock, probes, mesh, log } = process;
    let ip = settings.own_address.clone().unwrap_or_else(|| own_ip.to_string());
    Node {
        naming: state.naming,
        configs: state.configs,
        namespaces: state.namespaces,
        store: state.store,
        clock,
        probes,
        mesh,
        guard: Guard::Open,
        facts: Facts {
            version: env!("CARGO_PKG_VERSION"),
            ip: ip.into(),
            port: settings.listen.main_port,
            context: settings.listen.context_path.as_str().into(),
            console_context: settings.listen.console_context_path.as_str().into(),
        },
        limits: Limits {
            keep_alive: (settings.keep_alive.after, settings.keep_alive.timeout),
            ..settings.limits.clone()
        },
        push_timing: settings.push,
        push_tally: PushTally::default(),
        traffic: Traffic::default(),
        repeats: Repeats::default(),
        machine: Machine::default(),
        log,
        datagrams: Arc::default(),
        readiness: Readiness::default(),
        tasks: tokio_util::task::TaskTracker::new(),
        stopping: tokio_util::sync::CancellationToken::new(),
    }
}

/// Opens every port, then says that the server is ready.
async fn open_ports(settings: &Settings, node: Arc<Node>, lifecycle: &mut Lifecycle) -> anyhow::Result<()> {
    let listen = &settings.listen;
    let mut ports = vec![
        bind(Port::Main, listen.address, listen.main_port).await?,
        bind(Port::Sdk, listen.grpc_address, listen.grpc_port).await?,
    ];
    if let Some(console_port) = listen.console_port {
        ports.push(bind(Port::Console, listen.address, console_port).await?);
    }
    let server = Server::new(node.clone());
    server.start(ports);
    node.readiness.set(true);
    // Scripts of Nacos's users wait for this very sentence.
    tracing::info!("Nacos started successfully in stand alone mode. use embedded storage");
    let unready = node.clone();
    lifecycle.on_stop(Phase::Unready, "readiness", async move {
        unready.readiness.set(false);
        Ok(())
    });
    lifecycle.on_stop(Phase::Refuse, "ports", async move {
        node.stopping.cancel();
        Ok(())
    });
    lifecycle.on_stop(Phase::Drain, "connections", async move {
        server.drained().await;
        Ok(())
    });
    Ok(())
}

/// Opens the port of the mesh, once every service that is known is ready to be told: an answer that lacked some would take
/// them away from a whole mesh.
async fn open_mesh(
    settings: &MeshListen,
    state: &State,
    clock: &Arc<dyn Clock>,
    lifecycle: &Lifecycle,
) -> anyhow::Result<Arc<dyn MeshView>> {
    let mesh = Mesh::new(state.naming.clone(), state.configs.clone(), clock.clone(), settings.edge.clone());
    let tasks = lifecycle.tasks();
    let mut runner = mesh.runner(tasks.stopping().clone());
    runner.build_all().await;
    let open = |ip: IpAddr| mesh.listen(SocketAddr::new(ip, settings.port), tasks.stopping().clone());
    let listener = match settings.address {
        Some(ip) => open(ip).await,
        None => match open(Ipv6Addr::UNSPECIFIED.into()).await {
            Err(error) if !error.is_taken() => open(Ipv4Addr::UNSPECIFIED.into()).await,
            other => other,
        },
    };
    let listener = listener?;
    tracing::info!(port = settings.port, "services are offered to the mesh");
    tasks.spawn("mesh", runner.run());
    tasks.spawn("mesh port", listener.run());
    Ok(Arc::new(mesh.report()))
}

/// Without an address, a port is opened for IPv6 and IPv4 together, or for IPv4 alone on a machine without IPv6.
async fn bind(port: Port, address: Option<IpAddr>, number: u16) -> anyhow::Result<Bound> {
    let open = |ip: IpAddr| Bound::bind(port, SocketAddr::new(ip, number));
    let bound = match address {
        Some(ip) => open(ip).await,
        None => match open(Ipv6Addr::UNSPECIFIED.into()).await {
            Err(error) if error.kind() != std::io::ErrorKind::AddrInUse => {
                open(Ipv4Addr::UNSPECIFIED.into()).await
            }
            other => other,
        },
    };
    bound.with_context(|| format!("open port {number}"))
}

/// The number that makes this server's ids its own: as set, or the low bits of its address as Nacos derives it
/// (`spec/naming-semantics` §1.4).
fn naming_settings(settings: &Settings, own_ip: IpAddr) -> NamingSettings {
    let derived = match own_ip {
        IpAddr::V4(ip) => ip.octets(),
        IpAddr::V6(ip) => ip.to_bits().to_be_bytes()[12..].try_into().expect("four of sixteen bytes"),
    };
    let derived = u16::from(derived[2] & 0b11) << 8 | u16::from(derived[3]);
    NamingSettings {
        worker_id: settings.worker_id.unwrap_or(derived),
        keeps_ephemeral: settings.warm_restart.enabled,
        ..settings.naming.clone()
    }
}

/// The address by which this machine would reach others; nothing is sent to find it.
fn own_ip() -> IpAddr {
    let route = || -> std::io::Result<IpAddr> {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        Ok(socket.local_addr()?.ip())
    };
    route().unwrap_or(Ipv4Addr::LOCALHOST.into())
}

/// The exit code that tells how a server ended: 0 after a clean shutdown, 130 after a cut one, else 1.
pub fn exit_code(end: &End) -> u8 {
    match (&end.stop, end.outcome) {
        (_, Outcome::Cut) => 130,
        (Stop::Signal(_), Outcome::Clean) => 0,
        (Stop::Signal(_), Outcome::Incomplete) | (Stop::Task(_), _) => 1,
    }
}
