//! Brings a watcher of a pattern up to date: batch by batch, each only after the one before was taken, each compared
//! with what there is when it is sent (`spec/grpc` §9.5, §10.5).
//!
//! Plain state of one watch of one connection. It ends when the client knows what there is; what changes later is
//! told by notices.

use std::{collections::HashSet, sync::Arc};

use navaid_core::WatchPattern;

/// Keys that a client may say it has: twice what a pattern matches. Of those beyond, it is told anew or not at all.
const RECEIVED_MAX: usize = 1000;

/// What is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Services,
    Items,
}

impl Kind {
    /// Changes in one batch, as in the reference.
    fn batch(self) -> usize {
        match self {
            Self::Services => 10,
            Self::Items => 20,
        }
    }
}

/// A watch of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct WatchId {
    pub(crate) kind: Kind,
    /// As the client wrote it.
    pub(crate) pattern: Arc<str>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Batch {
        /// Whether it belongs to the first batches of a watch, or repairs what the client knows.
        initializing: bool,
        /// Keys as the client writes them, and whether each is there.
        changes: Vec<(String, bool)>,
        total: usize,
        /// From 1.
        current: usize,
    },
    /// The client knows everything that it is told at first.
    Finish,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct PatternSync {
    pub(crate) pattern: WatchPattern,
    kind: Kind,
    known: HashSet<String>,
    initializing: bool,
    batches_taken: usize,
    sent: Option<Step>,
}

impl PatternSync {
    /// `received`: what the client says it knows.
    pub(crate) fn new(kind: Kind, pattern: WatchPattern, received: Vec<String>, initializing: bool) -> Self {
        let known = received.into_iter().take(RECEIVED_MAX).collect();
        Self { pattern, kind, known, initializing, batches_taken: 0, sent: None }
    }

    pub(crate) fn id(&self) -> WatchId {
        WatchId { kind: self.kind, pattern: self.pattern.text().clone() }
    }

    /// What to send, given what there is; none once the client knows it. Where matches are left out (`is_full`), what
    /// the client has beyond them may well be there, and is not taken from it.
    pub(crate) fn next(&mut self, present: &HashSet<String>, is_full: bool) -> Option<Step> {
        let mut added: Vec<_> = present.difference(&self.known).collect();
        let mut gone: Vec<_> = self.known.difference(present).filter(|_| !is_full).collect();
        added.sort_unstable();
        gone.sort_unstable();
        let batch = self.kind.batch();
        let missing = (added.len() + gone.len()).div_ceil(batch);
        let changes = added.into_iter().map(|key| (key.clone(), true));
        let changes = changes.chain(gone.into_iter().map(|key| (key.clone(), false)));
        let step = if missing > 0 {
            Some(Step::Batch {
                initializing: self.initializing,
                changes: changes.take(batch).collect(),
                total: self.batches_taken + missing,
                current: self.batches_taken + 1,
            })
        } else {
            self.initializing.then_some(Step::Finish)
        };
        self.sent.clone_from(&step);
        step
    }

    /// The client has taken what was sent last.
    pub(crate) fn taken(&mut self) {
        match self.sent.take() {
            None => {}
            Some(Step::Finish) => self.initializing = false,
            Some(Step::Batch { changes, .. }) => {
                self.batches_taken += 1;
                for (key, is_present) in changes {
                    if is_present {
                        self.known.insert(key);
                    } else {
                        self.known.remove(&key);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sync(received: &[&str], initializing: bool) -> PatternSync {
        let pattern = WatchPattern::parse("public>>g>>*").unwrap();
        PatternSync::new(
            Kind::Services,
            pattern,
            received.iter().map(|&key| key.into()).collect(),
            initializing,
        )
    }

    fn keys(names: impl IntoIterator<Item = String>) -> HashSet<String> {
        names.into_iter().collect()
    }

    fn changes(step: Option<Step>) -> Vec<(String, bool)> {
        match step {
            Some(Step::Batch { changes, .. }) => changes,
            other => panic!("no batch: {other:?}"),
        }
    }

    #[test]
    fn everything_is_told_in_batches_and_then_finished() {
        let present = keys((10..35).map(|number| format!("s{number}")));
        let mut sync = sync(&[], true);
        let mut told = 0;
        for current in 1..=3 {
            let Some(Step::Batch { changes, total, current: at, .. }) = sync.next(&present, false) else {
                panic!("batch {current} is missing");
            };
            assert_eq!((total, at), (3, current));
            told += changes.len();
            sync.taken();
        }
        assert_eq!((told, sync.next(&present, false)), (25, Some(Step::Finish)));
        sync.taken();
        assert_eq!(sync.next(&present, false), None);
    }

    #[test]
    fn a_repair_tells_the_difference_alone() {
        let mut sync = sync(&["a", "b"], false);
        let present = keys(["b".to_owned(), "c".to_owned()]);
        assert_eq!(changes(sync.next(&present, false)), [("c".to_owned(), true), ("a".to_owned(), false)]);
        sync.taken();
        assert_eq!(sync.next(&present, false), None);
    }

    #[test]
    fn what_a_full_pattern_does_not_show_is_not_taken_away() {
        let mut sync = sync(&["a"], false);
        assert_eq!(changes(sync.next(&keys(["b".to_owned()]), true)), [("b".to_owned(), true)]);
    }

    #[test]
    fn a_batch_that_was_not_taken_is_made_anew() {
        let mut sync = sync(&[], true);
        sync.next(&keys(["a".to_owned()]), false);
        assert_eq!(changes(sync.next(&keys(["b".to_owned()]), false)), [("b".to_owned(), true)]);
    }
}
