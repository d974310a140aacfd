//! What a test registers.

use serde_json::{Map, Value, json};

/// An instance; it is persistent unless [`Instance::ephemeral`] is asked for.
#[derive(Clone, Debug)]
pub struct Instance {
    pub namespace: String,
    pub group: String,
    pub service: String,
    pub ip: String,
    pub port: u16,
    weight: String,
    enabled: bool,
    is_ephemeral: bool,
    metadata: Map<String, Value>,
}

impl Instance {
    /// An instance of a service in the default group and namespace.
    pub fn new(service: &str, ip: &str, port: u16) -> Self {
        Self {
            namespace: "public".to_owned(),
            group: "DEFAULT_GROUP".to_owned(),
            service: service.to_owned(),
            ip: ip.to_owned(),
            port,
            weight: "1".to_owned(),
            enabled: true,
            is_ephemeral: false,
            metadata: Map::new(),
        }
    }

    #[must_use]
    pub fn group(mut self, group: &str) -> Self {
        self.group = group.to_owned();
        self
    }

    #[must_use]
    pub fn namespace(mut self, namespace: &str) -> Self {
        self.namespace = namespace.to_owned();
        self
    }

    /// As it is written in a call: what is no number is sent too.
    #[must_use]
    pub fn weight(mut self, weight: &str) -> Self {
        self.weight = weight.to_owned();
        self
    }

    #[must_use]
    pub fn metadata(mut self, key: &str, value: &str) -> Self {
        self.metadata.insert(key.to_owned(), value.into());
        self
    }

    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.enabled = false;
        self
    }

    /// It is gone when it does not beat.
    #[must_use]
    pub fn ephemeral(mut self) -> Self {
        self.is_ephemeral = true;
        self
    }

    /// The host of its service in the mesh, where no name needs to be rewritten (`spec/mesh.md` §10.3).
    pub fn host(&self) -> String {
        let group = if self.group == "DEFAULT_GROUP" { "DEFAULT-GROUP" } else { &self.group };
        format!("{}.{group}.{}.nacos", self.service, self.namespace)
    }

    /// `address:port`.
    pub fn address(&self) -> String {
        format!("{}:{}", self.ip, self.port)
    }

    /// How its service is named in an annotation of the mesh.
    pub fn annotated(&self) -> String {
        format!("{}@@{}@@{}", self.namespace, self.group, self.service)
    }

    pub(super) fn grouped(&self) -> String {
        format!("{}@@{}", self.group, self.service)
    }

    pub(super) fn service_parameters(&self) -> Vec<(&'static str, String)> {
        vec![("namespaceId", self.namespace.clone()), ("serviceName", self.grouped())]
    }

    pub(super) fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut parameters = self.service_parameters();
        parameters.extend([
            ("ip", self.ip.clone()),
            ("port", self.port.to_string()),
            ("weight", self.weight.clone()),
            ("enabled", self.enabled.to_string()),
            ("ephemeral", self.is_ephemeral.to_string()),
            ("metadata", Value::Object(self.metadata.clone()).to_string()),
        ]);
        parameters
    }

    pub(super) fn beat(&self) -> String {
        json!({
            "serviceName": self.grouped(), "ip": self.ip, "port": self.port, "cluster": "DEFAULT",
            "weight": self.weight.parse::<f64>().unwrap_or(1.0), "metadata": self.metadata, "scheduled": true,
        })
        .to_string()
    }
}
