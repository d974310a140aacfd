//! Doors for `fuzz`, which is a program of its own and feeds this crate what nobody would think of. They are there only
//! where everything is built with `--cfg fuzzing`.

mod dialect;
mod mirror;
mod stream;

use std::sync::Arc;

use navaid_core::{Instance, Metadata, ServiceKey, Timestamp};

use crate::{
    encode::{self, oracle},
    kind::Kind,
    resource::Resource,
    settings::Translation,
    translate::{ServicePort, Source, Translated, translate},
};

pub use stream::Stream;

/// A service as clients and operators may have made it.
#[derive(Debug)]
pub struct Registered {
    pub key: ServiceKey,
    pub metadata: Metadata,
    pub instances: Vec<Arc<Instance>>,
}

/// Whatever is registered, what is sent of it passes every consumer's checks; so does what is left when all its
/// instances are gone.
///
/// # Panics
/// It does not, or not twice alike.
pub fn what_is_sent_passes_the_rules(service: &Registered, settings: &Translation) {
    let Some(ports) = checked(service, &[], settings) else { return };
    let empty =
        Registered { instances: Vec::new(), metadata: service.metadata.clone(), key: service.key.clone() };
    assert!(checked(&empty, &ports, settings).is_some(), "a service that lost its instances stays");
}

fn checked(service: &Registered, ports: &[ServicePort], settings: &Translation) -> Option<Vec<ServicePort>> {
    let translated = translated(service, ports, settings);
    let refused = translated.findings.iter().find(|finding| finding.to_string().starts_with("left out: "));
    assert_eq!(refused, None, "translation keeps the rules that it is checked by");
    let again = self::translated(service, ports, settings);
    assert_eq!(format!("{translated:?}"), format!("{again:?}"), "weights that are no numbers equal nothing");
    let service = translated.service?;
    oracle::check(&service, settings);
    Some(service.ports)
}

fn translated(service: &Registered, ports: &[ServicePort], settings: &Translation) -> Translated {
    let source = Source {
        key: &service.key,
        metadata: Some(&service.metadata),
        instances: &service.instances,
        seen: &service.instances,
        created: Timestamp(1),
        ports,
        is_taken: &|_| false,
    };
    translate(&source, settings, &|_, _| None)
}

fn resources(service: &Registered) -> Vec<(Kind, Resource)> {
    let settings = Translation::default();
    let translated = translated(service, &[], &settings);
    translated.service.map(|service| encode::resources(&service, &settings)).unwrap_or_default()
}
