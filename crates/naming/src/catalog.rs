//! The names of all services in order, for lists by page.
//!
//! ```text
//! namespace → group → sorted blocks of at most 512 keys
//! ```
//!
//! A page costs the number of blocks before it plus its own length, not the number of services before it.

use std::{collections::BTreeMap, sync::Arc};

use navaid_core::{GroupName, NamespaceId, ServiceKey};

const BLOCK: usize = 512;

/// Part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Entries left out before the page.
    pub skip: usize,
    /// Length of the page at most.
    pub take: usize,
}

impl Page {
    pub const ALL: Self = Self { skip: 0, take: usize::MAX };
}

/// A page of service names, and how many there are in all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServicePage {
    pub count: usize,
    /// By group, then name.
    pub keys: Vec<ServiceKey>,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    namespaces: BTreeMap<Arc<str>, BTreeMap<Arc<str>, SortedKeys>>,
}

impl Catalog {
    pub(crate) fn insert(&mut self, key: &ServiceKey) {
        if !self.namespaces.contains_key(key.namespace()) {
            self.namespaces.insert(key.namespace().into(), BTreeMap::new());
        }
        let groups = self.namespaces.get_mut(key.namespace()).expect("inserted above");
        if !groups.contains_key(key.group()) {
            groups.insert(key.group().into(), SortedKeys::default());
        }
        groups.get_mut(key.group()).expect("inserted above").insert(key);
    }

    pub(crate) fn remove(&mut self, key: &ServiceKey) {
        let Some(groups) = self.namespaces.get_mut(key.namespace()) else { return };
        let Some(keys) = groups.get_mut(key.group()) else { return };
        keys.remove(key);
        if keys.len == 0 {
            groups.remove(key.group());
        }
        if groups.is_empty() {
            self.namespaces.remove(key.namespace());
        }
    }

    /// Services of a namespace, of one group or of all.
    pub(crate) fn page(&self, namespace: &NamespaceId, group: Option<&GroupName>, page: Page) -> ServicePage {
        let Some(groups) = self.namespaces.get(namespace.as_str()) else { return ServicePage::default() };
        let chosen = groups.iter().filter(|(name, _)| group.is_none_or(|group| group.as_str() == &***name));
        let mut found = ServicePage::default();
        let mut skip = page.skip;
        for (_, keys) in chosen {
            found.count += keys.len;
            found.keys.extend(keys.iter_from(skip).take(page.take - found.keys.len()).cloned());
            skip = skip.saturating_sub(keys.len);
        }
        found
    }

    /// Namespaces that have services, and how many.
    pub(crate) fn namespaces(&self) -> Vec<(Arc<str>, usize)> {
        let count = |groups: &BTreeMap<Arc<str>, SortedKeys>| groups.values().map(|keys| keys.len).sum();
        self.namespaces.iter().map(|(name, groups)| (name.clone(), count(groups))).collect()
    }
}

/// An ordered list whose n-th entry is found without walking through those before it.
#[derive(Debug, Default)]
struct SortedKeys {
    /// None is empty.
    blocks: Vec<Vec<ServiceKey>>,
    len: usize,
}

impl SortedKeys {
    fn insert(&mut self, key: &ServiceKey) {
        let at = self.block_of(key).min(self.blocks.len().saturating_sub(1));
        let Some(block) = self.blocks.get_mut(at) else {
            self.blocks.push(vec![key.clone()]);
            self.len = 1;
            return;
        };
        let Err(place) = block.binary_search(key) else { return };
        block.insert(place, key.clone());
        self.len += 1;
        if block.len() > BLOCK {
            let upper = block.split_off(BLOCK / 2);
            self.blocks.insert(at + 1, upper);
        }
    }

    fn remove(&mut self, key: &ServiceKey) {
        let at = self.block_of(key);
        let Some(block) = self.blocks.get_mut(at) else { return };
        let Ok(place) = block.binary_search(key) else { return };
        block.remove(place);
        self.len -= 1;
        if block.is_empty() {
            self.blocks.remove(at);
        }
    }

    /// The first block whose last key is not before `key`.
    fn block_of(&self, key: &ServiceKey) -> usize {
        self.blocks.partition_point(|block| block.last().is_some_and(|last| last < key))
    }

    fn iter_from(&self, mut skip: usize) -> impl Iterator<Item = &ServiceKey> {
        let mut at = 0;
        while let Some(block) = self.blocks.get(at).filter(|block| block.len() <= skip) {
            skip -= block.len();
            at += 1;
        }
        self.blocks[at..].iter().flatten().skip(skip)
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::ServiceName;

    use super::*;

    fn key(group: &str, number: usize) -> ServiceKey {
        let group = GroupName::parse(group).unwrap();
        ServiceKey::new(
            &NamespaceId::default(),
            &group,
            &ServiceName::parse(&format!("s{number:05}")).unwrap(),
        )
    }

    #[test]
    fn pages_yield_every_service_once_in_order() {
        let mut catalog = Catalog::default();
        for number in (0..3000).map(|n| n * 7919 % 3000) {
            catalog.insert(&key("g", number));
            catalog.insert(&key("h", number));
        }
        let group = GroupName::parse("g").unwrap();
        let page = |skip| catalog.page(&NamespaceId::default(), Some(&group), Page { skip, take: 37 });
        let all: Vec<_> =
            (0..).map(|n| page(n * 37).keys).take_while(|keys| !keys.is_empty()).flatten().collect();
        assert_eq!(all, (0..3000).map(|number| key("g", number)).collect::<Vec<_>>());
        assert_eq!(page(9000), ServicePage { count: 3000, keys: vec![] });
    }

    #[test]
    fn page_over_all_groups_crosses_their_borders() {
        let mut catalog = Catalog::default();
        for number in 0..3 {
            catalog.insert(&key("g", number));
            catalog.insert(&key("h", number));
        }
        let page = catalog.page(&NamespaceId::default(), None, Page { skip: 2, take: 2 });
        assert_eq!(page, ServicePage { count: 6, keys: vec![key("g", 2), key("h", 0)] });
    }

    #[test]
    fn removed_services_leave_nothing_behind() {
        let mut catalog = Catalog::default();
        for number in 0..1500 {
            catalog.insert(&key("g", number));
        }
        catalog.insert(&key("g", 0));
        catalog.remove(&key("g", 4000));
        for number in 0..1500 {
            catalog.remove(&key("g", number));
        }
        assert!(catalog.namespaces.is_empty());
    }
}
