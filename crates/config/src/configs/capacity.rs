//! How much there is and how much there may be, by owner.

use navaid_core::{
    capacity::{CapacityChange, CapacityOwner},
    command::{ConfigCommand, SetCapacity},
};

use super::Configs;
use crate::error::ConfigError;

/// What an owner has and may have. Shown whether limits are in force or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// The same for ever, see [`CapacityOwner::row_id`].
    pub id: u64,
    /// Most items.
    pub quota: u32,
    /// Items there are.
    pub usage: usize,
    /// Most bytes of one content.
    pub max_size: u32,
    /// Most parts of an aggregate; nothing goes by it.
    pub max_aggr_count: u32,
    /// Most bytes of a part of an aggregate; nothing goes by it.
    pub max_aggr_size: u32,
}

impl Configs {
    /// What counts for an owner now. Reading changes nothing: an owner that was never counted is shown with what it
    /// would be given if it were.
    pub fn capacity(&self, owner: &CapacityOwner) -> Capacity {
        let settings = &self.settings.capacity;
        let (usage, limits) = self.catalog.capacity(owner, &settings.rules);
        Capacity {
            id: owner.row_id(),
            quota: settings.rules.quota(owner, &limits),
            usage,
            max_size: limits.max_size.map_or(settings.rules.max_size, |size| size.get()),
            max_aggr_count: limits.max_aggr_count.map_or(settings.max_aggr_count, |count| count.get()),
            max_aggr_size: limits.max_aggr_size.map_or(settings.max_aggr_size, |size| size.get()),
        }
    }

    /// Changes what an owner may have. A quota below what it has takes nothing away; it lets nothing more in.
    ///
    /// # Errors
    /// [`ConfigError::Commit`].
    pub async fn set_capacity(
        &self,
        owner: CapacityOwner,
        change: CapacityChange,
    ) -> Result<(), ConfigError> {
        let set = SetCapacity { owner: owner.clone(), change, rules: self.settings.capacity.rules };
        self.propose(ConfigCommand::SetCapacity(set)).await?;
        tracing::info!(%owner, ?change, "capacity changed");
        Ok(())
    }
}
