//! Turns for work that takes long or much memory: some may run, some may wait for a while, more are refused.

use std::{panic, sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::error::ConfigError;

/// Hands out turns.
pub(super) struct Turns {
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
    limit: usize,
    wait: Duration,
}

/// The right to do such work, and to keep what came of it; dropped, it passes to the next who waits.
#[derive(Debug)]
pub struct Turn {
    _admitted: OwnedSemaphorePermit,
    _running: OwnedSemaphorePermit,
}

impl Turns {
    /// `running` at once; `waiting` more wait for at most `wait` each.
    pub(super) fn new(running: usize, waiting: usize, wait: Duration) -> Self {
        let limit = running + waiting;
        Self {
            admitted: Arc::new(Semaphore::new(limit)),
            running: Arc::new(Semaphore::new(running)),
            limit,
            wait,
        }
    }

    /// Does the work off the runtime's workers when its turn comes. The turn comes back with what was made, and goes
    /// with the work where the caller was dropped, because that does not stop the work.
    ///
    /// # Errors
    /// [`ConfigError::Busy`]
    pub(super) async fn take<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<(T, Turn), ConfigError> {
        let turn = self.turn().await?;
        match tokio::task::spawn_blocking(move || (work(), turn)).await {
            Ok(done) => Ok(done),
            Err(failed) => panic::resume_unwind(failed.into_panic()),
        }
    }

    /// How many run or wait.
    pub(super) fn taken(&self) -> usize {
        self.limit - self.admitted.available_permits()
    }

    async fn turn(&self) -> Result<Turn, ConfigError> {
        let busy = ConfigError::Busy { limit: self.limit };
        let Ok(admitted) = Arc::clone(&self.admitted).try_acquire_owned() else { return Err(busy) };
        match timeout(self.wait, Arc::clone(&self.running).acquire_owned()).await {
            Ok(Ok(running)) => Ok(Turn { _admitted: admitted, _running: running }),
            _ => Err(busy),
        }
    }
}
