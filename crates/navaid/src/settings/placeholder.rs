//! `${name:default}` in values, resolved as Nacos 3.x does (Spring 6.2).
//!
//! Names are looked up over all sources; what is found is resolved again, text from the environment included.
//! `${…}` without an end stays text. A backslash before `${` makes it text (2.x keeps the backslash and
//! resolves instead: the one difference between the two that ordinary files can show).
//!
//! Bounds that Java lacks: [`MAX_DEPTH`] levels and [`MAX_LENGTH`] bytes, so that no file can exhaust the
//! stack or the memory of the server.

use std::fmt;
use std::ops::Range;

use super::secret::is_secret;

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
}

/// Resolves the placeholders of `text`; `lookup` gives the raw value of a name.
///
/// # Errors
/// [`PlaceholderError`], see there.
pub(crate) fn resolve(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<Resolved, PlaceholderError> {
    let mut resolver = Resolver { lookup, visited: Vec::new(), lookups: 0, secret: false };
    let text = resolver.resolve(text, 0)?;
    Ok(Resolved { text, secret: resolver.secret })
}

const PREFIX: &str = "${";

struct Resolver<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    /// Names whose values are being resolved right now, to notice cycles.
    visited: Vec<String>,
    lookups: usize,
    secret: bool,
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
    /// the default behind it.
    fn placeholder(&mut self, inside: &str, depth: usize) -> Result<String, PlaceholderError> {
        let (name, default) = split(inside);
        let name = self.resolve(&name, depth)?;
        if inside != name
            && !inside.contains(PREFIX)
            && let Some(value) = self.value(inside, depth)?
        {
            return Ok(value);
        }
        if let Some(value) = self.value(&name, depth)? {
            return Ok(value);
        }
        match default {
            Some(default) => self.resolve(default, depth),
            None => Err(PlaceholderError::Unknown(name)),
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
    let mut parts = Vec::new();
    let mut done = 0;
    let mut from = 0;
    while let Some(start) = text[from..].find(PREFIX).map(|at| at + from) {
        let inside = start + PREFIX.len();
        match end_of(text, inside) {
            Some(_) if text[done..start].ends_with('\\') => {
                parts.push(Part::Text(done..start - 1));
                done = start;
                from = inside;
            }
            Some(end) => {
                parts.push(Part::Text(done..start));
                parts.push(Part::Placeholder(inside..end));
                done = end + 1;
                from = done;
            }
            None => from = inside,
        }
    }
    parts.push(Part::Text(done..text.len()));
    parts
}

/// Where the `}` stands that ends a placeholder whose inside starts at `from`: braces inside it pair up.
fn end_of(text: &str, from: usize) -> Option<usize> {
    let mut open = 0usize;
    for (at, byte) in text.bytes().enumerate().skip(from) {
        match byte {
            b'{' => open += 1,
            b'}' if open == 0 => return Some(at),
            b'}' => open -= 1,
            _ => {}
        }
    }
    None
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
