//! The written form of labels: a list in YAML, of which JSON is a part.
//!
//! ```yaml
//! - address: 10.1.0.0/16          # an IP address, a CIDR range, or a host name
//!   labels: {site: hangzhou, room: "12"}
//! ```
//!
//! A document counts as a whole or not at all: half an inventory would send callers to the wrong half. So a mistake
//! refuses all of it, and is told with its line. A document that is empty is one that is being written, not one that
//! takes all labels away; `[]` does that.

use std::{
    collections::{BTreeMap, HashSet},
    hash::BuildHasher,
};

use foldhash::fast::FixedState;
use navaid_core::{LabelEntry, LabelTarget, Metadata, seam::LabelsUnread};
use serde::Deserialize;
use serde_saphyr::{Budget, Options, Spanned};

/// Entries that a document may have.
pub const ENTRIES_MAX: usize = 100_000;
/// Labels that an entry may have.
pub const LABELS_MAX: usize = 64;
/// Characters of a label's name.
pub const NAME_MAX: usize = 128;
/// Characters of a label's value.
pub const VALUE_MAX: usize = 512;
/// Entries and what is in them that the parser may see: an alias must not unfold to more.
const NODES_MAX: usize = 4_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryForm {
    address: String,
    labels: BTreeMap<String, String>,
}

/// What is wrong with a document, and in which line, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct DocumentError {
    pub line: u64,
    pub problem: String,
}

impl DocumentError {
    fn at(line: u64, problem: impl ToString) -> Self {
        Self { line, problem: problem.to_string() }
    }
}

/// Reads a document.
///
/// # Errors
/// It is no list of this form, breaks a limit, or has two entries about one target.
pub fn parse(bytes: &[u8]) -> Result<Vec<LabelEntry>, DocumentError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let lines = before.iter().filter(|byte| **byte == b'\n').count();
        DocumentError::at(lines as u64 + 1, "it is not UTF-8")
    })?;
    let forms: Option<Vec<Spanned<EntryForm>>> =
        serde_saphyr::from_str_with_options(text, options()).map_err(|error| syntax_error(&error))?;
    let forms = forms.ok_or_else(|| DocumentError::at(1, "it is empty; write [] for no labels"))?;
    if forms.len() > ENTRIES_MAX {
        let line = forms[ENTRIES_MAX].defined.line();
        return Err(DocumentError::at(line, format!("at most {ENTRIES_MAX} entries are taken")));
    }
    let mut targets = HashSet::with_capacity(forms.len());
    let mut entries = Vec::with_capacity(forms.len());
    for form in forms {
        let line = form.defined.line();
        let entry = entry(form.value).map_err(|problem| DocumentError::at(line, problem))?;
        if !targets.insert(entry.target.clone()) {
            return Err(DocumentError::at(line, format!("a second entry about {}", entry.target)));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn options() -> Options {
    let budget = serde_saphyr::budget! { max_nodes: NODES_MAX, max_events: 2 * NODES_MAX, max_documents: 1 };
    let budget: Option<Budget> = budget;
    serde_saphyr::options! { budget: budget, with_snippet: false }
}

fn syntax_error(error: &serde_saphyr::Error) -> DocumentError {
    let line = error.location().map_or(0, |location| location.line());
    let text = error.without_snippet().to_string();
    DocumentError::at(line, text.lines().next().unwrap_or_default())
}

fn entry(form: EntryForm) -> Result<LabelEntry, String> {
    let target: LabelTarget = form.address.parse().map_err(|error| format!("address {error}"))?;
    if form.labels.len() > LABELS_MAX {
        return Err(format!("{target} has {} labels, and at most {LABELS_MAX} are taken", form.labels.len()));
    }
    for (name, value) in &form.labels {
        check(name, value).map_err(|problem| format!("{target}: {problem}"))?;
    }
    let labels = form.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Ok(LabelEntry { target, labels: labels.collect::<Metadata>() })
}

/// A name must be such that an expression of a selector can hold it, which drops blanks.
fn check(name: &str, value: &str) -> Result<(), String> {
    if name.is_empty()
        || name.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '=' | '&'))
    {
        return Err(format!("label {name:?} is empty, or has a blank, = or & in it"));
    }
    if name.chars().count() > NAME_MAX {
        return Err(format!("a label's name is longer than {NAME_MAX} characters"));
    }
    if value.chars().count() > VALUE_MAX {
        return Err(format!("the value of label {name:?} is longer than {VALUE_MAX} characters"));
    }
    Ok(())
}

/// The document that a source last gave, so that the same one is not parsed again, whether it was good or bad.
#[derive(Debug, Default)]
pub(crate) struct Latest {
    /// A digest tells documents apart here, not attackers from friends: whoever can write one can write any.
    seen: Option<(u64, Result<(), DocumentError>)>,
}

impl Latest {
    /// The entries of a document; none if it is the same as the last.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<Option<Vec<LabelEntry>>, LabelsUnread> {
        let digest = FixedState::default().hash_one(bytes);
        let parsed = match &self.seen {
            Some((seen, outcome)) if *seen == digest => outcome.clone().map(|()| None),
            _ => parse(bytes).map(Some),
        };
        self.seen = Some((digest, parsed.as_ref().map(|_| ()).map_err(Clone::clone)));
        parsed.map_err(|error| LabelsUnread(error.to_string().into()))
    }
}

#[cfg(test)]
mod tests;
