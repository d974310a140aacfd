//! The least time between two answers of different content on a stream of Istio.

use std::time::Duration;

use navaid_core::Moment;

/// (!) istiod waits until 100 ms pass without a change, over all types together and for up to 10 s: a source that sends
/// each change at once makes the mesh slower (`spec/istiod-as-seen` §5). First answers of a type are not held up.
#[derive(Debug)]
pub(crate) struct Spacing {
    span: Duration,
    last: Option<Moment>,
}

impl Spacing {
    pub(crate) fn new(span: Duration) -> Self {
        Self { span, last: None }
    }

    /// When the next change may be sent, if not now.
    pub(crate) fn until(&self, now: Moment) -> Option<Moment> {
        self.last.map(|last| last + self.span).filter(|until| *until > now)
    }

    pub(crate) fn sent(&mut self, now: Moment) {
        self.last = Some(now);
    }
}
