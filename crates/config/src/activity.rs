//! What the configuration engine was asked to do, in numbers, since the start.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use navaid_core::OverCapacity;

/// Counts the use cases that metrics tell of.
#[derive(Debug, Default)]
pub struct Activity {
    reads: AtomicU64,
    publishes: AtomicU64,
    over_quota: AtomicU64,
    over_size: AtomicU64,
    polls: AtomicUsize,
    repeats: AtomicU64,
}

/// A long poll while it is held.
pub(crate) struct HeldPoll<'a>(&'a Activity);

impl Activity {
    /// Reads of what a client gets, found or not.
    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }

    /// Publishes that were stored.
    pub fn publishes(&self) -> u64 {
        self.publishes.load(Ordering::Relaxed)
    }

    /// Publishes refused because there are as many items as there may be.
    pub fn over_quota(&self) -> u64 {
        self.over_quota.load(Ordering::Relaxed)
    }

    /// Publishes refused because their content is larger than its owner allows.
    pub fn over_size(&self) -> u64 {
        self.over_size.load(Ordering::Relaxed)
    }

    /// Long polls that are held now.
    pub fn polls(&self) -> usize {
        self.polls.load(Ordering::Relaxed)
    }

    /// Notices that were sent again to clients which acknowledged them and did not read.
    pub fn repeats(&self) -> u64 {
        self.repeats.load(Ordering::Relaxed)
    }

    /// An edge sends a notice again.
    pub fn repeated(&self) {
        self.repeats.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) {
        self.reads.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn published(&self) {
        self.publishes.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn refused(&self, over: &OverCapacity) {
        let count = match over {
            OverCapacity::Quota { .. } => &self.over_quota,
            OverCapacity::Size { .. } => &self.over_size,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a poll until what is returned is dropped.
    pub(crate) fn holds(&self) -> HeldPoll<'_> {
        self.polls.fetch_add(1, Ordering::Relaxed);
        HeldPoll(self)
    }
}

impl Drop for HeldPoll<'_> {
    fn drop(&mut self) {
        self.0.polls.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polls_are_counted_while_they_are_held() {
        let activity = Activity::default();
        let held = activity.holds();
        assert_eq!(activity.polls(), 1);
        drop(held);
        assert_eq!(activity.polls(), 0);
        activity.read();
        activity.published();
        assert_eq!((activity.reads(), activity.publishes()), (1, 1));
        activity.refused(&OverCapacity::Size { size: 2, max: 1 });
        assert_eq!((activity.over_size(), activity.over_quota()), (1, 0));
    }
}
