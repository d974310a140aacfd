//! Archives of items: ZIP files with `group/dataId` entries and one entry of metadata, in two layouts
//! (`spec/config-semantics` §8; recorded: `cs1-export`, `cs1-import-*`, `cs3-admin-import-export`).
//!
//! ```text
//! lines    .meta.yml       group.dataId.app=appName CRLF …        the last dot of the data id is written ~
//! list     .metadata.yml   metadata: [{appName, configTags, dataId, desc, group, type}]
//! ```
//!
//! Nothing is ever written to a disk: an entry's name is only split and checked.

mod metadata;
mod reader;
mod writer;

use std::sync::Arc;

use navaid_core::{DataId, GroupName, InvalidName, config_item::Description};

pub use reader::read;
pub use writer::write;

/// Most entries of an archive.
pub const ENTRIES_MAX: usize = 50_000;
/// Most bytes of all contents of an archive together, unpacked.
pub const CONTENTS_MAX: u64 = 256 << 20;

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

/// Why an archive was refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    #[error("cannot read the archive: it is no ZIP file, or a damaged one")]
    NotAnArchive,
    #[error("cannot read the metadata of the archive")]
    Metadata,
    #[error("cannot read {0}: it is no UTF-8 text")]
    NotText(String),
    #[error("an archive may have at most {max} entries")]
    TooManyEntries { max: usize },
    #[error("the contents of an archive may have at most {max} bytes")]
    TooLarge { max: u64 },
    #[error(transparent)]
    Name(#[from] InvalidName),
}

#[cfg(test)]
mod tests;
