//! What Dubbo leaves in the server, by register mode, as it was seen on the wire.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::frameworks::witness::Witness;

const GROUP: &str = "DEFAULT_GROUP";
/// The interface with eighty methods, without a version and a Dubbo group.
const ORDERS: &str = "providers:shop.Orders::";
/// A nested interface with version 1.0.0 in the Dubbo group `grp/a`.
const DESK: &str = "providers:shop.Places___Desk:1.0.0:grp/a";
/// Nacos's own limit of metadata, in characters.
const NACOS_METADATA_MAX: usize = 1024;
/// Group and data id of an item that Dubbo asks for to see whether the server answers; also a service.
const PROBE: &str = "Dubbo-Nacos-Test";

/// What a provider registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Each interface, as a service of its own.
    Interface,
    /// The application.
    Application,
}

impl Mode {
    /// Dubbo's word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Mode::Interface => "interface",
            Mode::Application => "instance",
        }
    }

    /// The ports of all healthy providers.
    pub(super) fn ports(self, witness: Witness) -> Result<BTreeSet<String>> {
        let services: &[&str] = match self {
            Mode::Interface => &[ORDERS],
            Mode::Application => &["orders-a", "orders-b", "orders-c"],
        };
        let mut ports = BTreeSet::new();
        for service in services {
            ports.extend(witness.instances(GROUP, service)?.iter().map(|found| found["port"].to_string()));
        }
        Ok(ports)
    }

    /// All that the provider of an application has registered and published must be there.
    pub(super) fn holds(self, witness: Witness, application: &str) -> Result<()> {
        match self {
            Mode::Interface => interfaces_hold(witness, application),
            Mode::Application => application_holds(witness, application),
        }
    }

    /// Dubbo's mapping from interface to applications must name just these. Each provider adds its name by compare and
    /// set; none does so in interface mode.
    pub(super) fn mapping_names(self, witness: Witness, applications: &[&str]) -> Result<()> {
        for interface in ["shop.Orders", "shop.Places___Desk"] {
            let mapping = witness.content("mapping", interface)?;
            match self {
                Mode::Interface => ensure!(mapping.is_none(), "{interface} is mapped to {mapping:?}"),
                Mode::Application => {
                    let names: BTreeSet<&str> = mapping.iter().flat_map(|names| names.split(',')).collect();
                    let due: BTreeSet<&str> = applications.iter().copied().collect();
                    ensure!(names == due, "{interface} is mapped to {mapping:?}");
                }
            }
        }
        Ok(())
    }
}

/// What Dubbo asks for at its start must be as absent as it was.
pub(super) fn probe_is_absent(witness: Witness) -> Result<()> {
    let item = witness.content(PROBE, PROBE)?;
    ensure!(item.is_none(), "the probe is there: {item:?}");
    let instances = witness.instances(GROUP, PROBE)?;
    ensure!(instances.is_empty(), "the probe has instances: {instances:?}");
    Ok(())
}

fn interfaces_hold(witness: Witness, application: &str) -> Result<()> {
    let of_application = |found: &Value| found["metadata"]["application"] == application;
    let orders = only(witness, ORDERS, of_application)?;
    let metadata = &orders["metadata"];
    // Nacos's weight is always 1, Dubbo's own is metadata.
    ensure!(orders["weight"] == 1.0 && metadata["weight"] == "250", "weights of {orders}");
    ensure!(metadata["zone"] == "华东", "the parameter zone of {orders}");
    let methods = metadata["methods"].as_str().with_context(|| format!("methods of {orders}"))?;
    ensure!(methods.split(',').count() == 80, "methods of {orders}");
    let length = characters(metadata);
    ensure!(length > NACOS_METADATA_MAX, "metadata of only {length} characters: {orders}");
    let desk = only(witness, DESK, of_application)?;
    ensure!(desk["metadata"]["group"] == "grp/a", "the Dubbo group of {desk}");

    let described = json(witness, "dubbo", &format!("shop.Orders:::provider:{application}"))?;
    ensure!(described["methods"].as_array().is_some_and(|methods| methods.len() == 80), "{described}");
    let described =
        json(witness, "dubbo", &format!("shop.Places___Desk:1.0.0:grp-a:provider:{application}"))?;
    ensure!(described["parameters"]["interface"] == "shop.Places$Desk", "{described}");
    Ok(())
}

fn application_holds(witness: Witness, application: &str) -> Result<()> {
    let instance = only(witness, application, |_| true)?;
    let metadata = &instance["metadata"];
    ensure!(metadata["dubbo.metadata.storage-type"] == "remote", "the metadata of {instance}");
    let revision = metadata["dubbo.metadata.revision"].as_str().unwrap_or_default();
    let is_digest = revision.len() == 32 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    ensure!(is_digest, "the revision of {instance}");
    let described = json(witness, revision, application)?;
    ensure!(described["app"] == application, "{described}");
    let services = described["services"].as_object().with_context(|| format!("services in {described}"))?;
    ensure!(services.len() == 2, "{described}");
    Ok(())
}

/// The one healthy instance of a service that is meant.
fn only(witness: Witness, service: &str, is_meant: impl Fn(&Value) -> bool) -> Result<Value> {
    let mut found = witness.instances(GROUP, service)?;
    found.retain(is_meant);
    ensure!(found.len() == 1, "one instance of {service} in {found:?}");
    Ok(found.remove(0))
}

fn json(witness: Witness, group: &str, data_id: &str) -> Result<Value> {
    let content = witness.content(group, data_id)?;
    let content = content.with_context(|| format!("the item {data_id} in group {group} is not there"))?;
    serde_json::from_str(&content).with_context(|| format!("parse the item {data_id} in group {group}"))
}

/// Characters of all names and values.
fn characters(metadata: &Value) -> usize {
    let pairs = metadata.as_object().into_iter().flatten();
    let length = |text: &str| text.chars().count();
    pairs.map(|(name, value)| length(name) + length(value.as_str().unwrap_or_default())).sum()
}
