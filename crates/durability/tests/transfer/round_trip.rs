//! What is exported can be imported elsewhere, and exported there is the same.

use std::fmt::Write;
use std::time::Instant;

use durability::Pairs;
use hyper::Method;
use serde_json::json;

use crate::archive::{Entries, pack};
use crate::bed::{Bed, V1, V3, run};

const ITEMS: usize = 10_000;
const KINDS: [&str; 7] = ["text", "json", "xml", "yaml", "html", "properties", "toml"];

/// Contents that a careless copy would change.
const CONTENTS: [&str; 5] = [
    "a: 1\n",
    "line one\r\nline two\r\n\r\n",
    "\u{FEFF}begins with a mark, \u{4E2D}\u{6587}, \u{1F980}\n",
    "  indented\tand not ended",
    "{\"quoted\": \"\\u4e2d\", \"metadata:\": '- dataId'}",
];
/// Descriptions that YAML could take for something else.
const DESCRIPTIONS: [&str; 6] =
    ["", "plain words", "it's: \"quoted\"", "- a, [b]", "true", "\u{4E2D}\u{6587} # no note"];

/// The entries of an archive of many items, as the server writes them: metadata last, its fields in order.
fn many() -> Entries {
    let mut entries = Entries::new();
    let mut list = "metadata:\n".to_owned();
    for number in 0..ITEMS {
        let group = format!("G.{}", number % 7);
        let kind = KINDS[number % KINDS.len()];
        let data_id = format!("com.acme:shop-{number}.{kind}");
        let content = format!("{}{number}", CONTENTS[number % CONTENTS.len()]);
        entries.push((format!("{group}/{data_id}"), content.into_bytes()));
        let app = if number % 3 == 0 { "''".to_owned() } else { format!("app{}", number % 11) };
        writeln!(list, "- appName: {app}").expect("a text takes it");
        if number % 4 == 0 {
            writeln!(list, "  configTags: b{},a", number % 5).expect("a text takes it");
        }
        writeln!(list, "  dataId: 'com.acme:shop-{number}.{kind}'").expect("a text takes it");
        if number % 2 == 0 {
            let description = DESCRIPTIONS[number / 2 % DESCRIPTIONS.len()].replace('\'', "''");
            writeln!(list, "  desc: '{description}'").expect("a text takes it");
        }
        writeln!(list, "  group: {group}\n  type: {kind}").expect("a text takes it");
    }
    entries.push((".metadata.yml".to_owned(), list.into_bytes()));
    entries
}

fn contents(entries: &Entries) -> &[(String, Vec<u8>)] {
    entries.split_last().map(|(_, contents)| contents).unwrap_or_default()
}

/// Fails with the first entry that differs, because the archives are too long to be shown.
fn same(left: &[(String, Vec<u8>)], right: &[(String, Vec<u8>)]) {
    for (left, right) in left.iter().zip(right) {
        let text =
            |entry: &(String, Vec<u8>)| (entry.0.clone(), String::from_utf8_lossy(&entry.1).into_owned());
        if left != right {
            let (left, right) = (text(left), text(right));
            let line = left.1.lines().zip(right.1.lines()).find(|(left, right)| left != right);
            panic!("{} is not {}: {line:?}", left.0, right.0);
        }
    }
    assert_eq!(left.len(), right.len());
}

