//! How long a beating instance may be silent, from its metadata (`spec/naming-semantics` §1.5, §6.4).

use std::time::Duration;

use navaid_core::{Metadata, ServiceMetadata};

/// Metadata key: pause between beats, in milliseconds.
pub const BEAT_INTERVAL_KEY: &str = "preserved.heart.beat.interval";
/// Metadata key: silence after which an instance is unhealthy, in milliseconds.
pub const BEAT_TIMEOUT_KEY: &str = "preserved.heart.beat.timeout";
/// Metadata key: silence after which an instance is removed, in milliseconds.
pub const DELETE_TIMEOUT_KEY: &str = "preserved.ip.delete.timeout";
/// Metadata key of instances and services. (!) `true` switches the beat check *off* (`spec/naming-semantics` §1.5).
pub const CLIENT_BEAT_KEY: &str = "enableClientBeat";

pub const DEFAULT_BEAT_INTERVAL: Duration = Duration::from_millis(5000);
pub const DEFAULT_BEAT_TIMEOUT: Duration = Duration::from_millis(15_000);
pub const DEFAULT_DELETE_TIMEOUT: Duration = Duration::from_millis(30_000);

/// The silence that one instance may keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BeatTerms {
    /// Unhealthy when silent for longer; none: never checked.
    pub unhealthy_after: Option<Duration>,
    /// Removed when silent for longer; none: never checked.
    pub removed_after: Option<Duration>,
}

impl BeatTerms {
    /// `instance` is the metadata as shown: what an operator set wins over what the client published.
    pub fn of(instance: &Metadata, service: Option<&ServiceMetadata>) -> Self {
        let is_off = |metadata: &Metadata| {
            metadata.get(CLIENT_BEAT_KEY).is_some_and(|text| text.eq_ignore_ascii_case("true"))
        };
        if is_off(instance) || service.is_some_and(|service| is_off(&service.metadata)) {
            return Self { unhealthy_after: None, removed_after: None };
        }
        Self {
            unhealthy_after: Some(period(instance, BEAT_TIMEOUT_KEY, DEFAULT_BEAT_TIMEOUT)),
            removed_after: Some(period(instance, DELETE_TIMEOUT_KEY, DEFAULT_DELETE_TIMEOUT)),
        }
    }
}

/// The period that a metadata key names in milliseconds. Navaid takes the default for what is no number; Nacos takes
/// 0, which removes the instance at once (`spec/naming-semantics` §21.7).
pub fn period(metadata: &Metadata, key: &str, default: Duration) -> Duration {
    metadata.get(key).and_then(|text| text.trim().parse().ok()).map_or(default, Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use navaid_core::Lifetime;

    use super::*;

    fn metadata(pairs: &[(&str, &str)]) -> Metadata {
        pairs.iter().copied().collect()
    }

    #[test]
    fn terms_come_from_metadata_or_are_the_defaults() {
        let terms =
            BeatTerms::of(&metadata(&[(BEAT_TIMEOUT_KEY, "3000"), (DELETE_TIMEOUT_KEY, "soon")]), None);
        assert_eq!(terms.unhealthy_after, Some(Duration::from_secs(3)));
        assert_eq!(terms.removed_after, Some(DEFAULT_DELETE_TIMEOUT));
    }

    #[test]
    fn client_beat_flag_on_instance_or_service_switches_the_check_off() {
        let off = BeatTerms { unhealthy_after: None, removed_after: None };
        assert_eq!(BeatTerms::of(&metadata(&[(CLIENT_BEAT_KEY, "true")]), None), off);
        let mut service = ServiceMetadata::new(Lifetime::Ephemeral);
        service.metadata = metadata(&[(CLIENT_BEAT_KEY, "true")]);
        assert_eq!(BeatTerms::of(&Metadata::default(), Some(&service)), off);
        assert_ne!(BeatTerms::of(&metadata(&[(CLIENT_BEAT_KEY, "false")]), None), off);
    }
}
