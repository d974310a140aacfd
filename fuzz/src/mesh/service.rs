//! Services with any names, instances and metadata.

use std::sync::Arc;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use navaid_core::{
    ClusterName, Endpoint, GroupName, Instance, InstanceId, Metadata, NamespaceId, ServiceKey, ServiceName,
};
use navaid_mesh::{
    Translation,
    fuzzing::{Registered, what_is_sent_passes_the_rules},
};

/// Words that mean something in the metadata of a service or an instance.
const KEYS: [&str; 9] = [
    "protocol",
    "istio.protocol",
    "istio.hostname",
    "istio.port",
    "istio.locality",
    "region",
    "zone",
    "subzone",
    "app",
];
const PROTOCOLS: [&str; 8] = ["http", "tri", "h2c", "grpc-web", "tls", "dubbo", "udp", "REDIS"];
const SUFFIXES: [&str; 3] =
    ["nacos", "a.b", "sixty-four.characters.are.the.longest.suffix.that.settings.take.0"];

/// A service, and what the operator decided.
#[derive(Debug, Arbitrary)]
pub struct Service<'a> {
    namespace: &'a str,
    group: &'a str,
    name: &'a str,
    metadata: Vec<(Key<'a>, Value<'a>)>,
    instances: Vec<Listed<'a>>,
    suffix: u8,
    is_single_port: bool,
    is_hostname_verbatim: bool,
}

#[derive(Debug, Arbitrary)]
struct Listed<'a> {
    address: Address<'a>,
    port: u16,
    weight: Weight,
    metadata: Vec<(Key<'a>, Value<'a>)>,
    is_healthy: bool,
    is_enabled: bool,
}

#[derive(Debug, Arbitrary)]
enum Address<'a> {
    V4(u8),
    V6(u8),
    Name(u8),
    Any(&'a str),
}

#[derive(Debug, Arbitrary)]
enum Weight {
    Whole(u8),
    Any(f64),
}

#[derive(Debug, Arbitrary)]
enum Key<'a> {
    Known(u8),
    Any(&'a str),
}

#[derive(Debug, Arbitrary)]
enum Value<'a> {
    Protocol(u8),
    Any(&'a str),
}

impl Service<'_> {
    /// What is sent of it, if it has names that the registry takes.
    pub fn is_sent_as_the_mesh_takes_it(&self) {
        let Ok(name) = ServiceName::parse(self.name) else { return };
        let namespace = NamespaceId::parse(self.namespace).unwrap_or_default();
        let group = GroupName::parse(self.group).unwrap_or_default();
        let registered = Registered {
            key: ServiceKey::new(&namespace, &group, &name),
            metadata: metadata(&self.metadata),
            instances: self.instances.iter().map(|listed| Arc::new(listed.instance())).collect(),
        };
        let settings = Translation {
            suffix: one_of(&SUFFIXES, self.suffix).into(),
            is_single_port: self.is_single_port,
            is_hostname_verbatim: self.is_hostname_verbatim,
            ..Translation::default()
        };
        what_is_sent_passes_the_rules(&registered, &settings);
    }
}

impl Listed<'_> {
    fn instance(&self) -> Instance {
        let weight = match self.weight {
            Weight::Whole(weight) => weight.into(),
            Weight::Any(weight) => weight,
        };
        Instance {
            weight,
            enabled: self.is_enabled,
            healthy: self.is_healthy,
            ..instance(&self.address.text(), self.port, metadata(&self.metadata))
        }
    }
}

impl Address<'_> {
    fn text(&self) -> String {
        match self {
            Self::V4(host) => format!("10.0.0.{host}"),
            Self::V6(host) => format!("fd00::{host:x}"),
            Self::Name(host) => format!("host-{host}.example"),
            Self::Any(text) => (*text).to_owned(),
        }
    }
}

/// A service that is valid, to be told on a stream; one of few, so that it changes.
#[derive(Debug, Arbitrary)]
pub(super) struct Simple {
    number: u8,
    instances: u8,
    weight: u8,
    protocol: u8,
}

impl Simple {
    const COUNT: u8 = 4;
    const INSTANCES_COUNT: u8 = 3;

    pub(super) fn host(number: u8) -> String {
        format!("s{}.DEFAULT-GROUP.public.nacos", number % Self::COUNT)
    }

    pub(super) fn registered(&self) -> Registered {
        let instances = (0..self.instances % Self::INSTANCES_COUNT).map(|number| {
            let metadata = [("protocol", one_of(&PROTOCOLS, self.protocol))].into_iter().collect();
            let listed = instance(&format!("10.0.0.{number}"), 80, metadata);
            Instance { weight: self.weight.into(), ..listed }
        });
        named(&format!("s{}", self.number % Self::COUNT), instances)
    }
}

/// A service that is none of those: with it something changes in whatever a stream can ask for.
pub(super) fn newcomer() -> Registered {
    named("newcomer", [instance("10.0.0.1", 80, Metadata::default())].into_iter())
}

fn named(name: &str, instances: impl Iterator<Item = Instance>) -> Registered {
    let name = ServiceName::parse(name).expect("letters and a digit are a name");
    Registered {
        key: ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name),
        metadata: Metadata::default(),
        instances: instances.map(Arc::new).collect(),
    }
}

fn instance(ip: &str, port: u16, metadata: Metadata) -> Instance {
    Instance {
        endpoint: Endpoint { ip: ip.into(), port },
        cluster: ClusterName::default(),
        weight: 1.0,
        enabled: true,
        healthy: true,
        metadata,
        id: InstanceId::Simple,
    }
}

fn metadata(pairs: &[(Key<'_>, Value<'_>)]) -> Metadata {
    let text = |(key, value): &(Key<'_>, Value<'_>)| {
        let key = match key {
            Key::Known(at) => one_of(&KEYS, *at),
            Key::Any(text) => text,
        };
        let value = match value {
            Value::Protocol(at) => one_of(&PROTOCOLS, *at),
            Value::Any(text) => text,
        };
        (Arc::from(key), Arc::from(value))
    };
    pairs.iter().map(text).collect()
}

fn one_of<'a>(words: &[&'a str], at: u8) -> &'a str {
    words[usize::from(at) % words.len()]
}
