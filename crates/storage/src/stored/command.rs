//! Stored form of what lies in the log: a batch of proposals, each one command of a numbered kind.

use navaid_core as domain;
use navaid_core::{
    command::{ConfigCommand, NamespaceCommand, NamingCommand},
    time::Timestamp,
};
use prost::{Message, Oneof};

use super::{
    LEVEL, LEVEL_FIRST, LEVEL_LIMITED,
    capacity::SetCapacity,
    config::{PublishConfig, PurgeHistory, RemoveConfig},
    error::{StoredError, required},
    naming::{
        ClusterValue, InstanceValue, NamespaceValue, OverlayValue, ServiceKey, ServiceValue, StoredTarget,
        cluster_name, endpoint, namespace_id, port,
    },
    overlay_patch::PatchOverlay,
    switches::StoredChange,
};

/// The body of a log entry.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Batch {
    #[prost(message, repeated, tag = "1")]
    proposals: Vec<Proposal>,
}

impl Batch {
    pub(crate) fn push(&mut self, proposal: &domain::Proposal) {
        self.proposals.push(proposal.into());
    }

    pub(crate) fn len(&self) -> usize {
        self.proposals.len()
    }

    /// Encoded length of the proposal pushed last, in bytes.
    pub(crate) fn last_len(&self) -> usize {
        self.proposals.last().map_or(0, Message::encoded_len)
    }
}

/// Gives the proposals of an entry's body back.
///
/// # Errors
/// The body cannot be read, or holds a command of a newer release.
pub(crate) fn decode_batch(body: &[u8]) -> Result<Vec<domain::Proposal>, StoredError> {
    Batch::decode(body)?.proposals.into_iter().map(TryInto::try_into).collect()
}

#[derive(Clone, PartialEq, Message)]
struct Proposal {
    /// What a reader must understand, see [`LEVEL`].
    #[prost(uint32, tag = "1")]
    level: u32,
    /// The proposer's clock, in milliseconds since the epoch.
    #[prost(uint64, tag = "2")]
    at: u64,
    #[prost(
        oneof = "Command",
        tags = "10, 11, 12, 13, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 40, 41, 42"
    )]
    command: Option<Command>,
}

/// All since 0.1.0; 29 and 30 since the sample `v2`, 13 since `v3`. Numbers are never reused.
#[derive(Clone, PartialEq, Oneof)]
enum Command {
    #[prost(message, tag = "10")]
    Publish(Box<PublishConfig>),
    #[prost(message, tag = "11")]
    Remove(RemoveConfig),
    #[prost(message, tag = "12")]
    PurgeHistory(PurgeHistory),
    #[prost(message, tag = "13")]
    SetCapacity(SetCapacity),
    #[prost(message, tag = "20")]
    Register(Register),
    #[prost(message, tag = "21")]
    Deregister(Deregister),
    #[prost(message, tag = "22")]
    SetHealth(SetHealth),
    #[prost(message, tag = "23")]
    PutOverlay(PutOverlay),
    #[prost(message, tag = "24")]
    RemoveOverlay(RemoveOverlay),
    #[prost(message, tag = "25")]
    CreateService(PutService),
    #[prost(message, tag = "26")]
    UpdateService(PutService),
    #[prost(message, tag = "27")]
    RemoveService(ServiceKey),
    #[prost(message, tag = "28")]
    PutCluster(PutCluster),
    #[prost(message, tag = "29")]
    ChangeSwitch(StoredChange),
    #[prost(message, tag = "30")]
    PatchOverlay(PatchOverlay),
    #[prost(message, tag = "40")]
    CreateNamespace(NamespaceValue),
    #[prost(message, tag = "41")]
    UpdateNamespace(UpdateNamespace),
    #[prost(message, tag = "42")]
    RemoveNamespace(RemoveNamespace),
}

#[derive(Clone, PartialEq, Message)]
struct Register {
    #[prost(message, optional, tag = "1")]
    key: Option<ServiceKey>,
    #[prost(message, optional, tag = "2")]
    instance: Option<InstanceValue>,
}

#[derive(Clone, PartialEq, Message)]
struct Deregister {
    #[prost(message, optional, tag = "1")]
    key: Option<ServiceKey>,
    #[prost(string, tag = "2")]
    ip: String,
    #[prost(uint32, tag = "3")]
    port: u32,
}

#[derive(Clone, PartialEq, Message)]
struct SetHealth {
    #[prost(message, optional, tag = "1")]
    key: Option<ServiceKey>,
    #[prost(string, tag = "2")]
    ip: String,
    #[prost(uint32, tag = "3")]
    port: u32,
    #[prost(bool, tag = "4")]
    healthy: bool,
}

#[derive(Clone, PartialEq, Message)]
struct PutOverlay {
    #[prost(message, optional, tag = "1")]
    key: Option<ServiceKey>,
    #[prost(message, optional, tag = "2")]
    target: Option<StoredTarget>,
    #[prost(message, optional, tag = "3")]
    overlay: Option<OverlayValue>,
}

