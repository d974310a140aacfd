//! The server's own settings: read once, from the places and in the syntax of a Nacos server, into one typed
//! tree whose every value is valid.
//!
//! ```text
//! flags, variables, files ──► sources ──► reader, leaf by leaf ──► Settings
//!                             (raw text,   (placeholders, kinds,    + notices for the log
//!                              origins)     bounds)                 or all mistakes at once
//! ```
//!
//! The names, kinds, bounds, defaults and words of all settings are in [`catalog`]; the reference page
//! (`docs/settings.md`), `--effective` and the tree below are three views of it.
//!
//! A running server follows its file by [`Follower`]; what else may change while it runs is not here.

mod capacity;
mod catalog;
mod cluster_conf;
mod container;
mod context_path;
mod conversion;
mod effective;
mod files;
mod follow;
#[cfg(fuzzing)]
pub mod fuzzing;
mod labels;
mod leaf;
mod listen;
mod load;
mod locations;
mod log;
mod mesh;
mod mistake;
mod names;
mod overruled;
mod placeholder;
mod properties;
mod protections;
mod reader;
mod recognised;
mod reference;
mod refusals;
mod secret;
mod source;
mod unknown;
mod yaml;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use context_path::ContextPath;
pub use effective::Effective;
pub use follow::Follower;
pub use listen::Listen;
pub use load::{Flags, Loaded, Surroundings, load};
pub use log::{LogFilter, LogFormat, LogSettings};
pub use mesh::MeshListen;
pub use mistake::{Mistake, Mistakes, Notice, Weight};
pub use reference::reference_page;
pub use secret::Secret;
pub use source::Origin;

use navaid_api::{Limits, PushTiming};
use navaid_config::ConfigSettings;
use navaid_core::pattern_index::PatternLimits;
use navaid_labels::LabelSettings;
use navaid_naming::NamingSettings;

use reader::Reader;

/// All settings of a server, grouped by the part that takes them. Made by [`load`] only, so every value is
/// within its bounds.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Ports, addresses and context paths.
    pub listen: Listen,
    /// Address or name under which others know this server; `None`: ask the machine.
    pub own_address: Option<String>,
    /// Directory of everything the server stores; relative ones start from the working directory.
    pub data_dir: PathBuf,
    /// The log.
    pub log: LogSettings,
    /// Time for the whole shutdown.
    pub shutdown_grace: Duration,
    /// Number of this server inside the ids it makes, 0 to 1023; `None`: derive it from the own address.
    pub worker_id: Option<u16>,
    /// The configuration engine.
    pub config: ConfigSettings,
    /// The discovery engine.
    pub naming: NamingSettings,
    /// What is kept of ephemeral services over a restart.
    pub warm_restart: WarmRestart,
    /// Where labels of addresses come from; `None`: there are none.
    pub labels: Option<LabelSettings>,
    /// The mesh port; `None`: it stays closed.
    pub mesh: Option<MeshListen>,
    /// Active health checks under way at once.
    pub probes_max: usize,
    /// What one caller may take from the edges.
    pub limits: Limits,
    /// Pushes over gRPC.
    pub push: PushTiming,
    /// Pings on gRPC connections.
    pub keep_alive: KeepAlive,
}

/// How ephemeral services are kept over a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WarmRestart {
    /// Whether they are.
    pub enabled: bool,
    /// Bytes that their file may have.
    pub max_size: u64,
}

/// Pings on the connections of gRPC clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepAlive {
    /// Silence after which a connection is pinged.
    pub after: Duration,
    /// How long the answer may take before the connection is closed.
    pub timeout: Duration,
}

impl Settings {
    /// Reads every leaf but those of [`refusals`]; mistakes stay in the reader.
    fn read(reader: &mut Reader<'_>) -> Self {
        let listen = Listen::read(reader);
        let server_ip = reader.read(&catalog::SERVER_IP);
        let own_address = server_ip.or(reader.read(&catalog::OWN_ADDRESS));
        let config = read_config(reader);
        let address = listen.address;
        Self {
            listen,
            own_address,
            data_dir: read_data_dir(reader),
            shutdown_grace: reader.read(&catalog::SHUTDOWN_GRACE),
            log: LogSettings {
                filter: reader.read(&catalog::LOG_LEVEL),
                format: reader.read(&catalog::LOG_FORMAT),
            },
            limits: read_limits(reader, config.max_content),
            config,
            naming: read_naming(reader),
            warm_restart: WarmRestart {
                enabled: reader.read(&catalog::WARM_RESTART),
                max_size: reader.read(&catalog::WARM_SIZE),
            },
            labels: labels::read(reader),
            mesh: mesh::read(reader, address),
            probes_max: reader.read(&catalog::PROBES_MAX),
            push: read_push(reader),
            keep_alive: KeepAlive {
                after: reader.read(&catalog::GRPC_KEEP_ALIVE_TIME),
                timeout: reader.read(&catalog::GRPC_KEEP_ALIVE_TIMEOUT),
            },
            worker_id: reader.read(&catalog::WORKER_ID),
        }
    }
}