#[test]
fn archive_of_ten_thousand_items_comes_back_entry_by_entry() {
    run(async {
        let (mut first, mut second) = (Bed::start().await?, Bed::start().await?);
        let made = many();
        let began = Instant::now();
        let done = first.import(V3, "", "ABORT", &pack(made.clone())?).await?;
        assert_eq!(done, json!({"succCount": ITEMS, "skipCount": 0}));
        println!("import after {:?}", began.elapsed());
        let exported = first.export("", "").await?;
        println!("export after {:?}", began.elapsed());
        same(contents(&exported), contents(&made));
        same(&first.export("", "exportV2").await?, &exported);

        // Back and forth by each generation.
        let done = second.import(V1, "", "ABORT", &pack(exported.clone())?).await?;
        assert_eq!(done["succCount"], ITEMS, "{done}");
        println!("second import after {:?}", began.elapsed());
        same(&second.export("", "").await?, &exported);
        same(&second.export("", "exportV2").await?, &exported);
        println!("compared after {:?}", began.elapsed());

        // Metadata that came in goes out again, whoever wrote it.
        assert_eq!(exported.last().map(|entry| &*entry.0), Some(".metadata.yml"));
        let again = second.import(V3, "", "SKIP", &pack(exported)?).await?;
        assert_eq!([&again["succCount"], &again["skipCount"]], [&json!(0), &json!(ITEMS)]);
        println!("skipped after {:?}", began.elapsed());
        first.end()?;
        second.end()
    });
}

/// The older layout has no types, labels and descriptions; it keeps contents and applications.
#[test]
fn archive_of_lines_comes_back_with_contents_and_applications() {
    run(async {
        let mut bed = Bed::start().await?;
        bed.create_namespace("from").await?;
        bed.create_namespace("to").await?;
        for (number, content) in CONTENTS.iter().enumerate() {
            let (data_id, app) = (format!("a.b{number}.yaml"), format!("app{number}"));
            let item: &Pairs<'_> = &[
                ("namespaceId", "from"),
                ("groupName", "G"),
                ("dataId", &data_id),
                ("content", content),
                ("appName", if number == 2 { "" } else { &app }),
                ("desc", "not carried"),
                ("type", "json"),
            ];
            bed.publish(item).await?;
        }
        let exported = bed.export("from", "export").await?;
        assert_eq!(exported.len(), CONTENTS.len() + 1);
        let lines = "G.a.b0~yaml.app=app0\r\nG.a.b1~yaml.app=app1\r\nG.a.b3~yaml.app=app3\r\nG.a.b4~yaml.app=app4\r\n";
        let (name, metadata) = exported.last().cloned().unwrap_or_default();
        assert_eq!((&*name, &*String::from_utf8(metadata)?), (".meta.yml", lines));
        let done = bed.import(V1, "to", "ABORT", &pack(exported.clone())?).await?;
        assert_eq!(done["succCount"], CONTENTS.len(), "{done}");
        same(&bed.export("to", "export").await?, &exported);
        bed.end()
    });
}

#[test]
fn everything_that_is_said_of_an_item_is_carried() {
    run(async {
        let mut bed = Bed::start().await?;
        bed.create_namespace("from").await?;
        bed.create_namespace("to").await?;
        for (number, description) in DESCRIPTIONS.iter().enumerate() {
            let data_id = format!("d{number}");
            let item: &Pairs<'_> = &[
                ("namespaceId", "from"),
                ("groupName", "G"),
                ("dataId", &data_id),
                ("content", CONTENTS[number % CONTENTS.len()]),
                ("appName", "yes"),
                ("desc", description),
                ("configTags", "z,on,1"),
                ("type", KINDS[number]),
            ];
            bed.publish(item).await?;
        }
        let exported = bed.export("from", "").await?;
        bed.import(V3, "to", "ABORT", &pack(exported.clone())?).await?;
        same(&bed.export("to", "exportV2").await?, &exported);
        let item: &Pairs<'_> = &[("namespaceId", "to"), ("groupName", "G"), ("dataId", "d2")];
        let told = bed.http.call(Method::GET, "/nacos/v3/admin/cs/config", item).await?.success()?.json()?;
        let told = &told["data"];
        for (field, value) in [
            ("desc", DESCRIPTIONS[2]),
            ("appName", "yes"),
            ("configTags", "z,on,1"),
            ("type", KINDS[2]),
            ("content", CONTENTS[2]),
        ] {
            assert_eq!(told[field], value, "{field}");
        }
        bed.end()
    });
}
