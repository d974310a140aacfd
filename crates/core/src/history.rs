//! One row for every change of a configuration item (`spec/config-semantics` §7).

use std::sync::Arc;

use crate::{
    command::Operator,
    config_item::{ConfigKey, ContentMd5, Description},
    content::Content,
    gray::{GrayName, GrayRule},
    time::Timestamp,
};

/// Row number, given in order of application from 1; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HistoryId(pub u64);

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HistoryOp {
    Insert,
    Update,
    Delete,
}

impl HistoryOp {
    /// The letter that answers show.
    pub fn letter(self) -> &'static str {
        match self {
            Self::Insert => "I",
            Self::Update => "U",
            Self::Delete => "D",
        }
    }
}

/// A history row. An insert holds the new content; update and delete hold what was there **before**.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    pub id: HistoryId,
    /// Id of the item: 0 for inserts, as Nacos has it.
    pub item_id: u64,
    pub key: ConfigKey,
    pub op: HistoryOp,
    pub content: Content,
    pub md5: ContentMd5,
    pub encrypted_data_key: Arc<str>,
    pub description: Description,
    /// Who published the version that this row holds; for an insert that is `operator.user` again.
    pub author: Option<Arc<str>>,
    /// Who did this, and from where.
    pub operator: Operator,
    /// The gray release that changed; none for the formal one.
    pub gray: Option<(GrayName, GrayRule)>,
    /// When the item's row was created.
    pub created_at: Timestamp,
    /// When this operation happened, by the proposer's clock.
    pub modified_at: Timestamp,
}
