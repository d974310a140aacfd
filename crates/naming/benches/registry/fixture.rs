//! Engines, names and instances in the shape of real ones: two metadata pairs, one of which is the instance's own.

use std::sync::Arc;

use navaid_core::{
    ClientId, ClusterName, Command, Endpoint, GroupName, Instance, InstanceId, Lifetime, Moment, NamespaceId,
    Now, Outcome, ServiceKey, ServiceName, Timestamp,
    seam::{Commit, CommitError, Pending},
};
use navaid_naming::{Naming, NamingSettings};

/// Nothing here is persistent.
struct NoCommit;

impl Commit for NoCommit {
    fn commit(&self, _: Command) -> Pending<Result<Outcome, CommitError>> {
        Box::pin(async { Err(CommitError::Stopping) })
    }
}

pub(crate) fn engine() -> Naming {
    engine_with(NamingSettings::default())
}

pub(crate) fn engine_with(settings: NamingSettings) -> Naming {
    Naming::new(settings, Arc::new(NoCommit))
}

pub(crate) fn at(secs: u64) -> Now {
    Now { wall: Timestamp(1_700_000_000_000 + secs * 1000), mono: Moment(secs * 1000) }
}

pub(crate) fn key(number: usize) -> ServiceKey {
    named(&format!("com.example.orders.service-{number:06}"))
}

pub(crate) fn named(name: &str) -> ServiceKey {
    let name = ServiceName::parse(name).expect("a legal name");
    ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name)
}

pub(crate) fn instance(number: usize) -> Instance {
    let ip = format!("10.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255);
    let started =
        format!("2026-11-27T08:{:02}:{:02}.{:03}Z", number / 60_000 % 60, number / 1000 % 60, number % 1000);
    let metadata = [("preserved.register.source", "SPRING_CLOUD"), ("startup.time", &*started)];
    Instance {
        endpoint: Endpoint { ip: ip.into(), port: 8080 + u16::try_from(number >> 24).expect("small") },
        cluster: ClusterName::parse("DEFAULT").expect("a legal name"),
        weight: 1.0,
        enabled: true,
        healthy: true,
        metadata: metadata.into_iter().collect(),
        id: InstanceId::Simple,
    }
}

/// The instance as it is after its `round`-th change.
pub(crate) fn changed(number: usize, round: usize) -> Instance {
    Instance { weight: (round % 90) as f64 + 2.0, ..instance(number) }
}

/// The HTTP client that an instance is.
pub(crate) fn client(instance: &Instance) -> ClientId {
    ClientId::Address(instance.endpoint.clone(), Lifetime::Ephemeral)
}
