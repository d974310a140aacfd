//! What is wrong with the settings, and what is worth saying about them.

use std::fmt;

use super::source::Origin;

/// One value that cannot be used, or one thing asked for that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The key, as it was written.
    pub key: String,
    /// The value, masked when it is a secret; `None` when there is nothing to show.
    pub value: Option<String>,
    /// Where it was written.
    pub origin: Origin,
    /// What is wrong, or what would be accepted.
    pub problem: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", visible(&self.key))?;
        if let Some(value) = &self.value {
            write!(f, " = {:?}", cut(value))?;
        }
        write!(f, " ({}): {}", self.origin, escaped(&shortened(&self.problem, MAX_SENTENCE)))
    }
}

/// Characters of a key or a value that are printed at most.
const MAX_SHOWN: usize = 200;
/// Characters of a sentence about a key, which may hold names and paths.
const MAX_SENTENCE: usize = 1000;

/// The beginning of a text.
fn cut(text: &str) -> String {
    shortened(text, MAX_SHOWN)
}

fn shortened(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The beginning of a key, with what is not seen in it escaped.
pub(crate) fn visible(key: &str) -> String {
    escaped(&cut(key))
}

/// Escapes what would not be seen, or would start a line of its own.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\'' | '\\' => out.push(c),
            c => out.extend(c.escape_debug()),
        }
    }
    out
}

/// All mistakes of one start; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [one] => write!(f, "cannot use the settings: {one}"),
            many => {
                write!(f, "cannot use the settings, {} mistakes:", many.len())?;
                many.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
            }
        }
    }
}

/// How much a notice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Unexpected; the author should change something.
    Warning,
    /// Good to know.
    Note,
}

/// Something worth one log line at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How much it matters.
    pub weight: Weight,
    /// The key it is about, as written; a file's name when it is about the file.
    pub key: String,
    /// Where that was written.
    pub origin: Origin,
    /// The sentence; never a value of a secret.
    pub text: String,
}

impl Notice {
    /// The notice as it may be printed: nothing in it is unseen or endless.
    pub(crate) fn printable(mut self) -> Self {
        self.key = visible(&self.key);
        self.text = escaped(&shortened(&self.text, MAX_SENTENCE));
        self
    }
}

/// The first `max` of many notices of one kind, and how many more there are.
pub(crate) fn bounded(mut notices: Vec<Notice>, max: usize) -> Vec<Notice> {
    let more = notices.len().saturating_sub(max);
    if more > 0 {
        notices.truncate(max);
        if let Some(last) = notices.last().cloned() {
            notices.push(Notice { text: format!("and {more} more like this one: {}", last.text), ..last });
        }
    }
    notices
}