#[derive(Clone, PartialEq, Message)]
struct RemoveOverlay {
    #[prost(message, optional, tag = "1")]
    key: Option<ServiceKey>,
    #[prost(message, optional, tag = "2")]
    target: Option<StoredTarget>,
}

#[derive(Clone, PartialEq, Message)]
struct PutService {
    #[prost(message, optional, tag = "1")]
    key: Option<ServiceKey>,
    #[prost(message, optional, tag = "2")]
    service: Option<ServiceValue>,
}

#[derive(Clone, PartialEq, Message)]
struct PutCluster {
    #[prost(message, optional, tag = "1")]
    key: Option<ServiceKey>,
    #[prost(string, tag = "2")]
    cluster: String,
    #[prost(message, optional, tag = "3")]
    metadata: Option<ClusterValue>,
}

#[derive(Clone, PartialEq, Message)]
struct UpdateNamespace {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(string, tag = "3")]
    desc: String,
}

#[derive(Clone, PartialEq, Message)]
struct RemoveNamespace {
    #[prost(string, tag = "1")]
    id: String,
}

// === to the stored form ===

impl From<&domain::Proposal> for Proposal {
    fn from(proposal: &domain::Proposal) -> Self {
        let command = match &proposal.command {
            domain::Command::Config(command) => command.into(),
            domain::Command::Naming(command) => command.into(),
            domain::Command::Namespace(command) => command.into(),
        };
        Self { level: level(&proposal.command), at: proposal.at.0, command: Some(command) }
    }
}

/// What a reader must understand to apply a command as it was meant.
fn level(command: &domain::Command) -> u32 {
    match command {
        domain::Command::Config(ConfigCommand::Publish(publish)) if publish.capacity.is_some() => {
            LEVEL_LIMITED
        }
        domain::Command::Config(_) | domain::Command::Naming(_) | domain::Command::Namespace(_) => {
            LEVEL_FIRST
        }
    }
}

impl From<&ConfigCommand> for Command {
    fn from(command: &ConfigCommand) -> Self {
        match command {
            ConfigCommand::Publish(publish) => Self::Publish(Box::new((&**publish).into())),
            ConfigCommand::Remove(remove) => Self::Remove(remove.into()),
            ConfigCommand::PurgeHistory { before } => Self::PurgeHistory(PurgeHistory { before: before.0 }),
            ConfigCommand::SetCapacity(set) => Self::SetCapacity(set.into()),
        }
    }
}

impl From<&NamingCommand> for Command {
    fn from(command: &NamingCommand) -> Self {
        match command {
            NamingCommand::Register { key, instance } => {
                Self::Register(Register { key: Some(key.into()), instance: Some(instance.into()) })
            }
            NamingCommand::Deregister { key, endpoint } => Self::Deregister(Deregister {
                key: Some(key.into()),
                ip: endpoint.ip.to_string(),
                port: endpoint.port.into(),
            }),
            NamingCommand::SetHealth { key, endpoint, healthy } => Self::SetHealth(SetHealth {
                key: Some(key.into()),
                ip: endpoint.ip.to_string(),
                port: endpoint.port.into(),
                healthy: *healthy,
            }),
            NamingCommand::PutOverlay { key, target, overlay } => Self::PutOverlay(PutOverlay {
                key: Some(key.into()),
                target: Some(target.into()),
                overlay: Some(overlay.into()),
            }),
            NamingCommand::PatchOverlay { key, target, base, patch } => {
                Self::PatchOverlay(PatchOverlay::new(key, target, base, patch))
            }
            NamingCommand::RemoveOverlay { key, target } => {
                Self::RemoveOverlay(RemoveOverlay { key: Some(key.into()), target: Some(target.into()) })
            }
            NamingCommand::CreateService { key, metadata } => {
                Self::CreateService(PutService { key: Some(key.into()), service: Some(metadata.into()) })
            }
            NamingCommand::UpdateService { key, update } => {
                Self::UpdateService(PutService { key: Some(key.into()), service: Some(update.into()) })
            }
            NamingCommand::RemoveService { key } => Self::RemoveService(key.into()),
            NamingCommand::PutCluster { key, cluster, metadata } => Self::PutCluster(PutCluster {
                key: Some(key.into()),
                cluster: cluster.as_str().into(),
                metadata: Some(metadata.into()),
            }),
            NamingCommand::ChangeSwitch(change) => Self::ChangeSwitch(change.into()),
        }
    }
}

impl From<&NamespaceCommand> for Command {
    fn from(command: &NamespaceCommand) -> Self {
        match command {
            NamespaceCommand::Create(namespace) => Self::CreateNamespace(namespace.into()),
            NamespaceCommand::Update { id, name, desc } => Self::UpdateNamespace(UpdateNamespace {
                id: id.as_str().into(),
                name: name.to_string(),
                desc: desc.to_string(),
            }),
            NamespaceCommand::Remove { id } => {
                Self::RemoveNamespace(RemoveNamespace { id: id.as_str().into() })
            }
        }
    }
}

// === and back ===

