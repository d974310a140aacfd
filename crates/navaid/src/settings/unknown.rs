//! Keys that nobody knows: one warning each, with the name that was probably meant.

use std::collections::BTreeSet;

use super::catalog;
use super::effective::Idle;
use super::mistake::{Notice, Weight};
use super::names::{answers, canonical};
use super::recognised;
use super::secret::{MASK, is_secret};
use super::source::{LayerKind, NOT_FROM_FILES, Origin, Sources, Written};

/// Sorts out what was written without effect: unknown keys and keys a file cannot set become notices, keys of
/// Nacos that Navaid does not use become [`Idle`].
pub(crate) fn sort_out(sources: &Sources) -> (Vec<Notice>, Vec<Idle>) {
    let mut seen: BTreeSet<(&str, &Origin)> = BTreeSet::new();
    let mut notices = Vec::new();
    let mut idle = Vec::new();
    for (kind, written) in sources.keys() {
        if !seen.insert((&written.name, &written.origin)) {
            continue;
        }
        if kind == LayerKind::File && NOT_FROM_FILES.contains(&written.name.as_str()) {
            notices.push(warning(
                written,
                "it is not read from a file; set it with --set or as a variable".into(),
            ));
        } else if is_leaf(&written.name) {
        } else if recognised::is_recognised(&written.name) {
            let value = if is_secret(&written.name) { MASK } else { written.text.expose() };
            let (key, value) = (written.name.clone(), value.to_owned());
            idle.push(Idle { key, value, origin: written.origin.clone() });
        } else {
            notices.push(unknown(written, &written.name));
        }
    }
    notices.extend(unknown_variables(sources));
    (notices, idle)
}

/// Variables that are meant for Navaid by their name and that nothing reads.
fn unknown_variables(sources: &Sources) -> Vec<Notice> {
    let Some(environment) = sources.environment() else { return Vec::new() };
    let names = || leaf_names().filter(|name| name.starts_with("navaid."));
    let read: BTreeSet<&str> =
        names().filter_map(|name| environment.find(name)).map(|written| written.name.as_str()).collect();
    let mut unread: Vec<&Written> = environment
        .variables()
        .filter(|v| is_meant_for_navaid(&v.name) && !read.contains(v.name.as_str()))
        .collect();
    unread.sort_unstable_by_key(|written| &written.name);
    unread.into_iter().map(|w| unknown(w, &w.name.to_ascii_lowercase().replace('_', "."))).collect()
}

/// Whether a variable looks like a setting. Kubernetes gives every pod `NAVAID_SERVICE_HOST`, `NAVAID_PORT` and
/// more of them when a service is called navaid; those are not meant.
fn is_meant_for_navaid(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let rest = name.strip_prefix("navaid_");
    rest.is_some_and(|rest| !rest.starts_with("service_") && !rest.starts_with("port"))
}

fn unknown(written: &Written, name: &str) -> Notice {
    let text = match nearest(name) {
        Some(near) => format!("unknown setting; did you mean {near}?"),
        None => "unknown setting; it has no effect".to_owned(),
    };
    warning(written, text)
}

fn warning(written: &Written, text: String) -> Notice {
    Notice { weight: Weight::Warning, key: written.name.clone(), origin: written.origin.clone(), text }
}

fn leaf_names() -> impl Iterator<Item = &'static str> {
    catalog::all().flat_map(|about| std::iter::once(about.name).chain(about.also.iter().copied()))
}

fn is_leaf(written: &str) -> bool {
    leaf_names().any(|name| answers(name, written))
}

/// The known name nearest to `written`, if one is near enough to be meant: a third of the letters may differ
/// in a short name, fewer in a long one.
fn nearest(written: &str) -> Option<&'static str> {
    let plain = canonical(written);
    leaf_names()
        .chain(recognised::keys())
        .map(|name| (strsim::damerau_levenshtein(&plain, &canonical(name)), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| *distance <= (name.len() / 5).clamp(1, 4))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_name_is_found_within_a_few_letters() {
        for (written, meant) in [
            ("nacos.server.main.prot", "nacos.server.main.port"),
            ("server.prt", "server.port"),
            ("max-content", "maxContent"),
            ("nacos.config.push.max-retry-time", "nacos.config.push.maxRetryTime"),
            ("nacos.core.auth.enbled", "nacos.core.auth.enabled"),
            ("navaid.log.levl", "navaid.log.level"),
        ] {
            assert_eq!(nearest(written), Some(meant), "{written}");
        }
        for written in ["foo", "my.own.key", "x", ""] {
            assert_eq!(nearest(written), None, "{written}");
        }
    }
}
