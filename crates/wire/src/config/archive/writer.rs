//! Writing an archive.

use std::{
    io::{Cursor, Write},
    sync::Arc,
};

use navaid_core::ConfigItem;
use zip::{ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::{ArchiveError, CONTENTS_MAX, LINES_ENTRY, LIST_ENTRY, Layout, metadata};

/// Packs items of one namespace, with their metadata last.
///
/// # Errors
/// [`ArchiveError::TooLarge`].
pub fn write(items: &[Arc<ConfigItem>], layout: Layout) -> Result<Vec<u8>, ArchiveError> {
    let size: u64 = items.iter().map(|item| item.content.len() as u64).sum();
    if size > CONTENTS_MAX {
        return Err(ArchiveError::TooLarge { max: CONTENTS_MAX });
    }
    pack(items, layout).map_err(|_| ArchiveError::TooLarge { max: CONTENTS_MAX })
}

/// Writing to memory fails only where an archive cannot be that large.
fn pack(items: &[Arc<ConfigItem>], layout: Layout) -> Result<Vec<u8>, ZipError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, text: &str| {
        zip.start_file(name, SimpleFileOptions::default())?;
        Ok::<_, ZipError>(zip.write_all(text.as_bytes())?)
    };
    for item in items {
        add(&format!("{}/{}", item.key.group(), item.key.data_id()), &item.content)?;
    }
    let items = items.iter().map(|item| &**item);
    let (name, text) = match layout {
        Layout::Lines => (LINES_ENTRY, metadata::lines(items)),
        Layout::List => (LIST_ENTRY, metadata::list(items)),
    };
    if !text.is_empty() {
        add(name, &text)?;
    }
    Ok(zip.finish()?.into_inner())
}
