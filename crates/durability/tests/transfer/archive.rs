//! Archives as tests make and read them, with nothing of the server's own code.

use std::io::{Cursor, Read, Write};

use anyhow::{Context, Result};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Name and content of each entry, in the order of the archive.
pub(crate) type Entries = Vec<(String, Vec<u8>)>;

/// Packs entries without compression, so that a test finds what it breaks.
pub(crate) fn pack<N: AsRef<str>, C: AsRef<[u8]>>(
    entries: impl IntoIterator<Item = (N, C)>,
) -> Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in entries {
        zip.start_file(name.as_ref(), options)?;
        zip.write_all(content.as_ref())?;
    }
    Ok(zip.finish()?.into_inner())
}

pub(crate) fn unpack(bytes: &[u8]) -> Result<Entries> {
    let text = || format!("an archive in {:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(200)]));
    let mut zip = ZipArchive::new(Cursor::new(bytes)).with_context(text)?;
    let mut entries = Entries::new();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index)?;
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        entries.push((entry.name()?.into_owned(), content));
    }
    Ok(entries)
}

/// Replaces every occurrence of some bytes by as many others.
pub(crate) fn replace(mut archive: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len(), "an archive knows its lengths");
    let mut at = 0;
    while at + from.len() <= archive.len() {
        if archive[at..].starts_with(from) {
            archive[at..at + to.len()].copy_from_slice(to);
        }
        at += 1;
    }
    archive
}
