//! Which resources of a type a peer asks for.

use std::{collections::BTreeSet, sync::Arc};

/// All there are, or those of these names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Interest {
    All,
    Names(BTreeSet<Arc<str>>),
}

impl Interest {
    pub(crate) fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Names(names) => names.contains(name),
        }
    }

    /// Whether a request that lists these names asks for the same again.
    pub(crate) fn has_exactly(&self, listed: &BTreeSet<Arc<str>>) -> bool {
        match self {
            Self::All => listed.is_empty(),
            Self::Names(names) => names == listed,
        }
    }

    /// How many names; none if all.
    pub(crate) fn len(&self) -> Option<usize> {
        match self {
            Self::All => None,
            Self::Names(names) => Some(names.len()),
        }
    }
}
