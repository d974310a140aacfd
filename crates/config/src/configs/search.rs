//! Searching without hurting others: long scans run off the runtime's workers, few at a time.

use std::sync::Arc;

use navaid_core::config_item::ConfigItem;

use super::Configs;
use crate::{
    error::ConfigError,
    page::{Page, PageRequest, SEARCH_PAGE_MAX},
    search::{self, SearchQuery},
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
        let (done, _turn) = self.scans.take(work).await?;
        Ok(done)
    }
}
