//! Archives that nobody should upload: each is refused with what is wrong in it, and nothing of it is written.

use anyhow::Result;
use durability::Pairs;
use hyper::Method;

use crate::archive::{pack, replace};
use crate::bed::{BOTH, Bed, Generation, V1, run};

/// How a refusal is answered.
struct Refused {
    /// Status; below, the code in the answer of v1 and v3, or none where v1 answers a text.
    status: u16,
    codes: Option<(i32, i32)>,
    /// What the answer tells in both.
    text: &'static str,
}

const UNREADABLE: Option<(i32, i32)> = Some((100_004, 100_004));
const EMPTY: Option<(i32, i32)> = Some((100_005, 100_005));
const METADATA: Option<(i32, i32)> = Some((100_002, 100_002));

fn refused(status: u16, codes: Option<(i32, i32)>, text: &'static str) -> Refused {
    Refused { status, codes, text }
}

/// A good item before the bad one, so that something could be written.
fn with_good(name: &str, content: &[u8]) -> Result<Vec<u8>> {
    pack([("A/good", b"good".as_slice()), (name, content)])
}

fn cases() -> Result<Vec<(&'static str, Vec<u8>, Refused)>> {
    let good = with_good("G/a", b"fine")?;
    let item = "- dataId: good\n  group: A\n  type: text\n";
    let twice = format!("metadata:\n{item}{item}");
    let listed = |list: &str| pack([("A/good", "good"), (".metadata.yml", list)]);
    Ok(vec![
        ("no archive", b"this is no archive".to_vec(), refused(200, EMPTY, "")),
        ("nothing in it", pack::<&str, &str>([])?, refused(200, EMPTY, "")),
        ("cut off", good[..good.len() - 30].to_vec(), refused(200, UNREADABLE, "damaged or cut off")),
        ("cut to half", good[..good.len() / 2].to_vec(), refused(200, UNREADABLE, "damaged or cut off")),
        (
            "bad checksum",
            replace(good.clone(), b"fine", b"FINE"),
            refused(200, UNREADABLE, "cannot read G/a: "),
        ),
        (
            "no text",
            with_good("G/a", b"\xd6\xd0")?,
            refused(200, UNREADABLE, "cannot read G/a: it is no UTF-8 text"),
        ),
        (
            "one name twice",
            replace(with_good("A/twin", b"x")?, b"A/twin", b"A/good"),
            refused(200, UNREADABLE, "several of its entries have the same name"),
        ),
        ("listed twice", listed(&twice)?, refused(200, METADATA, "names A/good twice")),
        ("no metadata", listed("metadata: 1")?, refused(200, METADATA, "")),
        ("no type", listed("metadata:\n- dataId: good\n  group: A\n")?, refused(200, METADATA, "")),
        (
            "illegal name",
            with_good("G/a b", b"x")?,
            refused(400, None, "cannot use G/a b: Param 'dataId' is illegal"),
        ),
        (
            "name in GBK",
            replace(with_good("G/xx.yaml", b"x")?, b"G/xx", b"G/\xd6\xd0"),
            refused(400, None, "cannot use G/\u{FFFD}\u{FFFD}.yaml: Param 'dataId' is illegal"),
        ),
        (
            "leads out",
            with_good("../passwd", b"x")?,
            refused(400, None, "cannot use ../passwd: it leads out of its folder"),
        ),
        (
            "leads out below",
            with_good("G/..", b"x")?,
            refused(400, None, "cannot use G/..: it leads out of its folder"),
        ),
        (
            "blank content",
            with_good("G/blank", b" ")?,
            refused(400, None, "cannot use G/blank: content is blank"),
        ),
    ])
}

/// Texts of v1 are escaped for browsers.
fn unescaped(text: &str) -> String {
    text.replace("&#39;", "'")
}

#[test]
fn broken_archive_is_refused_for_what_is_wrong_in_it_and_changes_nothing() {
    run(async {
        let mut bed = Bed::start().await?;
        for generation in BOTH {
            for (what, archive, expected) in cases()? {
                let answer = bed.upload(generation, "", "OVERWRITE", &archive).await?;
                let told = format!("{generation:?}, {what}: {} {}", answer.status, answer.body);
                assert_eq!(answer.status, expected.status, "{told}");
                assert!(unescaped(&answer.body).contains(expected.text), "{told}");
                match (generation, expected.codes) {
                    (V1, Some((code, _))) | (Generation::V3, Some((_, code))) => {
                        assert_eq!(answer.json()?["code"], code, "{told}");
                        assert_eq!(answer.json()?["data"]["succCount"], 0, "{told}");
                    }
                    (V1, None) => assert!(answer.body.starts_with("caused: "), "{told}"),
                    (Generation::V3, None) => assert_eq!(answer.json()?["code"], 20_002, "{told}"),
                }
                assert_eq!(bed.count("").await?, 0, "{told}");
            }
        }
        bed.end()
    });
}

#[test]
fn names_that_are_paths_are_refused_wherever_they_are_written() {
    run(async {
        let mut bed = Bed::start().await?;
        for (group, data_id, field) in [("..", "a", "group"), (".", "a", "group"), ("G", "..", "dataId")] {
            let v1: &Pairs<'_> = &[("group", group), ("dataId", data_id), ("content", "x")];
            let v3: &Pairs<'_> = &[("groupName", group), ("dataId", data_id), ("content", "x")];
            for (path, pairs) in
                [("/nacos/v1/cs/configs", v1), ("/nacos/v2/cs/config", v1), ("/nacos/v3/admin/cs/config", v3)]
            {
                let answer = bed.http.call(Method::POST, path, pairs).await?;
                let told = format!("{path} {group}/{data_id}: {} {}", answer.status, answer.body);
                assert_eq!(answer.status, 400, "{told}");
                assert!(
                    unescaped(&answer.body).contains(&format!("{field} must not be '.' or '..'")),
                    "{told}"
                );
            }
        }
        // Dots inside a name are ordinary.
        let dots: &Pairs<'_> = &[("groupName", "..."), ("dataId", ".a..b"), ("content", "x")];
        bed.publish(dots).await?;
        assert_eq!(bed.export("", "").await?[0].0, ".../.a..b");
        bed.end()
    });
}
