//! The namespaces that operators create (`spec/http-config-auth` §7.6). Items and services need none: this is a table
//! of names and descriptions. The default namespace is always there and is not in the table.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use foldhash::fast;
use hashbrown::HashMap;
use navaid_core::{
    command::{Command, NamespaceCommand, NamespaceRefusal, Outcome},
    name::{DEFAULT_NAMESPACE, NamespaceId},
    namespace::Namespace,
    record::Record,
    seam::{Applied, Commit, CommitError},
    time::Timestamp,
};
use parking_lot::RwLock;

use crate::catalog::Catalog;

/// Longest name, and longest description, in UTF-16 units.
pub const NAMESPACE_TEXT_MAX: usize = 256;
/// Description of the default namespace.
pub const DEFAULT_DESC: &str = "Default Namespace";

/// The table of namespaces, a part of the replicated state.
#[derive(Default)]
pub struct NamespaceTable {
    by_id: RwLock<HashMap<NamespaceId, Arc<Namespace>, fast::RandomState>>,
}

impl NamespaceTable {
    /// Takes a stored record at start. A record that is not the table's comes back.
    pub fn load(&self, record: Record) -> Option<Record> {
        match record {
            Record::PutNamespace(namespace) => {
                self.by_id.write().insert(namespace.id.clone(), Arc::new(namespace));
                None
            }
            other => Some(other),
        }
    }

    /// Applies a command: total and deterministic. The time of creation is the proposer's `at`.
    pub fn apply(&self, at: Timestamp, command: &NamespaceCommand) -> Applied {
        let mut by_id = self.by_id.write();
        let record = match command {
            NamespaceCommand::Create(new) => {
                if new.id.is_default() || by_id.contains_key(&new.id) {
                    let outcome = Outcome::Namespace(NamespaceRefusal::Exists);
                    return Applied { outcome, records: Vec::new() };
                }
                Some(Namespace { created_at: at, ..new.clone() })
            }
            NamespaceCommand::Update { id, name, desc } => by_id.get(id).map(|old| Namespace {
                name: Arc::clone(name),
                desc: Arc::clone(desc),
                ..Namespace::clone(old)
            }),
            NamespaceCommand::Remove { id } => {
                let records = by_id.remove(id).map(|_| Record::RemoveNamespace(id.clone()));
                return Applied { outcome: Outcome::Done, records: records.into_iter().collect() };
            }
        };
        if let Some(namespace) = &record {
            by_id.insert(namespace.id.clone(), Arc::new(namespace.clone()));
        }
        Applied { outcome: Outcome::Done, records: record.map(Record::PutNamespace).into_iter().collect() }
    }

    /// Whether an operator has created it; the default namespace was not.
    pub fn contains(&self, id: &NamespaceId) -> bool {
        self.by_id.read().contains_key(id)
    }

    fn get(&self, id: &NamespaceId) -> Option<Arc<Namespace>> {
        self.by_id.read().get(id).cloned()
    }

    fn all(&self) -> Vec<Arc<Namespace>> {
        let mut all: Vec<_> = self.by_id.read().values().cloned().collect();
        all.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        all
    }
}

/// A namespace as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamespaceSummary {
    pub id: NamespaceId,
    pub name: Arc<str>,
    pub desc: Arc<str>,
    /// Configuration items in it.
    pub configs: usize,
}

/// Why a namespace was not created or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NamespaceError {
    #[error("cannot create namespace {0}: it exists")]
    Exists(NamespaceId),
    /// A blank name, or one with a character of `@ # $ % ^ & *`.
    #[error("cannot use the name: blank, or one of @#$%^&* in it")]
    IllegalName,
    #[error("cannot use the name: longer than {max} characters")]
    NameTooLong { max: usize },
    #[error("cannot use the description: longer than {max} characters")]
    DescTooLong { max: usize },
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// What edges call about namespaces.
pub struct Namespaces {
    table: Arc<NamespaceTable>,
    catalog: Arc<Catalog>,
    commit: Arc<dyn Commit>,
}

impl Namespaces {
    /// `catalog` counts the items of each namespace.
    pub fn new(table: Arc<NamespaceTable>, catalog: Arc<Catalog>, commit: Arc<dyn Commit>) -> Self {
        Self { table, catalog, commit }
    }

