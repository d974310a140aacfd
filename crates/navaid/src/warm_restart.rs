//! Keeping ephemeral services over a restart: taken back at the start, saved while the server runs.
//!
//! ```text
//! start ─▶ read the file ─▶ engine serves it, unconfirmed ─▶ ports open
//! every 250 ms ─▶ what changed is appended ─▶ … ─▶ the whole anew once as much was appended ─▶ … ─▶ stop: the last
//! ```
//!
//! Nobody waits for the file. Saving takes a twentieth of one core at most: the pause after each step is twenty times as
//! long as the step took.

use std::{sync::Arc, time::Duration};

use navaid_core::{Timestamp, seam::Clock};
use navaid_naming::Naming;
use navaid_storage::{EphemeralFile, EphemeralState};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Pause between two looks at what changed: what is registered less than this before a crash may be missing after it.
const PAUSE: Duration = Duration::from_millis(250);
/// One part in this many of a core's time is taken for saving.
const SHARE: u32 = 20;
/// Pause after a failure, mostly of a disk that is full.
const PAUSE_FAILED: Duration = Duration::from_secs(30);
/// Instances whose services are saved in one step, about.
const STEP: usize = 50_000;

/// Takes back what the file holds. A file that is of no use is told of and costs nothing else.
pub(crate) fn restore(file: &EphemeralFile, naming: &Naming, clock: &dyn Clock) {
    let path = file.path().display();
    let state = file.read().unwrap_or_else(|error| {
        tracing::warn!(%path, %error, "instances of before the restart are not known: the file is ignored");
        EphemeralState::default()
    });
    if state.cut_off > 0 {
        tracing::info!(%path, bytes = state.cut_off, "the last record was cut off and is ignored");
    }
    let mut restoration = naming.restoration(state.reached, clock.now());
    let services = state.services.len();
    state.services.into_iter().for_each(|service| restoration.service(service));
    let instances = restoration.end();
    if services > 0 {
        let window_s = naming.settings().unconfirmed_for.as_secs();
        tracing::info!(
            instances,
            services,
            window_s,
            "serving what was known before the restart, unconfirmed"
        );
    }
}

/// Saves what changes until it is told to stop, then once more.
pub(crate) struct WarmKeeper {
    pub(crate) file: EphemeralFile,
    pub(crate) naming: Arc<Naming>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) stop: CancellationToken,
}

impl WarmKeeper {
    pub(crate) async fn run(self) {
        let Self { file, naming, clock, stop } = self;
        let mut saver = Saver { file, naming, clock, has_failed: false };
        let mut pause = PAUSE;
        let mut is_last = false;
        while !is_last {
            is_last = stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none();
            let started = Instant::now();
            let step = move || {
                saver.save(pause, is_last);
                saver
            };
            match tokio::task::spawn_blocking(step).await {
                Ok(back) => saver = back,
                Err(error) => return tracing::error!(%error, "saving of ephemeral services ended"),
            }
            pause = match saver.has_failed {
                true => PAUSE_FAILED,
                false => PAUSE.max(started.elapsed() * SHARE),
            };
        }
    }
}

struct Saver {
    file: EphemeralFile,
    naming: Arc<Naming>,
    clock: Arc<dyn Clock>,
    has_failed: bool,
}

impl Saver {
    fn save(&mut self, pause: Duration, is_last: bool) {
        let saved = loop {
            let more = self.step(pause);
            if !is_last || !matches!(more, Ok(true)) {
                break more;
            }
        };
        match saved {
            Ok(_) => self.has_failed = false,
            Err(error) => {
                if !std::mem::replace(&mut self.has_failed, true) {
                    let path = self.file.path().display();
                    tracing::warn!(%path, %error, "ephemeral services are not saved; it is tried again");
                }
            }
        }
    }

    /// Says whether there may be more to save.
    fn step(&mut self, pause: Duration) -> std::io::Result<bool> {
        if self.file.wants_rewrite() {
            self.file.rewrite(self.naming.save_all(), self.reached(pause))?;
            return Ok(true);
        }
        let changes = self.naming.take_unsaved(STEP);
        let has_changes = !changes.is_empty();
        self.file.append(changes, self.reached(pause))?;
        Ok(has_changes)
    }

    /// What the clock of `lastRefTime` will not have passed when this is called again. Connections may be given a second
    /// more than it says.
    fn reached(&self, pause: Duration) -> Timestamp {
        let ahead = 2 * pause + Duration::from_secs(1);
        let now = self.naming.ref_time(self.clock.now());
        Timestamp(now.0 + u64::try_from(ahead.as_millis()).unwrap_or(u64::MAX))
    }
}
