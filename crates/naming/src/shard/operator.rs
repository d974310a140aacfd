//! What an operator sets: overlays of instances, and the metadata of services.

use std::sync::Arc;

use navaid_core::{
    ClientId, Moment, ServiceKey, ServiceMetadata, Timestamp,
    command::{Overlay, OverlayTarget},
    service::Selector,
};

use super::{Chore, Effect, Listing, ServiceShard, set_healthy};
use crate::{
    context::Context,
    publication::Publication,
    service::{MarkedOverlay, Service},
};

impl ServiceShard {
    /// Replaces an overlay. One that belongs to no instance begins to expire at once.
    pub(crate) fn put_overlay(
        &mut self,
        key: &ServiceKey,
        target: &OverlayTarget,
        overlay: Overlay,
        context: &Context<'_>,
    ) -> Effect {
        let service = self.entry(key, context.mono());
        let has_instance = service.published(target).is_some();
        let marked = (!has_instance).then(|| context.mono());
        service.overlays.insert(target.clone(), MarkedOverlay { overlay: Arc::new(overlay), marked });
        if !has_instance {
            let at = context.mono() + context.settings.expired_metadata_after;
            self.chores.arm(at, Chore::Overlay(key.clone(), target.clone()));
            return Effect::NONE;
        }
        service.changed(context.mono());
        self.renew_patience(key, context);
        Effect::CHANGED
    }

    /// Removes an overlay; none if there is none.
    pub(crate) fn remove_overlay(
        &mut self,
        key: &ServiceKey,
        target: &OverlayTarget,
        context: &Context<'_>,
    ) -> Option<Effect> {
        let service = self.services.get_mut(key)?;
        service.overlays.remove(target)?;
        if service.published(target).is_none() {
            self.forget_if_empty(key);
            return Some(Effect::NONE);
        }
        service.changed(context.mono());
        self.renew_patience(key, context);
        Some(Effect::CHANGED)
    }

    /// Sets the metadata of a service and lists it.
    pub(crate) fn put_metadata(
        &mut self,
        key: &ServiceKey,
        metadata: ServiceMetadata,
        context: &Context<'_>,
    ) -> Effect {
        let lifetime =
            self.services.get(key).and_then(|service| service.lifetime).unwrap_or(metadata.lifetime);
        let listing = self.list(key, lifetime, context);
        let service = self.services.get_mut(key).expect("listed above");
        service.metadata = Some(Arc::new(metadata));
        service.changed(context.mono());
        self.plan_cleaning(key, context);
        self.renew_patience(key, context);
        Effect { is_changed: true, listing }
    }

    /// Removes the metadata, and the service from the lists if nobody publishes in it. Says whether there was
    /// metadata.
    pub(crate) fn remove_service(&mut self, key: &ServiceKey, context: &Context<'_>) -> (bool, Effect) {
        let Some(service) = self.services.get_mut(key) else { return (false, Effect::NONE) };
        let had_metadata = service.metadata.take().is_some();
        service.metadata_marked = None;
        service.changed(context.mono());
        let mut effect = Effect::CHANGED;
        if !service.has_instances() && service.lifetime.take().is_some() {
            service.created = Timestamp::default();
            effect.listing = Listing::Gone;
            self.not_saved(key);
        }
        self.renew_patience(key, context);
        self.forget_if_empty(key);
        (had_metadata, effect)
    }

    /// Sets the health of a client's single instance; none if there is none.
    pub(crate) fn set_health(
        &mut self,
        key: &ServiceKey,
        client: &ClientId,
        healthy: bool,
        context: &Context<'_>,
    ) -> Option<Effect> {
        let service = self.services.get_mut(key)?;
        let Some(Publication::Single { instance, .. }) = service.publications.get_mut(client) else {
            return None;
        };
        if instance.healthy == healthy {
            return Some(Effect::NONE);
        }
        set_healthy(instance, healthy);
        service.changed(context.mono());
        Some(Effect::CHANGED)
    }

    /// After what decides the terms of beats changed: metadata of the service, an overlay, a switch.
    pub(crate) fn renew_patience(&mut self, key: &ServiceKey, context: &Context<'_>) {
        let Some(service) = self.services.get(key) else { return };
        for publication in service.publications.values() {
            if let Publication::Single { instance, beat: Some(slot) } = publication {
                self.beats.set_patience(*slot, service.patience(instance, context));
            }
        }
    }

    /// Makes services that select by labels be seen anew; gives which these are.
    pub(crate) fn renew_labelled(&mut self, now: Moment) -> Vec<ServiceKey> {
        let selects_by_labels = |service: &&mut Service| {
            let selector = service.metadata.as_ref().map(|metadata| &metadata.selector);
            matches!(selector, Some(Selector::Label { .. }))
        };
        let labelled = self.services.values_mut().filter(selects_by_labels);
        labelled
            .map(|service| {
                service.changed(now);
                service.key.clone()
            })
            .collect()
    }

    /// Makes every service be seen anew: its answers say something that is not its own, and has changed.
    pub(crate) fn renew_all_views(&mut self, now: Moment) {
        self.services.values_mut().for_each(|service| service.changed(now));
    }

    /// [`ServiceShard::renew_patience`] for every service.
    pub(crate) fn renew_all_patience(&mut self, context: &Context<'_>) {
        let keys: Vec<ServiceKey> = self.services.keys().cloned().collect();
        for key in &keys {
            self.renew_patience(key, context);
        }
    }
}
