//! Archives of items: ZIP files with `group/dataId` entries and one entry of metadata, in two layouts
//! (`spec/config-semantics` §8; recorded: `cs1-export`, `cs1-import-*`, `cs3-admin-import-export`).
//!
//! ```text
//! lines    .meta.yml       group.dataId.app=appName CRLF …        the last dot of the data id is written ~
//! list     .metadata.yml   metadata: [{appName, configTags, dataId, desc, encryptedDataKey, group, type}]
//! ```
//!
//! Nacos decrypts what it exports, if it has the plugin for it. We have none and write ciphertexts; `encryptedDataKey` is
//! our own addition to the list, only there for an encrypted item. Lines have no place for it.
//!
//! Nothing is ever written to a disk: an entry's name is only split and checked.

mod metadata;
mod reader;
mod writer;

use std::sync::Arc;

use navaid_core::{DataId, GroupName, InvalidName, config_item::Description};

pub use reader::read;
pub use writer::write;

/// Most items of an archive, which is as many as one page of a search has.
pub const ITEMS_MAX: usize = 50_000;
/// Most entries of an archive: its items and the metadata.
pub const ENTRIES_MAX: usize = ITEMS_MAX + 1;
/// Most bytes of all contents of an archive together, unpacked. Since the packed archive is bounded as well, how well a
/// single entry is packed does not matter.
pub const CONTENTS_MAX: u64 = 256 << 20;
/// Longest name of an entry that an error repeats, in characters; group and data id have 384 at most.
const SHOWN_NAME_MAX: usize = 400;

/// Entry of metadata in the layout of lines.
const LINES_ENTRY: &str = ".meta.yml";
/// Entry of metadata in the layout of a list.
const LIST_ENTRY: &str = ".metadata.yml";

/// How the metadata is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Application names only.
    Lines,
    List,
}

/// An item of an archive, which knows of no namespace.
#[derive(Debug, Clone, PartialEq)]
pub struct ArchiveItem {
    pub group: GroupName,
    pub data_id: DataId,
    pub content: Arc<str>,
    /// Empty when the content is not encrypted, or the archive does not tell.
    pub encrypted_data_key: Arc<str>,
    pub description: Description,
}

/// What was found in an archive.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Archive {
    pub items: Vec<ArchiveItem>,
    pub unrecognized: Vec<Unrecognized>,
}

/// An entry that could not be used, by its name `group/dataId`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unrecognized {
    /// A file that the metadata does not name, or whose name is not of that form.
    NotInMetadata(String),
    /// Named by the metadata, but not there.
    NotInFiles(String),
}

/// Why an archive was refused as a whole. Names of entries are shortened where they are absurdly long.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    #[error("cannot read the archive: it is no ZIP file")]
    NotAnArchive,
    /// It begins as an archive does.
    #[error("cannot read the archive: it is damaged or cut off ({0})")]
    Damaged(String),
    #[error("cannot read {entry}: {reason}")]
    DamagedEntry { entry: String, reason: String },
    /// The last one must not win by chance.
    #[error("cannot read the archive: several of its entries have the same name")]
    SameNames,
    #[error("cannot read the metadata of the archive")]
    Metadata,
    #[error("the metadata names {0} twice")]
    ListedTwice(String),
    #[error("cannot read {0}: it is no UTF-8 text")]
    NotText(String),
    #[error("an archive may have at most {max} entries")]
    TooManyEntries { max: usize },
    #[error("the contents of an archive may have at most {max} bytes")]
    TooLarge { max: u64 },
    /// No item can have that name.
    #[error("cannot use {entry}: {invalid}")]
    Name { entry: String, invalid: InvalidName },
    /// Group or data id is `.` or `..`.
    #[error("cannot use {0}: it leads out of its folder")]
    Path(String),
}

/// An entry's name as errors repeat it.
fn shown(name: &str) -> String {
    match name.char_indices().nth(SHOWN_NAME_MAX) {
        Some((end, _)) => format!("{}\u{2026}", &name[..end]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests;
