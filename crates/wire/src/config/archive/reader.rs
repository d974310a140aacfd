//! Reading an archive that somebody uploaded: everything is bounded, nothing is trusted.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Cursor, Read},
    sync::Arc,
};

use navaid_core::{ConfigType, DataId, GroupName, config_item::Description, name::is_path};
use zip::{ZipArchive, result::ZipError};

use super::{
    Archive, ArchiveError, ArchiveItem, CONTENTS_MAX, ENTRIES_MAX, LINES_ENTRY, LIST_ENTRY, Unrecognized,
    metadata, shown,
};

/// What an archive begins with: an entry, or the end of an empty directory.
const STARTS: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// What every entry has in the directory at the end of an archive.
const DIRECTORY_ENTRY: &[u8] = b"PK\x01\x02";

/// Reads an archive of either layout; without metadata it is one of lines. Entries that no item is made of are told,
/// whatever is in them.
///
/// # Errors
/// Not a ZIP file, a damaged one, over a limit, not text, two entries of one name, metadata that cannot be read, or a
/// name that no item can have.
pub fn read(bytes: &[u8]) -> Result<Archive, ArchiveError> {
    let Unpacked { files, metadata, unrecognized } = unpack(bytes)?;
    let mut archive = Archive { items: Vec::new(), unrecognized };
    match &metadata {
        Some(Metadata::List(text)) => by_list(files, text, &mut archive)?,
        Some(Metadata::Lines(text)) => by_lines(files, text, &mut archive)?,
        None => by_lines(files, "", &mut archive)?,
    }
    Ok(archive)
}

enum Metadata {
    Lines(String),
    List(String),
}

type Name = (String, String);

/// Contents by group and data id; none for what is no text.
type Files = BTreeMap<Name, Option<Arc<str>>>;

struct Unpacked {
    files: Files,
    metadata: Option<Metadata>,
    unrecognized: Vec<Unrecognized>,
}

fn unpack(bytes: &[u8]) -> Result<Unpacked, ArchiveError> {
    let mut zip = open(bytes)?;
    let mut unpacked = Unpacked { files: Files::new(), metadata: None, unrecognized: Vec::new() };
    // Contents are kept in just their size, however an entry was read.
    let (mut room, mut bytes) = (CONTENTS_MAX, Vec::new());
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).map_err(|error| damaged(&error))?;
        if entry.is_dir() {
            continue;
        }
        // The names of items are ASCII, so a name in another encoding is that of no item, however it is shown.
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        read_entry(&mut entry, &name, &mut room, &mut bytes)?;
        let text = str::from_utf8(&bytes).ok();
        match (&*name, &unpacked.metadata, split(&name)) {
            (LINES_ENTRY, None, _) => {
                unpacked.metadata = Some(Metadata::Lines(needed(text, &name)?.to_owned()))
            }
            (LIST_ENTRY, None, _) => {
                unpacked.metadata = Some(Metadata::List(needed(text, &name)?.to_owned()))
            }
            (_, _, Some(name)) => {
                if unpacked.files.insert(name, text.map(Arc::from)).is_some() {
                    return Err(ArchiveError::SameNames);
                }
            }
            (_, _, None) => unpacked.unrecognized.push(Unrecognized::NotInMetadata(name)),
        }
    }
    Ok(unpacked)
}

