//! `${name:default}` in values, resolved as Nacos 3.x does (Spring 6.2).
//!
//! Names are looked up over all sources; what is found is resolved again, text from the environment included.
//! `${…}` without an end stays text. A backslash before `${` makes it text (2.x keeps the backslash and
//! resolves instead: the one difference between the two that ordinary files can show).
//!
//! Bounds that Java lacks: [`MAX_DEPTH`] levels and [`MAX_LENGTH`] bytes, so that no file can exhaust the
//! stack or the memory of the server.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use super::secret::{MASK, is_secret};

/// Placeholders inside placeholders, and values that lead to values, at most this deep.
pub(crate) const MAX_DEPTH: usize = 32;

/// Longest text, in bytes, that may hold placeholders or come out of them.
pub(crate) const MAX_LENGTH: usize = 16 * 1024;

/// Lookups in one value at most; two names that each name the other twice would double at every level.
const MAX_LOOKUPS: usize = 1024;

/// Why a value cannot be resolved. Names only; never a piece of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PlaceholderError {
    /// No source has the name and the placeholder has no default.
    Unknown(String),
    /// The name's value leads back to the name.
    Cycle(String),
    /// Deeper than [`MAX_DEPTH`], longer than [`MAX_LENGTH`] or more than [`MAX_LOOKUPS`] lookups.
    TooLarge,
}

impl fmt::Display for PlaceholderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) if is_of_the_jvm(name) => {
                write!(f, "${{{name}}} is a property of the JVM, and there is none here")
            }
            Self::Unknown(name) => write!(f, "nothing gives a value for the placeholder ${{{name}}}"),
            Self::Cycle(name) => write!(f, "the placeholder ${{{name}}} leads back to itself"),
            Self::TooLarge => write!(
                f,
                "its placeholders are nested deeper than {MAX_DEPTH} levels or give more than {MAX_LENGTH} bytes"
            ),
        }
    }
}

/// A text without placeholders.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) text: String,
    /// Whether a placeholder took the value of a secret, so that the text must not be shown.
    pub(crate) secret: bool,
    /// Properties of the JVM that a placeholder asks for and that have no value here: their defaults count.
    pub(crate) of_the_jvm: Vec<String>,
}

/// Beginnings of the names that every JVM gives a value.
const JVM_NAMES: [&str; 9] =
    ["java.", "jdk.", "os.", "user.", "file.", "sun.", "native.encoding", "line.separator", "path.separator"];

/// Whether a Java server has a value for a name by itself.
fn is_of_the_jvm(name: &str) -> bool {
    JVM_NAMES.iter().any(|beginning| name.starts_with(beginning))
}

/// Resolves the placeholders of `text`; `lookup` gives the raw value of a name.
///
/// # Errors
/// [`PlaceholderError`], see there.
pub(crate) fn resolve(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<Resolved, PlaceholderError> {
    let mut resolver =
        Resolver { lookup, visited: Vec::new(), lookups: 0, secret: false, of_the_jvm: Vec::new() };
    let text = resolver.resolve(text, 0)?;
    Ok(Resolved { text, secret: resolver.secret, of_the_jvm: resolver.of_the_jvm })
}

const PREFIX: &str = "${";

struct Resolver<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    /// Names whose values are being resolved right now, to notice cycles.
    visited: Vec<String>,
    lookups: usize,
    secret: bool,
    of_the_jvm: Vec<String>,
}

/// A piece of a value, as a byte range of it: literal text, or the inside of a placeholder.
enum Part {
    Text(Range<usize>),
    Placeholder(Range<usize>),
}

