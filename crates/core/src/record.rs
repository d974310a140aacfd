//! What applying a command leaves in the store: whole values, written in one batch with the applied index.

use crate::{
    capacity::{CapacityLimits, CapacityOwner},
    command::{Overlay, OverlayTarget},
    config_item::{ConfigItem, ConfigKey},
    gray::{GrayName, GrayRelease},
    history::HistoryEntry,
    instance::{Endpoint, Instance},
    name::NamespaceId,
    namespace::Namespace,
    service::{ServiceKey, ServiceMetadata},
    switches::Switches,
    time::Timestamp,
};

/// One change of the stored state. Loading gives the `Put` kinds back, history excepted, which is read where it lies.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    PutItem(ConfigItem),
    RemoveItem(ConfigKey),
    PutGray(ConfigKey, GrayRelease),
    RemoveGray(ConfigKey, GrayName),
    AppendHistory(HistoryEntry),
    PurgeHistory {
        before: Timestamp,
    },
    /// The next ids that the configuration engine will give out.
    PutConfigSequence(ConfigSequence),
    PutCapacity(CapacityOwner, CapacityLimits),
    RemoveCapacity(CapacityOwner),
    PutInstance(ServiceKey, Instance),
    RemoveInstance(ServiceKey, Endpoint),
    PutService(ServiceKey, ServiceMetadata),
    RemoveService(ServiceKey),
    PutOverlay(ServiceKey, OverlayTarget, Overlay),
    RemoveOverlay(ServiceKey, OverlayTarget),
    /// All switches, as they are stored.
    PutSwitches(Box<Switches>),
    PutNamespace(Namespace),
    RemoveNamespace(NamespaceId),
}

/// Counters that must survive a restart, so that no id is given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfigSequence {
    pub next_item: u64,
    pub next_history: u64,
}

impl Default for ConfigSequence {
    fn default() -> Self {
        Self { next_item: 1, next_history: 1 }
    }
}
