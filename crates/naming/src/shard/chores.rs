//! What a shard does later: clean-up of services and of what was set on what is gone (`spec/naming-semantics` §4.4,
//! §10). Each chore is planned when its reason arises, so that nothing is searched for.

use std::time::Duration;

use navaid_core::{
    Moment, ServiceKey, Timestamp,
    command::{NamingCommand, OverlayTarget},
};

use super::{Effect, Listing, Proposals, ServiceShard, effect_of};
use crate::{beat_table::BeatOwner, context::Context, unconfirmed::UnconfirmedInstance};

/// Pause before a clean-up command is proposed again, should it not have been applied.
const PROPOSE_AGAIN_AFTER: Duration = Duration::from_secs(5);

#[derive(Debug, Clone)]
pub(crate) enum Chore {
    EmptyService(ServiceKey),
    Overlay(ServiceKey, OverlayTarget),
    ServiceMetadata(ServiceKey),
    Remembered(BeatOwner),
    Unconfirmed(ServiceKey),
}

/// Unconfirmed instances that went, by service.
pub(crate) type Departed = Vec<(ServiceKey, Vec<UnconfirmedInstance>)>;

impl ServiceShard {
    /// Works off what is due: effects of what was done, and the commands to propose for what is replicated.
    pub(crate) fn work_off(
        &mut self,
        context: &Context<'_>,
        proposals: &mut Proposals,
        departed: &mut Departed,
    ) -> Vec<(ServiceKey, Effect)> {
        let mut effects = Vec::new();
        for (_, chore) in self.chores.advance(context.mono()) {
            match chore {
                Chore::EmptyService(key) => {
                    if self.unlist_if_empty(&key, context) {
                        effects.push((key, Effect { is_changed: false, listing: Listing::Gone }));
                    }
                }
                Chore::Overlay(key, target) => self.expire_overlay(key, target, context, proposals),
                Chore::ServiceMetadata(key) => self.expire_metadata(key, context, proposals),
                Chore::Remembered(owner) => self.forget_remembered(&owner, context),
                Chore::Unconfirmed(key) => {
                    let taken = self.end_unconfirmed(&key, context);
                    if !taken.is_empty() {
                        effects.push((key.clone(), effect_of(&taken)));
                        departed.push((key, taken));
                    }
                }
            }
        }
        effects
    }

    fn unlist_if_empty(&mut self, key: &ServiceKey, context: &Context<'_>) -> bool {
        let now = context.mono();
        let Some(service) = self.services.get_mut(key) else { return false };
        if service.lifetime.is_none() || service.has_instances() {
            return false;
        }
        if context.settings.keep_created_services && service.metadata.is_some() {
            return false;
        }
        let due = service.updated + context.settings.empty_service_after;
        if now <= due {
            self.chores.arm(due, Chore::EmptyService(key.clone()));
            return false;
        }
        service.lifetime = None;
        service.created = Timestamp::default();
        if service.metadata.is_some() {
            service.metadata_marked = Some(now);
            let at = now + context.settings.expired_metadata_after;
            self.chores.arm(at, Chore::ServiceMetadata(key.clone()));
        }
        self.not_saved(key);
        self.forget_if_empty(key);
        true
    }

    fn expire_overlay(
        &mut self,
        key: ServiceKey,
        target: OverlayTarget,
        context: &Context<'_>,
        proposals: &mut Proposals,
    ) {
        let Some(marked) = self.services.get(&key).and_then(|service| service.overlays.get(&target)?.marked)
        else {
            return;
        };
        let (is_over, again) = look(marked, context);
        self.chores.arm(again, Chore::Overlay(key.clone(), target.clone()));
        if is_over {
            proposals.push(NamingCommand::RemoveOverlay { key, target });
        }
    }

    fn expire_metadata(&mut self, key: ServiceKey, context: &Context<'_>, proposals: &mut Proposals) {
        let Some(marked) = self.services.get(&key).and_then(|service| service.metadata_marked) else {
            return;
        };
        let (is_over, again) = look(marked, context);
        self.chores.arm(again, Chore::ServiceMetadata(key.clone()));
        if is_over {
            proposals.push(NamingCommand::RemoveService { key });
        }
    }

    fn forget_remembered(&mut self, owner: &BeatOwner, context: &Context<'_>) {
        let Some(service) = self.services.get_mut(&owner.service) else { return };
        let Some(remembered) = service.remembered.get(&owner.client()) else { return };
        if context.mono() <= remembered.until {
            self.chores.arm(remembered.until, Chore::Remembered(owner.clone()));
            return;
        }
        service.remembered.remove(&owner.client());
        self.forget_if_empty(&owner.service);
    }
}

/// Whether what was marked then has expired, and when to look again.
fn look(marked: Moment, context: &Context<'_>) -> (bool, Moment) {
    let due = marked + context.settings.expired_metadata_after;
    let now = context.mono();
    if now > due { (true, now + PROPOSE_AGAIN_AFTER) } else { (false, due) }
}
