//! What there is of one kind, as a peer that asks by name sees it.

use std::sync::Arc;

use crate::{
    catalog::{Catalog, Table},
    encode::{empty_assignment, is_assignment_name},
    kind::Kind,
    resource::Resource,
};

/// The table of a kind, and the suffix by which names of ours are known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shelf<'a> {
    pub(crate) kind: Kind,
    pub(crate) table: &'a Table,
    suffix: &'a str,
}

impl<'a> Shelf<'a> {
    pub(crate) fn new(catalog: &'a Catalog, kind: Kind, suffix: &'a str) -> Self {
        Self { kind, table: catalog.table(kind), suffix }
    }

    /// The resource of a name. (!) For endpoints that are not there an empty assignment, if the name is one of ours: to
    /// leave it out would change nothing, or keep a new cluster waiting for 15 s (`spec/clients-on-the-wire` D §4).
    pub(crate) fn find(&self, name: &Arc<str>) -> Option<Resource> {
        match self.table.get(name) {
            Some(resource) => Some(resource.clone()),
            None if self.kind == Kind::Assignment && is_assignment_name(name, self.suffix) => {
                Some(empty_assignment(name))
            }
            None => None,
        }
    }
}
