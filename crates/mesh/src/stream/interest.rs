//! Which resources of a type a peer asks for.

use std::{collections::BTreeSet, hash::BuildHasher, sync::Arc};

use bytes::Bytes;
use foldhash::fast::RandomState;

use super::Cut;

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

    /// How many names; none if all.
    pub(crate) fn len(&self) -> Option<usize> {
        match self {
            Self::All => None,
            Self::Names(names) => Some(names.len()),
        }
    }
}

/// Names as a request lists them. (!) Envoy lists all of them in every acknowledgement: that it lists the same again is
/// seen by a digest, and they are read only when it does not.
#[derive(Debug)]
pub(crate) struct Listed {
    names: Vec<Bytes>,
    digest: ListDigest,
}

/// Of all names of a request, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ListDigest(u64);

impl Listed {
    pub(crate) fn new(names: Vec<Bytes>, hasher: &RandomState) -> Self {
        let digest = ListDigest(hasher.hash_one(&names));
        Self { names, digest }
    }

    pub(crate) fn digest(&self) -> ListDigest {
        self.digest
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// # Errors
    /// One is no text.
    pub(crate) fn read(&self) -> Result<BTreeSet<Arc<str>>, Cut> {
        let text = |name: &Bytes| std::str::from_utf8(name).map(Arc::from).map_err(|_| Cut::NameIsNoText);
        self.names.iter().map(text).collect()
    }
}
