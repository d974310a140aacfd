//! What a peer holds that believes every answer but those that it refuses.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::dialect::Said;

type Held = BTreeMap<String, Bytes>;

/// By type, what is held of it.
#[derive(Debug, Default)]
pub(super) struct Mirror {
    types: BTreeMap<String, Known>,
}

#[derive(Debug, Default)]
struct Known {
    held: Held,
    /// What was held before the last answer.
    before: Held,
    nonce: String,
    /// Whether the last answer waits for its acknowledgement.
    is_open: bool,
    /// Whether all of the type that is not held is gone: after an answer that was whole.
    is_whole: bool,
}

impl Mirror {
    pub(super) fn take(&mut self, said: Said) {
        let known = self.types.entry(said.type_name).or_default();
        known.before.clone_from(&known.held);
        known.nonce = said.nonce;
        known.is_open = true;
        known.is_whole |= said.is_whole;
        if said.is_whole {
            known.held.clear();
        }
        said.removed.iter().for_each(|name| _ = known.held.remove(name));
        known.held.extend(said.resources);
    }

    /// The last answer of a type was refused.
    pub(super) fn refuse(&mut self, type_name: &str) {
        if let Some(known) = self.types.get_mut(type_name) {
            known.held.clone_from(&known.before);
            known.is_open = false;
        }
    }

    /// The peer says that it holds nothing of a type.
    pub(super) fn forget(&mut self, type_name: &str) {
        if let Some(known) = self.types.get_mut(type_name) {
            known.held.clear();
        }
    }

    /// Whether the last answer was open until now.
    pub(super) fn close(&mut self, type_name: &str) -> bool {
        self.types.get_mut(type_name).is_some_and(|known| std::mem::take(&mut known.is_open))
    }

    /// Of the last answer; empty before it.
    pub(super) fn nonce(&self, type_name: &str) -> &str {
        self.types.get(type_name).map_or("", |known| &known.nonce)
    }

    /// Whether what is held must be all there is: answers hold everything, or tell what went.
    pub(super) fn is_whole(&self, type_name: &str) -> bool {
        self.types.get(type_name).is_some_and(|known| known.is_whole)
    }

    pub(super) fn held(&self, type_name: &str) -> Option<&Held> {
        self.types.get(type_name).map(|known| &known.held)
    }
}
