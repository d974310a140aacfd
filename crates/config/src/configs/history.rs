//! Reading history, which lies in the store: off the runtime's workers, a bounded number at a time.

use std::{panic, sync::Arc};

use navaid_core::{
    config_item::ConfigKey,
    history::{HistoryEntry, HistoryId},
    seam::{HistoryReader, ReadError},
};

use super::Configs;
use crate::{
    error::ConfigError,
    page::{HISTORY_PAGE_MAX, Page, PageRequest},
};

impl Configs {
    /// Rows of an item, newest first; pages of at most [`HISTORY_PAGE_MAX`] rows.
    ///
    /// # Errors
    /// [`ConfigError::Read`].
    pub async fn history(
        &self,
        key: &ConfigKey,
        page: PageRequest,
    ) -> Result<Page<HistoryEntry>, ConfigError> {
        let page = page.capped(HISTORY_PAGE_MAX);
        let key = key.clone();
        let (total, items) =
            self.read_history(move |history| history.list(&key, page.skip(), page.size())).await?;
        Ok(Page { total, items })
    }

    /// One row of an item.
    ///
    /// # Errors
    /// [`ConfigError::ForeignHistory`] when the row is another item's, [`ConfigError::Read`].
    pub async fn history_entry(
        &self,
        key: &ConfigKey,
        id: HistoryId,
    ) -> Result<Option<HistoryEntry>, ConfigError> {
        let row = self.read_history(move |history| history.get(id)).await?;
        of_item(row, key)
    }

    /// The newest row of the item that has (or had) that row id: what stood before its last change.
    ///
    /// # Errors
    /// As [`Configs::history_entry`].
    pub async fn previous(&self, key: &ConfigKey, item_id: u64) -> Result<Option<HistoryEntry>, ConfigError> {
        let row = self.read_history(move |history| history.newest_of_item(item_id)).await?;
        of_item(row, key)
    }

    async fn read_history<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn HistoryReader) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ConfigError> {
        let permit = Arc::clone(&self.history_reads).acquire_owned().await;
        let permit = permit.expect("the semaphore is never closed");
        let history = Arc::clone(&self.history);
        let reading = tokio::task::spawn_blocking(move || {
            // The permit goes with the read, which a dropped caller does not stop.
            let _permit = permit;
            read(&*history)
        });
        match reading.await {
            Ok(result) => Ok(result?),
            Err(failed) => panic::resume_unwind(failed.into_panic()),
        }
    }
}

fn of_item(row: Option<HistoryEntry>, key: &ConfigKey) -> Result<Option<HistoryEntry>, ConfigError> {
    match row {
        Some(row) if row.key != *key => Err(ConfigError::ForeignHistory),
        row => Ok(row),
    }
}
