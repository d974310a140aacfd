//! The rules of comparison: what of an answer may differ from the recorded one, and what breaks a client.
//!
//! Every key and value that the reference sent must be there. Extra keys, a `null` key that is missing and the
//! Content-Type are notes. `{"$any": TYPE}` stands for a value that differed between two runs of the reference: only its
//! type counts.

mod pairing;

use std::collections::HashSet;
use std::fmt;

use crate::json::Json;
use pairing::pair_up;

/// The key of the object that stands for any value of a type.
const ANY: &str = "$any";

/// Whether a difference counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// A client that relies on the recorded answer breaks.
    Fail,
    /// Clients do not notice.
    Note,
}

/// One difference between the recorded and the given answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub severity: Severity,
    /// Where in the answer: a path such as `$.data.count`, `status`, `header NAME`, or `exchange` when there was no answer.
    pub place: String,
    /// What was wanted and what came.
    pub text: String,
}

impl Difference {
    pub(crate) fn fail(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self { severity: Severity::Fail, place: place.into(), text: text.into() }
    }

    fn note(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self { severity: Severity::Note, place: place.into(), text: text.into() }
    }

    /// Whether a client would break.
    pub fn is_fail(&self) -> bool {
        self.severity == Severity::Fail
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.is_fail() { "" } else { "(note) " };
        write!(formatter, "{mark}{}: {}", self.place, self.text)
    }
}

/// The paths of lists whose order is free; `[*]` in one stands for every index.
#[derive(Debug, Default)]
pub(crate) struct Unordered(HashSet<String>);

impl Unordered {
    pub(crate) fn new(paths: impl IntoIterator<Item = String>) -> Self {
        Self(paths.into_iter().collect())
    }

    fn covers(&self, path: &str) -> bool {
        !self.0.is_empty() && (self.0.contains(path) || self.0.contains(&any_index(path)))
    }
}

/// The differences of an answer from the recorded one (`want`); an empty `want` accepts everything.
pub(crate) fn compare_answer(want: &Json, got: &Json, unordered: &Unordered) -> Vec<Difference> {
    let mut out = Vec::new();
    for (key, wanted) in want.fields() {
        match (key.as_str(), got.get(key)) {
            ("headers", found) => compare_headers(wanted, found.unwrap_or(&Json::Null), &mut out),
            ("elapsed_at_least_s", found) => compare_elapsed(wanted, found, &mut out),
            (_, Some(found)) => {
                let root = if matches!(key.as_str(), "json" | "body") { "$" } else { key };
                out.extend(compare(wanted, found, root, unordered));
            }
            (_, None) => {
                let came = got.fields().iter().filter(|(name, _)| name != "headers").cloned().collect();
                let text =
                    format!("want {key} {}, got {}", short(wanted, 160), short(&Json::Object(came), 160));
                out.push(Difference::fail(key.as_str(), text));
            }
        }
    }
    out
}

fn compare_headers(want: &Json, got: &Json, out: &mut Vec<Difference>) {
    for (name, wanted) in want.fields() {
        let place = || format!("header {name}");
        let found = got.get(name).and_then(Json::as_text);
        match wanted {
            Json::Text(wanted) if name == "content-type" => {
                // The media type may matter to someone, its parameters do not.
                let (wanted, found) = (media_type(wanted), media_type(found.unwrap_or_default()));
                if wanted != found {
                    out.push(Difference::note(place(), format!("want '{wanted}', got '{found}'")));
                }
            }
            Json::Text(wanted) if found != Some(wanted) => {
                let found = found.map_or("none".to_owned(), |found| format!("'{found}'"));
                out.push(Difference::fail(place(), format!("want '{wanted}', got {found}")));
            }
            Json::Object(_) if found.is_none() && any_kind(wanted) != Some("optional") => {
                out.push(Difference::fail(place(), "missing"));
            }
            _ => {}
        }
    }
}

fn media_type(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default()
}

