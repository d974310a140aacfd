//! The table of rules in `docs/conformance.md` has every rule once, and the tests that it names are there.

use anyhow::{Result, ensure};

use crate::repository::{Repository, references};

/// Where the table is, from the root of the repository.
const PAGE: &str = "docs/conformance.md";
/// The rules are numbered from 1 to this.
const RULES: usize = 130;

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
        rows.push(Row { number, references: references(cells[2]) });
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

#[test]
fn every_rule_is_held_by_tests_that_exist() {
    let repository = Repository::open().unwrap();
    let page = repository.text(PAGE).unwrap();
    let rows = rows(&page).unwrap();
    let mut wrong = gaps(&rows);
    for row in &rows {
        let missing = repository.missing(&row.references).into_iter();
        wrong
            .extend(missing.map(|(reference, error)| format!("rule {}, {reference}: {error:#}", row.number)));
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
}
