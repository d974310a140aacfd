//! Forgets history rows that are older than the retention (`spec/config-semantics` §7).

use std::{sync::Arc, time::Duration};

use navaid_core::{
    command::{Command, ConfigCommand},
    seam::Clock,
};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::configs::Configs;

/// Time before the first purge, and between two of them.
const PURGE_EVERY: Duration = Duration::from_secs(10 * 60);

/// Runs until it is dropped.
pub(super) async fn run(configs: Arc<Configs>, clock: Arc<dyn Clock>) {
    let mut ticks = interval_at(Instant::now() + PURGE_EVERY, PURGE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let before = clock.now().wall - configs.settings().history_retention;
        let purge = Command::Config(ConfigCommand::PurgeHistory { before });
        if let Err(error) = configs.commit().commit(purge).await {
            tracing::warn!(%error, "cannot purge config history");
        }
    }
}
