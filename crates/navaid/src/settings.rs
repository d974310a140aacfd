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
//! Not here: watching files, and what may change while the server runs.

mod catalog;
mod cluster_conf;
mod container;
mod context_path;
mod conversion;
mod effective;
mod files;
mod leaf;
mod listen;
mod load;
mod log;
mod mistake;
mod names;
mod placeholder;
mod properties;
mod reader;
mod recognised;
mod reference;
mod refusals;
mod secret;
mod source;
mod unknown;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use context_path::ContextPath;
pub use effective::Effective;
pub use listen::Listen;
pub use load::{Flags, Loaded, Surroundings, load};
pub use log::{LogFilter, LogFormat, LogSettings};
pub use mistake::{Mistake, Mistakes, Notice, Weight};
pub use reference::reference_page;
pub use secret::Secret;
pub use source::Origin;

use reader::Reader;

/// All settings of a server. Made by [`load`] only, so every value is within its bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Configuration.
    pub config: ConfigSettings,
    /// Discovery.
    pub naming: NamingSettings,
    /// gRPC connections.
    pub grpc: GrpcSettings,
    /// Whether names in requests are held to Nacos's rules.
    pub param_check: bool,
    /// Number of this server inside the ids it makes, 0 to 1023; `None`: derive it from the own address.
    pub worker_id: Option<u16>,
}

/// Settings of the configuration engine and its edges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigSettings {
    /// Longest content, in characters.
    pub max_content: usize,
    /// Days for which history is kept, at least 1.
    pub history_days: u32,
    /// How long a client may take to confirm a change notice.
    pub push_timeout: Duration,
    /// How often an unconfirmed notice is sent again before the connection is closed.
    pub push_retries: u32,
    /// Changes in one notice to a pattern watcher, at least 1.
    pub push_batch: u32,
}

/// Settings of the discovery engine and its edges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamingSettings {
    /// Longest time for which changes of a service are gathered before they are pushed.
    pub push_delay: Duration,
    /// How long a subscriber may take to confirm a push.
    pub push_timeout: Duration,
    /// Time until an unconfirmed push is sent again.
    pub push_retry_delay: Duration,
    /// How often empty services are looked for.
    pub empty_service_interval: Duration,
    /// How long an empty service is kept after its last change.
    pub empty_service_expiry: Duration,
    /// How often metadata without an owner is looked for.
    pub metadata_interval: Duration,
    /// How long metadata without an owner is kept.
    pub metadata_expiry: Duration,
    /// How long a client without a sign of life is kept.
    pub client_expiry: Duration,
    /// Whether instances whose beats stay away are removed.
    pub expire_instances: bool,
    /// Longest metadata of an instance: characters of all keys and values together.
    pub metadata_length: usize,
}

/// Settings of the gRPC edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrpcSettings {
    /// Largest message a client may send, in bytes.
    pub max_message: usize,
    /// Silence after which a connection is pinged.
    pub keep_alive_time: Duration,
    /// How long the answer to a ping may take.
    pub keep_alive_timeout: Duration,
    /// Shortest time between two pings of a client.
    pub keep_alive_permitted: Duration,
}

impl Settings {
    /// Reads every leaf but those of [`refusals`]; mistakes stay in the reader.
    fn read(reader: &mut Reader<'_>) -> Self {
        let listen = Listen::read(reader);
        let server_ip = reader.read(&catalog::SERVER_IP);
        let own_address = server_ip.or(reader.read(&catalog::OWN_ADDRESS));
        Self {
            listen,
            own_address,
            data_dir: read_data_dir(reader),
            shutdown_grace: reader.read(&catalog::SHUTDOWN_GRACE),
            log: LogSettings {
                filter: reader.read(&catalog::LOG_LEVEL),
                format: reader.read(&catalog::LOG_FORMAT),
            },
            config: ConfigSettings::read(reader),
            naming: NamingSettings::read(reader),
            grpc: GrpcSettings::read(reader),
            param_check: reader.read(&catalog::PARAM_CHECK),
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

impl ConfigSettings {
    fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            max_content: reader.read(&catalog::MAX_CONTENT),
            history_days: reader.read(&catalog::HISTORY_RETENTION),
            push_timeout: reader.read(&catalog::CONFIG_PUSH_TIMEOUT),
            push_retries: reader.read(&catalog::CONFIG_PUSH_RETRIES),
            push_batch: reader.read(&catalog::CONFIG_PUSH_BATCH),
        }
    }
}

impl NamingSettings {
    fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            push_delay: reader.read(&catalog::PUSH_DELAY),
            push_timeout: reader.read(&catalog::PUSH_TIMEOUT),
            push_retry_delay: reader.read(&catalog::PUSH_RETRY_DELAY),
            empty_service_interval: reader.read(&catalog::EMPTY_SERVICE_INTERVAL),
            empty_service_expiry: reader.read(&catalog::EMPTY_SERVICE_EXPIRY),
            metadata_interval: reader.read(&catalog::METADATA_INTERVAL),
            metadata_expiry: reader.read(&catalog::METADATA_EXPIRY),
            client_expiry: reader.read(&catalog::CLIENT_EXPIRY),
            expire_instances: reader.read(&catalog::EXPIRE_INSTANCE),
            metadata_length: reader.read(&catalog::METADATA_LENGTH),
        }
    }
}

impl GrpcSettings {
    fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            max_message: reader.read(&catalog::GRPC_MESSAGE_SIZE),
            keep_alive_time: reader.read(&catalog::GRPC_KEEP_ALIVE_TIME),
            keep_alive_timeout: reader.read(&catalog::GRPC_KEEP_ALIVE_TIMEOUT),
            keep_alive_permitted: reader.read(&catalog::GRPC_KEEP_ALIVE_PERMITTED),
        }
    }
}

#[cfg(test)]
mod tests;
