//! What becomes of items that exist already, item by item.

use anyhow::Result;
use durability::Pairs;
use serde_json::{Value, json};

use crate::archive::pack;
use crate::bed::{BOTH, Bed, Generation, V1, run};

fn list(names: &[&str]) -> String {
    let item = |name: &&str| format!("- dataId: {name}\n  group: G\n  type: text\n");
    format!("metadata:\n{}", names.iter().map(item).collect::<String>())
}

fn archive(names: &[&str]) -> Result<Vec<u8>> {
    let entries = names.iter().map(|name| (format!("G/{name}"), "new".to_owned()));
    pack(entries.chain([(".metadata.yml".to_owned(), list(names))]))
}

async fn publish(bed: &mut Bed, namespace: &str, data_id: &str, content: &str) -> Result<()> {
    let item: &Pairs<'_> =
        &[("namespaceId", namespace), ("groupName", "G"), ("dataId", data_id), ("content", content)];
    bed.publish(item).await
}

fn names(of: &[&str]) -> Value {
    of.iter().map(|name| json!({"dataId": name, "group": "G"})).collect()
}

/// What a transfer of `a` to `e` reports where `b` and `d` exist, and what they hold then.
fn cases() -> [(&'static str, Value, [Option<&'static str>; 5]); 3] {
    [
        (
            "ABORT",
            json!({"succCount": 1, "skipCount": 3, "failData": names(&["b"]), "skipData": names(&["c", "d", "e"])}),
            [Some("new"), Some("old"), None, Some("old"), None],
        ),
        (
            "SKIP",
            json!({"succCount": 3, "skipCount": 2, "skipData": names(&["b", "d"])}),
            [Some("new"), Some("old"), Some("new"), Some("old"), Some("new")],
        ),
        ("OVERWRITE", json!({"succCount": 5, "skipCount": 0}), [Some("new"); 5]),
    ]
}

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

async fn holds(bed: &mut Bed, namespace: &str, expected: [Option<&str>; 5], prefix: &str) -> Result<()> {
    for (name, expected) in NAMES.iter().zip(expected) {
        let found = bed.content(namespace, "G", &format!("{prefix}{name}")).await?;
        assert_eq!(found.as_deref(), expected, "{namespace}: {name}");
    }
    Ok(())
}

#[test]
fn import_tells_of_every_item_what_became_of_it() {
    run(async {
        let mut bed = Bed::start().await?;
        for generation in BOTH {
            for (policy, report, contents) in cases() {
                let namespace = format!("{generation:?}-{policy}");
                bed.create_namespace(&namespace).await?;
                for data_id in ["b", "d"] {
                    publish(&mut bed, &namespace, data_id, "old").await?;
                }
                let told = bed.import(generation, &namespace, policy, &archive(&NAMES)?).await?;
                assert_eq!(told, report, "{generation:?} {policy}");
                holds(&mut bed, &namespace, contents, "").await?;
            }
        }
        bed.end()
    });
}

/// The items of a clone, each renamed, as a generation names the fields.
async fn renamed(bed: &mut Bed, generation: Generation) -> Result<Value> {
    let mut items = Vec::new();
    for name in NAMES {
        let id = bed.id("from", "G", name).await?;
        let target = format!("copy-{name}");
        items.push(match generation {
            V1 => json!({"cfgId": id, "dataId": target, "group": ""}),
            Generation::V3 => json!({"configId": id, "targetDataId": target, "targetGroupName": "G"}),
        });
    }
    Ok(items.into())
}

#[test]
fn clone_under_other_names_tells_of_every_item_what_became_of_it() {
    run(async {
        let mut bed = Bed::start().await?;
        bed.create_namespace("from").await?;
        for name in NAMES {
            publish(&mut bed, "from", name, "new").await?;
        }
        for generation in BOTH {
            let items = renamed(&mut bed, generation).await?;
            for (policy, report, contents) in cases() {
                let namespace = format!("{generation:?}-{policy}");
                bed.create_namespace(&namespace).await?;
                for data_id in ["copy-b", "copy-d"] {
                    publish(&mut bed, &namespace, data_id, "old").await?;
                }
                let told = bed.clone_into(generation, &namespace, policy, &items).await?;
                let report: Value =
                    serde_json::from_str(&report.to_string().replace("\"dataId\":\"", "\"dataId\":\"copy-"))?;
                assert_eq!(told, report, "{generation:?} {policy}");
                holds(&mut bed, &namespace, contents, "copy-").await?;
            }
            // Without other names, into a namespace that has nothing.
            let namespace = format!("{generation:?}-plain");
            bed.create_namespace(&namespace).await?;
            let id = bed.id("from", "G", "a").await?;
            let plain = json!([{"cfgId": id}, {"cfgId": "4000000000"}]);
            let told = bed.clone_into(generation, &namespace, "ABORT", &plain).await?;
            assert_eq!(told, json!({"succCount": 1, "skipCount": 0}));
            assert_eq!(bed.content(&namespace, "G", "a").await?.as_deref(), Some("new"));
        }
        holds(&mut bed, "from", [Some("new"); 5], "").await?;
        bed.end()
    });
}

#[test]
fn files_and_metadata_that_do_not_fit_are_told() {
    run(async {
        let mut bed = Bed::start().await?;
        let archive = pack([
            ("G/a", "x".to_owned()),
            ("G/more", "y".to_owned()),
            (".metadata.yml", list(&["a", "gone"])),
        ])?;
        let told = bed.import(Generation::V3, "", "ABORT", &archive).await?;
        assert_eq!([&told["succCount"], &told["unrecognizedCount"]], [&json!(1), &json!(2)]);
        assert_eq!(
            told["unrecognizedData"],
            json!([
                {"itemName": "Item not found in metadata: G/more"},
                {"itemName": "Item not found in file: G/gone"}
            ])
        );
        bed.end()
    });
}