impl Resolver<'_> {
    fn resolve(&mut self, text: &str, depth: usize) -> Result<String, PlaceholderError> {
        if !text.contains(PREFIX) {
            return Ok(text.to_owned());
        }
        if depth > MAX_DEPTH || text.len() > MAX_LENGTH {
            return Err(PlaceholderError::TooLarge);
        }
        let mut out = String::with_capacity(text.len());
        for part in parts(text) {
            match part {
                Part::Text(range) => out.push_str(&text[range]),
                Part::Placeholder(range) => out.push_str(&self.placeholder(&text[range], depth + 1)?),
            }
            if out.len() > MAX_LENGTH {
                return Err(PlaceholderError::TooLarge);
            }
        }
        Ok(out)
    }

    /// The value of `${inside}`: of the whole inside as a name, else of the name before the first colon, else
    /// the default behind it. What a secret's name gives is a secret, its default too.
    fn placeholder(&mut self, inside: &str, depth: usize) -> Result<String, PlaceholderError> {
        let (name, default) = split(inside);
        let before = std::mem::take(&mut self.secret);
        let name = self.resolve(&name, depth)?;
        let shown = if self.secret { MASK.to_owned() } else { name.clone() };
        self.secret |= before || is_secret(&name);
        if inside != name
            && !inside.contains(PREFIX)
            && let Some(value) = self.value(inside, depth)?
        {
            return Ok(value);
        }
        let hide = |error| match error {
            PlaceholderError::Cycle(cycle) if cycle == name => PlaceholderError::Cycle(shown.clone()),
            error => error,
        };
        if let Some(value) = self.value(&name, depth).map_err(hide)? {
            return Ok(value);
        }
        match default {
            Some(default) => {
                if is_of_the_jvm(&name) {
                    self.of_the_jvm.push(name);
                }
                self.resolve(default, depth)
            }
            None => Err(PlaceholderError::Unknown(shown)),
        }
    }

    fn value(&mut self, name: &str, depth: usize) -> Result<Option<String>, PlaceholderError> {
        self.lookups += 1;
        if self.lookups > MAX_LOOKUPS {
            return Err(PlaceholderError::TooLarge);
        }
        let Some(raw) = (self.lookup)(name) else { return Ok(None) };
        if self.visited.iter().any(|visited| visited == name) {
            return Err(PlaceholderError::Cycle(name.to_owned()));
        }
        self.secret |= is_secret(name);
        self.visited.push(name.to_owned());
        let value = self.resolve(&raw, depth + 1)?;
        self.visited.pop();
        Ok(Some(value))
    }
}

/// Cuts a text into literal pieces and the placeholders of its outermost level.
fn parts(text: &str) -> Vec<Part> {
    let ends = ends_of_braces(text);
    let mut parts = Vec::new();
    let mut done = 0;
    let mut from = 0;
    while let Some(start) = text[from..].find(PREFIX).map(|at| at + from) {
        let inside = start + PREFIX.len();
        match ends.get(&(inside - 1)) {
            Some(_) if text[done..start].ends_with('\\') => {
                parts.push(Part::Text(done..start - 1));
                done = start;
                from = inside;
            }
            Some(end) => {
                parts.push(Part::Text(done..start));
                parts.push(Part::Placeholder(inside..*end));
                done = end + 1;
                from = done;
            }
            None => from = inside,
        }
    }
    parts.push(Part::Text(done..text.len()));
    parts
}

/// Where each `{` that has an end has it: braces pair up. One pass, so that a text full of braces costs no more than its
/// length.
fn ends_of_braces(text: &str) -> HashMap<usize, usize> {
    let mut open = Vec::new();
    let mut ends = HashMap::new();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => open.push(at),
            b'}' => ends.extend(open.pop().map(|start| (start, at))),
            _ => {}
        }
    }
    ends
}

/// Name and default of a placeholder's inside, cut at the first colon that neither follows a backslash nor
/// stands inside an inner placeholder.
fn split(inside: &str) -> (String, Option<&str>) {
    let name_of = |raw: &str| raw.replace("\\:", ":");
    for part in parts(inside) {
        let Part::Text(range) = part else { continue };
        let start = range.start;
        for at in inside[range].match_indices(':').map(|(at, _)| start + at) {
            if !inside[..at].ends_with('\\') {
                return (name_of(&inside[..at]), Some(&inside[at + 1..]));
            }
        }
    }
    (name_of(inside), None)
}

#[cfg(test)]
mod tests;
