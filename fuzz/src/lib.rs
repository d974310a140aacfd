//! What must hold whatever the input is. Each target in `targets/` feeds one of these; a panic is a finding.

mod archive;
mod listening;

pub use archive::{Packed, archive_is_read_or_refused};
pub use listening::listening_is_read_or_refused;
