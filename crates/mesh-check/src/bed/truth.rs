//! What the server lists of a service, compared with what a sink would route to.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

use super::Instance;
use crate::registry::{Endpoint, Entries, Registry, Stored};

/// Weights that are no whole numbers are sent a hundredfold (`spec/mesh.md` §10.7).
const FRACTION_FACTOR: f64 = 100.0;
const LABEL_MAX: usize = 63;
/// Has the original name of a service whose host had to be rewritten (`spec/mesh.md` §10.4).
const ANNOTATION: &str = "navaid.io/service";

/// The instances that may be called, by `address:port`.
#[derive(Debug)]
pub struct Truth {
    service: String,
    host: String,
    instances: BTreeMap<String, Listed>,
}

#[derive(Debug)]
struct Listed {
    weight: f64,
    metadata: BTreeMap<String, String>,
}

impl Truth {
    /// Reads an answer to `GET /nacos/v1/ns/instance/list`.
    ///
    /// # Errors
    /// It is no list.
    pub fn of(instance: &Instance, list: &Value) -> Result<Self> {
        let hosts = list["hosts"].as_array().with_context(|| format!("hosts in {list}"))?;
        let callable = |host: &&Value| {
            host["enabled"] == true && host["healthy"] == true && host["weight"].as_f64() > Some(0.0)
        };
        let instances = hosts.iter().filter(callable).map(read).collect::<Result<_>>()?;
        Ok(Self { service: instance.annotated(), host: instance.host(), instances })
    }

    /// Looks whether a mesh routes to just these.
    ///
    /// # Errors
    /// The first difference.
    pub fn compare(&self, entries: &Entries, registry: &Registry) -> Result<(), String> {
        let host = host_of(entries, &self.service).unwrap_or(&self.host);
        let routed = registry.0.get(host).map(|service| service.endpoints()).unwrap_or_default();
        let (wanted, found): (Vec<_>, Vec<_>) = (self.instances.keys().collect(), routed.keys().collect());
        if wanted != found {
            return Err(format!("{host} should route to {wanted:?} and does to {found:?}"));
        }
        let factor = self.factor();
        for (address, listed) in &self.instances {
            let endpoint = &routed[address];
            if f64::from(endpoint.weight) != (listed.weight * factor).round().max(1.0) {
                return Err(format!("{address}: weight {} for {}", endpoint.weight, listed.weight));
            }
            if let Some(label) = listed.metadata.iter().find(|label| !has(endpoint, label)) {
                return Err(format!("{address}: the label {label:?} is missing in {:?}", endpoint.labels));
            }
        }
        Ok(())
    }

    fn factor(&self) -> f64 {
        match self.instances.values().all(|listed| listed.weight.fract() == 0.0) {
            true => 1.0,
            false => FRACTION_FACTOR,
        }
    }
}

/// The host of a Nacos service, by the annotation that names it.
fn host_of<'a>(entries: &'a Entries, service: &str) -> Option<&'a String> {
    let names = |stored: &&Stored| stored.annotations.get(ANNOTATION).is_some_and(|named| named == service);
    entries.values().find(names).and_then(|stored| stored.entry.hosts.first())
}

fn read(host: &Value) -> Result<(String, Listed)> {
    let address = format!("{}:{}", host["ip"].as_str().context("ip")?, host["port"]);
    let metadata = host["metadata"].as_object().context("metadata")?;
    let text = |(key, value): (&String, &Value)| (key.clone(), value.as_str().unwrap_or_default().to_owned());
    let metadata = metadata.iter().map(text).collect();
    Ok((address, Listed { weight: host["weight"].as_f64().context("weight")?, metadata }))
}

/// Metadata that is no label need not be one.
fn has(endpoint: &Endpoint, (key, value): &(&String, &String)) -> bool {
    let is_word = |text: &str| {
        let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = text.as_bytes();
        ends(bytes.first())
            && ends(bytes.last())
            && bytes.len() <= LABEL_MAX
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
    };
    !is_word(key) || !is_word(value) || endpoint.labels.get(*key) == Some(*value)
}
