//! The repository as references see it.
//!
//! A reference stands between backticks and is one of
//!
//! - `GENERATION::SCENARIO`: a recording, which must be in none of the lists of what need not pass;
//! - `FILE.rs::FUNCTION`: a test of that file;
//! - `DIRECTORY`: a program with an SDK or a framework, or a consumer of the mesh.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use conformance::{Lists, Recording, recordings};

/// Where programs are that real clients, frameworks and consumers of the mesh run in.
const PROGRAMS: [&str; 2] = ["tests/clients/", "tests/mesh/"];

/// What references are looked for in.
pub(crate) struct Repository {
    pub(crate) root: PathBuf,
    recordings: Vec<Recording>,
    lists: Lists,
}

impl Repository {
    pub(crate) fn open() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Ok(Self { root, recordings: recordings()?, lists: Lists::load()? })
    }

    /// The text of a page, or of all pages of a directory.
    pub(crate) fn text(&self, page: &str) -> Result<String> {
        let path = self.root.join(page);
        if !path.is_dir() {
            return fs::read_to_string(path).with_context(|| format!("read {page}"));
        }
        let mut text = String::new();
        for entry in fs::read_dir(path)? {
            text.push_str(&fs::read_to_string(entry?.path())?);
        }
        Ok(text)
    }

    /// Which of the references lead nowhere, and why.
    pub(crate) fn missing<'a>(&self, references: &[&'a str]) -> Vec<(&'a str, anyhow::Error)> {
        references.iter().filter_map(|reference| Some((*reference, self.find(reference).err()?))).collect()
    }

    /// Looks for what a reference names.
    pub(crate) fn find(&self, reference: &str) -> Result<()> {
        match reference.split_once("::") {
            Some((file, function)) if file.ends_with(".rs") => self.find_function(file, function),
            Some((generation, stem)) => self.find_recording(generation, stem),
            None => {
                let is_program = PROGRAMS.iter().any(|programs| reference.starts_with(programs));
                ensure!(is_program, "this names no test");
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

/// The references of a cell.
pub(crate) fn references(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
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

#[test]
fn references_that_lead_nowhere_are_caught() {
    let repository = Repository::open().unwrap();
    let own = "crates/conformance/tests/checklist/repository.rs";
    let (no_such, no_test) = (format!("{own}::no_such_test"), format!("{own}::is_test"));
    let wrong = [
        ("nacos-2.5.1::ns1-no-such", "there is no such recording"),
        ("nacos-2.5.1::auth-grpc", "this recording is in known-gaps.toml and holds nothing"),
        ("crates/no/such.rs::test", "there is no such file"),
        (&*no_such, "the file has no such test"),
        (&*no_test, "the file has no such test"),
        ("tests/clients/cobol", "there is no such program"),
        ("tests/mesh/cobol", "there is no such program"),
        ("docs", "this names no test"),
    ];
    for (reference, expected) in wrong {
        let error = repository.find(reference).unwrap_err();
        assert!(format!("{error:#}").starts_with(expected), "{reference}: {error:#}");
    }
    for right in
        [&*format!("{own}::references_that_lead_nowhere_are_caught"), "tests/clients/go", "tests/mesh/envoy"]
    {
        repository.find(right).unwrap();
    }
    assert_eq!(repository.missing(&["tests/clients/go", "docs"]).len(), 1);
}
