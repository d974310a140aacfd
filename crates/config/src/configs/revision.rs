//! The content of an item at one of its revisions.

use navaid_core::{
    config_item::{ConfigKey, ConfigType, ContentMd5},
    gray::GrayName,
    history::HistoryId,
};

use super::Configs;
use crate::error::ConfigError;

/// Which content of an item is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revision {
    /// The formal release as it stands.
    Current,
    /// What a history row holds: the new content of an insert, else the one before the change.
    History(HistoryId),
    /// A gray release as it stands.
    Gray(GrayName),
}

/// The content of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionContent {
    pub content: String,
    pub md5: ContentMd5,
    /// That of the formal release for a gray one; none where nobody tells.
    pub kind: Option<ConfigType>,
    pub is_encrypted: bool,
}

impl Configs {
    /// The content of a revision; none when there is no such revision.
    ///
    /// # Errors
    /// As [`Configs::history_entry`].
    pub async fn revision(
        &self,
        key: &ConfigKey,
        revision: &Revision,
    ) -> Result<Option<RevisionContent>, ConfigError> {
        Ok(match revision {
            Revision::Current => self.item(key).map(|item| RevisionContent {
                content: item.content.text().into_owned(),
                md5: item.md5,
                kind: item.description.kind,
                is_encrypted: !item.encrypted_data_key.is_empty(),
            }),
            Revision::History(id) => self.history_entry(key, *id).await?.map(|row| RevisionContent {
                content: row.content.text().into_owned(),
                md5: row.md5,
                kind: row.description.kind,
                is_encrypted: !row.encrypted_data_key.is_empty(),
            }),
            Revision::Gray(name) => self.gray(key, name).map(|gray| RevisionContent {
                content: gray.content.text().into_owned(),
                md5: gray.md5,
                kind: self.item(key).and_then(|item| item.description.kind),
                is_encrypted: !gray.encrypted_data_key.is_empty(),
            }),
        })
    }
}
