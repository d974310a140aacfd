//! Compares two contents: line by line, and key by key where their format has keys.
//!
//! Pure functions of two texts. Contents may be large and hostile, so both comparisons are bounded in time and in
//! what they answer, and neither fails: a content that cannot be read by its format is compared as text alone, and
//! the answer says why.
//!
//! Reading order: [`text`] (lines), [`format`] (which format a content is in), [`tree`] (a content as keys), [`keyed`]
//! (keys compared), [`comparison`] (both, as edges answer them).

pub mod text;

pub mod format;
pub mod keyed;
pub mod tree;

pub mod comparison;

pub use comparison::{Comparison, Side, compare};
pub use format::Format;
