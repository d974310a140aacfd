//! What the generations of the configuration API share: reading parameters, asking the engine, wording refusals.
//!
//! ```text
//!   v1, v2, v3 handlers ──▶ dialect (parameters ▶ requests) ──▶ engine
//!           ▲                                                     │
//!           └── item, release, listeners, history, … ◀─ failure ◀─┘
//! ```
//!
//! The generations differ by data (a [`Dialect`]) and by the shapes they answer with; no rule is written twice.

pub(crate) mod archive;
pub(crate) mod capacity;
pub(crate) mod dialect;
pub(crate) mod history;
pub(crate) mod holding;
pub(crate) mod item;
pub(crate) mod listeners;
pub(crate) mod operations;
pub(crate) mod paging;
pub(crate) mod release;
pub(crate) mod transfer;

mod failure;

pub(crate) use dialect::Dialect;
