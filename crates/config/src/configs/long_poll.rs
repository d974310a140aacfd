//! HTTP long polling on top of the watch index (`spec/config-semantics` §4).

use std::{sync::Arc, time::Duration};

use foldhash::fast::RandomState;
use hashbrown::HashSet;
use navaid_core::{
    config_item::ConfigKey,
    time::{Now, Timestamp},
};
use parking_lot::Mutex;
use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

use super::Configs;
use crate::{
    activity::HeldPoll,
    catalog::entry::ClientLabels,
    error::ConfigError,
    watch::{ConfigOutbox, ListenItem, Listener, watcher::Watcher},
};

/// Shortest hold, whatever a client asks for (`MIN_LONG_POOLING_TIMEOUT`).
pub const HOLD_MIN: Duration = Duration::from_secs(10);
/// Longest hold, whatever a client asks for; no client asks for more than 45 s.
pub const HOLD_MAX: Duration = Duration::from_secs(120);
/// An answer leaves this much before the client's own deadline (`fixedDelayTime`).
pub const HOLD_MARGIN: Duration = Duration::from_millis(500);

/// How long a poll is held whose client waits for `timeout` (its `Long-Pulling-Timeout`): 30 s → 29.5 s.
pub fn hold_for(timeout: Duration) -> Duration {
    timeout.saturating_sub(HOLD_MARGIN).clamp(HOLD_MIN, HOLD_MAX)
}

/// One poll under way.
pub(super) struct LongPoll<'p> {
    configs: &'p Configs,
    items: &'p [ListenItem],
    labels: &'p ClientLabels<'p>,
    outbox: Arc<PollOutbox>,
    _held: HeldPoll<'p>,
    /// Ends the watches when the poll ends or is dropped.
    listener: Listener,
    started: (Now, Instant),
}

impl<'p> LongPoll<'p> {
    pub(super) fn start(
        configs: &'p Configs,
        items: &'p [ListenItem],
        labels: &'p ClientLabels<'p>,
        now: Now,
    ) -> Result<Self, ConfigError> {
        let outbox = Arc::new(PollOutbox::default());
        let listener = configs.listener(Watcher::polling(labels), outbox.clone());
        configs.watches().watch(&listener, items, now)?;
        let (held, started) = (configs.activity().holds(), (now, Instant::now()));
        Ok(Self { configs, items, labels, outbox, _held: held, listener, started })
    }

    /// Compares everything once (the watches are set already), then what is told to have changed.
    pub(super) async fn wait(self, hold: Duration) -> Vec<ConfigKey> {
        let deadline = Instant::now() + hold;
        let mut differing = self.configs.differing(self.items, self.labels);
        while differing.is_empty() {
            let Ok(told) = timeout_at(deadline, self.outbox.take()).await else { break };
            let items = self.items.iter().filter(|item| told.contains(&item.key));
            let differing_items = items.filter(|item| self.configs.differs(item, self.labels));
            differing = differing_items.map(|item| item.key.clone()).collect();
        }
        let (Now { wall, mono }, began) = self.started;
        let (took, wall_ms) = (began.elapsed(), wall.as_millis());
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let now = Now { wall: Timestamp(wall_ms.saturating_add(took_ms)), mono: mono + took };
        self.listener.part(now, hold);
        differing
    }
}

type KeySet = HashSet<ConfigKey, RandomState>;

/// Keys that changed since the poll last looked: at most those it watches.
#[derive(Default)]
struct PollOutbox {
    told: Mutex<KeySet>,
    wake: Notify,
}

impl ConfigOutbox for PollOutbox {
    fn changed(&self, key: &ConfigKey) {
        self.told.lock().insert(key.clone());
        self.wake.notify_one();
    }
}

impl PollOutbox {
    /// Waits for changes and takes them; nothing is taken unless it is returned.
    async fn take(&self) -> KeySet {
        loop {
            let told = std::mem::take(&mut *self.told.lock());
            if !told.is_empty() {
                return told;
            }
            self.wake.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hold_is_half_a_second_less_within_its_bounds() {
        let millis = Duration::from_millis;
        assert_eq!(hold_for(millis(30_000)), millis(29_500));
        assert_eq!(hold_for(Duration::ZERO), HOLD_MIN);
        assert_eq!(hold_for(Duration::MAX), HOLD_MAX);
    }
}
