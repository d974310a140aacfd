//! JSON as the two sides of the wire need it: reading that forgives what real clients send ([`lenient`],
//! [`object`]), and writing by hand where speed or Java's number format matters ([`writer`]).

pub mod lenient;
pub mod object;
pub mod writer;

use std::fmt;

use lenient::{Lenient, Loose};

/// A body that is no JSON, or whose named field is of a kind that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

impl Malformed {
    pub(crate) fn of(problem: impl fmt::Display) -> Self {
        Self(problem.to_string())
    }
}

/// Reads one value from the whole of `text`; nothing at all counts as `{}`.
///
/// # Errors
/// Not JSON, or a field of the wrong kind.
pub fn read<T: Lenient>(text: &[u8]) -> Result<T, Malformed> {
    let text = if text.iter().all(u8::is_ascii_whitespace) { b"{}" } else { text };
    serde_json::from_slice::<Loose<T>>(text).map(|loose| loose.0).map_err(Malformed::of)
}
