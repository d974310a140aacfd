//! The configuration engine: what is published, who sees which release of it, who is told when it changes.
//!
//! ```text
//! edges ── Configs ──(Commit)──> the one order ──(Apply)──> Catalog ── records ──> storage
//!             │                                               │ marks
//!             │ listen, long_poll                             v
//!             └────────────> Watches <── notifier task ── Changes
//! ```
//!
//! [`Catalog`] is plain synchronous state: commands in, records out. [`Configs`] is what edges call: it checks a
//! request once for every API generation, proposes the command and waits until it is durable and visible.
//! [`ConfigTasks`] owns the two background tasks: telling watchers, and forgetting old history.
//! This crate knows no wire format, no status code and no store.
//!
//! Reading order: [`catalog`] (state and rules), [`changes`] and [`watch`] (who is told), [`publish`], [`release_params`], [`search`],
//! [`page`] and [`transfer`] (what can be asked), [`configs`] (the face), [`namespace`], [`tasks`].

pub mod error;
pub mod settings;

pub mod catalog;
pub mod changes;
pub mod watch;

pub mod limits;
pub mod page;
pub mod publish;
pub mod release_params;
pub mod search;
pub mod transfer;

pub mod activity;
pub mod configs;
pub mod namespace;
pub mod tasks;

#[cfg(test)]
mod tests;

pub use activity::Activity;
pub use catalog::Catalog;
pub use catalog::entry::{AppLabels, ClientLabels, Entry, RequestedTag, Served, ServedRelease};
pub use changes::Changes;
pub use configs::capacity::Capacity;
pub use configs::delivery::ClientHolding;
pub use configs::long_poll::hold_for;
pub use configs::revision::{Revision, RevisionContent};
pub use configs::{Configs, Turn};
pub use error::ConfigError;
pub use limits::{ConfigField, ConfigProblem, InvalidConfig};
pub use namespace::{NamespaceError, NamespaceSummary, Namespaces};
pub use page::{Page, PageRequest};
pub use publish::{PublishRequest, Published, RemoveRequest, RemoveTarget};
pub use release_params::ReleaseParams;
pub use search::{Matching, SearchQuery};
pub use settings::{CapacitySettings, ConfigSettings};
pub use tasks::ConfigTasks;
pub use transfer::{TransferItem, TransferPolicy, TransferReport};
pub use watch::{ConfigOutbox, ListenItem, Listener, WatchStatus, held::HeldMd5, watcher::Watcher};
