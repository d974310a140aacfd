//! All resources of the mesh, by kind and name, and what changed since when.
//!
//! Every change has a number of its own, in one order over all kinds. A stream remembers the number up to which it has
//! told its peer, and asks for what came after: its cost follows what changed, not what is there. Memory: the encoded
//! resources, and some 150 bytes for each.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use navaid_core::{ConfigKey, ServiceKey};
use parking_lot::Mutex;

use crate::{
    framing::{Framing, frame},
    kind::Kind,
    resource::{Resource, Version},
};

/// Names that are gone, of which a table remembers that they are. A stream that has slept through more compares
/// everything.
const GONE_MAX: usize = 20_000;

/// Number of a change; 0 is before the first.
pub(crate) type Seq = u64;

/// What resources come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Owner {
    Service(ServiceKey),
    /// A configuration item with routing rules.
    Document(ConfigKey),
}

/// What came of giving an owner other resources.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Replaced {
    /// The name that another owner has, if one has.
    pub(crate) taken: Option<Arc<str>>,
    /// Whether a name has become free for others.
    pub(crate) has_freed: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    tables: [Table; Kind::ALL.len()],
    owned: HashMap<Owner, Vec<(Kind, Arc<str>)>, RandomState>,
    seq: Seq,
}

impl Catalog {
    pub(crate) fn table(&self, kind: Kind) -> &Table {
        &self.tables[kind as usize]
    }

    /// Number of the last change.
    pub(crate) fn seq(&self) -> Seq {
        self.seq
    }

    /// Replaces what an owner has; resources that stay as they are, are no change. If another owner has one of the names,
    /// this one has nothing.
    pub(crate) fn replace(&mut self, owner: &Owner, resources: Vec<(Kind, Resource)>) -> Replaced {
        let before = self.owned.remove(owner).unwrap_or_default();
        let is_taken = |(kind, resource): &&(Kind, Resource)| {
            let is_own = || before.iter().any(|(k, name)| k == kind && *name == resource.name);
            self.tables[*kind as usize].get(&resource.name).is_some() && !is_own()
        };
        let taken = resources.iter().find(is_taken).map(|(_, resource)| resource.name.clone());
        let resources = if taken.is_some() { Vec::new() } else { resources };
        let names: Vec<_> = resources.iter().map(|(kind, resource)| (*kind, resource.name.clone())).collect();
        for (kind, resource) in resources {
            self.tables[kind as usize].put(resource, &mut self.seq);
        }
        let mut has_freed = false;
        for (kind, name) in before.iter().filter(|name| !names.contains(name)) {
            has_freed = true;
            self.tables[*kind as usize].remove(name, &mut self.seq);
        }
        if !names.is_empty() {
            self.owned.insert(owner.clone(), names);
        }
        Replaced { taken, has_freed }
    }

    /// Whether another owner has the host name.
    pub(crate) fn is_taken(&self, host: &str, owner: &Owner) -> bool {
        let has = |(kind, name): &(Kind, Arc<str>)| *kind == Kind::Listener && **name == *host;
        self.table(Kind::Listener).get(host).is_some()
            && !self.owned.get(owner).is_some_and(|names| names.iter().any(has))
    }

    /// What an owner has, in no order.
    pub(crate) fn owned_by(&self, owner: &Owner) -> impl Iterator<Item = (Kind, &Resource)> {
        let names = self.owned.get(owner).into_iter().flatten();
        names.filter_map(|(kind, name)| Some((*kind, self.table(*kind).get(name)?)))
    }
}

/// The resources of one kind.
#[derive(Debug, Default)]
pub(crate) struct Table {
    by_name: BTreeMap<Arc<str>, (Resource, Seq)>,
    /// Names by their last change; those that are not in `by_name` are gone.
    changes: BTreeMap<Seq, Arc<str>>,
    gone: HashMap<Arc<str>, Seq, RandomState>,
    /// Changes up to this one may have been forgotten.
    forgotten: Seq,
    /// Of all resources together.
    version: Version,
    /// All resources in one piece, by framing, until the next change.
    whole: Mutex<Vec<(Framing, Bytes)>>,
}

impl Table {
    pub(crate) fn get(&self, name: &str) -> Option<&Resource> {
        self.by_name.get(name).map(|(resource, _)| resource)
    }

    /// All resources, by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Resource> + Clone {
        self.by_name.values().map(|(resource, _)| resource)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// A digest of all resources, whatever their order.
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// Whether anything changed after `seq`.
    pub(crate) fn has_changed_since(&self, seq: Seq) -> bool {
        self.changes.last_key_value().is_some_and(|(last, _)| *last > seq)
    }

    /// Names that changed after `seq`, or went; none if that is not known any more.
    pub(crate) fn changed_since(&self, seq: Seq) -> Option<impl Iterator<Item = &Arc<str>>> {
        (seq >= self.forgotten).then(|| self.changes.range(seq + 1..).map(|(_, name)| name))
    }

    /// All resources, framed. Made once and shared until the next change; made under the catalog's lock.
    pub(crate) fn whole(&self, framing: Framing, kind: Kind) -> Bytes {
        let mut whole = self.whole.lock();
        if let Some((_, bytes)) = whole.iter().find(|(known, _)| *known == framing) {
            return bytes.clone();
        }
        let bytes = frame(framing, kind, self.all());
        whole.push((framing, bytes.clone()));
        bytes
    }

