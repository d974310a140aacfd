//! A set of services that takes 24 bytes while it holds one, which is what most clients publish.

use hashbrown::HashSet;
use navaid_core::ServiceKey;

#[derive(Debug, Default)]
pub(crate) enum KeySet {
    #[default]
    Empty,
    One(ServiceKey),
    Many(Box<HashSet<ServiceKey, foldhash::fast::RandomState>>),
}

impl KeySet {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::One(_) => 1,
            Self::Many(keys) => keys.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn contains(&self, key: &ServiceKey) -> bool {
        match self {
            Self::Empty => false,
            Self::One(one) => one == key,
            Self::Many(keys) => keys.contains(key),
        }
    }

    pub(crate) fn insert(&mut self, key: &ServiceKey) {
        match self {
            Self::Empty => *self = Self::One(key.clone()),
            Self::One(one) if one == key => {}
            Self::One(one) => *self = Self::Many(Box::new([one.clone(), key.clone()].into_iter().collect())),
            Self::Many(keys) => {
                keys.insert(key.clone());
            }
        }
    }

    pub(crate) fn remove(&mut self, key: &ServiceKey) {
        match self {
            Self::Empty => {}
            Self::One(one) if one == key => *self = Self::Empty,
            Self::One(_) => {}
            Self::Many(keys) => {
                keys.remove(key);
            }
        }
    }

    /// The services, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &ServiceKey> {
        let (one, many) = match self {
            Self::Empty => (None, None),
            Self::One(one) => (Some(one), None),
            Self::Many(keys) => (None, Some(keys.iter())),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::{GroupName, NamespaceId, ServiceName};

    use super::*;

    #[test]
    fn set_grows_and_shrinks_through_its_forms() {
        let key = |name| {
            ServiceKey::new(
                &NamespaceId::default(),
                &GroupName::default(),
                &ServiceName::parse(name).unwrap(),
            )
        };
        let mut set = KeySet::default();
        for name in ["a", "a", "b", "c"] {
            set.insert(&key(name));
        }
        assert_eq!((set.len(), set.iter().count()), (3, 3));
        for name in ["a", "x", "b", "c"] {
            set.remove(&key(name));
        }
        assert!(set.is_empty() && !set.contains(&key("a")));
    }
}