impl TryFrom<Proposal> for domain::Proposal {
    type Error = StoredError;

    fn try_from(stored: Proposal) -> Result<Self, StoredError> {
        if stored.level > LEVEL {
            return Err(StoredError::Newer { what: format!("command of level {}", stored.level) });
        }
        let command = stored.command.ok_or_else(|| StoredError::Newer { what: "unknown command".into() })?;
        Ok(Self { at: Timestamp(stored.at), command: command.try_into()? })
    }
}

impl TryFrom<Command> for domain::Command {
    type Error = StoredError;

    fn try_from(stored: Command) -> Result<Self, StoredError> {
        Ok(match stored {
            Command::Publish(publish) => {
                Self::Config(ConfigCommand::Publish(Box::new((*publish).try_into()?)))
            }
            Command::Remove(remove) => Self::Config(ConfigCommand::Remove(remove.try_into()?)),
            Command::PurgeHistory(purge) => {
                Self::Config(ConfigCommand::PurgeHistory { before: Timestamp(purge.before) })
            }
            Command::SetCapacity(set) => Self::Config(ConfigCommand::SetCapacity(set.try_into()?)),
            Command::Register(register) => Self::Naming(register.try_into()?),
            Command::Deregister(deregister) => Self::Naming(deregister.try_into()?),
            Command::SetHealth(set) => Self::Naming(set.try_into()?),
            Command::PutOverlay(put) => Self::Naming(put.try_into()?),
            Command::RemoveOverlay(remove) => Self::Naming(remove.try_into()?),
            Command::CreateService(create) => Self::Naming(NamingCommand::CreateService {
                key: service_key(create.key)?,
                metadata: required("service", create.service)?.try_into()?,
            }),
            Command::UpdateService(update) => Self::Naming(NamingCommand::UpdateService {
                key: service_key(update.key)?,
                update: required("service", update.service)?.into(),
            }),
            Command::RemoveService(key) => {
                Self::Naming(NamingCommand::RemoveService { key: key.try_into()? })
            }
            Command::PutCluster(put) => Self::Naming(put.try_into()?),
            Command::ChangeSwitch(change) => Self::Naming(NamingCommand::ChangeSwitch(change.try_into()?)),
            Command::PatchOverlay(patch) => Self::Naming(patch.try_into()?),
            Command::CreateNamespace(namespace) => {
                Self::Namespace(NamespaceCommand::Create(namespace.try_into()?))
            }
            Command::UpdateNamespace(update) => Self::Namespace(NamespaceCommand::Update {
                id: namespace_id(&update.id)?,
                name: update.name.into(),
                desc: update.desc.into(),
            }),
            Command::RemoveNamespace(remove) => {
                Self::Namespace(NamespaceCommand::Remove { id: namespace_id(&remove.id)? })
            }
        })
    }
}

fn service_key(stored: Option<ServiceKey>) -> Result<domain::ServiceKey, StoredError> {
    required("service key", stored)?.try_into()
}

impl TryFrom<Register> for NamingCommand {
    type Error = StoredError;

    fn try_from(stored: Register) -> Result<Self, StoredError> {
        let instance = required("instance", stored.instance)?.try_into()?;
        Ok(Self::Register { key: service_key(stored.key)?, instance })
    }
}

impl TryFrom<Deregister> for NamingCommand {
    type Error = StoredError;

    fn try_from(stored: Deregister) -> Result<Self, StoredError> {
        let endpoint = endpoint(&stored.ip, port(stored.port)?)?;
        Ok(Self::Deregister { key: service_key(stored.key)?, endpoint })
    }
}

impl TryFrom<SetHealth> for NamingCommand {
    type Error = StoredError;

    fn try_from(stored: SetHealth) -> Result<Self, StoredError> {
        let endpoint = endpoint(&stored.ip, port(stored.port)?)?;
        Ok(Self::SetHealth { key: service_key(stored.key)?, endpoint, healthy: stored.healthy })
    }
}

impl TryFrom<PutOverlay> for NamingCommand {
    type Error = StoredError;

    fn try_from(stored: PutOverlay) -> Result<Self, StoredError> {
        let target = required("target", stored.target)?.try_into()?;
        let overlay = required("overlay", stored.overlay)?.into();
        Ok(Self::PutOverlay { key: service_key(stored.key)?, target, overlay })
    }
}

impl TryFrom<RemoveOverlay> for NamingCommand {
    type Error = StoredError;

    fn try_from(stored: RemoveOverlay) -> Result<Self, StoredError> {
        let target = required("target", stored.target)?.try_into()?;
        Ok(Self::RemoveOverlay { key: service_key(stored.key)?, target })
    }
}

impl TryFrom<PutCluster> for NamingCommand {
    type Error = StoredError;

    fn try_from(stored: PutCluster) -> Result<Self, StoredError> {
        let metadata = required("cluster", stored.metadata)?.try_into()?;
        Ok(Self::PutCluster {
            key: service_key(stored.key)?,
            cluster: cluster_name(&stored.cluster)?,
            metadata,
        })
    }
}
