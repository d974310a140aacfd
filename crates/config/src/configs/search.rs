//! Searching without hurting others: long scans run off the runtime's workers, few at a time.

use std::{panic, sync::Arc, time::Duration};

use navaid_core::config_item::ConfigItem;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::Configs;
use crate::{
    error::ConfigError,
    page::{Page, PageRequest, SEARCH_PAGE_MAX},
    search::{self, SearchQuery},
    settings::ConfigSettings,
};

/// Items of a namespace that are scanned on a runtime worker, if no content has to be read: some 200 µs.
const INLINE_SCAN_MAX: usize = 1_000;

impl Configs {
    /// One page of the items that match, by row id. A search that must look at many items waits for its turn.
    ///
    /// # Errors
    /// [`ConfigError::Busy`]: too many searches wait, or this one waited too long.
    pub async fn search(
        &self,
        query: SearchQuery,
        page: PageRequest,
    ) -> Result<Page<Arc<ConfigItem>>, ConfigError> {
        let page = page.capped(SEARCH_PAGE_MAX);
        let is_long = query.reads_contents() || self.count(&query.namespace) > INLINE_SCAN_MAX;
        if !(query.is_scan() && is_long) {
            return Ok(search::search(&self.catalog, &query, page));
        }
        let catalog = Arc::clone(&self.catalog);
        self.in_turn(move || search::search(&catalog, &query, page)).await
    }

    /// Does long work off the runtime's workers when its turn comes; the same turns as long searches have.
    ///
    /// # Errors
    /// [`ConfigError::Busy`]: too much waits already, or this waited too long.
    pub async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ConfigError> {
        let turn = self.scans.turn().await?;
        let working = tokio::task::spawn_blocking(move || {
            // The turn goes with the work, which a dropped caller does not stop.
            let _turn = turn;
            work()
        });
        match working.await {
            Ok(done) => Ok(done),
            Err(failed) => panic::resume_unwind(failed.into_panic()),
        }
    }
}

/// The right to scan: some may run, some may wait, more are refused.
pub(super) struct Scans {
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
    limit: usize,
    wait: Duration,
}

/// Held while a scan runs.
struct Turn {
    _admitted: OwnedSemaphorePermit,
    _running: OwnedSemaphorePermit,
}

impl Scans {
    pub(super) fn new(settings: &ConfigSettings) -> Self {
        let limit = settings.search_threads + settings.search_queue;
        Self {
            admitted: Arc::new(Semaphore::new(limit)),
            running: Arc::new(Semaphore::new(settings.search_threads)),
            limit,
            wait: settings.search_wait,
        }
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
