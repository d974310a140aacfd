//! How long and how much: every load is bounded in time and in count.

use std::time::Duration;

/// The bounds of all rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Load before the measured part of a row.
    pub(crate) warm_up: Duration,
    /// The measured part of a row.
    pub(crate) measured: Duration,
    /// Requests after which a part of a row ends early.
    pub(crate) requests_max: u64,
    /// Changes of a fan-out row.
    pub(crate) changes: u32,
    /// Rest before each change, longer than the window in which a server merges changes.
    pub(crate) rest: Duration,
    /// Connections of the idle row.
    pub(crate) idle_connections: usize,
    /// How long the idle connections are watched.
    pub(crate) idle: Duration,
    /// Services of a row of memory per instance, if it names more.
    pub(crate) services_max: u64,
    /// Configuration items of the rows of many items.
    pub(crate) items: u64,
    /// Starts of which the median counts.
    pub(crate) starts: usize,
    /// Rest before memory is read.
    pub(crate) settle: Duration,
}

impl Pace {
    pub(crate) const FULL: Self = Self {
        warm_up: Duration::from_secs(2),
        measured: Duration::from_secs(6),
        requests_max: 1_000_000,
        changes: 20,
        rest: Duration::from_millis(1_200),
        idle_connections: 2_000,
        idle: Duration::from_secs(20),
        services_max: 100_000,
        items: 100_000,
        starts: 11,
        settle: Duration::from_secs(2),
    };

    pub(crate) const QUICK: Self = Self {
        warm_up: Duration::from_millis(200),
        measured: Duration::from_secs(1),
        requests_max: 100_000,
        changes: 3,
        rest: Duration::from_millis(600),
        idle_connections: 200,
        idle: Duration::from_secs(6),
        services_max: 2_000,
        items: 5_000,
        starts: 3,
        settle: Duration::from_millis(500),
    };
}
