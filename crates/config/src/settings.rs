//! What an operator may set about configuration. Defaults are those of Nacos (`spec/storage-and-settings` §9.2).

use std::time::Duration;

use navaid_core::pattern_index::PatternLimits;

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
        }
    }
}
