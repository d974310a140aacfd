//! Writing an archive.

use std::{
    io::{Cursor, Write},
    sync::Arc,
};

use navaid_core::{ConfigItem, name::is_path};
use zip::{ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::{ArchiveError, CONTENTS_MAX, ITEMS_MAX, LINES_ENTRY, LIST_ENTRY, Layout, metadata, shown};

/// Packs items of one namespace, with their metadata last.
///
/// # Errors
/// [`ArchiveError::TooManyEntries`], [`ArchiveError::TooLarge`]; [`ArchiveError::Path`] for an item, older than the rule
/// against it, whose name would lead out of the archive.
pub fn write(items: &[Arc<ConfigItem>], layout: Layout) -> Result<Vec<u8>, ArchiveError> {
    if items.len() > ITEMS_MAX {
        return Err(ArchiveError::TooManyEntries { max: ITEMS_MAX });
    }
    let size: u64 = items.iter().map(|item| item.content.len() as u64).sum();
    if size > CONTENTS_MAX {
        return Err(ArchiveError::TooLarge { max: CONTENTS_MAX });
    }
    if let Some(item) = items.iter().find(|item| is_path(item.key.group()) || is_path(item.key.data_id())) {
        return Err(ArchiveError::Path(shown(&entry_name(item))));
    }
    pack(items, layout).map_err(|_| ArchiveError::TooLarge { max: CONTENTS_MAX })
}

fn entry_name(item: &ConfigItem) -> String {
    format!("{}/{}", item.key.group(), item.key.data_id())
}

/// Writing to memory fails only where an archive cannot be that large.
fn pack(items: &[Arc<ConfigItem>], layout: Layout) -> Result<Vec<u8>, ZipError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, text: &str| {
        zip.start_file(name, SimpleFileOptions::default())?;
        Ok::<_, ZipError>(zip.write_all(text.as_bytes())?)
    };
    for item in items {
        add(&entry_name(item), &item.content.text())?;
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
