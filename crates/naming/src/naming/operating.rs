//! What goes through the replicated state: persistent instances, and what an operator sets.
//!
//! What only this node knows (ephemeral instances, whether a service is listed) is checked here, before proposing;
//! what the replicated state decides is decided when the command is applied. Each call answers when its effect is
//! durable and visible. Dropping a call does not take its command back.

use navaid_core::{
    Command, Endpoint, Instance, Lifetime, Metadata, Now, Outcome, ServiceKey, ServiceMetadata,
    command::{
        MetadataChange, NamingCommand, NamingRefusal, Overlay, OverlayPatch, OverlayTarget, ServiceUpdate,
    },
    name::ClusterName,
    service::{ClusterMetadata, HealthChecker},
};

use super::Naming;
use crate::{error::NamingError, publication::target_of};

impl Naming {
    /// Registers or replaces a persistent instance.
    ///
    /// # Errors
    /// The service is ephemeral, or the command was not stored.
    pub async fn register_persistent(&self, key: &ServiceKey, instance: Instance) -> Result<(), NamingError> {
        let fixed = self.fixed_lifetime(key);
        if let Some(service @ Lifetime::Ephemeral) = fixed {
            return Err(NamingError::LifetimeMismatch { service });
        }
        self.propose(NamingCommand::Register { key: key.clone(), instance }).await
    }

    /// Removes the persistent instance of an endpoint, whatever its cluster; succeeds if there is none.
    ///
    /// # Errors
    /// The command was not stored.
    pub async fn deregister_persistent(
        &self,
        key: &ServiceKey,
        endpoint: &Endpoint,
    ) -> Result<(), NamingError> {
        if self.service(key).is_none() {
            return Ok(());
        }
        self.propose(NamingCommand::Deregister { key: key.clone(), endpoint: endpoint.clone() }).await
    }

    /// Sets the health of a persistent instance that nothing probes; does nothing for an instance that is gone.
    ///
    /// # Errors
    /// The cluster is not explicitly without a checker, or the command was not stored.
    pub async fn set_health(
        &self,
        key: &ServiceKey,
        target: &OverlayTarget,
        healthy: bool,
    ) -> Result<(), NamingError> {
        let detail = self.service(key).ok_or_else(|| NamingError::ServiceNotFound { key: key.clone() })?;
        let cluster = detail.metadata.as_ref().and_then(|metadata| metadata.clusters.get(&target.cluster));
        if cluster.is_none_or(|cluster| cluster.checker != HealthChecker::None) {
            return Err(NamingError::HealthIsChecked { key: key.clone(), target: Box::new(target.clone()) });
        }
        self.record_health(key, &target.endpoint, healthy).await
    }

    /// Sets the health of a persistent instance as a probe found it.
    ///
    /// # Errors
    /// The command was not stored.
    pub async fn record_health(
        &self,
        key: &ServiceKey,
        endpoint: &Endpoint,
        healthy: bool,
    ) -> Result<(), NamingError> {
        let (key, endpoint) = (key.clone(), endpoint.clone());
        self.propose(NamingCommand::SetHealth { key, endpoint, healthy }).await
    }

    /// Replaces what an operator sets on an instance. The instance need not be there: what is set waits for it.
    ///
    /// # Errors
    /// The service is unknown, or the command was not stored.
    pub async fn update_instance(
        &self,
        key: &ServiceKey,
        target: &OverlayTarget,
        overlay: Overlay,
    ) -> Result<(), NamingError> {
        if self.service(key).is_none() {
            return Err(NamingError::ServiceNotFound { key: key.clone() });
        }
        self.propose(NamingCommand::PutOverlay { key: key.clone(), target: target.clone(), overlay }).await
    }

    /// Changes some of what is set on an instance; the rest stays as it was set, or as published.
    ///
    /// # Errors
    /// No such instance, or the command was not stored.
    pub async fn patch_instance(
        &self,
        key: &ServiceKey,
        target: &OverlayTarget,
        patch: OverlayPatch,
    ) -> Result<(), NamingError> {
        if self.patch(key, target, patch).await? {
            return Ok(());
        }
        Err(if self.instance_count(key).unwrap_or(0) == 0 {
            NamingError::NoInstances { key: key.clone() }
        } else {
            NamingError::InstanceNotFound { key: key.clone(), target: Box::new(target.clone()) }
        })
    }

    /// Takes back all that is set on an instance, which need not be there; does nothing if nothing is.
    ///
    /// # Errors
    /// The command was not stored.
    pub async fn clear_overlay(&self, key: &ServiceKey, target: &OverlayTarget) -> Result<(), NamingError> {
        if self.overlay(key, target).0.is_none() {
            return Ok(());
        }
        self.propose(NamingCommand::RemoveOverlay { key: key.clone(), target: target.clone() }).await
    }

    /// Changes metadata of some instances of a service, or of all where `targets` is none; gives those that it found
    /// and changed, in order.
    ///
    /// # Errors
    /// A command was not stored; those before it were.
    pub async fn change_metadata(
        &self,
        key: &ServiceKey,
        targets: Option<Vec<OverlayTarget>>,
        change: &MetadataChange,
        now: Now,
    ) -> Result<Vec<OverlayTarget>, NamingError> {
        let targets = targets.unwrap_or_else(|| {
            let mut all: Vec<_> = self.view(key, now).hosts().iter().map(|host| target_of(host)).collect();
            all.dedup();
            all
        });
        let mut changed = Vec::new();
        for target in targets {
            let patch = OverlayPatch { metadata: Some(change.clone()), ..OverlayPatch::default() };
            if self.patch(key, &target, patch).await? {
                changed.push(target);
            }
        }
        Ok(changed)
    }