    /// The default namespace first, then the others by age.
    pub fn list(&self) -> Vec<NamespaceSummary> {
        let created = self.table.all();
        std::iter::once(self.default_summary()).chain(created.iter().map(|n| self.summary(n))).collect()
    }

    /// One namespace; the default one always, another only if it was created.
    pub fn get(&self, id: &NamespaceId) -> Option<NamespaceSummary> {
        if id.is_default() {
            return Some(self.default_summary());
        }
        Some(self.summary(&*self.table.get(id)?))
    }

    /// Whether an operator has created it; the default namespace was not.
    pub fn contains(&self, id: &NamespaceId) -> bool {
        self.table.contains(id)
    }

    /// Creates a namespace, with an id of our own when none is given; answers its id.
    ///
    /// # Errors
    /// [`NamespaceError`]; the default namespace always exists.
    pub async fn create(
        &self,
        id: Option<NamespaceId>,
        name: &str,
        desc: &str,
    ) -> Result<NamespaceId, NamespaceError> {
        check_texts(name, desc)?;
        let id = id.unwrap_or_else(generated_id);
        let namespace = Namespace {
            id: id.clone(),
            name: name.into(),
            desc: desc.into(),
            // Applying sets it to the time of the proposal.
            created_at: Timestamp::default(),
        };
        match self.propose(NamespaceCommand::Create(namespace)).await? {
            Outcome::Namespace(NamespaceRefusal::Exists) => Err(NamespaceError::Exists(id)),
            _ => Ok(id),
        }
    }

    /// Changes name and description. An unknown or the default namespace is left alone, which is no error.
    ///
    /// # Errors
    /// [`NamespaceError`], but not that it exists.
    pub async fn update(&self, id: NamespaceId, name: &str, desc: &str) -> Result<(), NamespaceError> {
        check_texts(name, desc)?;
        self.propose(NamespaceCommand::Update { id, name: name.into(), desc: desc.into() }).await?;
        Ok(())
    }

    /// Removes the entry; what is in the namespace stays. An unknown or the default namespace is no error.
    ///
    /// # Errors
    /// [`NamespaceError::Commit`].
    pub async fn remove(&self, id: NamespaceId) -> Result<(), NamespaceError> {
        self.propose(NamespaceCommand::Remove { id }).await?;
        Ok(())
    }

    async fn propose(&self, command: NamespaceCommand) -> Result<Outcome, NamespaceError> {
        Ok(self.commit.commit(Command::Namespace(command)).await?)
    }

    fn default_summary(&self) -> NamespaceSummary {
        let id = NamespaceId::default();
        let configs = self.catalog.count(&id);
        NamespaceSummary { id, name: DEFAULT_NAMESPACE.into(), desc: DEFAULT_DESC.into(), configs }
    }

    fn summary(&self, namespace: &Namespace) -> NamespaceSummary {
        NamespaceSummary {
            id: namespace.id.clone(),
            name: Arc::clone(&namespace.name),
            desc: Arc::clone(&namespace.desc),
            configs: self.catalog.count(&namespace.id),
        }
    }
}

fn check_texts(name: &str, desc: &str) -> Result<(), NamespaceError> {
    let is_long = |text: &str| text.encode_utf16().count() > NAMESPACE_TEXT_MAX;
    if name.trim().is_empty() || name.contains(['@', '#', '$', '%', '^', '&', '*']) {
        return Err(NamespaceError::IllegalName);
    }
    if is_long(name) {
        return Err(NamespaceError::NameTooLong { max: NAMESPACE_TEXT_MAX });
    }
    if is_long(desc) {
        return Err(NamespaceError::DescTooLong { max: NAMESPACE_TEXT_MAX });
    }
    Ok(())
}

/// An id in the form of a version 4 UUID, from the standard library's hash keys, which are random; should an id ever
/// come twice, creating refuses it.
fn generated_id() -> NamespaceId {
    let random = || RandomState::new().hash_one(std::process::id());
    let (high, low) = (random(), random());
    let text = format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0x3fff | 0x8000,
        low & 0xffff_ffff_ffff,
    );
    NamespaceId::parse(&text).expect("hex digits and dashes are legal")
}

#[cfg(test)]
mod tests;
