//! Imports between crates, held to the table in `ARCHITECTURE.md`: the page that a newcomer reads is the law.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;

use super::Finding;
use crate::workspace::{Import, Member, Reach};

/// The header of the last column of the table, by which it is found.
const LAST_HEADER: &str = "may import";

/// Crates that anyone's tests may use beside the table: kits for tests, never shipped.
const TEST_KITS: &[&str] = &["conformance"];

/// Which member may import which, by package name.
pub(super) struct ImportTable {
    allowed: BTreeMap<String, BTreeSet<String>>,
}

impl ImportTable {
    /// Reads the first Markdown table whose last column is headed `may import`.
    ///
    /// The first cell of a row names the crate, the last one those that it may import, all in backticks; other words
    /// in the cells are for the reader.
    ///
    /// # Errors
    /// The page holds no such table.
    pub(super) fn from_markdown(page: &str) -> anyhow::Result<Self> {
        let mut lines = page.lines().skip_while(|line| cells(line).last().copied() != Some(LAST_HEADER));
        if lines.next().is_none() {
            bail!("ARCHITECTURE.md holds no table whose last column is headed \"{LAST_HEADER}\"");
        }
        let rows = lines.skip(1).take_while(|line| line.starts_with('|')).map(cells);
        let allowed = rows.filter_map(|row| {
            let owner = quoted(row.first()?).next()?.to_owned();
            Some((owner, quoted(row.last()?).map(str::to_owned).collect()))
        });
        Ok(Self { allowed: allowed.collect() })
    }

    /// Every arrow that the table lacks, every crate without a row, every row without a crate.
    pub(super) fn check(&self, members: &[Member]) -> Vec<Finding> {
        let mut findings: Vec<Finding> =
            members.iter().flat_map(|member| self.check_member(member)).collect();
        let existing: BTreeSet<_> = members.iter().map(|member| &member.name).collect();
        let stale = self.allowed.keys().filter(|row| !existing.contains(row));
        findings.extend(stale.map(|row| {
            finding(
                "ARCHITECTURE.md",
                format!("the import table names {row}, which is no crate of the workspace"),
            )
        }));
        findings
    }

    fn check_member(&self, member: &Member) -> Vec<Finding> {
        let Some(allowed) = self.allowed.get(&member.name) else {
            return vec![finding(&member.name, "has no row in the table of ARCHITECTURE.md".to_owned())];
        };
        // A crate may name itself, to give its own tests a feature.
        let others = member.imports.iter().filter(|import| import.target != member.name);
        let lacking = others.filter(|import| !permits(allowed, import));
        lacking
            .map(|import| {
                let problem = format!("imports {}, which the table of ARCHITECTURE.md lacks", import.target);
                finding(&member.name, problem)
            })
            .collect()
    }
}

fn finding(place: &str, problem: String) -> Finding {
    Finding { place: place.to_owned(), problem }
}

fn permits(allowed: &BTreeSet<String>, import: &Import) -> bool {
    let kit = import.reach == Reach::Tests && TEST_KITS.contains(&import.target.as_str());
    kit || allowed.contains(&import.target)
}

fn cells(line: &str) -> Vec<&str> {
    line.trim().trim_matches('|').split('|').map(str::trim).collect()
}

/// The words between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
# Map
| crate | owns | may import |
| --- | --- | --- |
| `navaid-core` (`crates/core`) | words | – |
| `navaid-api` | edges | `navaid-core` |

| other | table |
";

    fn member(name: &str, imports: &[(&str, Reach)]) -> Member {
        let imports =
            imports.iter().map(|&(target, reach)| Import { target: target.to_owned(), reach }).collect();
        Member { name: name.to_owned(), folder: "crates".into(), imports }
    }

    fn problems(members: &[Member]) -> Vec<String> {
        ImportTable::from_markdown(PAGE).unwrap().check(members).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn arrow_in_table_passes() {
        let members = [member("navaid-core", &[]), member("navaid-api", &[("navaid-core", Reach::Shipped)])];
        assert_eq!(problems(&members), Vec::<String>::new());
    }

    #[test]
    fn arrow_against_table_fails_also_in_tests() {
        for reach in [Reach::Shipped, Reach::Tests] {
            let members = [member("navaid-core", &[("navaid-api", reach)]), member("navaid-api", &[])];
            assert_eq!(
                problems(&members),
                ["navaid-core: imports navaid-api, which the table of ARCHITECTURE.md lacks"]
            );
        }
    }

    #[test]
    fn crate_that_names_itself_passes() {
        let members = [member("navaid-core", &[("navaid-core", Reach::Tests)]), member("navaid-api", &[])];
        assert_eq!(problems(&members), Vec::<String>::new());
    }

    #[test]
    fn test_kit_passes_in_tests_alone() {
        let with = |reach| [member("navaid-core", &[("conformance", reach)]), member("navaid-api", &[])];
        assert!(problems(&with(Reach::Tests)).is_empty());
        assert_eq!(problems(&with(Reach::Shipped)).len(), 1);
    }

    #[test]
    fn crate_without_row_and_row_without_crate_fail() {
        let members = [member("navaid-core", &[]), member("navaid-dns", &[])];
        assert_eq!(
            problems(&members),
            [
                "navaid-dns: has no row in the table of ARCHITECTURE.md",
                "ARCHITECTURE.md: the import table names navaid-api, which is no crate of the workspace",
            ]
        );
    }

    #[test]
    fn page_without_table_is_refused() {
        assert!(ImportTable::from_markdown("| a | b |\n").is_err());
    }
}
