//! Instances as Prometheus discovers them over HTTP (`spec/http-naming-core` §14.3).

use std::collections::BTreeMap;

use navaid_core::Instance;
use serde::Serialize;

/// An address to be scraped, with labels from the instance's metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScrapeTarget<'a> {
    targets: [String; 1],
    labels: BTreeMap<String, &'a str>,
}

impl<'a> From<&'a Instance> for ScrapeTarget<'a> {
    fn from(instance: &'a Instance) -> Self {
        let (ip, port) = (&instance.endpoint.ip, instance.endpoint.port);
        let address = if ip.contains(':') { format!("[{ip}]:{port}") } else { format!("{ip}:{port}") };
        let labels = instance.metadata.iter().map(|(key, value)| (key.replace(['.', '-'], "_"), value));
        let cluster = [("__meta_clusterName".to_owned(), instance.cluster.as_str())];
        Self { targets: [address], labels: labels.chain(cluster).collect() }
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::{ClusterName, Endpoint, InstanceId};

    use super::*;

    fn shown(ip: &str) -> String {
        let instance = Instance {
            endpoint: Endpoint { ip: ip.into(), port: 8080 },
            cluster: ClusterName::default(),
            weight: 1.0,
            enabled: true,
            healthy: true,
            metadata: [("zone", "a"), ("app.kubernetes-name", "x")].into_iter().collect(),
            id: InstanceId::Simple,
        };
        serde_json::to_string(&ScrapeTarget::from(&instance)).unwrap()
    }

    #[test]
    fn a_target_has_its_metadata_under_names_that_labels_may_have() {
        let labels = r#""labels":{"__meta_clusterName":"DEFAULT","app_kubernetes_name":"x","zone":"a"}}"#;
        assert_eq!(shown("10.0.0.7"), format!(r#"{{"targets":["10.0.0.7:8080"],{labels}"#));
        assert!(shown("::1").starts_with(r#"{"targets":["[::1]:8080"]"#));
    }
}
