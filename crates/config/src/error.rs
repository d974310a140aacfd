//! Why a configuration call was refused or failed, by what its caller can do about it. Edges turn this into statuses
//! and codes, each in one table.

use navaid_core::{
    capacity::OverCapacity,
    config_item::{ConfigKey, ContentMd5},
    seam::{CommitError, ReadError},
};

use crate::limits::InvalidConfig;

/// The outcome of a configuration call that did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A value of the request is outside its limits; nothing was done.
    #[error(transparent)]
    Invalid(#[from] InvalidConfig),
    /// An item of many is outside its limits; none of them was written.
    #[error("cannot write {}/{}: {invalid}", key.group(), key.data_id())]
    InvalidItem { key: ConfigKey, invalid: InvalidConfig },
    /// Compare-and-set: another content stands; nothing was done.
    #[error("cannot publish: the stored digest is {found}")]
    Conflict { found: ContentMd5 },
    /// The release exists, and the request asked for a new one; nothing was done.
    #[error("cannot create the item: it exists")]
    Exists,
    /// The item has as many gray releases as it may have; nothing was done.
    #[error("cannot add a gray release: the item has {max} already")]
    TooManyGrays { max: usize },
    /// The quota of items is used up, or the content is larger than this place allows; nothing was done.
    #[error(transparent)]
    OverCapacity(#[from] OverCapacity),
    /// The history row belongs to another item than the one named.
    #[error("cannot show the history row: it belongs to another item")]
    ForeignHistory,
    /// A listener watches as many keys as it may.
    #[error("cannot listen: a listener may watch {limit} items")]
    TooManyKeys { limit: usize },
    /// An item is watched by as many listeners as it may be.
    #[error("cannot listen: an item may have {limit} listeners")]
    TooManyListeners { limit: usize },
    /// As many searches or imports wait as may wait, or this one waited too long; trying again later helps.
    #[error("cannot begin: {limit} such calls are waiting or running already")]
    Busy { limit: usize },
    /// The change could not be committed.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}
