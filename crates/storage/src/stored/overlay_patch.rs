//! Stored form of changes of a part of an overlay.

use std::sync::Arc;

use navaid_core as domain;
use navaid_core::command::{MetadataChange, NamingCommand, Overlay, OverlayPatch, OverlayTarget};
use prost::{Message, Oneof};

use super::{
    error::{StoredError, required},
    naming::{OverlayValue, Pairs, ServiceKey, StoredTarget, metadata, pairs},
};

#[derive(Clone, PartialEq, Message)]
pub(super) struct PatchOverlay {
    #[prost(message, optional, tag = "1")]
    key: Option<ServiceKey>,
    #[prost(message, optional, tag = "2")]
    target: Option<StoredTarget>,
    #[prost(message, optional, tag = "3")]
    base: Option<OverlayValue>,
    #[prost(bool, optional, tag = "4")]
    enabled: Option<bool>,
    #[prost(double, optional, tag = "5")]
    weight: Option<f64>,
    #[prost(oneof = "Change", tags = "6, 7, 8")]
    metadata: Option<Change>,
}

#[derive(Clone, PartialEq, Oneof)]
enum Change {
    #[prost(message, tag = "6")]
    Replace(PairsMessage),
    #[prost(message, tag = "7")]
    Put(PairsMessage),
    #[prost(message, tag = "8")]
    Remove(Keys),
}

#[derive(Clone, PartialEq, Message)]
struct PairsMessage {
    #[prost(btree_map = "string, string", tag = "1")]
    pairs: Pairs,
}

#[derive(Clone, PartialEq, Message)]
struct Keys {
    #[prost(string, repeated, tag = "1")]
    keys: Vec<String>,
}

impl PatchOverlay {
    pub(super) fn new(
        key: &domain::ServiceKey,
        target: &OverlayTarget,
        base: &Overlay,
        patch: &OverlayPatch,
    ) -> Self {
        let message = |metadata| PairsMessage { pairs: pairs(metadata) };
        let change = patch.metadata.as_ref().map(|change| match change {
            MetadataChange::Replace(new) => Change::Replace(message(new)),
            MetadataChange::Put(added) => Change::Put(message(added)),
            MetadataChange::Remove(keys) => {
                Change::Remove(Keys { keys: keys.iter().map(|key| key.to_string()).collect() })
            }
        });
        Self {
            key: Some(key.into()),
            target: Some(target.into()),
            base: Some(base.into()),
            enabled: patch.enabled,
            weight: patch.weight,
            metadata: change,
        }
    }
}

impl TryFrom<PatchOverlay> for NamingCommand {
    type Error = StoredError;

    fn try_from(stored: PatchOverlay) -> Result<Self, StoredError> {
        let change = stored.metadata.map(|change| match change {
            Change::Replace(new) => MetadataChange::Replace(metadata(new.pairs)),
            Change::Put(added) => MetadataChange::Put(metadata(added.pairs)),
            Change::Remove(Keys { keys }) => {
                MetadataChange::Remove(keys.into_iter().map(Arc::from).collect())
            }
        });
        Ok(Self::PatchOverlay {
            key: required("service key", stored.key)?.try_into()?,
            target: required("target", stored.target)?.try_into()?,
            base: required("overlay", stored.base)?.into(),
            patch: OverlayPatch { enabled: stored.enabled, weight: stored.weight, metadata: change },
        })
    }
}