    /// Lists a service before it has instances.
    ///
    /// # Errors
    /// It is listed already, or the command was not stored.
    pub async fn create_service(
        &self,
        key: &ServiceKey,
        metadata: ServiceMetadata,
    ) -> Result<(), NamingError> {
        if self.service(key).is_some() {
            return Err(NamingError::ServiceExists { key: key.clone() });
        }
        self.propose(NamingCommand::CreateService { key: key.clone(), metadata }).await
    }

    /// Replaces what is set on a service; its clusters and lifetime stay.
    ///
    /// # Errors
    /// It is not listed, or the command was not stored.
    pub async fn update_service(&self, key: &ServiceKey, update: ServiceUpdate) -> Result<(), NamingError> {
        self.fix_lifetime(key).await?;
        self.propose(NamingCommand::UpdateService { key: key.clone(), update }).await
    }

    /// Removes a service that has no instances. Subscriptions stay.
    ///
    /// # Errors
    /// It is not listed, it has instances, or the command was not stored.
    pub async fn remove_service(&self, key: &ServiceKey) -> Result<(), NamingError> {
        match self.instance_count(key) {
            None => Err(NamingError::ServiceNotFound { key: key.clone() }),
            Some(0) => self.propose(NamingCommand::RemoveService { key: key.clone() }).await,
            Some(_) => Err(NamingError::ServiceNotEmpty { key: key.clone() }),
        }
    }

    /// Sets how a cluster is probed; the cluster need not have instances.
    ///
    /// # Errors
    /// The service is not listed, or the command was not stored.
    pub async fn put_cluster(
        &self,
        key: &ServiceKey,
        cluster: ClusterName,
        metadata: ClusterMetadata,
    ) -> Result<(), NamingError> {
        self.fix_lifetime(key).await?;
        self.propose(NamingCommand::PutCluster { key: key.clone(), cluster, metadata }).await
    }

    /// Before something is set on a listed service. That a service without instances is persistent is known to this
    /// node's lists only: the replicated state must know it first, or it would take the service for ephemeral.
    async fn fix_lifetime(&self, key: &ServiceKey) -> Result<(), NamingError> {
        let detail = self.service(key).ok_or_else(|| NamingError::ServiceNotFound { key: key.clone() })?;
        let is_known = detail.metadata.is_some() || self.instance_count(key) != Some(0);
        if is_known || detail.lifetime == Lifetime::Ephemeral {
            return Ok(());
        }
        let metadata = ServiceMetadata::new(Lifetime::Persistent);
        match self.propose(NamingCommand::CreateService { key: key.clone(), metadata }).await {
            // Instances came meanwhile, and tell as much.
            Err(NamingError::ServiceExists { .. }) => Ok(()),
            other => other,
        }
    }

    /// Changes a part of what is set on an instance; says whether there is such an instance. What the client published
    /// is known to this node alone, so it travels with the command.
    async fn patch(
        &self,
        key: &ServiceKey,
        target: &OverlayTarget,
        patch: OverlayPatch,
    ) -> Result<bool, NamingError> {
        let (_, Some(published)) = self.overlay(key, target) else { return Ok(false) };
        let base =
            Overlay { enabled: published.enabled, weight: published.weight, metadata: Metadata::default() };
        let (key, target) = (key.clone(), target.clone());
        self.propose(NamingCommand::PatchOverlay { key, target, base, patch }).await?;
        Ok(true)
    }

    /// Commits a command. Also for clean-up that [`Naming::tick`] asks for.
    ///
    /// # Errors
    /// It was refused, or not stored.
    pub async fn propose(&self, command: NamingCommand) -> Result<(), NamingError> {
        let key = key_of(&command).cloned();
        match self.commit.commit(Command::Naming(command)).await? {
            Outcome::Naming(refusal) => {
                Err(error_of(refusal, key.expect("only commands about a service are refused")))
            }
            Outcome::Done | Outcome::Config(_) | Outcome::Namespace(_) => Ok(()),
        }
    }
}

/// The service that a command is about.
fn key_of(command: &NamingCommand) -> Option<&ServiceKey> {
    match command {
        NamingCommand::Register { key, .. }
        | NamingCommand::Deregister { key, .. }
        | NamingCommand::SetHealth { key, .. }
        | NamingCommand::PutOverlay { key, .. }
        | NamingCommand::PatchOverlay { key, .. }
        | NamingCommand::RemoveOverlay { key, .. }
        | NamingCommand::CreateService { key, .. }
        | NamingCommand::UpdateService { key, .. }
        | NamingCommand::RemoveService { key }
        | NamingCommand::PutCluster { key, .. } => Some(key),
        NamingCommand::ChangeSwitch(_) => None,
    }
}

fn error_of(refusal: NamingRefusal, key: ServiceKey) -> NamingError {
    match refusal {
        NamingRefusal::LifetimeMismatch { service } => NamingError::LifetimeMismatch { service },
        NamingRefusal::ServiceExists => NamingError::ServiceExists { key },
        NamingRefusal::ServiceNotFound => NamingError::ServiceNotFound { key },
        NamingRefusal::ServiceNotEmpty => NamingError::ServiceNotEmpty { key },
        NamingRefusal::WrongClient { client } => NamingError::WrongClient { client },
    }
}
