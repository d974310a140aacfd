//! Changes of a part of an overlay. They travel as such, so that two at a time both count: the later finds what the
//! earlier left.

use std::sync::Arc;

use super::Overlay;
use crate::instance::Metadata;

/// Changes some of what an operator sets on an instance; what is none stays.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OverlayPatch {
    pub enabled: Option<bool>,
    pub weight: Option<f64>,
    pub metadata: Option<MetadataChange>,
}

/// Changes the metadata that an operator set on an instance. (!) What the client published shines through where the
/// overlay has no key, and cannot be removed.
#[derive(Debug, Clone, PartialEq)]
pub enum MetadataChange {
    /// Makes it this.
    Replace(Metadata),
    /// Adds or overwrites keys.
    Put(Metadata),
    /// Removes keys.
    Remove(Vec<Arc<str>>),
}

impl MetadataChange {
    /// Removes the keys of `metadata`, whatever their values.
    pub fn removing(metadata: &Metadata) -> Self {
        Self::Remove(metadata.iter().map(|(key, _)| key.into()).collect())
    }

    fn of(&self, metadata: &Metadata) -> Metadata {
        match self {
            Self::Replace(new) => new.clone(),
            Self::Put(added) => metadata.overlaid_with(added),
            Self::Remove(keys) => metadata.retained(|key| !keys.iter().any(|removed| **removed == *key)),
        }
    }
}

impl OverlayPatch {
    /// What `overlay` becomes.
    pub fn of(&self, overlay: &Overlay) -> Overlay {
        let metadata = self.metadata.as_ref();
        Overlay {
            enabled: self.enabled.unwrap_or(overlay.enabled),
            weight: self.weight.unwrap_or(overlay.weight),
            metadata: metadata
                .map_or_else(|| overlay.metadata.clone(), |change| change.of(&overlay.metadata)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_changes_what_it_names() {
        let pairs = |pairs: &[(&str, &str)]| pairs.iter().copied().collect::<Metadata>();
        let old = Overlay { enabled: true, weight: 2.0, metadata: pairs(&[("a", "1"), ("b", "1")]) };
        let patch = |change: MetadataChange| {
            OverlayPatch { metadata: Some(change), ..OverlayPatch::default() }.of(&old).metadata
        };
        assert_eq!(OverlayPatch::default().of(&old), old);
        assert_eq!(patch(MetadataChange::Put(pairs(&[("b", "2")]))), pairs(&[("a", "1"), ("b", "2")]));
        assert_eq!(patch(MetadataChange::Replace(pairs(&[("c", "3")]))), pairs(&[("c", "3")]));
        assert_eq!(patch(MetadataChange::removing(&pairs(&[("a", "")]))), pairs(&[("b", "1")]));
        let weighed = OverlayPatch { weight: Some(0.0), enabled: Some(false), metadata: None }.of(&old);
        assert_eq!(weighed, Overlay { enabled: false, weight: 0.0, ..old });
    }
}
