//! Labels of addresses from outside: a file that is looked at again and again, or an HTTP endpoint that is asked.
//!
//! ```text
//! FileLabels ─┐
//!             ├─▶ LabelSource::read ─▶ LabelFollower ─▶ publish (the program: into the discovery engine)
//! HttpLabels ─┘    (document: parse)    (when; what the log says)
//! ```
//!
//! What labels are for is `spec/naming-semantics` §5.5; how they are looked up is the discovery engine's affair. A
//! source that cannot be read never takes labels away: the last good ones stand. Another kind of inventory is another
//! implementation of [`LabelSource`](navaid_core::seam::LabelSource).
//!
//! Reading order: [`settings`], `document` (the format, and its limits), [`file`], [`http`], [`follower`].

pub mod settings;

pub mod document;

pub mod file;
pub mod http;
pub mod source;

pub mod follower;

#[cfg(test)]
mod contract;

pub use file::FileLabels;
pub use follower::{LabelFollower, LabelTally};
pub use http::HttpLabels;
pub use settings::{BearerToken, HttpSettings, LabelOrigin, LabelSettings, LabelUrl};
pub use source::source;
