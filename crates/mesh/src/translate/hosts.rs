//! Host names: `service.group.namespace.suffix`, and what instances ask for instead (`spec/mesh` §10.3, §10.4).

use std::{collections::BTreeSet, sync::Arc};

use navaid_core::{Instance, ServiceKey, name::DEFAULT_GROUP};
use sha2::{Digest, Sha256};

use crate::{
    dns_name::{is_host_name, is_label},
    finding::Finding,
    settings::Translation,
};

/// Characters of an illegal label that are kept in front of its digest.
const KEPT: usize = 54;
/// What is left of the longest host name for `service.group.namespace` when the suffix is as long as suffixes get.
const NAME_MAX: usize = 180;
/// Host names that instances of one service may ask for; further ones are not looked at.
const ASKED_MAX: usize = 8;

/// `service.group.namespace` as DNS labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostName(String);

impl HostName {
    /// Names that are valid already stay as they are; of others each illegal label is rewritten, and bears a digest of
    /// what it was.
    pub(crate) fn of(key: &ServiceKey, findings: &mut Vec<Finding>) -> Self {
        let group = if key.group() == DEFAULT_GROUP { "DEFAULT-GROUP" } else { key.group() };
        let given = format!("{}.{group}.{}", key.name(), key.namespace());
        let mut name = given.split('.').map(legal).collect::<Vec<_>>().join(".");
        if name.len() > NAME_MAX {
            name = format!("{}.{}", digested(key.name()), digested(&format!("{group}.{}", key.namespace())));
        }
        if name != given {
            findings.push(Finding::NameRewritten { given: given.into(), host: name.as_str().into() });
        }
        Self(name)
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

/// The names by which a service is called: what its instances ask for, else its own. Several are sorted behind its own.
pub(super) fn hosts(
    name: &HostName,
    instances: &[Arc<Instance>],
    settings: &Translation,
    findings: &mut Vec<Finding>,
) -> Vec<Arc<str>> {
    let own: Arc<str> = format!("{}.{}", name.0, settings.suffix).into();
    let mut asked = BTreeSet::new();
    for given in instances.iter().filter_map(|host| host.metadata.get("istio.hostname")) {
        if asked.len() >= ASKED_MAX || given.trim().is_empty() {
            continue;
        }
        match asked_host(given.trim(), settings) {
            Some(host) => _ = asked.insert(host),
            None => note_once(findings, Finding::InvalidHost { given: given.into() }),
        }
    }
    asked.remove(&own);
    match asked.len() {
        0 => vec![own],
        1 => asked.into_iter().collect(),
        _ => std::iter::once(own).chain(asked).collect(),
    }
}

/// Those that no other service has: one that is taken costs the service no other. If all that its instances ask for are
/// taken, it has its own; none if that is taken as well.
pub(super) fn free(
    hosts: Vec<Arc<str>>,
    name: &HostName,
    settings: &Translation,
    is_taken: &dyn Fn(&str) -> bool,
    findings: &mut Vec<Finding>,
) -> Option<Vec<Arc<str>>> {
    let (taken, free): (Vec<_>, Vec<_>) = hosts.into_iter().partition(|host| is_taken(host));
    findings.extend(taken.iter().map(|host| Finding::HostTaken { host: host.clone() }));
    if !free.is_empty() {
        return Some(free);
    }
    let own: Arc<str> = format!("{}.{}", name.0, settings.suffix).into();
    (!taken.contains(&own) && !is_taken(&own)).then(|| vec![own])
}

/// A name with a dot is taken as it is where that is set, or where it has the suffix; otherwise the suffix follows.
fn asked_host(given: &str, settings: &Translation) -> Option<Arc<str>> {
    let suffix = &settings.suffix;
    let has_suffix = given.strip_suffix(&**suffix).is_some_and(|rest| rest.ends_with('.'));
    let is_whole = given.contains('.') && (settings.is_hostname_verbatim || has_suffix);
    let host = if is_whole { given.to_owned() } else { format!("{given}.{suffix}") };
    is_host_name(&host).then(|| host.into())
}

fn note_once(findings: &mut Vec<Finding>, finding: Finding) {
    if !findings.contains(&finding) {
        findings.push(finding);
    }
}

fn legal(label: &str) -> String {
    if is_label(label) { label.to_owned() } else { digested(label) }
}

/// The text with `-` for what is illegal, and 8 hexadecimal digits of its SHA-256.
fn digested(text: &str) -> String {
    let legal = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let kept: String = text.chars().take(KEPT).map(legal).collect();
    let digest = Sha256::digest(text.as_bytes());
    let digest = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    match kept.trim_matches('-') {
        "" => format!("{digest:08x}"),
        kept => format!("{kept}-{digest:08x}"),
    }
}