    fn put(&mut self, resource: Resource, seq: &mut Seq) {
        let name = resource.name.clone();
        let before = self.by_name.get(&name).map(|(known, seq)| (known.version, *seq));
        if before.is_some_and(|(version, _)| version == resource.version) {
            return;
        }
        if let Some((version, seq)) = before {
            self.version = self.version.without(version);
            self.changes.remove(&seq);
        }
        if let Some(seq) = self.gone.remove(&name) {
            self.changes.remove(&seq);
        }
        *seq += 1;
        self.version = self.version.with(resource.version);
        self.changes.insert(*seq, name.clone());
        self.by_name.insert(name, (resource, *seq));
        self.whole.get_mut().clear();
    }

    fn remove(&mut self, name: &Arc<str>, seq: &mut Seq) {
        let Some((resource, changed)) = self.by_name.remove(name) else { return };
        self.version = self.version.without(resource.version);
        self.changes.remove(&changed);
        *seq += 1;
        self.changes.insert(*seq, name.clone());
        self.gone.insert(name.clone(), *seq);
        self.whole.get_mut().clear();
        self.forget();
    }

    fn forget(&mut self) {
        if self.gone.len() <= GONE_MAX {
            return;
        }
        // The half that went first: looked for so seldom that its cost does not matter.
        let mut gone: Vec<_> = self.gone.values().copied().collect();
        gone.sort_unstable();
        self.forgotten = gone[GONE_MAX / 2];
        let forgotten = self.forgotten;
        self.gone.retain(|_, seq| *seq > forgotten);
        let Self { changes, by_name, .. } = self;
        changes.retain(|seq, name| *seq > forgotten || by_name.contains_key(name));
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::{GroupName, NamespaceId, ServiceName};

    use super::*;

    fn owner(name: &str) -> Owner {
        let name = ServiceName::parse(name).unwrap();
        Owner::Service(ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name))
    }

    fn cluster(name: &str, content: &str) -> (Kind, Resource) {
        (Kind::Cluster, Resource::new(name.into(), Bytes::copy_from_slice(content.as_bytes())))
    }

    fn changed(catalog: &Catalog, seq: Seq) -> Vec<&str> {
        catalog.table(Kind::Cluster).changed_since(seq).unwrap().map(|name| &**name).collect()
    }

    #[test]
    fn what_is_replaced_by_itself_is_no_change() {
        let mut catalog = Catalog::default();
        assert_eq!(
            catalog.replace(&owner("a"), vec![cluster("x", "1"), cluster("y", "1")]),
            Replaced::default()
        );
        let seq = catalog.seq();
        catalog.replace(&owner("a"), vec![cluster("x", "1"), cluster("y", "2")]);
        assert_eq!(changed(&catalog, seq), ["y"]);
        let seq = catalog.seq();
        catalog.replace(&owner("a"), vec![cluster("y", "2")]);
        assert_eq!(changed(&catalog, seq), ["x"]);
        assert_eq!(catalog.table(Kind::Cluster).get("x"), None);
    }

    #[test]
    fn name_of_another_owner_is_left_to_it() {
        let mut catalog = Catalog::default();
        catalog.replace(&owner("a"), vec![cluster("x", "1")]);
        assert_eq!(catalog.replace(&owner("b"), vec![cluster("x", "2")]).taken.as_deref(), Some("x"));
        assert_eq!(catalog.table(Kind::Cluster).all().count(), 1);
        catalog.replace(&owner("b"), Vec::new());
        assert!(catalog.table(Kind::Cluster).get("x").is_some());
        assert!(catalog.replace(&owner("a"), Vec::new()).has_freed);
        assert_eq!(catalog.replace(&owner("b"), vec![cluster("x", "2")]), Replaced::default());
    }

    #[test]
    fn version_of_a_table_is_that_of_its_content() {
        let (mut one, mut other) = (Catalog::default(), Catalog::default());
        one.replace(&owner("a"), vec![cluster("x", "1")]);
        one.replace(&owner("b"), vec![cluster("y", "1")]);
        one.replace(&owner("b"), vec![cluster("y", "2")]);
        other.replace(&owner("b"), vec![cluster("y", "2"), cluster("z", "1")]);
        other.replace(&owner("a"), vec![cluster("x", "1")]);
        assert_ne!(one.table(Kind::Cluster).version(), other.table(Kind::Cluster).version());
        other.replace(&owner("b"), vec![cluster("y", "2")]);
        assert_eq!(one.table(Kind::Cluster).version(), other.table(Kind::Cluster).version());
    }

    #[test]
    fn forgotten_changes_are_owned_up_to() {
        let mut catalog = Catalog::default();
        catalog.replace(&owner("kept"), vec![cluster("kept", "1")]);
        for at in 0..=GONE_MAX {
            let name = format!("n{at}");
            catalog.replace(&owner(&name), vec![cluster(&name, "1")]);
            catalog.replace(&owner(&name), Vec::new());
        }
        let table = catalog.table(Kind::Cluster);
        assert!(table.changed_since(0).is_none());
        assert!(table.gone.len() <= GONE_MAX && table.changes.len() <= GONE_MAX + 1);
        assert!(table.changed_since(catalog.seq()).is_some_and(|mut names| names.next().is_none()));
    }
}
