//! What is proposed to the replicated state, and what comes of it.
//!
//! A command is total and deterministic: applied in order to the same state it gives the same state, outcome and
//! records on every member. Time and generated ids are decided before proposing and travel in the [`Proposal`].
//! Variants are never renumbered or reused in their stored form (`navaid-storage`).

use std::sync::Arc;

use crate::{
    capacity::{CapacityChange, CapacityOwner, CapacityRules, OverCapacity},
    client::ClientId,
    config_item::{ConfigKey, ContentMd5, Description},
    content::Content,
    gray::{GrayName, GrayRule},
    instance::{Endpoint, Instance, Metadata},
    name::{ClusterName, NamespaceId},
    namespace::Namespace,
    service::{ClusterMetadata, Lifetime, Selector, ServiceKey, ServiceMetadata},
    switches::SwitchChange,
    time::Timestamp,
};

mod overlay_patch;

pub use overlay_patch::{MetadataChange, OverlayPatch};

/// Position of a command in the log, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct LogIndex(pub u64);

/// A command with the proposer's clock, which is the only time that applying may use.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    pub at: Timestamp,
    pub command: Command,
}

/// Who changed something: the authenticated user, if any, and the address the call came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Operator {
    pub user: Option<Arc<str>>,
    pub ip: Arc<str>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    Config(ConfigCommand),
    Naming(NamingCommand),
    Namespace(NamespaceCommand),
}

#[derive(Debug, Clone, PartialEq)]
pub enum ConfigCommand {
    Publish(Box<PublishConfig>),
    Remove(RemoveConfig),
    /// Drops history rows older than `before`.
    PurgeHistory {
        before: Timestamp,
    },
    SetCapacity(SetCapacity),
}

/// A publish: the formal release, or a gray one beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishConfig {
    pub key: ConfigKey,
    pub target: PublishTarget,
    pub content: Content,
    /// Digest of `content`, computed once by the proposer.
    pub md5: ContentMd5,
    pub encrypted_data_key: Arc<str>,
    pub description: Description,
    pub condition: PublishCondition,
    pub operator: Operator,
    /// Most gray releases that the item may have when one more is to come: the proposer's setting, so that members
    /// which are set differently still agree.
    pub max_grays: usize,
    /// What limits number and size of items goes by; none where they are not limited. The proposer's settings too.
    pub capacity: Option<CapacityRules>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublishTarget {
    Formal,
    Gray { name: GrayName, rule: GrayRule },
}

/// What must hold for a publish to be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublishCondition {
    Always,
    /// Compare and set: the target exists with this digest (the text as sent), or does not exist.
    Md5(Arc<str>),
    /// The target does not exist.
    Absent,
}

/// Removes one release of an item; removing what is not there succeeds.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoveConfig {
    pub key: ConfigKey,
    /// None for the formal release. Gray releases outlive a removed formal one.
    pub gray: Option<GrayName>,
    pub operator: Operator,
}

/// Sets what an owner of items may have.
#[derive(Debug, Clone, PartialEq)]
pub struct SetCapacity {
    pub owner: CapacityOwner,
    pub change: CapacityChange,
    /// What counts for an owner that has no limits yet: the proposer's settings.
    pub rules: CapacityRules,
}

#[derive(Debug, Clone, PartialEq)]
pub enum NamingCommand {
    /// Registers or replaces the persistent instance of `instance.endpoint`.
    Register {
        key: ServiceKey,
        instance: Instance,
    },
    /// Removes the persistent instance of that endpoint; its cluster does not matter.
    Deregister {
        key: ServiceKey,
        endpoint: Endpoint,
    },
    /// Marks a persistent instance; does nothing when it is gone.
    SetHealth {
        key: ServiceKey,
        endpoint: Endpoint,
        healthy: bool,
    },
    /// Replaces the overlay of an instance of either lifetime.
    PutOverlay {
        key: ServiceKey,
        target: OverlayTarget,
        overlay: Overlay,
    },
    /// Changes a part of the overlay of an instance, or of `base` where it has none: what the proposer saw of the
    /// instance, which other members may not know.
    PatchOverlay {
        key: ServiceKey,
        target: OverlayTarget,
        base: Overlay,
        patch: OverlayPatch,
    },
    RemoveOverlay {
        key: ServiceKey,
        target: OverlayTarget,
    },
    CreateService {
        key: ServiceKey,
        metadata: ServiceMetadata,
    },
    UpdateService {
        key: ServiceKey,
        update: ServiceUpdate,
    },
    RemoveService {
        key: ServiceKey,
    },
    PutCluster {
        key: ServiceKey,
        cluster: ClusterName,
        metadata: ClusterMetadata,
    },
    /// Changes one switch on every member.
    ChangeSwitch(SwitchChange),
}

/// Which instance an overlay belongs to: (ip, port, cluster) inside its service.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OverlayTarget {
    pub endpoint: Endpoint,
    pub cluster: ClusterName,
}

/// What an operator sets on an instance: it wins over what the client publishes, for as long as it exists
/// (`spec/naming-semantics` §4.2).
#[derive(Debug, Clone, PartialEq)]
pub struct Overlay {
    pub enabled: bool,
    pub weight: f64,
    pub metadata: Metadata,
}

/// Replaces what an operator set on a service; its clusters and lifetime stay.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceUpdate {
    pub protect_threshold: f32,
    pub selector: Selector,
    pub metadata: Metadata,
}

#[derive(Debug, Clone, PartialEq)]
pub enum NamespaceCommand {
    Create(Namespace),
    /// Changes name and description; an unknown id is left alone.
    Update {
        id: NamespaceId,
        name: Arc<str>,
        desc: Arc<str>,
    },
    /// Removes the entry only: items and services of the namespace stay.
    Remove {
        id: NamespaceId,
    },
}

/// What came of a command. A refusal is an outcome like any other: every member gives the same.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Done, or already so.
    Done,
    Config(ConfigOutcome),
    Naming(NamingRefusal),
    Namespace(NamespaceRefusal),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigOutcome {
    Published {
        id: u64,
        md5: ContentMd5,
    },
    /// The digest did not match; the one that stands is `found`.
    Conflict {
        found: ContentMd5,
    },
    /// [`PublishCondition::Absent`], and it is there.
    Exists,
    /// The item has as many gray releases as it may have.
    TooManyGrays {
        max: usize,
    },
    /// [`PublishConfig::capacity`], and there is no room.
    OverCapacity(OverCapacity),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamingRefusal {
    /// The service is of the other lifetime.
    LifetimeMismatch {
        service: Lifetime,
    },
    ServiceExists,
    ServiceNotFound,
    ServiceNotEmpty,
    /// A client of the other lifetime, or one that is gone.
    WrongClient {
        client: ClientId,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamespaceRefusal {
    Exists,
}
