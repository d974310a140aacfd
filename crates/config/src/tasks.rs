//! The engine's two background tasks and their owner.

mod history_purge;
mod notifier;

use std::sync::Arc;

use navaid_core::seam::Clock;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::configs::Configs;

/// Owns the tasks: the one that tells listeners, and the one that forgets old history.
pub struct ConfigTasks {
    tasks: JoinSet<&'static str>,
    stop: CancellationToken,
}

impl ConfigTasks {
    /// Starts both on the current runtime.
    pub fn start(configs: &Arc<Configs>, clock: Arc<dyn Clock>) -> Self {
        let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
        let notifier = notifier::run(Arc::clone(configs));
        let until = stop.clone();
        tasks.spawn(async move {
            until.run_until_cancelled(notifier).await;
            "config notifier"
        });
        let purge = history_purge::run(Arc::clone(configs), clock);
        let until = stop.clone();
        tasks.spawn(async move {
            until.run_until_cancelled(purge).await;
            "config history purge"
        });
        Self { tasks, stop }
    }

    /// Waits until a task has ended by itself, which is a defect that its owner should not survive.
    ///
    /// # Cancel safety
    /// Yes.
    pub async fn failed(&mut self) {
        if let Some(ended) = self.tasks.join_next().await {
            report(ended);
        }
    }

    /// Ends both and waits until they have ended. Changes that were not told yet are not told any more: clients
    /// compare when they come back.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            if ended.is_err() {
                report(ended);
            }
        }
    }
}

fn report(ended: Result<&'static str, tokio::task::JoinError>) {
    match ended {
        Ok(task) => tracing::error!(task, "a task of the configuration engine ended"),
        Err(error) => tracing::error!(%error, "a task of the configuration engine failed"),
    }
}
