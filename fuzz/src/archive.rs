//! Archives that somebody uploads.

use std::{
    io::{Cursor, Write},
    sync::Arc,
};

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use navaid_core::{ConfigItem, ConfigKey, ContentMd5, NamespaceId, Operator, Timestamp};
use navaid_wire::config::archive::{self, ArchiveItem, CONTENTS_MAX, ENTRIES_MAX, Layout};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// Entries that are packed properly, so that what they say is reached.
#[derive(Debug, Arbitrary)]
pub struct Packed<'a> {
    entries: Vec<(Name<'a>, Content<'a>)>,
    is_deflated: bool,
}

#[derive(Debug, Arbitrary)]
enum Name<'a> {
    Lines,
    List,
    Any(&'a str),
    Pair(&'a str, &'a str),
}

#[derive(Debug, Arbitrary)]
enum Content<'a> {
    Bytes(&'a [u8]),
    /// A list with such items.
    List(Vec<(&'a str, &'a str, &'a str)>),
    /// Lines of metadata.
    Lines(Vec<(&'a str, &'a str)>),
}

impl Packed<'_> {
    /// As an archive; none where it cannot be one, such as with two entries of one name.
    pub fn archive(&self) -> Option<Vec<u8>> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let method = if self.is_deflated { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        let options = SimpleFileOptions::default().compression_method(method);
        for (name, content) in &self.entries {
            zip.start_file(name.text(), options).ok()?;
            zip.write_all(&content.bytes()).ok()?;
        }
        Some(zip.finish().ok()?.into_inner())
    }
}

impl Name<'_> {
    fn text(&self) -> String {
        match self {
            Self::Lines => ".meta.yml".to_owned(),
            Self::List => ".metadata.yml".to_owned(),
            Self::Any(name) => (*name).to_owned(),
            Self::Pair(group, data_id) => format!("{group}/{data_id}"),
        }
    }
}

impl Content<'_> {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes.to_vec(),
            Self::List(items) => {
                let item = |(group, data_id, kind): &(&str, &str, &str)| {
                    format!("- dataId: {data_id}\n  group: {group}\n  type: {kind}\n")
                };
                format!("metadata:\n{}", items.iter().map(item).collect::<String>()).into_bytes()
            }
            Self::Lines(lines) => lines
                .iter()
                .map(|(name, app)| format!("{name}.app={app}\r\n"))
                .collect::<String>()
                .into_bytes(),
        }
    }
}

/// An archive that is read keeps its limits, names nothing that would lead out of a folder, and reads back the same
/// when it is written again.
pub fn archive_is_read_or_refused(bytes: &[u8]) {
    let Ok(read) = archive::read(bytes) else { return };
    assert!(read.items.len() <= ENTRIES_MAX);
    assert!(read.items.iter().map(|item| item.content.len() as u64).sum::<u64>() <= CONTENTS_MAX);
    for item in &read.items {
        for name in [item.group.as_str(), item.data_id.as_str()] {
            assert!(!name.contains(['/', '\\']) && name != "." && name != "..", "{name:?}");
        }
    }
    let items: Vec<_> = read.items.iter().map(stored).collect();
    let written = archive::write(&items, Layout::List).expect("what was read is within the limits");
    let again = archive::read(&written).expect("what was written can be read");
    // An empty archive has no list to read back.
    if !items.is_empty() && read.items.iter().all(|item| item.description.kind.is_some()) {
        assert_eq!(again.unrecognized, []);
        assert_eq!(names(&again.items), names(&read.items));
    }
}

fn names(items: &[ArchiveItem]) -> Vec<(&str, &str, &str)> {
    items.iter().map(|item| (item.group.as_str(), item.data_id.as_str(), &*item.content)).collect()
}

fn stored(item: &ArchiveItem) -> Arc<ConfigItem> {
    Arc::new(ConfigItem {
        id: 1,
        key: ConfigKey::new(&NamespaceId::default(), &item.group, &item.data_id),
        content: Arc::clone(&item.content).into(),
        md5: ContentMd5::of(&item.content),
        encrypted_data_key: Arc::clone(&item.encrypted_data_key),
        description: item.description.clone(),
        created_at: Timestamp(0),
        modified_at: Timestamp(0),
        operator: Operator::default(),
    })
}
