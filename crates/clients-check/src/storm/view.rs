//! What clients should hold of the services: the instances that are enabled, as text and as digest.
//!
//! The text has a line for each instance, `ip:port:weight:healthy:key=value,…`, sorted.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, Result};
use md5::{Digest, Md5};
use serde_json::Value;

/// One instance; all are healthy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Instance {
    pub(super) ip: String,
    pub(super) port: u16,
    pub(super) weight: u16,
    pub(super) enabled: bool,
    /// The value of the one metadata key, [`METADATA_KEY`].
    pub(super) round: u16,
}

pub(super) const METADATA_KEY: &str = "round";

/// The instances of all services.
#[derive(Debug, Default)]
pub(super) struct Views(BTreeMap<(u16, String), Instance>);

impl Views {
    /// Registers an instance, or changes it.
    pub(super) fn put(&mut self, service: u16, instance: Instance) {
        self.0.insert((service, instance.ip.clone()), instance);
    }

    pub(super) fn remove(&mut self, service: u16, ip: &str) {
        self.0.remove(&(service, ip.to_owned()));
    }

    /// What is held of a service.
    pub(super) fn text(&self, service: u16) -> String {
        let instances = self.0.iter().filter(|((of, _), instance)| *of == service && instance.enabled);
        joined(instances.map(|(_, instance)| {
            let Instance { ip, port, weight, round, .. } = instance;
            format!("{ip}:{port}:{weight}.0:true:{METADATA_KEY}={round}")
        }))
    }

    pub(super) fn digest(&self, service: u16) -> String {
        digest(&self.text(service))
    }
}

/// The digest of an instance list that the server answered.
///
/// # Errors
/// It is no such list.
pub(super) fn digest_of_list(list: &Value) -> Result<String> {
    let hosts = list["hosts"].as_array().with_context(|| format!("hosts in {list}"))?;
    let lines: Option<Vec<String>> = hosts.iter().map(line).collect();
    Ok(digest(&joined(lines.with_context(|| format!("instances in {list}"))?.into_iter())))
}

fn line(host: &Value) -> Option<String> {
    let metadata: BTreeMap<&str, &str> =
        host["metadata"].as_object()?.iter().filter_map(|(k, v)| Some((k.as_str(), v.as_str()?))).collect();
    let pairs: Vec<String> = metadata.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let (ip, port) = (host["ip"].as_str()?, host["port"].as_u64()?);
    let (weight, healthy) = (host["weight"].as_f64()?, host["healthy"].as_bool()?);
    Some(format!("{ip}:{port}:{weight:.1}:{healthy}:{}", pairs.join(",")))
}

fn joined(lines: impl Iterator<Item = String>) -> String {
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    lines.join("\n")
}

fn digest(text: &str) -> String {
    Md5::digest(text).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a text grows as needed");
        hex
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn instance(ip: &str, enabled: bool) -> Instance {
        Instance { ip: ip.to_owned(), port: 80, weight: 2, enabled, round: 3 }
    }

    #[test]
    fn server_list_and_changes_come_to_the_same_digest() {
        let mut views = Views::default();
        views.put(1, instance("10.0.0.2", true));
        views.put(1, instance("10.0.0.10", true));
        views.put(1, instance("10.0.0.3", false));
        views.put(2, instance("10.0.0.4", true));
        views.put(1, instance("10.0.0.5", true));
        views.remove(1, "10.0.0.5");
        let host = |ip: &str| json!({"ip": ip, "port": 80, "weight": 2.0, "healthy": true, "metadata": {"round": "3"}});
        let list = json!({"hosts": [host("10.0.0.2"), host("10.0.0.10")]});
        assert_eq!(digest_of_list(&list).unwrap(), views.digest(1));
        assert_eq!(views.text(1), "10.0.0.10:80:2.0:true:round=3\n10.0.0.2:80:2.0:true:round=3");
    }

    #[test]
    fn service_without_instances_has_the_digest_of_nothing() {
        assert_eq!(digest_of_list(&json!({"hosts": []})).unwrap(), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(Views::default().digest(0), "d41d8cd98f00b204e9800998ecf8427e");
        assert!(digest_of_list(&json!({"code": 500})).is_err());
    }
}
