//! What one client publishes in one service.

use std::sync::Arc;

use navaid_core::{Instance, command::OverlayTarget};

use crate::beat_table::BeatSlot;

/// 16 bytes. A client's one entry in a service (`spec/naming-semantics` §2.2).
#[derive(Debug)]
pub(crate) enum Publication {
    Single {
        instance: Arc<Instance>,
        /// Of clients that live by their beats.
        beat: Option<BeatSlot>,
    },
    /// A batch; (!) an empty one still keeps its service from being empty (`spec/naming-semantics` §3.4).
    Batch(Box<Batch>),
}

/// The members of a batch, in the order given.
#[derive(Debug)]
pub(crate) struct Batch(Box<[Arc<Instance>]>);

/// What a client wants its entry to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    Single(Instance),
    Batch(Vec<Instance>),
}

impl Publication {
    pub(crate) fn instances(&self) -> &[Arc<Instance>] {
        match self {
            Self::Single { instance, .. } => std::slice::from_ref(instance),
            Self::Batch(batch) => &batch.0,
        }
    }

    pub(crate) fn beat(&self) -> Option<BeatSlot> {
        match self {
            Self::Single { beat, .. } => *beat,
            Self::Batch(_) => None,
        }
    }

    pub(crate) fn is(&self, content: &Content) -> bool {
        match (self, content) {
            (Self::Single { instance, .. }, Content::Single(wanted)) => **instance == *wanted,
            (Self::Batch(batch), Content::Batch(wanted)) => {
                let instances = &batch.0;
                instances.len() == wanted.len() && instances.iter().zip(wanted).all(|(a, b)| **a == *b)
            }
            (Self::Single { .. }, Content::Batch(_)) | (Self::Batch(_), Content::Single(_)) => false,
        }
    }

    /// Replaces what is published; the beat slot, if any, is the caller's to keep or drop.
    pub(crate) fn new(content: Content, beat: Option<BeatSlot>) -> Self {
        match content {
            Content::Single(instance) => Self::Single { instance: Arc::new(instance), beat },
            Content::Batch(instances) => {
                Self::Batch(Box::new(Batch(instances.into_iter().map(Arc::new).collect())))
            }
        }
    }
}

impl Content {
    /// Shares the texts that `other` holds too, and those that the members of a batch have in common: name of the
    /// cluster, metadata. They are most often the same for all instances of a service.
    pub(crate) fn share(&mut self, other: Option<&Instance>) {
        let instances = match self {
            Self::Single(instance) => std::slice::from_mut(instance),
            Self::Batch(instances) => instances,
        };
        let (first, others) = match (other, instances) {
            (Some(other), instances) => (other, instances),
            (None, [first, others @ ..]) => (&*first, others),
            (None, []) => return,
        };
        others.iter_mut().for_each(|instance| instance.share_texts_with(first));
    }

    pub(crate) fn instances(&self) -> &[Instance] {
        match self {
            Self::Single(instance) => std::slice::from_ref(instance),
            Self::Batch(instances) => instances,
        }
    }

    pub(crate) fn first(&self) -> Option<&Instance> {
        self.instances().first()
    }

    pub(crate) fn len(&self) -> usize {
        self.instances().len()
    }
}

/// Under which name an operator sets something on this instance.
pub(crate) fn target_of(instance: &Instance) -> OverlayTarget {
    OverlayTarget { endpoint: instance.endpoint.clone(), cluster: instance.cluster.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_is_small_because_there_are_as_many_as_instances() {
        assert_eq!(size_of::<Publication>(), 16);
    }
}
