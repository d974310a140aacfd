//! Zip archives of an import and an export.

use std::io::{Cursor, Read, Write};

use anyhow::Result;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::json::Json;

/// An archive of `{entry: text}`, stored without compression and with a fixed date, so that it is the same in every run.
pub(crate) fn pack(entries: &Json) -> Result<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, text) in entries.fields() {
        writer.start_file(name.as_str(), options)?;
        writer.write_all(text.bare().as_bytes())?;
    }
    Ok(writer.finish()?.into_inner())
}

/// `{entry: text}` of an archive, `None` when it is not one.
pub(crate) fn unpack(bytes: &[u8]) -> Option<Json> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut entries = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).ok()?;
        let mut content = Vec::new();
        entry.read_to_end(&mut content).ok()?;
        let name = entry.name().ok()?.into_owned();
        entries.push((name, String::from_utf8_lossy(&content).into_owned().into()));
    }
    Some(Json::Object(entries))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_entries_unpack_in_order() {
        let entries = Json::parse(r#"{"group/é.yaml": "a: 1\n", ".meta.yml": ""}"#).unwrap();
        assert_eq!(unpack(&pack(&entries).unwrap()), Some(entries));
    }

    #[test]
    fn bytes_that_are_no_archive_unpack_to_nothing() {
        assert_eq!(unpack(b"{\"code\": 500}"), None);
        assert_eq!(unpack(b""), None);
    }
}
