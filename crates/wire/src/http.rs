//! What the three HTTP generations share: flags in parameters, envelopes, codes, error shapes.

pub mod code;
pub mod envelope;
pub mod flag;

pub use code::ErrorCode;
