//! Routing rules from the configuration centre: items with the tag `virtual-service` or `destination-rule`, in the form in
//! which Istio's users write them, become resources of the mesh (`spec/mesh` §8.3, §10.15).
//!
//! ```text
//! content ─ YAML or JSON ─▶ values ─ document (kind, metadata) ─ message (spec, by descriptor) ─▶ RoutingRule
//! ```
//!
//! Pure. An item counts as a whole or not at all: half of a set of rules would send requests to the wrong half.

mod document;
mod message;
mod path;
mod schema;
mod span;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use navaid_core::ConfigItem;
use prost_types::Any;
use serde_json::Value;
use serde_saphyr::{Budget, Options};

use self::path::{Mistake, Path};
use crate::{finding::Finding, kind::Kind, settings::Translation};

/// Bytes of a content. Kubernetes takes no resource of more than 1.5 MB either.
pub(crate) const CONTENT_MAX: usize = 1024 * 1024;
/// Documents of a content, divided by `---`.
pub(crate) const DOCUMENTS_MAX: usize = 64;
/// Values of a content, with those that an alias unfolds to.
const NODES_MAX: usize = 50_000;
/// How deep values are nested. The deepest of Istio's own are at 15.
const DEPTH_MAX: usize = 64;

/// One rule, as it is put into a resource of MCP.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RoutingRule {
    pub(crate) kind: Kind,
    /// `namespace/name`.
    pub(crate) name: String,
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) annotations: Vec<(String, String)>,
    pub(crate) body: Any,
}

/// What an item says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Routing {
    /// At least one; no two of one kind and name.
    pub(crate) rules: Vec<RoutingRule>,
    pub(crate) findings: Vec<Finding>,
}

/// Why an item is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the content is encrypted by its publisher")]
    Encrypted,
    #[error("the content has {0} bytes, and at most {CONTENT_MAX} are taken")]
    TooLong(usize),
    #[error("line {line}: {problem}")]
    Syntax { line: u64, problem: String },
    #[error("the content has {0} documents, and 1 to {DOCUMENTS_MAX} are taken")]
    Documents(usize),
    #[error(transparent)]
    Mistake(#[from] Mistake),
}

/// Whether an item is meant for the mesh: one of its tags holds one of these words, whatever its hyphens and case.
pub(crate) fn is_tagged(item: &ConfigItem) -> bool {
    item.description.tags.iter().flatten().any(|tag| {
        let word: String = tag.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
        word.contains("virtualservice") || word.contains("destinationrule")
    })
}

/// Reads an item.
///
/// # Errors
/// It cannot be taken: nothing of it is.
pub(crate) fn read(item: &ConfigItem, settings: &Translation) -> Result<Routing, Refusal> {
    if !item.encrypted_data_key.is_empty() {
        return Err(Refusal::Encrypted);
    }
    if item.content.len() > CONTENT_MAX {
        return Err(Refusal::TooLong(item.content.len()));
    }
    let documents = parse(&item.content.text())?;
    if documents.is_empty() || documents.len() > DOCUMENTS_MAX {
        return Err(Refusal::Documents(documents.len()));
    }
    let namespace = settings.istio_namespace.as_deref().unwrap_or_else(|| item.key.namespace());
    let (mut rules, mut findings, mut names) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (at, document) in documents.iter().enumerate() {
        let root = Path::Document((documents.len() > 1).then_some(at + 1));
        let rule = document::read(document, namespace, &root, &mut findings)?;
        if !names.insert((rule.kind, rule.name.clone())) {
            return Err(root.mistake(format!("{} comes a second time", rule.name)).into());
        }
        rules.push(rule);
    }
    Ok(Routing { rules, findings })
}

/// The documents of a content; empty ones, as after a last `---`, are left out.
fn parse(content: &str) -> Result<Vec<Value>, Refusal> {
    let parsed = serde_saphyr::from_multiple_with_options::<Value>(content, options());
    let mut documents = parsed.map_err(|error| Refusal::Syntax {
        line: error.location().map_or(0, |location| location.line()),
        problem: error.without_snippet().to_string().lines().next().unwrap_or_default().to_owned(),
    })?;
    documents.retain(|document| !document.is_null());
    Ok(documents)
}

fn options() -> Options {
    let budget: Option<Budget> = serde_saphyr::budget! {
        max_nodes: NODES_MAX, max_events: 2 * NODES_MAX, max_documents: 2 * DOCUMENTS_MAX, max_depth: DEPTH_MAX,
    };
    // By itself the parser takes `n`, `on` and others for flags, as YAML 1.1 did.
    serde_saphyr::options! { budget: budget, with_snippet: false, strict_booleans: true }
}
