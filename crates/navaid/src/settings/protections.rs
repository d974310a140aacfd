//! Keys that keep somebody out: what asks for a protection and does not count, and what nearly is such a key.

use super::catalog;
use super::conversion::{self, Reading};
use super::leaf::About;
use super::mistake::{Mistake, Notice, Weight};
use super::names::{answers, canonical};
use super::refusals::{TLS_STORES, TLS_SWITCHES};
use super::source::{Found, Origin, Sources, Written};

/// Switches of Nacos 3 for its other ports.
pub(crate) const AUTH_SWITCHES: [&str; 2] =
    ["nacos.core.auth.admin.enabled", "nacos.core.auth.console.enabled"];

/// Keys that ask for a protection with a yes.
fn switches() -> impl Iterator<Item = &'static str> {
    std::iter::once(catalog::AUTH_ENABLED.about.name).chain(AUTH_SWITCHES).chain(TLS_SWITCHES)
}

/// Keys that ask for a protection with any value.
fn values() -> impl Iterator<Item = &'static str> {
    let names = |about: &'static About| std::iter::once(about.name).chain(about.also.iter().copied());
    catalog::all().filter(|about| about.guards).flat_map(names).chain(TLS_STORES)
}

/// Values that ask for a protection and do not count, because a place above them, or another line of the same file,
/// says otherwise. What counts and asks is refused or obeyed elsewhere.
pub(crate) fn overridden(sources: &Sources) -> Vec<Notice> {
    let of_switch = |key| hidden(sources, key, is_asked_by_switch);
    let of_value = |key| hidden(sources, key, |text| !text.trim().is_empty());
    switches().flat_map(of_switch).chain(values().flat_map(of_value)).collect()
}

/// Everything but a plain no asks.
fn is_asked_by_switch(text: &str) -> bool {
    !matches!(conversion::switch(text), Reading::Plain(false) | Reading::Absent)
}

fn hidden(sources: &Sources, key: &str, asks: fn(&str) -> bool) -> Vec<Notice> {
    let Some(counting) = sources.find(key) else { return Vec::new() };
    let raw = |written: &Written| written.text.expose().to_owned();
    let text = |written: &Written| sources.resolve(written).map_or_else(|_| raw(written), |said| said.text);
    let counts = text(counting.written);
    let is_lost = |written: &&Written| {
        let said = text(written);
        let is_of_this_file = is_same_file(&written.origin, &counting.written.origin);
        asks(&said) && said != counts && (is_of_this_file || !asks(&counts))
    };
    let written = all_written(sources, key).into_iter().filter(is_lost);
    written.map(|written| notice(written, counting)).collect()
}

/// Every line and variable that answers `key`, those too that a later line of their file replaces.
fn all_written<'s>(sources: &'s Sources, key: &str) -> Vec<&'s Written> {
    let variable = sources.environment().and_then(|environment| environment.find(key));
    let lines = sources.keys().map(|(_, written)| written).filter(|written| answers(key, &written.name));
    lines.chain(variable).collect()
}

fn is_same_file(one: &Origin, other: &Origin) -> bool {
    match (one, other) {
        (Origin::File { path: one, .. }, Origin::File { path: other, .. }) => one == other,
        _ => one == other,
    }
}

fn notice(written: &Written, counting: Found<'_>) -> Notice {
    let by = counting.written;
    let text =
        format!("it asks for a protection and has no effect: {} ({}) counts instead", by.name, by.origin);
    Notice { weight: Weight::Warning, key: written.name.clone(), origin: written.origin.clone(), text }
}

/// Unknown keys that are a protection's key but for characters that nobody sees: a server must not stand open for one.
pub(crate) fn disguised(sources: &Sources) -> Vec<Mistake> {
    let meant = |written: &Written| {
        let visible: String = written.name.chars().filter(char::is_ascii_graphic).collect();
        let is_disguised = visible.len() < written.name.len();
        let is_same = |key: &&str| canonical(key) == canonical(&visible);
        is_disguised.then(|| switches().chain(values()).find(is_same)).flatten()
    };
    let mistake = |written: &Written, key: &str| Mistake {
        key: written.name.clone(),
        value: None,
        origin: written.origin.clone(),
        problem: format!("it is {key} but for characters that are not seen; write the key without them"),
    };
    sources.keys().filter_map(|(_, written)| meant(written).map(|key| mistake(written, key))).collect()
}
