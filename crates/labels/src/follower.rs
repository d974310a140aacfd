//! Reads a source again and again, hands on what is new, and says in the log what an operator should know: once when
//! the labels can no longer be read, once for each new reason, once when they can again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use navaid_core::{
    LabelEntry,
    seam::{LabelSource, LabelsUnread},
};
use tokio_util::sync::CancellationToken;

/// What became of the reads of a source, for metrics.
#[derive(Debug, Default)]
pub struct LabelTally {
    reads: AtomicU64,
    failures: AtomicU64,
    changes: AtomicU64,
    entries: AtomicUsize,
}

impl LabelTally {
    /// Reads that were tried.
    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }

    /// Reads that failed.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Reads that gave labels, the first one too.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    /// Entries that count now.
    pub fn entries(&self) -> usize {
        self.entries.load(Ordering::Relaxed)
    }
}

/// See the module. Its owner awaits [`LabelFollower::run`] in a task that it joins.
pub struct LabelFollower {
    source: Box<dyn LabelSource>,
    publish: Box<dyn FnMut(Vec<LabelEntry>) + Send>,
    stop: CancellationToken,
    tally: Arc<LabelTally>,
    /// Reads that failed in a row, and why the last one did.
    failing: Option<(u32, LabelsUnread)>,
}

impl LabelFollower {
    pub fn new(
        source: Box<dyn LabelSource>,
        publish: impl FnMut(Vec<LabelEntry>) + Send + 'static,
        stop: CancellationToken,
    ) -> Self {
        Self { source, publish: Box::new(publish), stop, tally: Arc::default(), failing: None }
    }

    pub fn tally(&self) -> Arc<LabelTally> {
        self.tally.clone()
    }

    /// Reads once. Before [`LabelFollower::run`], for a server whose first answers shall know the labels.
    pub async fn read(&mut self) {
        self.tally.reads.fetch_add(1, Ordering::Relaxed);
        match self.source.read().await {
            Ok(entries) => self.succeeded(entries),
            Err(error) => self.failed(error),
        }
    }

    /// Returns once stopped; a read under way is dropped.
    pub async fn run(mut self) {
        let stop = self.stop.clone();
        let follow = async {
            loop {
                tokio::time::sleep(self.pause()).await;
                self.read().await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = follow => {}
        }
    }

    fn pause(&self) -> Duration {
        self.source.pause(self.failing.as_ref().map_or(0, |(failures, _)| *failures))
    }

    fn succeeded(&mut self, entries: Option<Vec<LabelEntry>>) {
        let source = self.source.place();
        if let Some((failures, _)) = self.failing.take() {
            tracing::info!(source, failures, "labels can be read again");
        }
        let Some(entries) = entries else { return };
        tracing::info!(source, entries = entries.len(), "labels are read");
        self.tally.changes.fetch_add(1, Ordering::Relaxed);
        self.tally.entries.store(entries.len(), Ordering::Relaxed);
        (self.publish)(entries);
    }

    fn failed(&mut self, error: LabelsUnread) {
        self.tally.failures.fetch_add(1, Ordering::Relaxed);
        let (failures, is_news) = match &self.failing {
            Some((failures, known)) => (failures.saturating_add(1), *known != error),
            None => (1, true),
        };
        if is_news {
            let (source, kept) = (self.source.place(), self.tally.entries());
            tracing::warn!(source, %error, kept, "labels cannot be read; those that were read before stay");
        }
        self.failing = Some((failures, error));
    }
}

#[cfg(test)]
mod tests;
