//! What probing needs from the rest of the program: whom to probe, and where to record what follows.

use std::{error::Error, sync::Arc};

use navaid_core::{Endpoint, ServiceKey, Switches, seam::Pending, service::HealthChecker};

use crate::streak::Mark;

/// A persistent instance and how it is probed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub key: ServiceKey,
    /// The instance's own endpoint, its name.
    pub endpoint: Endpoint,
    pub checker: HealthChecker,
    /// Where it is probed.
    pub port: u16,
}

/// Why a mark was not recorded; only ever logged.
pub type RecordError = Box<dyn Error + Send + Sync>;

/// Implemented by the program over the discovery engine, and by tests. All but [`Registry::record`] answer at once.
pub trait Registry: Send + Sync + 'static {
    /// Grows whenever [`Registry::subjects`] may answer something else.
    fn revision(&self) -> u64;

    /// All persistent instances, also those without a checker.
    fn subjects(&self) -> Vec<Subject>;

    fn switches(&self) -> Arc<Switches>;

    /// Whether an instance is marked healthy now; none if it is gone.
    fn is_healthy(&self, key: &ServiceKey, endpoint: &Endpoint) -> Option<bool>;

    /// Marks an instance. Does nothing if it is gone. Answers when the mark is durable.
    fn record(&self, key: &ServiceKey, endpoint: &Endpoint, mark: Mark) -> Pending<Result<(), RecordError>>;
}
