//! `cargo xtask tidy`: what the compiler and clippy do not hold us to.
//!
//! It fails on an import between crates that the table of `ARCHITECTURE.md` lacks, on names that say nothing, and
//! on marks of unfinished code. It lists, without failing, what deserves a second look: long files and functions,
//! many parameters, thin tests, modules in a knot.

mod arrows;
mod knots;
mod marks;
mod names;
mod sizes;
mod source;
mod tree;

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::workspace::Workspace;
use tree::SourceTree;

/// One thing that is wrong, and where.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    /// `path`, `path:line`, or the name of a crate.
    place: String,
    problem: String,
}

impl Finding {
    fn in_file(path: &Path, problem: impl Into<String>) -> Self {
        Self { place: path.display().to_string(), problem: problem.into() }
    }

    fn at_line(path: &Path, line: usize, problem: impl Into<String>) -> Self {
        Self { place: format!("{}:{line}", path.display()), problem: problem.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

/// Checks the workspace and prints what it found; `all` lists outliers past the first limit too.
///
/// Answers whether nothing failed.
///
/// # Errors
/// A file cannot be read or parsed, or `ARCHITECTURE.md` holds no import table.
pub(crate) fn run(workspace: &Workspace, all: bool) -> anyhow::Result<bool> {
    let architecture =
        fs::read_to_string(workspace.root().join("ARCHITECTURE.md")).context("read ARCHITECTURE.md")?;
    let table = arrows::ImportTable::from_markdown(&architecture)?;
    let tree = SourceTree::read(workspace)?;

    let mut failures = table.check(workspace.members());
    failures.extend(names::check(&tree));
    failures.extend(marks::check(&tree));

    println!("{}", sizes::outliers(&tree).summary(all));
    println!("{}", sizes::crate_table(&tree));
    for knot in knots::find(&tree) {
        println!("{knot}");
    }
    for failure in &failures {
        println!("error: {failure}");
    }
    println!("tidy: {} files, {} errors", tree.files().count(), failures.len());
    Ok(failures.is_empty())
}
