//! What the discovery engine is told once at start. Defaults are those of Nacos 2.5 (`spec/naming-semantics` §6, §9,
//! §10).

use std::time::Duration;

use navaid_core::{Switches, pattern_index::PatternLimits};

use crate::instance_ids::IdTemplate;

/// Fixed for the life of the process.
#[derive(Debug, Clone, PartialEq)]
pub struct NamingSettings {
    /// Longest wait between a change and its push while a service churns (`nacos.naming.push.pushTaskDelay`).
    pub push_delay: Duration,
    /// Whether silent HTTP instances are removed at all (`nacos.naming.expireInstance`).
    pub expire_instances: bool,
    /// An address client that shows no sign of life for this long goes, whatever it holds
    /// (`nacos.naming.client.expired.time`).
    pub client_expired_after: Duration,
    /// A service without publishers goes after this (`nacos.naming.clean.empty-service.expired-time`).
    pub empty_service_after: Duration,
    /// Whether a service that was created or changed by a call stays listed without publishers, until a call removes
    /// it (`navaid.naming.keep-created-services`).
    pub keep_created_services: bool,
    /// How much is watched by pattern (`nacos.naming.fuzzy.watch.max.pattern.*`).
    pub patterns: PatternLimits,
    /// What an operator set on something that is gone is kept for this long
    /// (`nacos.naming.clean.expired-metadata.expired-time`).
    pub expired_metadata_after: Duration,
    /// For how long instances of before a restart are served while their clients are not back
    /// (`navaid.naming.warm-restart.window`).
    pub unconfirmed_for: Duration,
    /// Whether it is noted what changed of ephemeral services, for somebody who keeps it over a restart
    /// (`navaid.naming.warm-restart.enabled`).
    pub keeps_ephemeral: bool,
    /// For how long the publications of a connection are served that ended because this server told its client to move
    /// (`navaid.naming.move-grace`).
    pub move_grace: Duration,
    pub limits: Limits,
    /// Events that the journal holds, of changes and of pushes each; 0 for no journal
    /// (`navaid.naming.journal.entries`).
    pub journal_entries: usize,
    /// Tells the ids that this member gives to instances from those of other members; below 1024
    /// (`nacos.core.snowflake.worker-id`).
    pub worker_id: u16,
    /// Generators of instance ids beside `simple` and `snowflake` (`navaid.naming.instance-id.generators`).
    pub id_templates: Vec<IdTemplate>,
    /// The switches to start with, unless others are stored.
    pub switches: Switches,
}

impl Default for NamingSettings {
    fn default() -> Self {
        Self {
            push_delay: Duration::from_millis(500),
            expire_instances: true,
            client_expired_after: Duration::from_secs(180),
            empty_service_after: Duration::from_secs(60),
            keep_created_services: false,
            patterns: PatternLimits::default(),
            expired_metadata_after: Duration::from_secs(60),
            unconfirmed_for: Duration::from_secs(35),
            keeps_ephemeral: false,
            move_grace: Duration::from_secs(4),
            limits: Limits::default(),
            journal_entries: 10_000,
            worker_id: 0,
            id_templates: Vec::new(),
            switches: Switches::default(),
        }
    }
}

/// The settings key of [`Limits::instances_per_client`], which refusals name.
pub const INSTANCES_KEY: &str = "navaid.naming.client.max-instances";
/// The settings key of [`Limits::subscriptions_per_client`], which refusals name.
pub const SUBSCRIPTIONS_KEY: &str = "navaid.naming.client.max-subscriptions";

/// How much one client may hold. What goes beyond is refused with
/// [`NamingError::LimitReached`](crate::NamingError::LimitReached); other clients do not notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Instances of one client, over all its services (`navaid.naming.client.max-instances`).
    pub instances_per_client: usize,
    /// Services that one client subscribes to (`navaid.naming.client.max-subscriptions`).
    pub subscriptions_per_client: usize,
    /// Members of one batch registration. A request of 10 MiB, the most an edge reads, holds some 28 000.
    pub batch_size: usize,
    /// Filtered selections that one view keeps; the oldest goes when another is asked for.
    pub selections_per_view: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            instances_per_client: 50_000,
            subscriptions_per_client: 50_000,
            batch_size: 30_000,
            selections_per_view: 32,
        }
    }
}
