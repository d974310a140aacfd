//! The engine's two background tasks and their owner.

mod history_purge;
mod notifier;

use std::sync::Arc;

use navaid_core::seam::Clock;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::configs::Configs;

/// Owns the tasks: the one that tells listeners, and the one that forgets old history.
pub struct ConfigTasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl ConfigTasks {
    /// Starts both on the current runtime.
    pub fn start(configs: &Arc<Configs>, clock: Arc<dyn Clock>) -> Self {
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        let notifier = notifier::run(configs.catalog().changes(), Arc::clone(configs.watches()));
        tracker.spawn(stop.clone().run_until_cancelled_owned(notifier));
        let purge = history_purge::run(Arc::clone(configs), clock);
        tracker.spawn(stop.clone().run_until_cancelled_owned(purge));
        tracker.close();
        Self { tracker, stop }
    }

    /// Ends both and waits until they have ended. Changes that were not told yet are not told any more: clients
    /// compare when they come back.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tracker.wait().await;
    }
}
