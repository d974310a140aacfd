//! What must hold whatever the input is. Each target in `targets/` feeds one of these; a panic is a finding.

mod archive;
mod diff;
mod listening;
mod mesh;
mod settings;

pub use archive::{Packed, archive_is_read_or_refused};
pub use diff::{keys_differ_both_ways_alike, lines_lead_from_left_to_right};
pub use listening::listening_is_read_or_refused;
pub use mesh::{Service, Talk, stream_answers_and_comes_to_rest};
pub use settings::{
    members_are_read_or_refused, placeholders_come_to_an_end, properties_are_read_or_refused,
    yaml_is_read_or_refused,
};
