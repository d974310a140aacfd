//! Why a stored form cannot be read.

use navaid_core::{InvalidName, label_rule::InvalidLabelRule};

/// A stored command or value that this release cannot read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StoredError {
    /// Bytes that are no message of this kind.
    #[error("malformed bytes: {0}")]
    Malformed(#[from] prost::DecodeError),
    /// Written by a release that knows more than this one.
    #[error("written by a newer release of Navaid ({what})")]
    Newer { what: String },
    /// A field that every release writes is absent.
    #[error("field {0} is missing")]
    Missing(&'static str),
    /// A number without a meaning.
    #[error("field {field} holds {found}, which means nothing")]
    Value { field: &'static str, found: u64 },
    /// A name that the rules refuse.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// A rule over labels that the rules of rules refuse.
    #[error("a gray rule cannot be read: {0}")]
    LabelRule(#[from] InvalidLabelRule),
}

/// The value of a field that must be there.
pub(crate) fn required<T>(field: &'static str, value: Option<T>) -> Result<T, StoredError> {
    value.ok_or(StoredError::Missing(field))
}