fn compare_elapsed(want: &Json, got: Option<&Json>, out: &mut Vec<Difference>) {
    let (Some(want), got) = (want.as_number(), got.and_then(Json::as_number).unwrap_or(0.0)) else { return };
    if got < want {
        out.push(Difference::fail("elapsed", format!("answered after {got} s, want at least {want} s")));
    }
}

/// The differences of one value; `path` is where it stands.
pub(crate) fn compare(want: &Json, got: &Json, path: &str, unordered: &Unordered) -> Vec<Difference> {
    if let Some(kind) = any_kind(want) {
        let text = || format!("want any {kind}, got {}", short(got, 120));
        return if is_of_kind(got, kind) { Vec::new() } else { vec![Difference::fail(path, text())] };
    }
    match (want, got) {
        (Json::Object(wanted), Json::Object(found)) => compare_objects(wanted, found, path, unordered),
        (Json::List(wanted), Json::List(found)) => compare_lists(wanted, found, path, unordered),
        _ if is_same_scalar(want, got) => Vec::new(),
        _ => vec![Difference::fail(path, format!("want {}, got {}", short(want, 160), short(got, 160)))],
    }
}

fn compare_objects(
    want: &[(String, Json)],
    got: &[(String, Json)],
    path: &str,
    unordered: &Unordered,
) -> Vec<Difference> {
    let mut out = Vec::new();
    for (key, wanted) in want {
        let place = format!("{path}.{key}");
        match got.iter().find(|(name, _)| name == key) {
            Some((_, found)) => out.extend(compare(wanted, found, &place, unordered)),
            None if any_kind(wanted) == Some("optional") => {}
            None => {
                let text = format!("missing, want {}", short(wanted, 120));
                let harmless = *wanted == Json::Null;
                out.push(if harmless {
                    Difference::note(place, text)
                } else {
                    Difference::fail(place, text)
                });
            }
        }
    }
    let extra = got.iter().filter(|(key, _)| !want.iter().any(|(name, _)| name == key));
    out.extend(extra.map(|(key, value)| {
        Difference::note(format!("{path}.{key}"), format!("extra: {}", short(value, 80)))
    }));
    out
}

fn compare_lists(want: &[Json], got: &[Json], path: &str, unordered: &Unordered) -> Vec<Difference> {
    if want.len() != got.len() {
        return vec![Difference::fail(path, format!("want {} items, got {}", want.len(), got.len()))];
    }
    let pairs = if unordered.covers(path) {
        pair_up(want, got, path, unordered)
    } else {
        want.iter().zip(got).collect()
    };
    let compared = pairs.into_iter().enumerate();
    compared.flat_map(|(index, (w, g))| compare(w, g, &format!("{path}[{index}]"), unordered)).collect()
}

fn is_same_scalar(want: &Json, got: &Json) -> bool {
    match (want, got) {
        (Json::Number(want), Json::Number(got)) => want == got || want.as_f64() == got.as_f64(),
        _ => want == got,
    }
}

/// The type that `{"$any": TYPE}` names, `None` for every other value.
fn any_kind(value: &Json) -> Option<&str> {
    if let [(key, Json::Text(kind))] = value.fields()
        && key == ANY
    {
        Some(kind)
    } else {
        None
    }
}

fn is_of_kind(value: &Json, kind: &str) -> bool {
    match kind {
        "value" | "optional" => true,
        "number" => matches!(value, Json::Number(_)),
        "string" => matches!(value, Json::Text(_)),
        "list" => matches!(value, Json::List(_)),
        _ => false,
    }
}

/// The path with every index replaced by `[*]`.
fn any_index(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for (number, part) in path.split('[').enumerate() {
        out.push_str(if number > 0 { "[" } else { "" });
        match part.split_once(']') {
            Some((index, rest))
                if number > 0 && !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit()) =>
            {
                out.push_str("*]");
                out.push_str(rest);
            }
            _ => out.push_str(part),
        }
    }
    out
}

/// The canonical text of a value, at most `limit` characters of it.
fn short(value: &Json, limit: usize) -> String {
    value.canonical().chars().take(limit).collect()
}

#[cfg(test)]
mod tests;
