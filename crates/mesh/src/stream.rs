//! What one stream owes its peer: three machines, one for each protocol, without I/O and without a clock.
//!
//! ```text
//! request ─▶ machine ◀─ catalog (what changed)        next(catalog, now) ─▶ Answer | Wait until | Idle
//! ```
//!
//! An answer is made when it can be sent, not when something changes: a peer that reads slowly is given the newest state and
//! no history, and no queue grows. Of each type one answer is unacknowledged at most, but for clusters: Envoy acknowledges
//! those only when it has their endpoints (`spec/clients-on-the-wire` D §4).

pub(crate) mod delta;
mod interest;
pub(crate) mod mcp;
mod progress;
mod shelf;
mod spacing;
pub(crate) mod world;

use std::sync::Arc;

use bytes::Bytes;
use navaid_core::{Moment, mesh::MeshSubscription};

use crate::{
    catalog::Catalog,
    proto::{envoy::config::core::v3::Node, google::rpc::Status},
};

pub(crate) use interest::{Interest, ListDigest, Listed};
pub(crate) use progress::{Progress, Reply};
pub(crate) use shelf::Shelf;
pub(crate) use spacing::Spacing;

/// A message to a peer: the fields that are its own, and the resources, which streams share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) head: Bytes,
    pub(crate) resources: Bytes,
}

/// What a stream does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Answer(Answer),
    /// Something is to be said, but not before.
    Wait(Moment),
    Idle,
}

/// Why a stream is ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Cut {
    #[error("cannot subscribe to more than {max} names on one stream")]
    TooManyNames { max: usize },
    #[error("cannot ask for more than {max} types on one stream")]
    TooManyTypes { max: usize },
    #[error("cannot take a name or type of {length} bytes: {max} at most")]
    NameTooLong { length: usize, max: usize },
    #[error("a resource name is not UTF-8")]
    NameIsNoText,
}

/// Longest name of a resource, and of a type; no consumer has any that are near it.
const NAME_MAX: usize = 1024;

/// Refuses a request with a name that is too long, given the length of each: a stream keeps every name that it is asked
/// for.
fn check_names(mut lengths: impl Iterator<Item = usize>) -> Result<(), Cut> {
    match lengths.find(|length| *length > NAME_MAX) {
        Some(length) => Err(Cut::NameTooLong { length, max: NAME_MAX }),
        None => Ok(()),
    }
}

/// What a request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A question, or an acknowledgement.
    Taken,
    /// The peer refused the last answer.
    Refused,
    /// It is about an answer that is not the last; nothing was done.
    Stale,
}

/// A machine that speaks one protocol.
pub(crate) trait Machine: Send + 'static {
    type Request: prost::Message + Default + Send + 'static;

    /// Takes a request.
    ///
    /// # Errors
    /// It breaks a limit: the stream must end.
    fn hear(&mut self, request: Self::Request) -> Result<Heard, Cut>;

    /// Takes what is to be sent next, as if it were sent. Call it when it can be.
    fn next(&mut self, catalog: &Catalog, now: navaid_core::Now) -> Step;

    /// As the peer calls itself.
    fn node(&self) -> Arc<str>;

    fn subscriptions(&self) -> Vec<MeshSubscription>;
}

/// What is known of an xDS peer by its node.
#[derive(Debug, Clone, Default)]
pub(crate) struct Peer {
    pub(crate) id: Arc<str>,
    /// (!) Istio 1.11, which refuses changes of a resource that bears a version; it is known by its node only
    /// (`spec/mesh` §6).
    pub(crate) takes_no_versions: bool,
}

/// Longest name of a node that is kept.
const NODE_MAX: usize = 256;

impl Peer {
    /// Takes what a request says of its sender; most say nothing.
    pub(crate) fn learn(&mut self, node: Option<Node>) {
        let Some(node) = node.filter(|node| !node.id.is_empty()) else { return };
        self.takes_no_versions = node.id.contains("~test-1.default~");
        self.id = plain(&node.id).into();
    }
}

/// What a peer calls itself, as far as it is kept: it stands in the log.
fn plain(name: &str) -> String {
    clip(name, NODE_MAX).chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// The reason that a peer gives, as far as it is kept.
fn reason(status: &Status) -> String {
    const REASON_MAX: usize = 512;
    format!("code {}: {}", status.code, clip(&status.message, REASON_MAX))
}

fn clip(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

#[cfg(test)]
mod testbed;
