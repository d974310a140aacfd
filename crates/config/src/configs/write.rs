//! Publishing and removing.

use std::{panic, sync::Arc};

use navaid_core::{
    command::{
        Command, ConfigCommand, ConfigOutcome, Operator, Outcome, PublishConfig, PublishTarget, RemoveConfig,
    },
    config_item::{ConfigKey, ContentMd5},
    content::Content,
    gray::GrayName,
    seam::CommitError,
};

use super::Configs;
use crate::{
    error::ConfigError,
    limits,
    publish::{PublishRequest, Published, RemoveRequest, RemoveTarget},
};

/// Longest content, in bytes, that is digested on a runtime worker: some 400 µs.
const DIGEST_INLINE_MAX: usize = 256 * 1024;

impl Configs {
    /// Publishes one release of an item. When this answers, the content is durable and every later read of this node
    /// sees it. The same content again is a publish too (history, time), but wakes nobody.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`], [`ConfigError::Conflict`], [`ConfigError::Exists`], [`ConfigError::TooManyGrays`],
    /// [`ConfigError::OverCapacity`], [`ConfigError::Commit`]; [`ConfigError::Read`] while the data key of an encrypted
    /// content is looked for.
    ///
    /// # Cancel safety
    /// Dropped after its first poll, it may still be committed.
    pub async fn publish(&self, request: PublishRequest) -> Result<Published, ConfigError> {
        limits::check(&request, &self.settings)?;
        // Some clients repeat a refused publish without a pause: what is refused now need not be written down first.
        if request.target == PublishTarget::Formal
            && let Some(refusal) = self.catalog.refusal(&request.key, &request.condition)
        {
            return self.published(Outcome::Config(refusal));
        }
        let command = self.publish_command(request).await?;
        self.published(self.propose(command).await?)
    }

    /// What is proposed to publish a request that was checked.
    ///
    /// # Errors
    /// [`ConfigError::Read`].
    pub(super) async fn publish_command(
        &self,
        request: PublishRequest,
    ) -> Result<ConfigCommand, ConfigError> {
        let md5 = digest(&request.content).await;
        let encrypted_data_key = self.data_key_for(&request, md5).await?;
        let mut description = request.description;
        description.kind = Some(description.kind.unwrap_or_default());
        Ok(ConfigCommand::Publish(Box::new(PublishConfig {
            key: request.key,
            target: request.target,
            content: Content::from(request.content).packed(),
            md5,
            encrypted_data_key,
            description,
            condition: request.condition,
            operator: request.operator,
            max_grays: self.settings.max_grays,
            capacity: self.settings.capacity.in_force(),
        })))
    }

    /// What came of publishing; where it was done, it is counted.
    pub(super) fn published(&self, outcome: Outcome) -> Result<Published, ConfigError> {
        match outcome {
            Outcome::Config(ConfigOutcome::Published { id, md5 }) => {
                self.activity().published();
                Ok(Published { id, md5 })
            }
            Outcome::Config(ConfigOutcome::Conflict { found }) => Err(ConfigError::Conflict { found }),
            Outcome::Config(ConfigOutcome::Exists) => Err(ConfigError::Exists),
            Outcome::Config(ConfigOutcome::TooManyGrays { max }) => Err(ConfigError::TooManyGrays { max }),
            Outcome::Config(ConfigOutcome::OverCapacity(over)) => {
                self.activity().refused(&over);
                Err(over.into())
            }
            other => Err(unexpected(&other)),
        }
    }

    /// Removes one release of an item; answers whether it was there when this was called.
    ///
    /// # Errors
    /// [`ConfigError::Commit`].
    ///
    /// # Cancel safety
    /// As [`Configs::publish`].
    pub async fn remove(&self, request: RemoveRequest) -> Result<bool, ConfigError> {
        let RemoveRequest { key, target, operator } = request;
        if target == RemoveTarget::Formal {
            let was_there = self.item(&key).is_some();
            self.propose_removal(key, None, operator).await?;
            return Ok(was_there);
        }
        let found = target.gray_names().into_iter().find(|name| self.gray(&key, name).is_some());
        let Some(name) = found else { return Ok(false) };
        self.propose_removal(key, Some(name), operator).await?;
        Ok(true)
    }

    /// Removes the formal releases with these row ids, one after the other; unknown ids are skipped. Answers how many
    /// were there.
    ///
    /// # Errors
    /// [`ConfigError::Commit`]; what was removed before stays removed.
    pub async fn remove_ids(&self, ids: &[u64], operator: &Operator) -> Result<usize, ConfigError> {
        let mut removed = 0;
        for id in ids {
            if let Some(item) = self.item_by_id(*id) {
                self.propose_removal(item.key.clone(), None, operator.clone()).await?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    async fn propose_removal(
        &self,
        key: ConfigKey,
        gray: Option<GrayName>,
        operator: Operator,
    ) -> Result<(), ConfigError> {
        self.propose(ConfigCommand::Remove(RemoveConfig { key, gray, operator })).await?;
        Ok(())
    }

    pub(super) async fn propose(&self, command: ConfigCommand) -> Result<Outcome, ConfigError> {
        Ok(self.commit.commit(Command::Config(command)).await?)
    }
}

/// A publish has one of the outcomes above; anything else is a wrong wiring of engines.
fn unexpected(outcome: &Outcome) -> ConfigError {
    debug_assert!(false, "a publish came out as {outcome:?}");
    ConfigError::Commit(CommitError::Unknown(format!("a publish came out as {outcome:?}").into()))
}

async fn digest(content: &Arc<str>) -> ContentMd5 {
    if content.len() <= DIGEST_INLINE_MAX {
        return ContentMd5::of(content);
    }
    let content = Arc::clone(content);
    match tokio::task::spawn_blocking(move || ContentMd5::of(&content)).await {
        Ok(md5) => md5,
        Err(failed) => panic::resume_unwind(failed.into_panic()),
    }
}
