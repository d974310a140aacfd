//! The thread that writes the stored state, a step behind the committer.

use std::sync::Arc;

use tracing::error;

use super::{backlog::Backlog, queue::ProposalQueue};
use crate::state::State;

pub(crate) struct Keeper {
    state: Arc<State>,
    backlog: Arc<Backlog>,
    queue: Arc<ProposalQueue>,
}

impl Keeper {
    pub(crate) fn new(state: Arc<State>, backlog: Arc<Backlog>, queue: Arc<ProposalQueue>) -> Self {
        Self { state, backlog, queue }
    }

    pub(crate) fn run(self) {
        while let Some(work) = self.backlog.next_work() {
            if let Err(error) = self.state.write(&work.records, work.applied) {
                error!(%error, "the stored state failed: no more writes until the server is started again");
                self.fail(error.to_string().into());
                return;
            }
            self.backlog.done(work.applied);
        }
    }

    fn fail(&self, reason: Arc<str>) {
        self.backlog.fail(reason.clone());
        self.queue.fail(reason);
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.fail("the thread that writes the state panicked".into());
        }
    }
}
