#![doc = include_str!("format.md")]

mod directory;
mod ephemeral;
mod error;
mod identity;
mod log;
mod standalone;
mod state;
mod storage;
mod stored;

#[cfg(feature = "contract")]
pub mod contract;

pub use ephemeral::{EphemeralFile, EphemeralState, EphemeralUnusable};
pub use error::{OpenError, StoreFailed, WayOut};
pub use identity::{ClusterId, Identity, NodeId};
pub use standalone::{MAX_WAITING, MAX_WAITING_BYTES, Standalone};
pub use storage::Storage;
pub use stored::StoredError;
