//! The two lists of recordings that need not pass: `known-gaps.toml` (not yet) and `deviations.toml` (on purpose).
//!
//! ```toml
//! "nacos-2.5.1/cs1-beta" = { reason = "no gray publishing", brings = "gray configuration" }
//! ```
//!
//! A listed recording is replayed all the same and must fail; so the lists only shrink.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::recording::Recording;

const KNOWN_GAPS: &str = "known-gaps.toml";
const DEVIATIONS: &str = "deviations.toml";

/// Why a recording need not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing<'a> {
    /// A capability is not there yet.
    KnownGap(&'a Entry),
    /// The answer differs on purpose.
    Deviation(&'a Entry),
}

impl<'a> Listing<'a> {
    /// The entry in its list.
    pub fn entry(self) -> &'a Entry {
        match self {
            Listing::KnownGap(entry) | Listing::Deviation(entry) => entry,
        }
    }

    /// The file of the list.
    pub fn file(self) -> &'static str {
        match self {
            Listing::KnownGap(_) => KNOWN_GAPS,
            Listing::Deviation(_) => DEVIATIONS,
        }
    }
}

/// One line of a list.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What differs, and for a deviation why.
    pub reason: String,
    /// The capability that closes a known gap; absent in deviations.
    pub brings: Option<String>,
}

type List = BTreeMap<String, Entry>;

/// Both lists.
#[derive(Debug, Default)]
pub struct Lists {
    known_gaps: List,
    deviations: List,
}

impl Lists {
    /// Reads the lists of the repository.
    ///
    /// # Errors
    /// A file cannot be read, or its content breaks a rule of [`Lists::parse`].
    pub fn load() -> Result<Self> {
        let read = |name: &str| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
            fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
        };
        Self::parse(&read(KNOWN_GAPS)?, &read(DEVIATIONS)?)
    }

    /// Reads both texts.
    ///
    /// # Errors
    /// A text is no list, a reason is empty, a known gap does not say what brings it, a deviation does, or a recording
    /// is in both lists.
    pub fn parse(known_gaps: &str, deviations: &str) -> Result<Self> {
        let known_gaps: List = toml::from_str(known_gaps).context(KNOWN_GAPS)?;
        let deviations: List = toml::from_str(deviations).context(DEVIATIONS)?;
        for (name, entry) in known_gaps.iter().chain(&deviations) {
            ensure!(!entry.reason.trim().is_empty(), "{name} gives no reason");
        }
        for (name, entry) in &known_gaps {
            let brings = entry.brings.as_deref().unwrap_or_default();
            ensure!(!brings.trim().is_empty(), "{KNOWN_GAPS}: {name} does not say what brings it");
            ensure!(!deviations.contains_key(name), "{name} is in {KNOWN_GAPS} and in {DEVIATIONS}");
        }
        for (name, entry) in &deviations {
            ensure!(entry.brings.is_none(), "{DEVIATIONS}: {name} stays: nothing brings it");
        }
        Ok(Self { known_gaps, deviations })
    }

    /// Why a recording need not pass, `None` when it must.
    pub fn get(&self, recording: &Recording) -> Option<Listing<'_>> {
        let name = recording.name();
        let gap = self.known_gaps.get(&name).map(Listing::KnownGap);
        gap.or_else(|| self.deviations.get(&name).map(Listing::Deviation))
    }

    /// The entries that name no recording.
    pub fn strays(&self, recordings: &[Recording]) -> Vec<String> {
        let known: HashSet<String> = recordings.iter().map(Recording::name).collect();
        let listed = [(KNOWN_GAPS, &self.known_gaps), (DEVIATIONS, &self.deviations)];
        let names = listed.into_iter().flat_map(|(file, list)| list.keys().map(move |name| (file, name)));
        names
            .filter(|(_, name)| !known.contains(*name))
            .map(|(file, name)| format!("{file}: {name}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAP: &str = r#""g/a" = { reason = "r", brings = "b" }"#;
    const DEVIATION: &str = r#""g/d" = { reason = "r" }"#;

    fn check_refused(known_gaps: &str, deviations: &str, expected: &str) {
        let error = format!("{:#}", Lists::parse(known_gaps, deviations).unwrap_err());
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn recording_is_found_in_its_list() {
        let lists = Lists::parse(GAP, DEVIATION).unwrap();
        let file = |stem: &str| lists.get(&Recording::new("g", stem, "")).map(Listing::file);
        assert_eq!((file("a"), file("d"), file("x")), (Some(KNOWN_GAPS), Some(DEVIATIONS), None));
    }

    #[test]
    fn entry_of_no_recording_is_a_stray() {
        let lists = Lists::parse(GAP, DEVIATION).unwrap();
        assert_eq!(lists.strays(&[Recording::new("g", "a", "")]), ["deviations.toml: g/d"]);
    }

    #[test]
    fn careless_entries_are_refused() {
        check_refused(r#""g/a" = { reason = " ", brings = "b" }"#, "", "gives no reason");
        check_refused(r#""g/a" = { reason = "r" }"#, "", "does not say what brings it");
        check_refused(r#""g/a" = { reason = "r", until = "x" }"#, "", "unknown field");
        check_refused("", GAP, "nothing brings it");
        check_refused(GAP, r#""g/a" = { reason = "r" }"#, "is in known-gaps.toml and in deviations.toml");
        check_refused(&format!("{GAP}\n{GAP}"), "", "duplicate key");
    }

    #[test]
    fn lists_of_the_repository_can_be_read() {
        Lists::load().unwrap();
    }
}
