//! The forms in which commands and records lie on disk: protobuf messages with explicit field numbers.
//!
//! Rules that keep every released data directory readable:
//!
//! - a number, once released, is never given another meaning; a field or variant that is dropped leaves a gap;
//! - a new field must mean "as before" when it is absent;
//! - a command that an older release would misread carries a higher [`LEVEL`], so that the older release stops with a
//!   clear sentence instead of applying something else;
//! - every form has a frozen sample per release under `testdata/`, which must load for ever.
//!
//! Names go through the same constructors as names from the wire: a stored value that they refuse is damage.

mod capacity;
mod command;
mod config;
mod ephemeral;
mod error;
mod naming;
mod overlay_patch;
mod switches;
mod value;

pub(crate) use capacity::{CapacityValue, owner_of_parts, owner_parts};
pub(crate) use command::{Batch, decode_batch};
pub(crate) use config::{GrayValue, HistoryValue, ItemValue, config_key_of_text};
pub(crate) use ephemeral::{EphemeralGone, EphemeralService};
pub use error::StoredError;
pub(crate) use naming::{
    InstanceValue, NamespaceValue, OverlayValue, ServiceValue, cluster_name, endpoint, service_key_of_text,
};
pub(crate) use switches::SwitchesValue;
pub(crate) use value::{decode_value, encode_value};

/// What this release understands: commands of a higher level are refused.
pub(crate) const LEVEL: u32 = LEVEL_LIMITED;
/// What most commands need. Since 0.1.0.
const LEVEL_FIRST: u32 = 1;
/// Publishes that limits may refuse. Since the sample `v3`; the release before would apply them all.
const LEVEL_LIMITED: u32 = 2;

#[cfg(test)]
mod tests;
