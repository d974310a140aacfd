//! What the builder, the streams and the reports share.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use navaid_core::{Moment, ServiceKey, mesh::MeshConnection, seam::Clock};
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::{catalog::Catalog, settings::MeshSettings, translate::ServicePort};

/// See the module. Locks are held for map operations only, and no two at a time.
pub(crate) struct Switchboard {
    pub(crate) settings: MeshSettings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) catalog: Mutex<Catalog>,
    /// Changes with the catalog.
    pub(crate) pulse: watch::Sender<Pulse>,
    /// The ports of each service that is shown.
    pub(crate) ports: Mutex<HashMap<ServiceKey, Vec<ServicePort>, RandomState>>,
    /// Open streams, by number.
    pub(crate) streams: Mutex<BTreeMap<u64, MeshConnection>>,
    pub(crate) tally: Tally,
}

/// That the catalog changed, and since when the change waited to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Pulse {
    pub(crate) seq: u64,
    pub(crate) since: Moment,
}

impl Switchboard {
    pub(crate) fn new(settings: MeshSettings, clock: Arc<dyn Clock>) -> Self {
        Self {
            settings,
            clock,
            catalog: Mutex::default(),
            pulse: watch::Sender::default(),
            ports: Mutex::default(),
            streams: Mutex::default(),
            tally: Tally::default(),
        }
    }
}

/// Counts since the start.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    next_stream: AtomicU64,
    pub(crate) open: [AtomicUsize; 3],
    pub(crate) pushes: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) refusals: AtomicU64,
    pub(crate) stale: AtomicU64,
    pub(crate) cut: AtomicU64,
    pub(crate) builds: AtomicU64,
    pub(crate) build_us: AtomicU64,
    pub(crate) send_us: AtomicU64,
    pub(crate) sends: AtomicU64,
}

impl Tally {
    pub(crate) fn next_stream(&self) -> u64 {
        self.next_stream.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn built(&self, took: Duration) {
        add(&self.builds, 1);
        add(&self.build_us, micros(took));
    }

    /// A change was told so long after it was made.
    pub(crate) fn told(&self, after: Duration) {
        add(&self.sends, 1);
        add(&self.send_us, micros(after));
    }
}

pub(crate) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}
