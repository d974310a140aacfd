//! Gray releases: a content that only some clients see, chosen by their labels (`spec/config-semantics` §5).

use std::{fmt, sync::Arc};

use crate::{
    command::Operator, config_item::ContentMd5, content::Content, label_rule::LabelRule, time::Timestamp,
};

/// Priorities of label rules lie below those of the two fixed kinds.
pub const LABEL_PRIORITY_MAX: i32 = i32::MAX - 2;

/// Name of a gray release inside its item: `beta`, `tag_<tag>`, or a name of the publisher's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GrayName(Arc<str>);

impl GrayName {
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    pub fn beta() -> Self {
        Self::new("beta")
    }

    pub fn tag(tag: &str) -> Self {
        Self(format!("tag_{tag}").into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GrayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which clients a gray release is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrayRule {
    /// Clients whose address is in the list: comma-separated, as written.
    Beta { ips: Arc<str> },
    /// Clients that send this `Vipserver-Tag`.
    Tag { tag: Arc<str> },
    /// Clients whose labels fit; of several such releases the one of the highest priority is theirs.
    Labels { rule: LabelRule, priority: i32 },
}

impl GrayRule {
    /// Beta beats tag, tag beats labels; ties go by name.
    pub fn priority(&self) -> i32 {
        match self {
            Self::Beta { .. } => i32::MAX,
            Self::Tag { .. } => i32::MAX - 1,
            Self::Labels { priority, .. } => *priority,
        }
    }

    /// The name under which such a release is stored, where its kind decides that.
    pub fn fixed_name(&self) -> Option<GrayName> {
        match self {
            Self::Beta { .. } => Some(GrayName::beta()),
            Self::Tag { tag } => Some(GrayName::tag(tag)),
            Self::Labels { .. } => None,
        }
    }
}

/// A gray release of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrayRelease {
    pub name: GrayName,
    pub rule: GrayRule,
    pub content: Content,
    pub md5: ContentMd5,
    pub encrypted_data_key: Arc<str>,
    pub app_name: Option<Arc<str>>,
    pub created_at: Timestamp,
    pub modified_at: Timestamp,
    pub operator: Operator,
}
