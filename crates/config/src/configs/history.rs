//! Reading history, which lies in the store: off the runtime's workers, a bounded number at a time.

use std::{panic, sync::Arc};

use navaid_core::{
    config_item::ConfigKey,
    gray::GrayName,
    history::{HistoryEntry, HistoryId},
    seam::{HistoryReader, ReadError},
};

use super::Configs;
use crate::{
    error::ConfigError,
    page::{HISTORY_PAGE_MAX, Page, PageRequest},
};

/// Rows that a search for a successor holds at a time: each has a content.
const SUCCESSOR_CHUNK: usize = 16;

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

    /// The row of the same release that came after `row`; none when nothing did. Looks from the newest row back.
    ///
    /// # Errors
    /// [`ConfigError::Read`].
    pub async fn successor(&self, row: &HistoryEntry) -> Result<Option<HistoryEntry>, ConfigError> {
        let (key, id, release) = (row.key.clone(), row.id, gray_name(row).cloned());
        let newer = move |history: &dyn HistoryReader| {
            let (mut found, mut skip) = (None, 0);
            loop {
                let (_, rows) = history.list(&key, skip, SUCCESSOR_CHUNK)?;
                let is_last = rows.len() < SUCCESSOR_CHUNK;
                for row in rows {
                    if row.id <= id {
                        return Ok(found);
                    }
                    if gray_name(&row) == release.as_ref() {
                        found = Some(row);
                    }
                }
                if is_last {
                    return Ok(found);
                }
                skip += SUCCESSOR_CHUNK;
            }
        };
        self.read_history(newer).await
    }

    pub(super) async fn read_history<T: Send + 'static>(
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

fn gray_name(row: &HistoryEntry) -> Option<&GrayName> {
    row.gray.as_ref().map(|(name, _)| name)
}

fn of_item(row: Option<HistoryEntry>, key: &ConfigKey) -> Result<Option<HistoryEntry>, ConfigError> {
    match row {
        Some(row) if row.key != *key => Err(ConfigError::ForeignHistory),
        row => Ok(row),
    }
}
