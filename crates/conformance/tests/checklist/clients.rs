//! Every surprise of a real client, and of a settings file, is in a table that names a test, or in one that says why a
//! server can do nothing.
//!
//! A surprise is a line that is marked in the observations of clients (`spec/clients-on-the-wire`, parts A to D), of istiod
//! (`spec/istiod-as-seen`, part I) and of settings files (`spec/settings-as-read`, part S). Its id is part, section and
//! place among the marked lines of the section: `A2.3`, `D6.1.2`.
//!
//! A table counts when its head begins with `id`. Where it ends with `test`, each row names one; where it ends with
//! something else, each row says that in its last cell. A row may have several ids, or none for what is not marked.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};

use crate::repository::{Repository, references};

/// Pages, or directories of them, and how many marked lines each section has that they account for.
struct Account {
    pages: &'static [&'static str],
    sections: &'static [(&'static str, usize)],
}

const ACCOUNTS: &[Account] = &[
    Account { pages: &["docs/clients.md", "docs/clients"], sections: CLIENTS },
    Account { pages: &["docs/settings-as-read.md"], sections: SETTINGS },
];

const CLIENTS: &[(&str, usize)] = &[
    ("A1", 3),
    ("A2", 9),
    ("A3", 4),
    ("A4", 3),
    ("A5", 3),
    ("A6", 4),
    ("B2", 7),
    ("B3", 9),
    ("B4", 10),
    ("B5", 4),
    ("C1", 5),
    ("C2", 6),
    ("C3", 5),
    ("C4", 4),
    ("C5", 6),
    ("C7", 2),
    ("D1", 3),
    ("D2", 8),
    ("D3", 2),
    ("D4", 3),
    ("D5", 1),
    ("D6.1", 3),
    ("D6.2", 2),
    ("D6.3", 2),
    ("D6.4", 1),
    ("D6.5", 3),
    ("D6.6", 4),
    ("I1", 3),
    ("I2", 3),
    ("I4", 6),
    ("I5", 1),
    ("I6", 1),
    ("I7", 1),
];
const SETTINGS: &[(&str, usize)] =
    &[("S1", 12), ("S2", 5), ("S3", 7), ("S4", 5), ("S5", 2), ("S6", 4), ("S7", 2), ("S8", 13)];

/// The heads of a table that counts.
const ID: &str = "id";
const TEST: &str = "test";
/// A shorter reason is none.
const REASON_MIN: usize = 20;

/// One line of a table that counts.
#[derive(Debug, PartialEq, Eq)]
struct Row<'a> {
    ids: Vec<&'a str>,
    /// What it says the client does.
    habit: &'a str,
    held: Held<'a>,
}

#[derive(Debug, PartialEq, Eq)]
enum Held<'a> {
    Tests(Vec<&'a str>),
    Reason(&'a str),
}

/// Reads the rows of all tables whose head begins with [`ID`].
fn rows(page: &str) -> Result<Vec<Row<'_>>> {
    let mut rows = Vec::new();
    let mut heads: Option<Vec<&str>> = None;
    for line in page.lines() {
        let Some(inner) = line.trim().strip_prefix('|').and_then(|line| line.strip_suffix('|')) else {
            heads = None;
            continue;
        };
        let cells: Vec<&str> = inner.split('|').map(str::trim).collect();
        match &heads {
            None => heads = Some(cells),
            Some(heads) if heads[0] != ID || cells[0].starts_with("---") => {}
            Some(heads) => {
                ensure!(
                    cells.len() == heads.len() && cells.len() >= 3,
                    "{} cells are due: {line}",
                    heads.len()
                );
                rows.push(row(&cells, heads));
            }
        }
    }
    Ok(rows)
}

fn row<'a>(cells: &[&'a str], heads: &[&str]) -> Row<'a> {
    let last = cells[cells.len() - 1];
    let held =
        if heads[heads.len() - 1] == TEST { Held::Tests(references(last)) } else { Held::Reason(last) };
    let ids = cells[0].split([',', ' ']).filter(|id| !id.is_empty()).collect();
    Row { ids, habit: cells[1], held }
}

