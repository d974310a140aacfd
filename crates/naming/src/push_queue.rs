//! The services that wait to be pushed, and the bell that wakes whoever pushes.

use std::time::Duration;

use navaid_core::{Moment, ServiceKey};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::push_schedule::{DuePush, PushSchedule};

/// One entry per service that is not quiet: bounded by the number of services that have subscribers.
#[derive(Debug)]
pub(crate) struct PushQueue {
    schedule: Mutex<PushSchedule>,
    /// Rings when the next turn came nearer.
    bell: Notify,
}

impl PushQueue {
    pub(crate) fn new(delay: Duration) -> Self {
        Self { schedule: Mutex::new(PushSchedule::new(delay)), bell: Notify::new() }
    }

    pub(crate) fn changed(&self, key: &ServiceKey, now: Moment) {
        if self.schedule.lock().changed(key, now) {
            self.bell.notify_one();
        }
    }

    pub(crate) fn subscribed(&self, key: &ServiceKey, now: Moment) {
        if self.schedule.lock().subscribed(key, now) {
            self.bell.notify_one();
        }
    }

    /// How many services wait for their turn to be pushed.
    pub(crate) fn due(&self) -> usize {
        self.schedule.lock().due()
    }

    pub(crate) fn take_due(&self, now: Moment) -> Vec<DuePush> {
        self.schedule.lock().take_due(now)
    }

    pub(crate) fn next_turn(&self) -> Option<Moment> {
        self.schedule.lock().next_turn()
    }

    /// Wakes whoever pushes, to look again.
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
    }

    /// Waits until a turn came nearer. Cancel safe; a ring while nobody waits is kept.
    pub(crate) async fn rung(&self) {
        self.bell.notified().await;
    }
}
