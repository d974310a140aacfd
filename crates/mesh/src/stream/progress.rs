//! How far a peer is with one type: what it was sent, and what it said of it. The same in all three protocols.

use std::sync::Arc;

use navaid_core::{Timestamp, mesh::MeshSubscription};

use crate::catalog::Seq;

/// What the nonce of a request says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    /// Nothing was sent of this type: whatever the nonce is, this is a first request. (!) istiod's first requests bear the
    /// time of day as nonce (`spec/mesh` §5.1).
    First,
    /// It answers the last answer, which nobody has answered yet.
    Last,
    /// It bears the nonce of an answer that was acknowledged already. (!) Envoy asks so for endpoints after clusters
    /// changed (`spec/clients-on-the-wire` D §4).
    Again,
    /// It is about another answer.
    Stale,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    answers: u64,
    /// Nonce of the last answer; empty before it.
    nonce: String,
    is_unanswered: bool,
    /// Up to which change the peer was told.
    pub(crate) told: Seq,
    sent: String,
    sent_at: Option<Timestamp>,
    resources: usize,
    acknowledged: String,
    refused: Option<(String, String)>,
}

impl Progress {
    /// Whether an answer was sent.
    pub(crate) fn has_answered(&self) -> bool {
        self.answers > 0
    }

    /// Whether the last answer waits for its acknowledgement.
    pub(crate) fn is_unanswered(&self) -> bool {
        self.is_unanswered
    }

    /// Version of the last answer; empty before it.
    pub(crate) fn sent(&self) -> &str {
        &self.sent
    }

    pub(crate) fn reply(&self, nonce: &str) -> Reply {
        match () {
            () if !self.has_answered() => Reply::First,
            () if nonce != self.nonce => Reply::Stale,
            () if self.is_unanswered => Reply::Last,
            () => Reply::Again,
        }
    }

    pub(crate) fn accepted(&mut self) {
        self.is_unanswered = false;
        self.acknowledged.clone_from(&self.sent);
    }

    pub(crate) fn refused(&mut self, reason: String) {
        self.is_unanswered = false;
        self.refused = Some((self.sent.clone(), reason));
    }

    /// Notes an answer that is sent now.
    pub(crate) fn answered(&mut self, nonce: String, version: String, resources: usize, at: Timestamp) {
        self.answers += 1;
        self.nonce = nonce;
        self.is_unanswered = true;
        self.sent = version;
        self.sent_at = Some(at);
        self.resources = resources;
    }

    pub(crate) fn subscription(&self, type_name: &Arc<str>, names: Option<usize>) -> MeshSubscription {
        MeshSubscription {
            type_name: type_name.clone(),
            names,
            answers: self.answers,
            resources: self.resources,
            sent: self.sent.clone(),
            sent_at: self.sent_at,
            acknowledged: self.acknowledged.clone(),
            refused: self.refused.clone(),
        }
    }
}
