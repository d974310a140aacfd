//! The table of rules in `docs/conformance.md` tells the truth: it has every rule once, and the tests that it names are
//! there.
//!
//! A reference stands between backticks and is one of
//!
//! - `GENERATION::SCENARIO`: a recording, which must be in none of the lists of what need not pass;
//! - `FILE.rs::FUNCTION`: a test of that file;
//! - `DIRECTORY`: the program of an SDK.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use conformance::{Lists, Recording, recordings};

/// Where the table is, from the root of the repository.
const PAGE: &str = "docs/conformance.md";
/// The rules are numbered from 1 to this.
const RULES: usize = 130;
/// Where programs of SDKs are.
const PROGRAMS: &str = "tests/clients/";

/// One line of the table.
#[derive(Debug, PartialEq, Eq)]
struct Row<'a> {
    number: usize,
    references: Vec<&'a str>,
}

/// Reads the rows that begin with a number: `| 1 | rule | tests |`.
fn rows(page: &str) -> Result<Vec<Row<'_>>> {
    let mut rows = Vec::new();
    for line in page.lines() {
        let cells: Vec<&str> = line.trim().trim_matches('|').split(" | ").map(str::trim).collect();
        let Ok(number) = cells[0].parse() else { continue };
        ensure!(line.starts_with('|') && cells.len() == 3, "three cells are due: {line}");
        let references = cells[2].split('`').skip(1).step_by(2).collect();
        rows.push(Row { number, references });
    }
    Ok(rows)
}

/// What is wrong with the numbers of the rows, or with a row that names nothing.
fn gaps(rows: &[Row<'_>]) -> Vec<String> {
    let numbers: Vec<usize> = rows.iter().map(|row| row.number).collect();
    let mut found: Vec<String> = (1..=RULES)
        .filter(|number| numbers.iter().filter(|known| *known == number).count() != 1)
        .map(|number| format!("rule {number} is not there once"))
        .collect();
    found.extend(
        numbers
            .iter()
            .filter(|number| !(1..=RULES).contains(*number))
            .map(|n| format!("rule {n} is unknown")),
    );
    let untested = rows.iter().filter(|row| row.references.is_empty());
    found.extend(untested.map(|row| format!("rule {} names no test", row.number)));
    found
}

/// The repository as references see it.
struct Repository {
    root: PathBuf,
    recordings: Vec<Recording>,
    lists: Lists,
}

impl Repository {
    fn open() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Ok(Self { root, recordings: recordings()?, lists: Lists::load()? })
    }

    /// Looks for what a reference names.
    fn find(&self, reference: &str) -> Result<()> {
        match reference.split_once("::") {
            Some((file, function)) if file.ends_with(".rs") => self.find_function(file, function),
            Some((generation, stem)) => self.find_recording(generation, stem),
            None => {
                ensure!(reference.starts_with(PROGRAMS), "this names no test");
                ensure!(self.root.join(reference).is_dir(), "there is no such program");
                Ok(())
            }
        }
    }

    fn find_recording(&self, generation: &str, stem: &str) -> Result<()> {
        let is_it = |known: &&Recording| (known.generation(), known.stem()) == (generation, stem);
        let recording = self.recordings.iter().find(is_it).context("there is no such recording")?;
        match self.lists.get(recording) {
            None => Ok(()),
            Some(listing) => {
                Err(anyhow::anyhow!("this recording is in {} and holds nothing", listing.file()))
            }
        }
    }

    /// A function that the test harness knows by its attribute, or that is in the list of its file's trials.
    fn find_function(&self, file: &str, function: &str) -> Result<()> {
        let text = fs::read_to_string(self.root.join(file)).context("there is no such file")?;
        ensure!(is_test(&text, function), "the file has no such test");
        Ok(())
    }
}

