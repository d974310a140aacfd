//! The requests of the recordings: every path and payload that clients are known to send, to be sent with something
//! wrong.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use conformance::recordings;
use serde_json::Value;

/// A recorded HTTP request, without its headers.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HttpRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) parameters: Vec<(String, String)>,
}

/// A recorded gRPC call.
#[derive(Debug)]
pub(crate) struct GrpcCall {
    pub(crate) kind: String,
    pub(crate) body: Value,
}

/// The HTTP requests to the main port, one of each method, path and set of parameter names.
pub(crate) fn http_requests() -> Result<Vec<HttpRequest>> {
    let mut shapes = BTreeSet::new();
    let mut requests = Vec::new();
    for step in steps("http")? {
        let request = HttpRequest::of(&step)?;
        let names: Vec<_> = request.parameters.iter().map(|(name, _)| name.clone()).collect();
        if step.get("console").is_none()
            && shapes.insert((request.method.clone(), request.path.clone(), names))
        {
            requests.push(request);
        }
    }
    Ok(requests)
}

/// Every recorded gRPC call with a JSON body.
pub(crate) fn grpc_calls() -> Result<Vec<GrpcCall>> {
    let call = |step: &Value| {
        let body = step.get("body").filter(|body| body.is_object())?;
        Some(GrpcCall { kind: text(&step["type"])?, body: body.clone() })
    };
    Ok(steps("call")?.iter().filter_map(call).collect())
}

impl HttpRequest {
    fn of(step: &Value) -> Result<Self> {
        let pairs = ["query", "form"].iter().filter_map(|place| step.get(place)?.as_object()).flatten();
        Ok(Self {
            method: text(&step["method"]).context("a method")?,
            path: plain(&text(&step["path"]).context("a path")?),
            parameters: pairs
                .filter_map(|(name, value)| Some((name.clone(), plain(value.as_str()?))))
                .collect(),
        })
    }
}

/// What all recordings have under a key of their steps.
fn steps(action: &str) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    for recording in recordings()? {
        let json: Value = serde_json::from_str(&recording.text()?)?;
        let steps = json["steps"].as_array().with_context(|| format!("steps of {}", recording.name()))?;
        found.extend(steps.iter().filter_map(|step| step.get(action)).cloned());
    }
    Ok(found)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// A text whose variables are replaced by a word.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for (number, piece) in text.split("${").enumerate() {
        match (number, piece.split_once('}')) {
            (1.., Some((_, rest))) => out.extend(["x", rest]),
            _ => out.push_str(piece),
        }
    }
    out
}
