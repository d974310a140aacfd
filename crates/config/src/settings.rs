//! What an operator may set about configuration. Defaults are those of Nacos (`spec/storage-and-settings` §9.2).

use std::time::Duration;

use navaid_core::{capacity::CapacityRules, pattern_index::PatternLimits};

/// Limits and retention of the configuration engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfigSettings {
    /// Longest content, in UTF-16 units (`maxContent`).
    pub max_content: usize,
    /// Most gray releases of one item (`nacos.config.gray.version.max.count`).
    pub max_grays: usize,
    /// How much is watched by pattern (`nacos.config.fuzzy.watch.max.pattern.*`).
    pub patterns: PatternLimits,
    /// How long history rows are kept (`nacos.config.retention.days`).
    pub history_retention: Duration,
    /// Searches that may scan at the same time (`nacos.config.search.max_thread`).
    pub search_threads: usize,
    /// Searches that may wait for their turn (`nacos.config.search.max_capacity`); more are refused.
    pub search_queue: usize,
    /// How long a search waits for its turn (`nacos.config.search.wait_timeout`).
    pub search_wait: Duration,
    /// Imports that may hold what they unpacked at the same time (`navaid.config.import.max-running`); some more
    /// wait for their turn.
    pub imports: usize,
    /// How many items there may be, and how large.
    pub capacity: CapacitySettings,
}

/// Limits that are counted. They are in force where both switches are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapacitySettings {
    /// `isManageCapacity`. Items are counted in any case.
    pub is_managed: bool,
    /// `isCapacityLimitCheck`.
    pub is_checked: bool,
    /// What counts where nothing is set.
    pub rules: CapacityRules,
    /// Shown where nothing is set (`defaultMaxAggrCount`).
    pub max_aggr_count: u32,
    /// Shown where nothing is set (`defaultMaxAggrSize`).
    pub max_aggr_size: u32,
}

impl CapacitySettings {
    /// What a publish has to go by; none where nothing limits it.
    pub fn in_force(&self) -> Option<CapacityRules> {
        (self.is_managed && self.is_checked).then_some(self.rules)
    }
}

impl Default for CapacitySettings {
    fn default() -> Self {
        Self {
            is_managed: true,
            is_checked: false,
            rules: CapacityRules::default(),
            max_aggr_count: 10_000,
            max_aggr_size: 1_024,
        }
    }
}

impl Default for ConfigSettings {
    fn default() -> Self {
        Self {
            max_content: 10 * 1024 * 1024,
            max_grays: 10,
            patterns: PatternLimits::default(),
            history_retention: Duration::from_secs(30 * 24 * 60 * 60),
            search_threads: 2,
            search_queue: 4,
            search_wait: Duration::from_secs(8),
            imports: 2,
            capacity: CapacitySettings::default(),
        }
    }
}
