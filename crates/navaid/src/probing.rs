//! Whom active health checks probe: the persistent instances of the discovery engine.

use std::sync::Arc;

use navaid_core::{Endpoint, ServiceKey, Switches, seam::Pending};
use navaid_naming::{Naming, PersistentInstance};
use navaid_probe::{Mark, RecordError, Registry, Subject};

/// The discovery engine as the prober sees it.
pub struct ProbedNaming(pub Arc<Naming>);

impl Registry for ProbedNaming {
    fn revision(&self) -> u64 {
        self.0.replicated_revision()
    }

    fn subjects(&self) -> Vec<Subject> {
        self.0.persistent_instances().into_iter().map(subject).collect()
    }

    fn switches(&self) -> Arc<Switches> {
        self.0.switches()
    }

    fn is_healthy(&self, key: &ServiceKey, endpoint: &Endpoint) -> Option<bool> {
        self.0.persistent_health(key, endpoint)
    }

    fn record(&self, key: &ServiceKey, endpoint: &Endpoint, mark: Mark) -> Pending<Result<(), RecordError>> {
        let (naming, key, endpoint) = (self.0.clone(), key.clone(), endpoint.clone());
        Box::pin(async move { Ok(naming.record_health(&key, &endpoint, mark == Mark::Healthy).await?) })
    }
}

fn subject(PersistentInstance { key, instance, cluster }: PersistentInstance) -> Subject {
    let endpoint = instance.endpoint.clone();
    let port = cluster.probed_port(endpoint.port);
    Subject { key, endpoint, checker: cluster.checker, port }
}
