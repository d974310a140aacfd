//! Writing many items, each on its own: there is no transaction over items.

use navaid_core::command::{Operator, PublishCondition, PublishTarget};

use super::Configs;
use crate::{
    error::ConfigError,
    limits,
    publish::PublishRequest,
    transfer::{TransferItem, TransferPolicy, TransferReport},
};

impl Configs {
    /// Writes the items one after the other, history included. Nothing is written unless all of them are within their
    /// limits.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`]; [`ConfigError::Commit`], after which the items before stay written.
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
            limits::check(request, self.settings())?;
        }
        let mut report = TransferReport::default();
        let mut requests = requests.into_iter();
        while let Some(request) = requests.next() {
            let key = request.key.clone();
            match self.publish(request).await {
                Ok(_) => report.written += 1,
                Err(ConfigError::Exists) if policy == TransferPolicy::Skip => report.skipped.push(key),
                Err(ConfigError::Exists) => {
                    report.failed = Some(key);
                    report.skipped.extend(requests.by_ref().map(|request| request.key));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(report)
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
