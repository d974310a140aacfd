//! What is known of addresses beyond the registry, for the `label` selector (`spec/naming-semantics` §5.5).

use std::sync::Arc;

use hashbrown::HashMap;
use navaid_core::{Instance, Metadata};

/// Labels of addresses, as a provider read them: immutable, replaced as a whole.
#[derive(Debug, Clone, Default)]
pub struct LabelTable {
    by_ip: HashMap<Arc<str>, Metadata, foldhash::fast::RandomState>,
}

impl LabelTable {
    pub fn new(entries: impl IntoIterator<Item = (Arc<str>, Metadata)>) -> Self {
        Self { by_ip: entries.into_iter().collect() }
    }

    /// The value of a label of an address; blank counts as none.
    pub fn label(&self, ip: &str, name: &str) -> Option<&str> {
        self.by_ip.get(ip)?.get(name).filter(|value| !value.trim().is_empty())
    }

    /// The values that an address has for all of `names`; none if it lacks one, or if there are no names.
    pub(crate) fn values(&self, ip: &str, names: &[Arc<str>]) -> Option<Vec<Arc<str>>> {
        if names.is_empty() {
            return None;
        }
        names.iter().map(|name| self.label(ip, name).map(Arc::from)).collect()
    }

    /// Whether a provider has exactly these labels.
    pub(crate) fn matches(&self, provider: &Instance, names: &[Arc<str>], values: &[Arc<str>]) -> bool {
        let ip = &provider.endpoint.ip;
        names.iter().zip(values).all(|(name, value)| self.label(ip, name) == Some(&**value))
    }
}
