//! Keys that nobody knows: one warning each, with the name that was probably meant.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use super::catalog;
use super::effective::Idle;
use super::mistake::{Notice, Weight, bounded};
use super::names::{canonical, is_relaxed};
use super::recognised;
use super::secret::{MASK, conceals};
use super::source::{Environment, LayerKind, NOT_FROM_FILES, Origin, Sources, Written};

/// Unknown keys that are told one by one; of the rest only the number.
const MAX_NOTICES: usize = 100;

/// Longest name, in bytes, for which the nearest known one is looked for.
const MAX_MISSPELT: usize = 100;

/// Sorts out what was written without effect: unknown keys and keys a file cannot set become notices, keys of
/// Nacos that Navaid does not use become [`Idle`].
pub(crate) fn sort_out(sources: &Sources) -> (Vec<Notice>, Vec<Idle>) {
    let mut seen: BTreeSet<(&str, &Origin)> = BTreeSet::new();
    let mut found = Vec::new();
    let mut idle = Vec::new();
    for (kind, written) in sources.keys() {
        if !seen.insert((&written.name, &written.origin)) {
            continue;
        }
        if matches!(kind, LayerKind::File(_)) && NOT_FROM_FILES.contains(&written.name.as_str()) {
            found.push((written, Problem::NotFromFiles));
        } else if LEAVES.has(&written.name) {
        } else if recognised::is_recognised(&written.name) {
            let raw = written.text.expose();
            let value = if conceals(&written.name, raw) { MASK } else { raw };
            let (key, value) = (written.name.clone(), value.to_owned());
            idle.push(Idle { key, value, origin: written.origin.clone() });
        } else {
            found.push((written, Problem::Unknown));
        }
    }
    let more = found.len().saturating_sub(MAX_NOTICES + 1); // one too many, so that the rest is counted
    found.truncate(MAX_NOTICES + 1);
    let mut notices: Vec<Notice> =
        found.into_iter().map(|(written, problem)| problem.notice(written)).collect();
    if more > 0 {
        notices.truncate(MAX_NOTICES);
        if let Some(last) = notices.last().cloned() {
            notices
                .push(Notice { text: format!("{} more keys after this one are unknown", more + 1), ..last });
        }
    }
    if let Some(environment) = sources.environment() {
        notices.extend(unknown_variables(environment));
        notices.extend(snake_variables(environment));
        notices.extend(bounded(raft_variables(environment), MAX_NOTICES));
    }
    (notices, idle)
}

/// Why a key has no effect.
#[derive(Debug, Clone, Copy)]
enum Problem {
    NotFromFiles,
    Unknown,
}

impl Problem {
    fn notice(self, written: &Written) -> Notice {
        match self {
            Self::NotFromFiles => {
                warning(written, "it is not read from a file; set it with --set or as a variable".into())
            }
            Self::Unknown => unknown(written, &written.name),
        }
    }
}

/// Whether a key is a setting, or one of Nacos that has no effect yet.
pub(crate) fn is_known(key: &str) -> bool {
    LEAVES.has(key) || NOT_FROM_FILES.contains(&key) || recognised::is_recognised(key)
}

/// All names of settings, as [`answers`](super::names::answers) compares them.
struct Leaves {
    exact: HashSet<&'static str>,
    relaxed: HashSet<String>,
}

static LEAVES: LazyLock<Leaves> = LazyLock::new(|| Leaves {
    exact: leaf_names().collect(),
    relaxed: leaf_names().filter(|name| is_relaxed(name)).map(canonical).collect(),
});

impl Leaves {
    fn has(&self, written: &str) -> bool {
        self.exact.contains(written) || self.relaxed.contains(&canonical(written))
    }
}

/// Variables with `_` between the words of a name with capitals: a Java server does not read them either.
fn snake_variables(environment: &Environment) -> Vec<Notice> {
    let snake = |name: &str| {
        let mut out = String::with_capacity(name.len() + 4);
        for c in name.chars() {
            if c.is_ascii_uppercase() {
                out.push('_');
            }
            out.push(if c == '.' { '_' } else { c.to_ascii_uppercase() });
        }
        out
    };
    let unread = |name: &'static str| {
        let written = environment.exact(&snake(name)).filter(|_| !is_relaxed(name))?;
        let is_read =
            leaf_names().any(|name| environment.find(name).is_some_and(|read| read.name == written.name));
        let right = name.replace('.', "_").to_uppercase();
        (!is_read)
            .then(|| warning(written, format!("it has no effect, as on a Java server: {right} sets {name}")))
    };
    leaf_names().filter_map(unread).collect()
}

/// A Java server makes keys of these that it never looks for.
fn raft_variables(environment: &Environment) -> Vec<Notice> {
    let is_meant =
        |written: &&Written| written.name.to_ascii_uppercase().starts_with("NACOS_CORE_PROTOCOL_RAFT_DATA_");
    let mut unread: Vec<&Written> = environment.variables().filter(is_meant).collect();
    unread.sort_unstable_by_key(|written| &written.name);
    let text = "it has no effect, as on a Java server without the same key in its file";
    unread.into_iter().map(|written| warning(written, text.to_owned())).collect()
}

/// Variables that are meant for Navaid by their name and that nothing reads.
fn unknown_variables(environment: &Environment) -> Vec<Notice> {
    let names = || leaf_names().filter(|name| name.starts_with("navaid."));
    let read: BTreeSet<&str> =
        names().filter_map(|name| environment.find(name)).map(|written| written.name.as_str()).collect();
    let mut unread: Vec<&Written> = environment
        .variables()
        .filter(|v| is_meant_for_navaid(&v.name) && !read.contains(v.name.as_str()))
        .collect();
    unread.sort_unstable_by_key(|written| &written.name);
    let notices = unread.into_iter().map(|w| unknown(w, &w.name.to_ascii_lowercase().replace('_', ".")));
    bounded(notices.collect(), MAX_NOTICES)
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

/// The known name nearest to `written`, if one is near enough to be meant: a third of the letters may differ
/// in a short name, fewer in a long one.
fn nearest(written: &str) -> Option<&'static str> {
    if written.len() > MAX_MISSPELT {
        return None;
    }
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
