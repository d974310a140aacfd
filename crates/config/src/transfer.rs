//! Writing many items at once: import and clone (`spec/config-semantics` §8).

use std::{sync::Arc, time::Duration};

use navaid_core::config_item::{ConfigItem, ConfigKey, Description};

/// Imports that may wait for their turn; more are refused. Each holds what was uploaded.
pub const IMPORTS_WAITING_MAX: usize = 4;
/// How long an import waits for its turn before it is refused.
pub const IMPORT_WAIT: Duration = Duration::from_secs(30);

/// An item to be written where its key says.
#[derive(Debug, Clone)]
pub struct TransferItem {
    pub key: ConfigKey,
    pub content: Arc<str>,
    /// Empty when the content is not encrypted.
    pub encrypted_data_key: Arc<str>,
    pub description: Description,
}

impl TransferItem {
    /// A copy of `item` under another key.
    pub fn copy(item: &ConfigItem, key: ConfigKey) -> Self {
        Self {
            key,
            content: item.content.text().into(),
            encrypted_data_key: Arc::clone(&item.encrypted_data_key),
            description: item.description.clone(),
        }
    }
}

/// What happens when an item exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TransferPolicy {
    /// It fails, and the items after it are left out; those before it stay written. Where somebody else writes it in
    /// the very moment, some after it may be written too, which the report tells.
    #[default]
    Abort,
    /// It is left as it is.
    Skip,
    Overwrite,
}

/// What came of a transfer, in the order of its items.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransferReport {
    pub written: usize,
    /// The item that ended the transfer.
    pub failed: Option<ConfigKey>,
    /// The items that were left out.
    pub skipped: Vec<ConfigKey>,
}
