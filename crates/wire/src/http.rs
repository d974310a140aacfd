//! What the three HTTP generations share: flags in parameters, envelopes, codes, shapes and texts of errors.
//!
//! | generation | success | failure |
//! |---|---|---|
//! | v1 | bare value or object | plain text ([`error_text`]) or a Boot object ([`boot_error`]) |
//! | v1 console and core | [`RestResult`] | the same |
//! | v2, v3 | [`Envelope`] with code 0 | [`Envelope`] with an [`ErrorCode`] |
//!
//! Refused parameters answer a plain line in every generation ([`crate::param`]).

pub mod boot_error;
pub mod envelope;
pub mod error_code;
pub mod error_text;
pub mod flag;
pub mod grouped_name;
pub mod missing;
pub mod page;
pub mod time_text;

pub use boot_error::BootError;
pub use envelope::{Envelope, RestResult};
pub use error_code::ErrorCode;
pub use page::Page;