fn is_test(text: &str, function: &str) -> bool {
    let head = format!("fn {function}(");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let Some(place) = lines.iter().position(|line| line.contains(&head)) else { return false };
    let above = lines[..place].iter().rev().take_while(|line| !line.is_empty());
    let has_attribute = above.into_iter().any(|line| *line == "#[test]" || line.starts_with("#[tokio::test"));
    let trials = text.split_once("trials![").and_then(|(_, rest)| rest.split_once(']'));
    let is_trial = trials.is_some_and(|(names, _)| {
        names.split(',').any(|name| name.split_whitespace().next() == Some(function))
    });
    has_attribute || is_trial
}

/// Where the lines about clients are.
const CLIENTS: &str = "docs/clients.md";

#[test]
fn every_line_about_clients_names_tests_that_exist() {
    let repository = Repository::open().unwrap();
    let page = fs::read_to_string(repository.root.join(CLIENTS)).unwrap();
    let mut wrong = Vec::new();
    let mut lines = 0;
    for line in page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---")) {
        let tests = line.trim_end_matches('|').rsplit(" | ").next().unwrap_or_default();
        if tests.trim() == "test" {
            continue; // the head of a table
        }
        lines += 1;
        let references: Vec<_> = tests.split('`').skip(1).step_by(2).collect();
        if references.is_empty() {
            wrong.push(format!("no test: {line}"));
        }
        let missing = references.into_iter().filter_map(|reference| {
            repository.find(reference).err().map(|error| format!("{reference}: {error:#}"))
        });
        wrong.extend(missing);
    }
    assert!(wrong.is_empty() && lines > 0, "{}", wrong.join("\n"));
}

#[test]
fn every_rule_is_held_by_tests_that_exist() {
    let repository = Repository::open().unwrap();
    let page = fs::read_to_string(repository.root.join(PAGE)).unwrap();
    let rows = rows(&page).unwrap();
    let mut wrong = gaps(&rows);
    for row in &rows {
        let missing = row.references.iter().filter_map(|reference| {
            let error = repository.find(reference).err()?;
            Some(format!("rule {}, {reference}: {error:#}", row.number))
        });
        wrong.extend(missing);
    }
    assert!(wrong.is_empty(), "{PAGE}:\n{}", wrong.join("\n"));
}

#[test]
fn rows_are_told_from_other_tables() {
    let page = "| option | effect |\n|---|---|\n| 1 | a rule, said | `a::b`, `c.rs::d`; more later |\n";
    let expected = Row { number: 1, references: vec!["a::b", "c.rs::d"] };
    assert_eq!(rows(page).unwrap(), [expected]);
    assert!(rows("| 1 | a rule without a test |").is_err());
}

#[test]
fn table_that_lies_is_caught() {
    let row = |number| Row { number, references: vec!["a::b"] };
    let mut table: Vec<_> = (1..=RULES).map(row).collect();
    assert_eq!(gaps(&table), [""; 0]);
    table[4].number = 4;
    table[6].references.clear();
    table.push(row(RULES + 1));
    let expected = [
        "rule 4 is not there once",
        "rule 5 is not there once",
        "rule 131 is unknown",
        "rule 7 names no test",
    ];
    assert_eq!(gaps(&table), expected);

    let repository = Repository::open().unwrap();
    let wrong = [
        ("nacos-2.5.1::ns1-no-such", "there is no such recording"),
        ("nacos-2.5.1::auth-grpc", "this recording is in known-gaps.toml and holds nothing"),
        ("crates/no/such.rs::test", "there is no such file"),
        ("crates/conformance/tests/checklist.rs::no_such_test", "the file has no such test"),
        ("crates/conformance/tests/checklist.rs::is_test", "the file has no such test"),
        ("tests/clients/cobol", "there is no such program"),
        ("docs", "this names no test"),
    ];
    for (reference, expected) in wrong {
        let error = repository.find(reference).unwrap_err();
        assert!(format!("{error:#}").starts_with(expected), "{reference}: {error:#}");
    }
    repository.find("crates/conformance/tests/checklist.rs::table_that_lies_is_caught").unwrap();
}