/// Looks at the directory of the archive alone, whose size and claims are checked before anything is unpacked.
fn open(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, ArchiveError> {
    if !STARTS.iter().any(|start| bytes.starts_with(start)) {
        return Err(ArchiveError::NotAnArchive);
    }
    // A directory takes many times its size once it is read.
    let entries = bytes.windows(DIRECTORY_ENTRY.len()).filter(|window| *window == DIRECTORY_ENTRY).count();
    if entries > ENTRIES_MAX {
        return Err(ArchiveError::TooManyEntries { max: ENTRIES_MAX });
    }
    let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    if zip.len() > ENTRIES_MAX {
        return Err(ArchiveError::TooManyEntries { max: ENTRIES_MAX });
    }
    if zip.has_duplicate_names() {
        return Err(ArchiveError::SameNames);
    }
    if zip.decompressed_size().is_some_and(|size| size > u128::from(CONTENTS_MAX)) {
        return Err(ArchiveError::TooLarge { max: CONTENTS_MAX });
    }
    Ok(zip)
}

fn damaged(error: &ZipError) -> ArchiveError {
    ArchiveError::Damaged(error.to_string())
}

/// Reads an entry within what room is left, whatever size it claims to have. Its checksum is compared at its end.
fn read_entry(
    entry: &mut impl Read,
    name: &str,
    room: &mut u64,
    bytes: &mut Vec<u8>,
) -> Result<(), ArchiveError> {
    bytes.clear();
    let read = entry
        .take(*room + 1)
        .read_to_end(bytes)
        .map_err(|error| ArchiveError::DamagedEntry { entry: shown(name), reason: error.to_string() })?;
    *room = room.checked_sub(read as u64).ok_or(ArchiveError::TooLarge { max: CONTENTS_MAX })?;
    Ok(())
}

fn needed<T>(text: Option<T>, name: &str) -> Result<T, ArchiveError> {
    text.ok_or_else(|| ArchiveError::NotText(shown(name)))
}

/// Group and data id of an entry's name.
fn split(name: &str) -> Option<Name> {
    let (group, data_id) = name.split_once('/')?;
    let is_name = !group.is_empty() && !data_id.is_empty() && !data_id.contains('/');
    is_name.then(|| (group.to_owned(), data_id.to_owned()))
}

fn by_list(mut files: Files, text: &str, archive: &mut Archive) -> Result<(), ArchiveError> {
    let (mut absent, mut listed_names) = (Vec::new(), BTreeSet::new());
    for listed in metadata::parse_list(text)? {
        let (description, data_key) = (listed.description(), listed.encrypted_data_key().into());
        let name = (listed.group.unwrap_or_default(), listed.data_id.unwrap_or_default());
        if !listed_names.insert(name.clone()) {
            return Err(ArchiveError::ListedTwice(shown(&joined(&name))));
        }
        match files.remove(&name) {
            Some(content) => {
                let item = item(name, content, description)?;
                archive.items.push(ArchiveItem { encrypted_data_key: data_key, ..item });
            }
            None => absent.push(Unrecognized::NotInFiles(joined(&name))),
        }
    }
    let unnamed = files.into_keys().map(|name| joined(&name));
    archive.unrecognized.extend(unnamed.map(Unrecognized::NotInMetadata));
    archive.unrecognized.extend(absent);
    Ok(())
}

fn by_lines(files: Files, text: &str, archive: &mut Archive) -> Result<(), ArchiveError> {
    let apps = metadata::parse_lines(text)?;
    for (name, content) in files {
        let description = Description {
            app_name: apps.get(&*metadata::line_key(&name.0, &name.1)).map(|app| (*app).into()),
            kind: Some(kind_of(&name.1)),
            ..Description::default()
        };
        archive.items.push(item(name, content, description)?);
    }
    Ok(())
}

fn item(
    name: Name,
    content: Option<Arc<str>>,
    description: Description,
) -> Result<ArchiveItem, ArchiveError> {
    let refused = |invalid| ArchiveError::Name { entry: shown(&joined(&name)), invalid };
    let group = GroupName::parse(&name.0).map_err(refused)?;
    let data_id = DataId::parse(&name.1).map_err(refused)?;
    if is_path(&name.0) || is_path(&name.1) {
        return Err(ArchiveError::Path(shown(&joined(&name))));
    }
    let content = needed(content, &joined(&name))?;
    Ok(ArchiveItem { group, data_id, content, encrypted_data_key: "".into(), description })
}

fn joined((group, data_id): &Name) -> String {
    format!("{group}/{data_id}")
}

/// The kind that a data id's extension tells, as 1.x guesses it.
fn kind_of(data_id: &str) -> ConfigType {
    let extension = data_id.rsplit_once('.').map(|(_, extension)| extension).unwrap_or_default();
    match extension {
        "yml" => ConfigType::Yaml,
        "htm" => ConfigType::Html,
        word => ConfigType::from_word(word).unwrap_or_default(),
    }
}
