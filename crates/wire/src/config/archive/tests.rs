use std::{
    collections::BTreeMap,
    io::{Cursor, Read, Write},
};

use navaid_core::{ConfigItem, ConfigKey, ConfigType, ContentMd5, NamespaceId, Operator, Timestamp};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::*;

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn read_texts(entries: &[(&str, &str)]) -> Result<Archive, ArchiveError> {
    let entries: Vec<_> = entries.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    read(&zip(&entries))
}

fn stored(group: &str, data_id: &str, description: Description) -> Arc<ConfigItem> {
    let (group, data_id) = (GroupName::parse(group).unwrap(), DataId::parse(data_id).unwrap());
    Arc::new(ConfigItem {
        id: 1,
        key: ConfigKey::new(&NamespaceId::default(), &group, &data_id),
        content: "a: 1\n".into(),
        md5: ContentMd5::of("a: 1\n"),
        encrypted_data_key: "".into(),
        description,
        created_at: Timestamp(0),
        modified_at: Timestamp(0),
        operator: Operator::default(),
    })
}

fn items() -> [Arc<ConfigItem>; 2] {
    let described = Description {
        app_name: Some("shop".into()),
        desc: Some("first".into()),
        kind: Some(ConfigType::Yaml),
        ..Description::default()
    };
    let bare = Description { kind: Some(ConfigType::Properties), ..Description::default() };
    [stored("DEFAULT_GROUP", "x.a.yaml", described), stored("OTHER", "b", bare)]
}

fn unzip(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut entries = BTreeMap::new();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).unwrap();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        entries.insert(entry.name().unwrap().into_owned(), text);
    }
    entries
}

/// Recorded: `cs1-export` on 2.5.1.
#[test]
fn both_layouts_are_written_as_recorded() {
    let entries = unzip(&write(&items(), Layout::Lines).unwrap());
    assert_eq!(entries["DEFAULT_GROUP/x.a.yaml"], "a: 1\n");
    assert_eq!(entries[".meta.yml"], "DEFAULT_GROUP.x.a~yaml.app=shop\r\n");
    let entries = unzip(&write(&items(), Layout::List).unwrap());
    assert_eq!(
        entries[".metadata.yml"],
        "metadata:\n- appName: shop\n  dataId: x.a.yaml\n  desc: first\n  group: DEFAULT_GROUP\n  type: yaml\n\
         - appName: ''\n  dataId: b\n  group: OTHER\n  type: properties\n"
    );
    assert!(!unzip(&write(&items()[1..], Layout::Lines).unwrap()).contains_key(".meta.yml"));
}

#[test]
fn an_archive_of_a_list_reads_back() {
    let archive = read(&write(&items(), Layout::List).unwrap()).unwrap();
    assert_eq!(archive.unrecognized, []);
    assert_eq!(archive.items[0].description, items()[0].description);
    assert_eq!((&*archive.items[1].content, archive.items[1].data_id.as_str()), ("a: 1\n", "b"));
}

#[test]
fn an_archive_of_lines_tells_applications_and_its_names_tell_kinds() {
    let archive = read(&write(&items(), Layout::Lines).unwrap()).unwrap();
    let told: Vec<_> = archive
        .items
        .iter()
        .map(|item| (item.description.app_name.as_deref(), item.description.kind))
        .collect();
    assert_eq!(told, [(Some("shop"), Some(ConfigType::Yaml)), (None, Some(ConfigType::Text))]);
}

/// Recorded: `cs1-import-refused` on 2.5.1.
#[test]
fn what_the_metadata_and_the_files_do_not_share_is_told() {
    let list = "metadata:\n- dataId: a\n  group: G\n  type: text\n- dataId: gone\n  group: G\n  type: text\n";
    let archive = read_texts(&[(".metadata.yml", list), ("G/a", "x"), ("G/extra", "y")]).unwrap();
    assert_eq!(archive.items.len(), 1);
    assert_eq!(
        archive.unrecognized,
        [Unrecognized::NotInMetadata("G/extra".into()), Unrecognized::NotInFiles("G/gone".into())]
    );
}

#[test]
fn entries_that_name_no_item_are_told_and_paths_lead_nowhere() {
    let archive = read_texts(&[("no-group", "x"), ("a/b/c", "x"), ("/etc", "x")]).unwrap();
    assert_eq!((archive.items.len(), archive.unrecognized.len()), (0, 3));
    assert!(matches!(read_texts(&[("../x y", "x")]), Err(ArchiveError::Name(_))));
}

#[test]
fn bad_archives_are_refused_as_a_whole() {
    assert_eq!(read(b"this is no archive"), Err(ArchiveError::NotAnArchive));
    assert_eq!(read(&zip(&[("G/a", b"\xff\xfe")])), Err(ArchiveError::NotText("G/a".into())));
    for metadata in [
        (".meta.yml", "no equals sign here\r\n"),
        (".metadata.yml", "metadata:\n- dataId: a\n  group: G\n"),
        (".metadata.yml", "[]"),
        (".metadata.yml", "{}"),
        (".metadata.yml", "\t"),
    ] {
        assert_eq!(read_texts(&[metadata, ("G/a", "x")]), Err(ArchiveError::Metadata), "{metadata:?}");
    }
}

#[test]
fn an_archive_that_unpacks_to_too_much_is_refused() {
    let bomb = vec![b'0'; 64 << 20];
    let entries: Vec<_> = ["G/a", "G/b", "G/c", "G/d", "G/e"].map(|name| (name, &*bomb)).into();
    assert_eq!(read(&zip(&entries)), Err(ArchiveError::TooLarge { max: CONTENTS_MAX }));
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>, at: usize) {
        let _ = read(&bytes); // Ok or Err, both are fine
        let mut packed = write(&items(), Layout::List).unwrap();
        let at = at % packed.len();
        packed.splice(at..(at + bytes.len()).min(packed.len()), bytes.iter().copied());
        let _ = read(&packed); // likewise
    }
}
