//! The data key of an encrypted content, where a publish does not bring one (`spec/config-semantics` §10).
//!
//! Client plugins encrypt what they publish and send the data key with it. Consoles do not: they edit an item, end its
//! beta or roll it back by publishing the ciphertext that they have read, and without its key nobody could read it any
//! more. A key belongs to its ciphertext, so the one that came with the same ciphertext before is right.

use std::sync::Arc;

use navaid_core::{
    config_item::{ConfigKey, ContentMd5},
    history::HistoryEntry,
};

use super::Configs;
use crate::{error::ConfigError, publish::PublishRequest};

/// Beginning of the data ids whose contents client plugins encrypt.
const CIPHER_PREFIX: &str = "cipher-";
/// Newest history rows of an item among which a content is looked for.
const ROWS_MAX: usize = 500;
/// Rows that are held at a time: each has a content.
const ROWS_AT_ONCE: usize = 16;

impl Configs {
    /// The data key that goes with the content of a publish: the one that it brings, else the one with which a
    /// release or one of the newest [`ROWS_MAX`] history rows of the item holds the same content, else none.
    ///
    /// # Errors
    /// [`ConfigError::Read`].
    pub(super) async fn data_key_for(
        &self,
        request: &PublishRequest,
        md5: ContentMd5,
    ) -> Result<Arc<str>, ConfigError> {
        let said = &request.encrypted_data_key;
        if !said.is_empty() || !request.key.data_id().starts_with(CIPHER_PREFIX) {
            return Ok(Arc::clone(said));
        }
        if let Some(standing) = self.standing_data_key(&request.key, md5) {
            return Ok(standing);
        }
        Ok(self.recorded_data_key(&request.key, md5).await?.unwrap_or_else(|| Arc::clone(said)))
    }

    /// The key, empty or not, of the formal release with this content, else the key of a gray one.
    fn standing_data_key(&self, key: &ConfigKey, md5: ContentMd5) -> Option<Arc<str>> {
        let entry = self.entry(key)?;
        if let Some(item) = entry.formal().filter(|item| item.md5 == md5) {
            return Some(Arc::clone(&item.encrypted_data_key));
        }
        let gray = entry.grays().iter().find(|gray| gray.md5 == md5 && !gray.encrypted_data_key.is_empty());
        gray.map(|gray| Arc::clone(&gray.encrypted_data_key))
    }

    async fn recorded_data_key(
        &self,
        key: &ConfigKey,
        md5: ContentMd5,
    ) -> Result<Option<Arc<str>>, ConfigError> {
        let key = key.clone();
        let is_it = move |row: &HistoryEntry| row.md5 == md5 && !row.encrypted_data_key.is_empty();
        self.read_history(move |history| {
            for skip in (0..ROWS_MAX).step_by(ROWS_AT_ONCE) {
                let (_, rows) = history.list(&key, skip, ROWS_AT_ONCE)?;
                let is_last = rows.len() < ROWS_AT_ONCE;
                let found = rows.into_iter().find(&is_it);
                if is_last || found.is_some() {
                    return Ok(found.map(|row| row.encrypted_data_key));
                }
            }
            Ok(None)
        })
        .await
    }
}
