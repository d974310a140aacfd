//! Reading an archive that somebody uploaded: everything is bounded, nothing is trusted.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read},
};

use navaid_core::{ConfigType, DataId, GroupName, config_item::Description};
use zip::ZipArchive;

use super::{
    Archive, ArchiveError, ArchiveItem, CONTENTS_MAX, ENTRIES_MAX, LINES_ENTRY, LIST_ENTRY, Unrecognized,
    metadata,
};

/// Reads an archive of either layout; without metadata it is one of lines.
///
/// # Errors
/// Not a ZIP file, over a limit, not text, metadata that cannot be read, or a name that no item can have.
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

struct Unpacked {
    /// Contents by group and data id.
    files: BTreeMap<Name, String>,
    metadata: Option<Metadata>,
    unrecognized: Vec<Unrecognized>,
}

fn unpack(bytes: &[u8]) -> Result<Unpacked, ArchiveError> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| ArchiveError::NotAnArchive)?;
    if zip.len() > ENTRIES_MAX {
        return Err(ArchiveError::TooManyEntries { max: ENTRIES_MAX });
    }
    let mut unpacked = Unpacked { files: BTreeMap::new(), metadata: None, unrecognized: Vec::new() };
    let mut room = CONTENTS_MAX;
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).map_err(|_| ArchiveError::NotAnArchive)?;
        if entry.is_dir() {
            continue;
        }
        let name = entry.name().map_err(|_| ArchiveError::NotAnArchive)?.into_owned();
        let text = text_of(&mut entry, &name, &mut room)?;
        match (&*name, &unpacked.metadata, split(&name)) {
            (LINES_ENTRY, None, _) => unpacked.metadata = Some(Metadata::Lines(text)),
            (LIST_ENTRY, None, _) => unpacked.metadata = Some(Metadata::List(text)),
            (_, _, Some(name)) => {
                unpacked.files.insert(name, text);
            }
            (_, _, None) => unpacked.unrecognized.push(Unrecognized::NotInMetadata(name)),
        }
    }
    Ok(unpacked)
}

/// Reads an entry within what room is left, whatever size it claims to have.
fn text_of(entry: &mut impl Read, name: &str, room: &mut u64) -> Result<String, ArchiveError> {
    let mut bytes = Vec::new();
    let read = entry.take(*room + 1).read_to_end(&mut bytes).map_err(|_| ArchiveError::NotAnArchive)?;
    *room = room.checked_sub(read as u64).ok_or(ArchiveError::TooLarge { max: CONTENTS_MAX })?;
    String::from_utf8(bytes).map_err(|_| ArchiveError::NotText(name.to_owned()))
}

/// Group and data id of an entry's name.
fn split(name: &str) -> Option<Name> {
    let (group, data_id) = name.split_once('/')?;
    let is_name = !group.is_empty() && !data_id.is_empty() && !data_id.contains('/');
    is_name.then(|| (group.to_owned(), data_id.to_owned()))
}

fn by_list(mut files: BTreeMap<Name, String>, text: &str, archive: &mut Archive) -> Result<(), ArchiveError> {
    let mut absent = Vec::new();
    for listed in metadata::parse_list(text)? {
        let description = listed.description();
        let name = (listed.group.unwrap_or_default(), listed.data_id.unwrap_or_default());
        match files.remove(&name) {
            Some(content) => archive.items.push(item(name, content, description)?),
            None => absent.push(Unrecognized::NotInFiles(format!("{}/{}", name.0, name.1))),
        }
    }
    let unnamed = files.into_keys().map(|(group, data_id)| format!("{group}/{data_id}"));
    archive.unrecognized.extend(unnamed.map(Unrecognized::NotInMetadata));
    archive.unrecognized.extend(absent);
    Ok(())
}

fn by_lines(files: BTreeMap<Name, String>, text: &str, archive: &mut Archive) -> Result<(), ArchiveError> {
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
    (group, data_id): Name,
    content: String,
    description: Description,
) -> Result<ArchiveItem, ArchiveError> {
    Ok(ArchiveItem {
        group: GroupName::parse(&group)?,
        data_id: DataId::parse(&data_id)?,
        content: content.into(),
        description,
    })
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
