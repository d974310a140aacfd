//! What an operator set on an instance, beside what its client publishes: a call of Navaid's own.

use navaid_core::{
    Instance, Metadata, ServiceKey,
    command::{Overlay, OverlayTarget},
};
use serde::Serialize;

use super::shown::ShownMetadata;

/// Answer of `GET …/instance/override`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownOverride<'a> {
    service_name: &'a str,
    ip: &'a str,
    port: u16,
    cluster_name: &'a str,
    /// What counts.
    #[serde(rename = "override")]
    set: Values<'a>,
    /// What would count without it; null while the instance is not registered.
    published: Option<Values<'a>>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Values<'a> {
    enabled: bool,
    weight: f64,
    metadata: ShownMetadata<'a>,
}

impl<'a> ShownOverride<'a> {
    pub fn of(
        key: &'a ServiceKey,
        target: &'a OverlayTarget,
        set: &'a Overlay,
        published: Option<&'a Instance>,
    ) -> Self {
        let values = |enabled, weight, metadata: &'a Metadata| Values {
            enabled,
            weight,
            metadata: ShownMetadata(metadata),
        };
        Self {
            service_name: key.grouped(),
            ip: &target.endpoint.ip,
            port: target.endpoint.port,
            cluster_name: target.cluster.as_str(),
            set: values(set.enabled, set.weight, &set.metadata),
            published: published.map(|shown| values(shown.enabled, shown.weight, &shown.metadata)),
        }
    }
}
