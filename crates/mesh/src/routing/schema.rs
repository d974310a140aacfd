//! The messages of `proto/routing`: which fields a rule may have.

use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, MessageDescriptor};

use crate::kind::Kind;

pub(super) static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    let descriptors = include_bytes!(concat!(env!("OUT_DIR"), "/routing.bin"));
    DescriptorPool::decode(descriptors.as_slice()).expect("the build wrote descriptors")
});

/// A kind of rule.
pub(super) struct Shape {
    pub(super) kind: Kind,
    /// The type of the body, for every version of Istio (`spec/mesh` §2.2).
    pub(super) body: &'static str,
}

/// All of them.
pub(super) const SHAPES: [Shape; 2] = [
    Shape {
        kind: Kind::VirtualService,
        body: "type.googleapis.com/istio.networking.v1alpha3.VirtualService",
    },
    Shape {
        kind: Kind::DestinationRule,
        body: "type.googleapis.com/istio.networking.v1alpha3.DestinationRule",
    },
];

impl Shape {
    pub(super) fn spec(&self) -> MessageDescriptor {
        let name = self.body.rsplit('/').next().unwrap_or_default();
        POOL.get_message_by_name(name).expect("the message is one of proto/routing")
    }
}
