//! Reads leaves one by one out of the sources and gathers what is wrong, odd and worth listing.
//!
//! A value that cannot be used becomes a mistake and its leaf the default, so that reading goes on and all
//! mistakes are reported together.

use super::conversion::Reading;
use super::effective::Row;
use super::leaf::{About, Leaf};
use super::mistake::{Mistake, Notice, Weight};
use super::names::answers;
use super::secret::{MASK, Secret, conceals, is_secret};
use super::source::{FileRole, Found, Origin, Sources, Written};

/// See the module.
pub(crate) struct Reader<'a> {
    sources: &'a Sources,
    pub(crate) mistakes: Vec<Mistake>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) rows: Vec<Row>,
}

/// A written value with its placeholders resolved.
pub(crate) struct Text<'a> {
    pub(crate) written: &'a Written,
    pub(crate) value: String,
    secret: bool,
}

impl Text<'_> {
    /// The value as it may be shown.
    pub(crate) fn shown(&self) -> String {
        if self.secret { MASK.to_owned() } else { self.value.clone() }
    }
}

impl<'a> Reader<'a> {
    /// A reader that has read nothing yet.
    pub(crate) fn new(sources: &'a Sources) -> Self {
        Self { sources, mistakes: Vec::new(), notices: Vec::new(), rows: Vec::new() }
    }

    /// The value of a leaf: what was written, or its default.
    pub(crate) fn read<T>(&mut self, leaf: &Leaf<T>) -> T {
        let about = &leaf.about;
        let found = self.find(about);
        let text = found.and_then(|found| self.text(found.written));
        let secret = is_secret(about.name) || text.as_ref().is_some_and(|text| text.secret);
        let written = text.as_ref().map(|text| Secret::new(text.value.as_str()));
        let (value, origin) = match text {
            None => (default_of(leaf), Origin::Default),
            Some(text) => match (leaf.parse)(about, &text.value) {
                Reading::Plain(value) => (value, text.written.origin.clone()),
                Reading::Odd(value, note) => {
                    self.notice(Weight::Warning, text.written, note);
                    (value, text.written.origin.clone())
                }
                Reading::Absent => {
                    self.emptied(about, &text);
                    (default_of(leaf), Origin::Default)
                }
                Reading::Refused => {
                    self.refuse(&text, format!("expected {}", about.accepts.describe()));
                    (default_of(leaf), Origin::Default)
                }
            },
        };
        let (key, derived) = (about.name, about.derived);
        self.rows.push(Row { key, value: (leaf.show)(&value), secret, origin, written, derived });
        value
    }

    /// Deals with a leaf that was written without a value: a protection must not go away like this, and whoever wrote
    /// another value below wonders where it went.
    fn emptied(&mut self, about: &About, text: &Text<'_>) {
        if about.guards {
            let problem = "it is empty, and what it protects would stand open; remove it if that is meant";
            return self.refuse(text, problem);
        }
        let names = std::iter::once(&about.name).chain(about.also);
        let below = names.flat_map(|name| self.sources.find_all(name));
        let hidden =
            below.map(|found| found.written).find(|written| !written.text.expose().trim().is_empty());
        if let Some(hidden) = hidden {
            let note = format!("it is empty, so the default counts, not {} ({})", hidden.name, hidden.origin);
            self.notice(Weight::Warning, text.written, note);
        }
    }

    /// Replaces the listed value of a leaf that was derived, so that the listing shows what counts.
    pub(crate) fn derived<T>(&mut self, leaf: &Leaf<T>, value: impl ToString) {
        if let Some(row) = self.rows.iter_mut().rev().find(|row| row.key == leaf.about.name) {
            row.value = value.to_string();
        }
    }

