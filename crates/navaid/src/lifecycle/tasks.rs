//! Tasks that live as long as the server, and their end.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// A task that ended although nobody asked the server to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskEnd {
    /// The name it was started under.
    pub name: &'static str,
    /// Whether it panicked; otherwise it just returned.
    pub panicked: bool,
}

/// Starts tasks, tells them to end, and waits for them. Clones share the same tasks.
#[derive(Debug, Clone)]
pub struct Tasks {
    tracker: TaskTracker,
    stopping: CancellationToken,
    first_end: Arc<watch::Sender<Option<TaskEnd>>>,
}

impl Default for Tasks {
    fn default() -> Self {
        let first_end = Arc::new(watch::Sender::new(None));
        Self { tracker: TaskTracker::new(), stopping: CancellationToken::new(), first_end }
    }
}

impl Tasks {
    /// Starts a task that runs until [`stopping`](Self::stopping) is cancelled. When it ends before, the server
    /// stops: a server without one of its tasks would only look alive.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let (stopping, first_end) = (self.stopping.clone(), self.first_end.clone());
        let watched = async move {
            let panicked = AssertUnwindSafe(task).catch_unwind().await.is_err();
            if panicked || !stopping.is_cancelled() {
                first_end.send_if_modified(|end| {
                    let first = end.is_none();
                    end.get_or_insert(TaskEnd { name, panicked });
                    first
                });
            }
        };
        self.tracker.spawn(watched.instrument(tracing::info_span!("task", name)));
    }

    /// Cancelled when tasks shall end.
    pub fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// Tells all tasks to end.
    pub(super) fn stop(&self) {
        self.stopping.cancel();
        self.tracker.close();
    }

    /// Waits until all tasks have ended, after [`stop`](Self::stop).
    ///
    /// # Cancel safety
    /// Cancel-safe.
    pub(super) async fn wait(&self) {
        self.tracker.wait().await;
    }

    /// How many tasks run.
    pub(super) fn len(&self) -> usize {
        self.tracker.len()
    }

    /// Waits for the first task that ends unasked.
    ///
    /// # Cancel safety
    /// Cancel-safe.
    pub(super) async fn first_end(&self) -> TaskEnd {
        let mut end = self.first_end.subscribe();
        let ended = end.wait_for(Option::is_some).await.expect("`self` keeps the sender");
        ended.clone().expect("waited for one")
    }
}
