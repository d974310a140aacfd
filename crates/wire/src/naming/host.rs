//! Instances as answers show them: hosts (`spec/naming-semantics` §1.3, §5.2).

use std::time::Duration;

use navaid_core::{Instance, InstanceId, Lifetime, Metadata, ServiceKey};

use super::reserved::{self, BeatTimes};
use crate::json::writer;

/// Which keys a host has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostKeys {
    /// Those of 2.x and later.
    Modern,
    /// `valid` and `marked` as well, which lists of 1.x have.
    Legacy,
    /// As `Legacy`, with a `serviceName` that has no group: paths of the DNS plugins.
    LegacyBareName,
}

/// Writes the instances of one service.
pub struct HostWriter {
    /// `group@@name`, escaped.
    grouped: Vec<u8>,
    /// `name`, escaped.
    bare: Vec<u8>,
    ephemeral: bool,
    keys: HostKeys,
}

impl HostWriter {
    pub fn new(service: &ServiceKey, lifetime: Lifetime, keys: HostKeys) -> Self {
        let escaped = |text: &str| {
            let mut out = Vec::with_capacity(text.len());
            writer::string_part(&mut out, text);
            out
        };
        let bare = if keys == HostKeys::LegacyBareName { escaped(service.name()) } else { Vec::new() };
        Self { grouped: escaped(service.grouped()), bare, ephemeral: lifetime.is_ephemeral(), keys }
    }

    /// Appends one host object; `healthy` is what is shown.
    pub fn write(&self, out: &mut Vec<u8>, instance: &Instance, healthy: bool) {
        out.extend_from_slice(b"{\"instanceId\":\"");
        self.write_id(out, instance);
        out.extend_from_slice(b"\",\"ip\":");
        writer::string(out, &instance.endpoint.ip);
        out.extend_from_slice(b",\"port\":");
        writer::whole(out, instance.endpoint.port.into());
        out.extend_from_slice(b",\"weight\":");
        writer::double(out, instance.weight);
        out.extend_from_slice(b",\"healthy\":");
        writer::flag(out, healthy);
        out.extend_from_slice(b",\"enabled\":");
        writer::flag(out, instance.enabled);
        out.extend_from_slice(b",\"ephemeral\":");
        writer::flag(out, self.ephemeral);
        out.extend_from_slice(b",\"clusterName\":");
        writer::string(out, instance.cluster.as_str());
        out.extend_from_slice(b",\"serviceName\":\"");
        let is_bare = self.keys == HostKeys::LegacyBareName;
        out.extend_from_slice(if is_bare { &self.bare } else { &self.grouped });
        out.extend_from_slice(b"\",\"metadata\":");
        write_metadata(out, &instance.metadata);
        write_derived(out, instance);
        if self.keys != HostKeys::Modern {
            out.extend_from_slice(b",\"valid\":");
            writer::flag(out, healthy);
            // Set by nobody: 1.x has the flag, and no call that sets it.
            out.extend_from_slice(b",\"marked\":false");
        }
        out.push(b'}');
    }

    fn write_id(&self, out: &mut Vec<u8>, instance: &Instance) {
        match &instance.id {
            InstanceId::Given(id) => writer::string_part(out, id),
            InstanceId::Simple => {
                writer::string_part(out, &instance.endpoint.ip);
                out.push(b'#');
                writer::whole(out, instance.endpoint.port.into());
                out.push(b'#');
                out.extend_from_slice(instance.cluster.as_str().as_bytes());
                out.push(b'#');
                out.extend_from_slice(&self.grouped);
            }
        }
    }
}

/// Appends metadata as an object.
pub(super) fn write_metadata(out: &mut Vec<u8>, metadata: &Metadata) {
    out.push(b'{');
    for (at, (key, value)) in metadata.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        writer::string(out, key);
        out.push(b':');
        writer::string(out, value);
    }
    out.push(b'}');
}

/// The four values that Java derives from the metadata.
fn write_derived(out: &mut Vec<u8>, instance: &Instance) {
    let times = BeatTimes::of(&instance.metadata);
    let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    out.extend_from_slice(b",\"instanceHeartBeatInterval\":");
    writer::whole(out, millis(times.interval));
    out.extend_from_slice(b",\"instanceHeartBeatTimeOut\":");
    writer::whole(out, millis(times.timeout));
    out.extend_from_slice(b",\"ipDeleteTimeout\":");
    writer::whole(out, millis(times.delete_timeout));
    if let Some(generator) = reserved::shown_generator(&instance.metadata) {
        out.extend_from_slice(b",\"instanceIdGenerator\":");
        writer::string(out, generator);
    }
}

/// A JSON list of hosts, each with the health that it is shown with: `data` of the v3 client list.
pub fn list<'h>(
    service: &ServiceKey,
    lifetime: Lifetime,
    hosts: impl IntoIterator<Item = (&'h Instance, bool)>,
) -> Vec<u8> {
    let writer = HostWriter::new(service, lifetime, HostKeys::Modern);
    let mut out = vec![b'['];
    for (instance, healthy) in hosts {
        if out.len() > 1 {
            out.push(b',');
        }
        writer.write(&mut out, instance, healthy);
    }
    out.push(b']');
    out
}
