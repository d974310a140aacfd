//! What every operation of the engine is given beside its input: rules and time.

use std::time::Duration;

use navaid_core::{Instance, Moment, Now, ServiceMetadata, Switches, Timestamp};

use crate::{beat_terms::BeatTerms, settings::NamingSettings};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) settings: &'a NamingSettings,
    pub(crate) switches: &'a Switches,
    pub(crate) now: Now,
    /// See [`crate::pulse`].
    pub(crate) active: Moment,
}

/// What the silence of a publication comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Patient,
    Unhealthy,
    Expired,
    /// Nothing is heard of this publication; if nothing is of the whole client, it goes.
    Idle,
}

impl Context<'_> {
    pub(crate) fn mono(&self) -> Moment {
        self.now.mono
    }

    pub(crate) fn wall(&self) -> Timestamp {
        self.now.wall
    }

    /// Judges a silence. `shown` is the instance with its overlay.
    pub(crate) fn judge(
        &self,
        shown: &Instance,
        service: Option<&ServiceMetadata>,
        silent: Duration,
    ) -> Verdict {
        let (unhealthy_after, removed_after) = self.checks(shown, service);
        if removed_after.is_some_and(|after| silent > after) {
            Verdict::Expired
        } else if silent > self.settings.client_expired_after {
            Verdict::Idle
        } else if unhealthy_after.is_some_and(|after| silent > after) {
            Verdict::Unhealthy
        } else {
            Verdict::Patient
        }
    }

    /// How much silence there may be before [`Context::judge`] must be asked.
    pub(crate) fn patience(&self, shown: &Instance, service: Option<&ServiceMetadata>) -> Duration {
        let (unhealthy_after, removed_after) = self.checks(shown, service);
        [unhealthy_after, removed_after]
            .into_iter()
            .flatten()
            .fold(self.settings.client_expired_after, Duration::min)
    }

    /// How much silence there may be before an instance that lives by beats goes.
    pub(crate) fn removal(&self, shown: &Instance, service: Option<&ServiceMetadata>) -> Duration {
        let (_, removed_after) = self.checks(shown, service);
        removed_after
            .map_or(self.settings.client_expired_after, |after| after.min(self.settings.client_expired_after))
    }

    fn checks(
        &self,
        shown: &Instance,
        service: Option<&ServiceMetadata>,
    ) -> (Option<Duration>, Option<Duration>) {
        if !self.switches.health_check_enabled {
            return (None, None);
        }
        let terms = BeatTerms::of(&shown.metadata, service);
        (
            terms.unhealthy_after.filter(|_| shown.healthy),
            terms.removed_after.filter(|_| self.settings.expire_instances),
        )
    }
}
