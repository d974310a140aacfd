//! Writing many items, each on its own: there is no transaction over items. Some are under way at the same time, so
//! that they share their way to the disk.

use std::collections::VecDeque;

use navaid_core::{
    command::{Command, Operator, Outcome, PublishCondition, PublishTarget},
    config_item::ConfigKey,
    seam::{CommitError, Pending},
};

use super::{Configs, Turn};
use crate::{
    error::ConfigError,
    limits,
    publish::PublishRequest,
    transfer::{TransferItem, TransferPolicy, TransferReport},
};

/// Items of one transfer that may be under way at the same time: a small part of what the log lets wait.
const UNDER_WAY_MAX: usize = 64;
/// Bytes of contents that they may have together before the next one waits.
const BYTES_UNDER_WAY_MAX: usize = 8 << 20;

impl Configs {
    /// Unpacks an import off the runtime's workers when its turn comes. Whoever calls keeps the turn as long as it
    /// keeps what was unpacked, so that few imports share the memory.
    ///
    /// # Errors
    /// [`ConfigError::Busy`]: too many imports wait already, or this one waited too long.
    pub async fn unpack_in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<(T, Turn), ConfigError> {
        self.imports.take(work).await
    }

    /// Writes the items in their order, history included. Nothing is written unless all of them are within their
    /// limits and have room when this is called.
    ///
    /// # Errors
    /// [`ConfigError::InvalidItem`], [`ConfigError::OverCapacity`]; [`ConfigError::Commit`] and [`ConfigError::Read`],
    /// after which the items before stay written, and some after may be, as when another writer takes the room
    /// meanwhile.
    ///
    /// # Cancel safety
    /// Dropped, it has written some of the items.
    pub async fn transfer(
        &self,
        items: Vec<TransferItem>,
        policy: TransferPolicy,
        operator: &Operator,
    ) -> Result<TransferReport, ConfigError> {
        let requests: Vec<_> = items.into_iter().map(|item| request(item, policy, operator)).collect();
        for request in &requests {
            limits::check(request, self.settings())
                .map_err(|invalid| ConfigError::InvalidItem { key: request.key.clone(), invalid })?;
        }
        self.check_room(&requests, policy)?;
        let mut under_way = UnderWay::new(self, policy);
        let mut requests = requests.into_iter();
        for request in requests.by_ref() {
            under_way.make_room_for(&request).await?;
            let ends = under_way.has_failed();
            if ends || policy == TransferPolicy::Abort && self.item(&request.key).is_some() {
                under_way.exists(request.key);
                break;
            }
            let (key, bytes) = (request.key.clone(), request.content.len());
            let command = Command::Config(self.publish_command(request).await?);
            under_way.add(Proposed { key, bytes, outcome: self.commit().commit(command) });
        }
        while under_way.finish_oldest().await? {}
        let mut report = under_way.report;
        report.skipped.extend(requests.map(|request| request.key));
        Ok(report)
    }

    /// Items that the policy leaves alone need no room.
    fn check_room(&self, requests: &[PublishRequest], policy: TransferPolicy) -> Result<(), ConfigError> {
        let Some(rules) = self.settings().capacity.in_force() else { return Ok(()) };
        let written = requests
            .iter()
            .filter(|request| policy == TransferPolicy::Overwrite || self.item(&request.key).is_none())
            .map(|request| (&request.key, request.content.len()));
        Ok(self.catalog().check_room(&rules, written)?)
    }
}

/// What was proposed and is not known to be done, oldest first, and what came of the rest.
struct UnderWay<'c> {
    configs: &'c Configs,
    policy: TransferPolicy,
    proposed: VecDeque<Proposed>,
    bytes: usize,
    report: TransferReport,
}

struct Proposed {
    key: ConfigKey,
    bytes: usize,
    outcome: Pending<Result<Outcome, CommitError>>,
}

impl<'c> UnderWay<'c> {
    fn new(configs: &'c Configs, policy: TransferPolicy) -> Self {
        Self { configs, policy, proposed: VecDeque::new(), bytes: 0, report: TransferReport::default() }
    }

    /// Whether the item that ends the transfer was met.
    fn has_failed(&self) -> bool {
        self.report.failed.is_some()
    }

    fn add(&mut self, proposed: Proposed) {
        self.bytes += proposed.bytes;
        self.proposed.push_back(proposed);
    }

    /// Waits until there is room. What would end the transfer must be known before the next item is proposed, so an
    /// item that is under way itself is waited for.
    async fn make_room_for(&mut self, request: &PublishRequest) -> Result<(), ConfigError> {
        let is_under_way = self.proposed.iter().any(|proposed| proposed.key == request.key);
        let most = if is_under_way { 1 } else { UNDER_WAY_MAX };
        while self.proposed.len() >= most || self.bytes > BYTES_UNDER_WAY_MAX {
            self.finish_oldest().await?;
        }
        Ok(())
    }

    /// Waits for the oldest; answers whether there was one.
    async fn finish_oldest(&mut self) -> Result<bool, ConfigError> {
        let Some(Proposed { key, bytes, outcome }) = self.proposed.pop_front() else { return Ok(false) };
        self.bytes -= bytes;
        match self.configs.published(outcome.await?) {
            Ok(_) => self.report.written += 1,
            Err(ConfigError::Exists) => self.exists(key),
            Err(error) => return Err(error),
        }
        Ok(true)
    }

    fn exists(&mut self, key: ConfigKey) {
        if self.policy == TransferPolicy::Abort && !self.has_failed() {
            self.report.failed = Some(key);
        } else {
            self.report.skipped.push(key);
        }
    }
}

fn request(item: TransferItem, policy: TransferPolicy, operator: &Operator) -> PublishRequest {
    PublishRequest {
        key: item.key,
        target: PublishTarget::Formal,
        content: item.content,
        encrypted_data_key: item.encrypted_data_key,
        description: item.description,
        condition: match policy {
            TransferPolicy::Abort | TransferPolicy::Skip => PublishCondition::Absent,
            TransferPolicy::Overwrite => PublishCondition::Always,
        },
        operator: operator.clone(),
    }
}
