//! Core values inside answers: metadata as an object, hosts as JSON that is written already.

use navaid_core::{Instance, Lifetime, Metadata, ServiceKey};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::host::{self, HostKeys, HostWriter};

/// Metadata as a JSON object, in key order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShownMetadata<'a>(pub &'a Metadata);

impl Serialize for ShownMetadata<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(self.0.iter())
    }
}

/// A list of hosts as it stands in answers; each with the health that it is shown with.
pub fn hosts<'h>(
    service: &ServiceKey,
    lifetime: Lifetime,
    hosts: impl IntoIterator<Item = (&'h Instance, bool)>,
) -> Box<RawValue> {
    raw(host::list(service, lifetime, hosts))
}

/// One host as it stands in answers.
pub fn host(service: &ServiceKey, lifetime: Lifetime, instance: &Instance) -> Box<RawValue> {
    let mut out = Vec::with_capacity(400);
    HostWriter::new(service, lifetime, HostKeys::Modern).write(&mut out, instance, instance.healthy);
    raw(out)
}

fn raw(json: Vec<u8>) -> Box<RawValue> {
    let text = String::from_utf8(json).expect("hosts are written as text");
    RawValue::from_string(text).expect("hosts are written as JSON")
}
