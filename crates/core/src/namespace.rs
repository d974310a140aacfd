//! Namespaces that an operator has created. Publishing and registering need none (`spec/config-semantics` §1.3).

use std::sync::Arc;

use crate::{name::NamespaceId, time::Timestamp};

/// A named scope of services and configuration items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    pub id: NamespaceId,
    /// 1 to 256 characters, none of `@ # $ % ^ & *`.
    pub name: Arc<str>,
    pub desc: Arc<str>,
    pub created_at: Timestamp,
}