fn read_data_dir(reader: &mut Reader<'_>) -> PathBuf {
    let data = reader.read(&catalog::DATA);
    let home = reader.read(&catalog::HOME);
    let data = data.unwrap_or_else(|| home.as_deref().unwrap_or(Path::new(".")).join("data"));
    reader.derived(&catalog::DATA, data.display());
    data
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn read_config(reader: &mut Reader<'_>) -> ConfigSettings {
    ConfigSettings {
        max_content: reader.read(&catalog::MAX_CONTENT),
        max_grays: reader.read(&catalog::MAX_GRAYS),
        patterns: PatternLimits {
            patterns: reader.read(&catalog::CONFIG_PATTERNS),
            matches: reader.read(&catalog::CONFIG_PATTERN_MATCHES),
        },
        history_retention: DAY * reader.read(&catalog::HISTORY_RETENTION),
        search_threads: reader.read(&catalog::SEARCH_THREADS),
        search_queue: reader.read(&catalog::SEARCH_QUEUE),
        search_wait: reader.read(&catalog::SEARCH_WAIT),
        imports: reader.read(&catalog::IMPORTS),
        capacity: capacity::read(reader),
    }
}

fn read_naming(reader: &mut Reader<'_>) -> NamingSettings {
    NamingSettings {
        push_delay: reader.read(&catalog::PUSH_DELAY),
        expire_instances: reader.read(&catalog::EXPIRE_INSTANCE),
        client_expired_after: reader.read(&catalog::CLIENT_EXPIRY),
        empty_service_after: reader.read(&catalog::EMPTY_SERVICE_EXPIRY),
        keep_created_services: reader.read(&catalog::KEEP_CREATED),
        unconfirmed_for: reader.read(&catalog::WARM_WINDOW),
        move_grace: reader.read(&catalog::MOVE_GRACE),
        patterns: PatternLimits {
            patterns: reader.read(&catalog::NAMING_PATTERNS),
            matches: reader.read(&catalog::NAMING_PATTERN_MATCHES),
        },
        expired_metadata_after: reader.read(&catalog::METADATA_EXPIRY),
        limits: navaid_naming::Limits {
            instances_per_client: reader.read(&catalog::CLIENT_INSTANCES),
            subscriptions_per_client: reader.read(&catalog::CLIENT_SUBSCRIPTIONS),
            ..navaid_naming::Limits::default()
        },
        id_templates: reader.read(&catalog::ID_GENERATORS).unwrap_or_default(),
        journal_entries: reader.read(&catalog::JOURNAL_ENTRIES),
        ..NamingSettings::default()
    }
}

/// A form body may be three times the content in it, because percent-encoding can triple it; the rest of the
/// form needs far less than this.
const FORM_REST: usize = 2 * 1024 * 1024;

fn read_limits(reader: &mut Reader<'_>, max_content: usize) -> Limits {
    let limits = Limits::default();
    Limits {
        http_body: limits.http_body.max(3 * max_content + FORM_REST),
        grpc_message: reader.read(&catalog::GRPC_MESSAGE_SIZE),
        instance_metadata: reader.read(&catalog::METADATA_LENGTH),
        ..limits
    }
}

fn read_push(reader: &mut Reader<'_>) -> PushTiming {
    PushTiming {
        naming_ack: reader.read(&catalog::PUSH_TIMEOUT),
        naming_retry: reader.read(&catalog::PUSH_RETRY_DELAY),
        config_ack: reader.read(&catalog::CONFIG_PUSH_TIMEOUT),
        config_tries_max: reader.read(&catalog::CONFIG_PUSH_RETRIES),
        config_proof: reader.read(&catalog::CONFIG_NOTICE_PROOF),
        ..PushTiming::default()
    }
}

#[cfg(test)]
mod tests;
