//! How a client spells the namespaces of the items that it listens to.
//!
//! Answers and notices must echo the `tenant` exactly as it was sent, absence included (`spec/grpc` §10.2): for the
//! default namespace clients say nothing, an empty text or `public`. A client has one way for each namespace, so one is
//! kept for each, and that of a single item only where it differs.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use navaid_core::ConfigKey;

/// Namespaces whose usual spelling is kept; items of further ones are kept one by one.
const NAMESPACES_MAX: usize = 64;
/// Items that are spelled otherwise than usual: as many as a client may listen to.
const UNUSUAL_MAX: usize = 10_000;

type Spelling = Option<Box<str>>;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Spellings {
    usual: Vec<(Box<str>, Spelling)>,
    unusual: HashMap<ConfigKey, Spelling, RandomState>,
}

impl Spellings {
    /// The client has named the item with this tenant.
    pub(super) fn note(&mut self, key: &ConfigKey, tenant: Option<&str>) {
        let usual = self.usual.iter().find(|(namespace, _)| **namespace == *key.namespace());
        match usual {
            Some((_, spelling)) if spelling.as_deref() == tenant => self.forget(key),
            None if self.usual.len() < NAMESPACES_MAX => {
                self.usual.push((key.namespace().into(), tenant.map(Into::into)));
            }
            _ if self.unusual.len() < UNUSUAL_MAX => {
                self.unusual.insert(key.clone(), tenant.map(Into::into));
            }
            _ => {}
        }
    }

    /// The client listens no more to the item.
    pub(super) fn forget(&mut self, key: &ConfigKey) {
        if !self.unusual.is_empty() {
            self.unusual.remove(key);
        }
    }

    /// The tenant to name an item with.
    pub(super) fn of(&self, key: &ConfigKey) -> Option<String> {
        let usual = || self.usual.iter().find(|(namespace, _)| **namespace == *key.namespace());
        let spelling = self.unusual.get(key).or_else(|| usual().map(|(_, spelling)| spelling));
        spelling?.as_deref().map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::{DataId, GroupName, NamespaceId};

    use super::*;

    fn key(namespace: &str, data_id: &str) -> ConfigKey {
        let namespace = NamespaceId::parse_tenant(namespace).unwrap();
        ConfigKey::new(&namespace, &GroupName::default(), &DataId::parse(data_id).unwrap())
    }

    #[test]
    fn each_item_is_named_as_its_client_named_it() {
        let mut spellings = Spellings::default();
        let (a, b, c, d) = (key("", "a"), key("", "b"), key("", "c"), key("n", "d"));
        spellings.note(&a, None);
        spellings.note(&b, Some("public"));
        spellings.note(&c, Some(""));
        spellings.note(&d, Some("n"));
        let told = [&a, &b, &c, &d].map(|key| spellings.of(key));
        assert_eq!(told, [None, Some("public".into()), Some(String::new()), Some("n".into())]);
        spellings.note(&b, None);
        spellings.forget(&c);
        assert_eq!((spellings.of(&b), spellings.unusual.len()), (None, 0));
    }

    #[test]
    fn client_that_spells_in_one_way_costs_nothing_for_each_item() {
        let mut spellings = Spellings::default();
        for number in 0..1_000 {
            spellings.note(&key("", &number.to_string()), Some("public"));
        }
        assert_eq!((spellings.usual.len(), spellings.unusual.len()), (1, 0));
    }

    #[test]
    fn spellings_are_bounded() {
        let mut spellings = Spellings::default();
        for number in 0..UNUSUAL_MAX + 100 {
            spellings.note(&key(&format!("n{number}"), "a"), Some("x"));
        }
        assert_eq!((spellings.usual.len(), spellings.unusual.len()), (NAMESPACES_MAX, UNUSUAL_MAX));
    }
}
