use std::{
    collections::BTreeMap,
    io::{Cursor, Read, Write},
};

use navaid_core::{
    ConfigItem, ConfigKey, ConfigType, ContentMd5, NamespaceId, Operator, Timestamp,
    name::{NameField, NameProblem},
};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::*;

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    packed(entries, CompressionMethod::Deflated)
}

/// Without compression, so that a test finds what it changes.
fn stored_zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    packed(entries, CompressionMethod::Stored)
}

fn packed(entries: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in entries {
        zip.start_file(*name, options).unwrap();
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
fn an_archive_without_items_reads_back_as_empty() {
    for layout in [Layout::Lines, Layout::List] {
        assert_eq!(read(&write(&[], layout).unwrap()), Ok(Archive::default()));
    }
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

#[test]
fn an_encrypted_item_has_its_data_key_in_the_list() {
    let [item, other] = items();
    let item = Arc::new(ConfigItem { encrypted_data_key: "a2V5LQ==".into(), ..ConfigItem::clone(&item) });
    let packed = write(&[item, other], Layout::List).unwrap();
    assert!(
        unzip(&packed)[".metadata.yml"]
            .contains("\n  encryptedDataKey: 'a2V5LQ=='\n  group: DEFAULT_GROUP\n")
    );
    let keys = read(&packed).unwrap().items.into_iter().map(|item| item.encrypted_data_key.to_string());
    assert_eq!(keys.collect::<Vec<_>>(), ["a2V5LQ==", ""]);
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
    for path in ["../x", "G/..", "./x"] {
        assert_eq!(read_texts(&[(path, "x")]), Err(ArchiveError::Path(path.into())));
    }
    // Metadata decides what is an item.
    let list = "metadata:\n- dataId: a\n  group: G\n  type: text\n";
    let archive = read_texts(&[("G/a", "x"), ("../x", "y"), (".metadata.yml", list)]).unwrap();
    assert_eq!(archive.unrecognized, [Unrecognized::NotInMetadata("../x".into())]);
}

#[test]
fn bad_archives_are_refused_as_a_whole() {
    assert_eq!(read(b"this is no archive"), Err(ArchiveError::NotAnArchive));
    assert_eq!(read(b""), Err(ArchiveError::NotAnArchive));
    assert_eq!(read(&zip(&[])), Ok(Archive::default()));
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
fn an_archive_that_is_cut_off_anywhere_is_damaged() {
    let whole = zip(&[("G/a", b"one"), ("G/b", b"two")]);
    for end in [4, 40, whole.len() / 2, whole.len() - 1] {
        let refused = read(&whole[..end]);
        assert!(matches!(refused, Err(ArchiveError::Damaged(_))), "{end}: {refused:?}");
    }
}

#[test]
fn an_entry_that_does_not_fit_its_checksum_is_named() {
    let mut damaged = stored_zip(&[("G/a", b"fine"), ("G/b", b"broken")]);
    let at = damaged.windows(6).position(|window| window == b"broken").unwrap();
    damaged[at] = b'B';
    let refused = read(&damaged);
    assert!(
        matches!(&refused, Err(ArchiveError::DamagedEntry { entry, .. }) if entry == "G/b"),
        "{refused:?}"
    );
}

#[test]
fn two_entries_of_one_name_are_refused_and_so_are_two_mentions() {
    let mut twice = stored_zip(&[("G/a", b"one"), ("G/b", b"two")]);
    for at in 0..twice.len() - 3 {
        if &twice[at..at + 3] == b"G/b" {
            twice[at + 2] = b'a';
        }
    }
    assert_eq!(read(&twice), Err(ArchiveError::SameNames));
    let item = "- dataId: a\n  group: G\n  type: text\n";
    let list = format!("metadata:\n{item}{item}");
    assert_eq!(
        read_texts(&[("G/a", "x"), (".metadata.yml", &list)]),
        Err(ArchiveError::ListedTwice("G/a".into()))
    );
}

#[test]
fn a_name_that_no_item_can_have_is_told_with_its_reason() {
    let refused = |name: &str| match read_texts(&[("G/fine", "x"), (name, "x")]) {
        Err(ArchiveError::Name { entry, invalid }) => (entry, invalid.field, invalid.problem),
        other => panic!("{other:?}"),
    };
    let illegal = NameProblem::IllegalCharacters;
    assert_eq!(refused("G/a b"), ("G/a b".to_owned(), NameField::DataId, illegal));
    assert_eq!(refused("G\\x/a"), ("G\\x/a".to_owned(), NameField::Group, illegal));
    let (entry, field, problem) = refused(&format!("G/{}", "d".repeat(9_000)));
    assert_eq!((field, problem), (NameField::DataId, NameProblem::TooLong { max: DataId::MAX }));
    assert_eq!(entry.chars().count(), SHOWN_NAME_MAX + 1);
}

/// Windows tools write names and contents in the encoding of their country.
#[test]
fn names_and_contents_in_another_encoding_are_named() {
    let mut gbk = stored_zip(&[("G/xx", b"text")]);
    for at in 0..gbk.len() - 4 {
        if &gbk[at..at + 4] == b"G/xx" {
            gbk[at + 2..at + 4].copy_from_slice(b"\xd6\xd0");
        }
    }
    let refused = read(&gbk);
    assert!(
        matches!(&refused, Err(ArchiveError::Name { entry, .. }) if entry == "G/\u{FFFD}\u{FFFD}"),
        "{refused:?}"
    );
    assert_eq!(read(&zip(&[("G/a", b"\xd6\xd0")])), Err(ArchiveError::NotText("G/a".into())));
    // What is not used need not be text.
    let list = b"metadata:\n- dataId: a\n  group: G\n  type: text\n";
    let archive = read(&zip(&[("G/a", b"x"), ("__MACOSX/._G", b"\xd6"), (".metadata.yml", list)])).unwrap();
    assert_eq!((archive.items.len(), archive.unrecognized.len()), (1, 1));
}

#[test]
fn an_archive_that_unpacks_to_too_much_is_refused() {
    let bomb = vec![b'0'; 64 << 20];
    let entries: Vec<_> = ["G/a", "G/b", "G/c", "G/d", "G/e"].map(|name| (name, &*bomb)).into();
    let mut packed = zip(&entries);
    let too_large = Err(ArchiveError::TooLarge { max: CONTENTS_MAX });
    assert_eq!(read(&packed), too_large, "by what it claims");
    // The directory claims an empty entry each; sizes stand 24 bytes behind its mark.
    for at in 0..packed.len() - 28 {
        if packed[at..].starts_with(b"PK\x01\x02") {
            packed[at + 24..at + 28].fill(0);
        }
    }
    let refused = read(&packed);
    assert!(refused == too_large || matches!(refused, Err(ArchiveError::DamagedEntry { .. })), "{refused:?}");
}

#[test]
fn an_archive_of_too_many_entries_is_refused_before_its_directory_is_read() {
    let mut many = b"PK\x03\x04".to_vec();
    many.extend(b"PK\x01\x02".repeat(ENTRIES_MAX + 1));
    assert_eq!(read(&many), Err(ArchiveError::TooManyEntries { max: ENTRIES_MAX }));
}

#[test]
fn no_archive_is_written_that_leads_out_of_its_folder() {
    for (group, data_id) in [("..", "a"), ("G", ".."), (".", "a")] {
        let items = [stored(group, data_id, Description::default())];
        let path = format!("{group}/{data_id}");
        assert_eq!(write(&items, Layout::List), Err(ArchiveError::Path(path)));
    }
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
