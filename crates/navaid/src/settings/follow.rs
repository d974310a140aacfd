//! Follows the settings file while the server runs.
//!
//! What a Nacos server would change at run time, and what it would do to its locks, must not go by unseen here. Only the
//! level of the log changes while the server runs. Everything else is told: what takes effect at the next start, what
//! would stop that start, and that access control that was asked for is not there. Profile files and imports are not
//! watched, as in Nacos; they are read again when the main file has changed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use tokio_util::sync::CancellationToken;

use super::catalog;
use super::effective::{Effective, Row};
use super::load::{Loaded, Surroundings, load, main_files};
use super::log::LogFilter;
use super::mistake::Mistakes;
use super::secret::MASK;
use super::source::Origin;

/// From one look at the files to the next: as often as Nacos looks, for which people wait.
const INTERVAL: Duration = Duration::from_secs(5);

/// One thing that a changed file comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// The log has another filter from now on.
    Log(LogFilter),
    /// A setting has another value at the next start; `value` is masked if it is a secret.
    Later { key: &'static str, value: String, origin: Origin },
    /// A setting that keeps somebody out was emptied or removed: it counts until the next start.
    Removed { key: &'static str },
    /// The server would not start with the files as they are.
    Refused(Mistakes),
}

/// Looks at the files again and again.
pub struct Follower {
    surroundings: Surroundings,
    stamps: Stamps,
    /// What the files were when they could last be used.
    last: BTreeMap<&'static str, Row>,
    filter: LogFilter,
}

/// When each file was last changed and how long it is; `None` for one that is not there.
type Stamps = Vec<(PathBuf, Option<(SystemTime, u64)>)>;

impl Follower {
    /// Follows the files from which `loaded` came.
    pub fn new(surroundings: Surroundings, loaded: &Loaded) -> Self {
        let (last, filter) = (rows(&loaded.effective), loaded.settings.log.filter.clone());
        // Without stamps the first look reads the files, which may have changed since they were loaded.
        Self { surroundings, stamps: Stamps::new(), last, filter }
    }

    /// Looks until `stop`; `set_filter` changes the filter of the log.
    pub async fn run(mut self, set_filter: impl Fn(LogFilter), stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(INTERVAL)).await.is_some() {
            let look = tokio::task::spawn_blocking(move || {
                let changes = self.look();
                (self, changes)
            });
            let Ok((follower, changes)) = look.await else {
                return stop.cancelled().await; // a panic in it is logged; the server goes on without
            };
            self = follower;
            for change in changes {
                report(&change);
                if let Change::Log(filter) = change {
                    set_filter(filter);
                }
            }
        }
    }

    /// What has changed since the last look.
    pub(crate) fn look(&mut self) -> Vec<Change> {
        let stamps = stamps(&self.surroundings);
        if stamps == self.stamps {
            return Vec::new();
        }
        self.stamps = stamps;
        match load(&self.surroundings) {
            Ok(loaded) => self.compare(loaded),
            Err(mistakes) => vec![Change::Refused(mistakes)],
        }
    }

    fn compare(&mut self, loaded: Loaded) -> Vec<Change> {
        let rows = rows(&loaded.effective);
        let mut changes = Vec::new();
        for about in catalog::all() {
            let key = about.name;
            let (Some(was), Some(row)) = (self.last.get(key), rows.get(key)) else { continue };
            let is_same = was.value == row.value && (was.written == row.written || !row.secret);
            if key == catalog::LOG_LEVEL.about.name || is_same {
                continue;
            }
            if about.guards && was.origin != Origin::Default && row.origin == Origin::Default {
                changes.push(Change::Removed { key });
            } else {
                let value = if row.secret { MASK.to_owned() } else { row.value.clone() };
                changes.push(Change::Later { key, value, origin: row.origin.clone() });
            }
        }
        if loaded.settings.log.filter != self.filter {
            self.filter = loaded.settings.log.filter;
            changes.push(Change::Log(self.filter.clone()));
        }
        self.last = rows;
        changes
    }
}

fn stamps(surroundings: &Surroundings) -> Stamps {
    let stamp = |path: PathBuf| {
        let metadata = std::fs::metadata(surroundings.working_dir.join(&path)).ok();
        let stamp = metadata.and_then(|file| Some((file.modified().ok()?, file.len())));
        (path, stamp)
    };
    main_files(surroundings).into_iter().map(stamp).collect()
}

fn rows(effective: &Effective) -> BTreeMap<&'static str, Row> {
    effective.rows.iter().map(|row| (row.key, row.clone())).collect()
}

fn report(change: &Change) {
    match change {
        Change::Log(filter) => tracing::info!(%filter, "the log follows its changed setting"),
        Change::Later { key, value, origin } => {
            tracing::info!(key, value, %origin, "a changed setting takes effect at the next start");
        }
        Change::Removed { key } => {
            tracing::warn!(key, "a protection was taken out of the settings; it stays until the next start");
        }
        Change::Refused(mistakes) => {
            for mistake in &mistakes.0 {
                tracing::warn!(%mistake, "the changed settings cannot be used; what the server started with stays");
            }
        }
    }
}
