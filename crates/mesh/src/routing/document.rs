//! A document: which rule it is, what it is called, and what it says. As in Kubernetes, whose own fields in an exported
//! resource (`metadata.uid`, `status`, ...) mean nothing here and are passed over.

use prost_types::Any;
use serde_json::{Map, Value};

use super::{
    RoutingRule, message,
    path::{Mistake, Path},
    schema::{SHAPES, Shape},
};
use crate::{
    dns_name::{is_host_name, is_label},
    finding::Finding,
    kind::Kind,
    label::{is_key, is_value},
};

const API_GROUP: &str = "networking.istio.io/";
/// (!) An istiod of another revision would skip the rule, and delete one that it knew (`spec/istiod-as-seen` §4).
const REVISION: &str = "istio.io/rev";
/// What Kubernetes writes into the metadata of a resource that it stores.
const KUBERNETES_OWN: [&str; 11] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "managedFields",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// Reads a document. `namespace` is Istio's, where the document has none.
///
/// # Errors
/// It is no rule, or has something that a rule has not.
pub(super) fn read(
    document: &Value,
    namespace: &str,
    root: &Path<'_>,
    findings: &mut Vec<Finding>,
) -> Result<RoutingRule, Mistake> {
    let fields = mapping(document, root)?;
    refuse_others(fields, &["apiVersion", "kind", "metadata", "spec", "status"], root)?;
    let version = text(fields, "apiVersion", root)?.and_then(|text| text.strip_prefix(API_GROUP));
    if !version.is_some_and(is_label) {
        return Err(Path::Field(root, "apiVersion").mistake("networking.istio.io/VERSION was expected"));
    }
    let kind = text(fields, "kind", root)?;
    let shape = SHAPES
        .iter()
        .find(|shape| kind == Some(shape.kind.word()))
        .ok_or_else(|| Path::Field(root, "kind").mistake("VirtualService or DestinationRule was expected"))?;
    let metadata = metadata(fields.get("metadata"), namespace, root, findings)?;
    let at = Path::Field(root, "spec");
    let spec = fields.get("spec").filter(|spec| !spec.is_null());
    let spec = spec.ok_or_else(|| at.mistake("it is missing"))?;
    let body = message::encode(&shape.spec(), spec, &at)?;
    check_host(shape, spec, &at)?;
    Ok(RoutingRule {
        kind: shape.kind,
        name: metadata.name,
        labels: metadata.labels,
        annotations: metadata.annotations,
        body: Any { type_url: shape.body.to_owned(), value: body },
    })
}

/// istiod drops a rule for no host, and says so in its own log only.
fn check_host(shape: &Shape, spec: &Value, at: &Path<'_>) -> Result<(), Mistake> {
    let has_host = spec.get("host").and_then(Value::as_str).is_some_and(|host| !host.is_empty());
    if shape.kind == Kind::DestinationRule && !has_host {
        return Err(Path::Field(at, "host").mistake("it is missing"));
    }
    Ok(())
}

struct Metadata {
    /// `namespace/name`.
    name: String,
    labels: Vec<(String, String)>,
    annotations: Vec<(String, String)>,
}

fn metadata(
    given: Option<&Value>,
    namespace: &str,
    root: &Path<'_>,
    findings: &mut Vec<Finding>,
) -> Result<Metadata, Mistake> {
    let at = Path::Field(root, "metadata");
    let fields = mapping(given.unwrap_or(&Value::Null), &at)?;
    let known = ["name", "namespace", "labels", "annotations"];
    refuse_others(fields, &[&known[..], &KUBERNETES_OWN].concat(), &at)?;
    let name = text(fields, "name", &at)?.filter(|name| is_host_name(name));
    let name = name.ok_or_else(|| Path::Field(&at, "name").mistake("a DNS name was expected"))?;
    let namespace = match text(fields, "namespace", &at)? {
        Some(own) if is_label(own) => own,
        Some(_) => return Err(Path::Field(&at, "namespace").mistake("a DNS label was expected")),
        None => namespace,
    };
    let name = format!("{namespace}/{name}");
    let mut drop_label = |label: &str| {
        findings.push(Finding::LabelDropped { rule: name.as_str().into(), label: label.into() });
    };
    let mut labels = pairs(fields, "labels", &at)?;
    labels.retain(|(key, value)| {
        let is_kept = key != REVISION && is_key(key) && is_value(value);
        if !is_kept {
            drop_label(super::path::clip(key));
        }
        is_kept
    });
    let mut annotations = pairs(fields, "annotations", &at)?;
    annotations.retain(|(key, _)| {
        let is_kept = is_key(key);
        if !is_kept {
            drop_label(super::path::clip(key));
        }
        is_kept
    });
    Ok(Metadata { name, labels, annotations })
}

/// Names with texts, by name.
fn pairs(fields: &Map<String, Value>, name: &str, at: &Path<'_>) -> Result<Vec<(String, String)>, Mistake> {
    let at = Path::Field(at, name);
    let Some(given) = fields.get(name).filter(|given| !given.is_null()) else { return Ok(Vec::new()) };
    let pair = |(key, value): (&String, &Value)| match value {
        Value::String(value) => Ok((key.clone(), value.clone())),
        _ => Err(Path::Key(&at, key).mistake("a text was expected: put it in quotes")),
    };
    let mut pairs: Vec<_> = mapping(given, &at)?.iter().map(pair).collect::<Result<_, _>>()?;
    pairs.sort();
    Ok(pairs)
}

fn mapping<'v>(value: &'v Value, at: &Path<'_>) -> Result<&'v Map<String, Value>, Mistake> {
    value.as_object().ok_or_else(|| at.mistake("a mapping was expected"))
}

/// A text that may be missing.
fn text<'v>(fields: &'v Map<String, Value>, name: &str, at: &Path<'_>) -> Result<Option<&'v str>, Mistake> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Path::Field(at, name).mistake("a text was expected: put it in quotes")),
    }
}

fn refuse_others(fields: &Map<String, Value>, known: &[&str], at: &Path<'_>) -> Result<(), Mistake> {
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Path::Field(at, name).mistake("there is no such field")),
        None => Ok(()),
    }
}
