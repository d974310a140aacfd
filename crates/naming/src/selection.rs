//! What one kind of caller sees of a service: a view after the filters, with its bytes.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use navaid_core::{Instance, Lifetime, ServiceKey, ServiceMetadata, Timestamp};

/// What a caller asks for (`spec/naming-semantics` §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Filter<'a> {
    /// Comma-separated cluster names, taken exactly; blank for all. Answers echo it byte for byte.
    pub clusters: &'a str,
    pub health: HealthFilter,
    /// Address of the caller, for selectors.
    pub consumer_ip: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum HealthFilter {
    #[default]
    All,
    HealthyOnly,
}

/// The encodings that a selection keeps. What they look like is the edges' affair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Face {
    /// Answer and push of gRPC.
    Grpc,
    /// List of HTTP v1 and v2.
    HttpV1,
    /// List of HTTP v1 for callers of the 1.x age, which read more keys.
    HttpV1Legacy,
    /// The same for Java clients of that age.
    HttpV1LegacyJava,
    HttpV3,
    /// Datagram to 1.x clients.
    Udp,
}

const FACES: usize = 6;

/// Instances of a service as one kind of caller sees them. Immutable and shared by all callers of that kind.
pub struct Selection {
    pub key: ServiceKey,
    /// Lifetime of the service, which is each instance's.
    pub lifetime: Lifetime,
    /// The clusters asked for, verbatim.
    pub clusters: Arc<str>,
    /// By ip, port, cluster; enabled ones only.
    pub hosts: Arc<[Arc<Instance>]>,
    /// What an operator set on the service.
    pub metadata: Option<Arc<ServiceMetadata>>,
    /// Whether unhealthy instances are shown as healthy, because too few are healthy (`reachProtectionThreshold`).
    pub protected: bool,
    /// Epoch milliseconds that grow with every change of the service (`lastRefTime`, `spec/naming-semantics` §5.3).
    pub last_ref_time: u64,
    pub(crate) encoded: Encoded,
}

/// The bytes of each face that was asked for.
pub(crate) type Encoded = [OnceLock<Bytes>; FACES];

impl Selection {
    /// The bytes of a face, made at the first call and shared from then on. Concurrent first calls wait for one.
    pub fn encoded(&self, face: Face, encode: impl FnOnce(&Self) -> Bytes) -> Bytes {
        self.encoded[face as usize].get_or_init(|| encode(self)).clone()
    }

    /// The `lastRefTime` of an answer at `time`, of [`crate::Naming::ref_time`], to a caller of whom nothing is remembered.
    /// It follows the clock, because clients drop what is not newer than what they have, but stays a millisecond behind
    /// it: a change that comes within this one is newer than what was shown before.
    pub fn ref_time(&self, time: Timestamp) -> u64 {
        self.last_ref_time.max(time.as_millis().saturating_sub(1))
    }

    /// Whether a subscriber that has `other` would learn nothing new from this.
    #[cfg(test)]
    pub(crate) fn tells_the_same_as(&self, other: &Self) -> bool {
        let same = |a: &Arc<Instance>, b: &Arc<Instance>| Arc::ptr_eq(a, b) || a == b;
        self.clusters == other.clusters
            && self.protected == other.protected
            && self.lifetime == other.lifetime
            && self.hosts.len() == other.hosts.len()
            && self.hosts.iter().zip(other.hosts.iter()).all(|(a, b)| same(a, b))
    }
}

impl fmt::Debug for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selection")
            .field("key", &self.key)
            .field("clusters", &self.clusters)
            .field("hosts", &self.hosts)
            .field("protected", &self.protected)
            .field("last_ref_time", &self.last_ref_time)
            .finish_non_exhaustive()
    }
}
