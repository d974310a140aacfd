//! What there is, by lifetime.

use navaid_core::Lifetime;

use super::Naming;

/// Listed services of one lifetime, and the instances in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sizes {
    pub services: usize,
    pub instances: usize,
}

/// Sizes of the registry by lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SizesByLifetime {
    pub ephemeral: Sizes,
    pub persistent: Sizes,
}

impl Naming {
    /// Counts now. Looks at every service: for operators.
    pub fn sizes_by_lifetime(&self) -> SizesByLifetime {
        let mut sizes = SizesByLifetime::default();
        for shard in &self.services {
            let shard = shard.lock();
            for service in shard.services() {
                let Some(lifetime) = service.lifetime else { continue };
                let of_kind = match lifetime {
                    Lifetime::Ephemeral => &mut sizes.ephemeral,
                    Lifetime::Persistent => &mut sizes.persistent,
                };
                of_kind.services += 1;
                of_kind.instances += service.instance_count();
            }
        }
        sizes
    }
}
