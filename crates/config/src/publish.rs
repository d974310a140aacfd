//! What a caller asks to publish or to remove, the same for every API generation.

use std::sync::Arc;

use navaid_core::{
    command::{Operator, PublishCondition, PublishTarget},
    config_item::{ConfigKey, ContentMd5, Description},
    gray::GrayName,
};

/// A publish before it was checked.
#[derive(Debug, Clone)]
pub struct PublishRequest {
    pub key: ConfigKey,
    /// See [`target_of`](crate::release_params::target_of) for what the reference's parameters choose.
    pub target: PublishTarget,
    pub content: Arc<str>,
    /// Data key of a client-side encryption plugin; empty when there is none.
    pub encrypted_data_key: Arc<str>,
    /// A kind that is not said, or that is none of the known words, is stored as `text`.
    pub description: Description,
    /// See [`condition_of`] for what `casMd5` means.
    pub condition: PublishCondition,
    pub operator: Operator,
}

/// What was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// Row id of the item; 0 for a gray release.
    pub id: u64,
    pub md5: ContentMd5,
}

/// A removal. Removing what is not there is no error.
#[derive(Debug, Clone)]
pub struct RemoveRequest {
    pub key: ConfigKey,
    pub target: RemoveTarget,
    pub operator: Operator,
}

/// Which release is removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoveTarget {
    /// The formal one; gray releases stay.
    Formal,
    Beta,
    /// The gray release of that name, or else the one of that tag: the reference publishes `blue` under the name
    /// `tag_blue` and removes by the name only (`spec/config-semantics` §5.2); both are understood here.
    Tag(Arc<str>),
    /// The gray release of exactly that name.
    Gray(GrayName),
}

/// What a `casMd5` parameter asks for: blank counts as not given.
pub fn condition_of(cas_md5: Option<&str>) -> PublishCondition {
    match cas_md5 {
        Some(md5) if !md5.trim().is_empty() => PublishCondition::Md5(md5.into()),
        _ => PublishCondition::Always,
    }
}

/// The labels that a comma-separated list names; an empty list is one that empties what is stored.
pub fn tags_of(list: &str) -> Vec<Arc<str>> {
    list.split(',').filter(|tag| !tag.trim().is_empty()).map(Arc::from).collect()
}

impl RemoveTarget {
    /// The gray releases that this may mean, likeliest first; none for the formal release.
    pub(crate) fn gray_names(&self) -> Vec<GrayName> {
        match self {
            Self::Formal => Vec::new(),
            Self::Beta => vec![GrayName::beta()],
            Self::Tag(tag) => vec![GrayName::new(tag), GrayName::tag(tag)],
            Self::Gray(name) => vec![name.clone()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_cas_is_no_condition() {
        assert_eq!(condition_of(Some("")), PublishCondition::Always);
        assert_eq!(condition_of(None), PublishCondition::Always);
        assert_eq!(condition_of(Some("ABC")), PublishCondition::Md5("ABC".into()));
    }

    #[test]
    fn tags_keep_their_order_and_empty_ones_are_dropped() {
        assert_eq!(tags_of("b,a,,").len(), 2);
        assert_eq!(tags_of(""), Vec::<Arc<str>>::new());
        assert_eq!(&*tags_of("b,a")[0], "b");
    }
}