/// Rows that hold nothing, ids that are not there, and ids that nobody knows.
fn gaps(rows: &[Row<'_>], sections: &[(&str, usize)]) -> Vec<String> {
    let known: BTreeSet<String> = sections
        .iter()
        .flat_map(|(section, lines)| (1..=*lines).map(move |line| format!("{section}.{line}")))
        .collect();
    let said: BTreeSet<&str> = rows.iter().flat_map(|row| row.ids.iter().copied()).collect();
    let untold = known.iter().filter(|id| !said.contains(id.as_str()));
    let mut found: Vec<String> = untold.map(|id| format!("{id} is in no row")).collect();
    let unknown = said.iter().filter(|id| !known.contains(**id));
    found.extend(unknown.map(|id| format!("{id} is unknown")));
    for row in rows {
        match &row.held {
            Held::Tests(tests) if tests.is_empty() => found.push(format!("no test: {}", row.habit)),
            Held::Reason(reason) if reason.len() < REASON_MIN => {
                found.push(format!("no reason: {}", row.habit));
            }
            Held::Tests(_) | Held::Reason(_) => {}
        }
    }
    found
}

#[test]
fn every_surprise_has_a_test_that_exists_or_a_reason() {
    let repository = Repository::open().unwrap();
    for Account { pages, sections } in ACCOUNTS {
        let texts: Vec<String> = pages.iter().map(|page| repository.text(page).unwrap()).collect();
        let rows: Vec<Row<'_>> = texts.iter().flat_map(|text| rows(text).unwrap()).collect();
        let mut wrong = gaps(&rows, sections);
        for row in &rows {
            if let Held::Tests(tests) = &row.held {
                let missing = repository.missing(tests).into_iter();
                wrong.extend(missing.map(|(test, error)| format!("{test}: {error:#}")));
            }
        }
        assert!(wrong.is_empty(), "{pages:?}:\n{}", wrong.join("\n"));
    }
}

#[test]
fn tables_with_and_without_tests_are_told_apart_and_others_are_left() {
    let page = "\
| id | what the client does | what Navaid does | test |\n| --- | --- | --- | --- |\n\
| A1.1, A1.2 | waits | answers | `a::b`, `c.rs::d` |\n|  | more | more | `e.rs::f` |\n\
\n\
| id | what the client does | why |\n| --- | --- | --- |\n| D6.1.2 | asks twice | it is not ours |\n\
\n\
| client | version |\n| --- | --- |\n| A1.3 | 2 |\n";
    let row = |ids: &[&'static str], habit, held| Row { ids: ids.to_vec(), habit, held };
    let expected = [
        row(&["A1.1", "A1.2"], "waits", Held::Tests(vec!["a::b", "c.rs::d"])),
        row(&[], "more", Held::Tests(vec!["e.rs::f"])),
        row(&["D6.1.2"], "asks twice", Held::Reason("it is not ours")),
    ];
    assert_eq!(rows(page).unwrap(), expected);
    assert!(rows("| id | a | test |\n| --- | --- | --- |\n| A1.1 | `a::b` |\n").is_err());
}

#[test]
fn account_that_lies_is_caught() {
    let of = |id, held| Row { ids: vec![id], habit: "waits", held };
    let tested = |id| of(id, Held::Tests(vec!["a::b"]));
    let sections = [("A1", 2), ("D6.1", 1)];
    let mut told =
        vec![tested("A1.1"), tested("A1.2"), of("D6.1.1", Held::Reason("it has no DNS server yet"))];
    assert_eq!(gaps(&told, &sections), [""; 0]);
    told[0].ids = vec!["A1.3"];
    told[1].held = Held::Tests(Vec::new());
    told[2].held = Held::Reason("–");
    let expected = ["A1.1 is in no row", "A1.3 is unknown", "no test: waits", "no reason: waits"];
    assert_eq!(gaps(&told, &sections), expected);
}