    /// The text written under a name that is no leaf; `None` when it is absent or cannot be resolved.
    pub(crate) fn raw(&mut self, name: &str) -> Option<Text<'a>> {
        let found = self.sources.find(name)?;
        self.text(found.written)
    }

    /// The texts of a list that is no leaf, and the role of the file it is from; those that cannot be resolved are
    /// mistakes.
    pub(crate) fn list(&mut self, name: &str) -> (Vec<Text<'a>>, Option<FileRole>) {
        let (written, role) = self.sources.find_list(name);
        (written.into_iter().filter_map(|written| self.text(written)).collect(), role)
    }

    /// Whether somebody wrote a key, in whatever place.
    pub(crate) fn is_written(&self, name: &str) -> bool {
        self.sources.find(name).is_some()
    }

    /// Notes that a value cannot be used.
    pub(crate) fn refuse(&mut self, text: &Text<'_>, problem: impl Into<String>) {
        self.mistakes.push(Mistake {
            key: text.written.name.clone(),
            value: Some(text.shown()),
            origin: text.written.origin.clone(),
            problem: problem.into(),
        });
    }

    /// Notes something about a written value.
    pub(crate) fn notice(&mut self, weight: Weight, about: &Written, text: impl Into<String>) {
        let notice =
            Notice { weight, key: about.name.clone(), origin: about.origin.clone(), text: text.into() };
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }

    /// The value that counts for a leaf. Of the leaf's names the one in the highest layer counts, of two in
    /// one layer the newer name; where the newer name always counts, it does not matter in which layer it is.
    fn find(&mut self, about: &About) -> Option<Found<'a>> {
        let names = std::iter::once(&about.name).chain(about.also);
        let mut all: Vec<Found<'a>> = names.flat_map(|name| self.sources.find_all(name)).collect();
        all.sort_by_key(|found| found.rank);
        let is_newer = |found: &Found<'_>| {
            let is_of_a_user = self.sources.role(found.rank) != Some(FileRole::Image);
            about.newer_counts
                && is_of_a_user
                && !about.also.iter().any(|old| answers(old, &found.written.name))
        };
        if let Some(at) = all.iter().position(is_newer) {
            let newer = all.remove(at);
            all.insert(0, newer);
        }
        let first = *all.first()?;
        for hidden in &all[1..] {
            if self.is_surprising(first, *hidden) {
                let counting = first.written;
                let text = format!("it has no effect: {} counts ({})", counting.name, counting.origin);
                self.notice(Weight::Warning, hidden.written, text);
            }
        }
        Some(first)
    }

    /// Whether somebody who wrote `hidden` would wonder why `counting` counts: it has another name, or it is a
    /// variable below a file, and the values differ.
    fn is_surprising(&self, counting: Found<'_>, hidden: Found<'_>) -> bool {
        let (first, second) = (counting.written, hidden.written);
        let below_a_file =
            matches!((&first.origin, &second.origin), (Origin::File { .. }, Origin::Variable(_)));
        (below_a_file || !answers(&first.name, &second.name))
            && self.sources.resolve(first) != self.sources.resolve(second)
    }

    fn text(&mut self, written: &'a Written) -> Option<Text<'a>> {
        match self.sources.resolve(written) {
            Ok(resolved) => {
                let secret = resolved.secret || conceals(&written.name, &resolved.text);
                for name in &resolved.of_the_jvm {
                    let text = format!(
                        "${{{name}}} is a property of the JVM and has no value here: its default counts"
                    );
                    self.notice(Weight::Warning, written, text);
                }
                if resolved.text.contains("${") {
                    self.notice(Weight::Warning, written, "${ in it stays as it is, as on a Java server");
                }
                Some(Text { written, value: resolved.text, secret })
            }
            Err(error) => {
                let raw = written.text.expose();
                let value = if conceals(&written.name, raw) { MASK } else { raw };
                let mistake = Mistake {
                    key: written.name.clone(),
                    value: Some(value.to_owned()),
                    origin: written.origin.clone(),
                    problem: error.to_string(),
                };
                if !self.mistakes.contains(&mistake) {
                    self.mistakes.push(mistake); // a key may be asked for twice
                }
                None
            }
        }
    }
}

/// The value of a leaf that nobody wrote.
fn default_of<T>(leaf: &Leaf<T>) -> T {
    (leaf.unset)().unwrap_or_else(|| match (leaf.parse)(&leaf.about, leaf.about.default) {
        Reading::Plain(value) | Reading::Odd(value, _) => value,
        Reading::Absent | Reading::Refused => unreachable!("{} has no default", leaf.about.name),
    })
}
