//! Changing items and looking at their beta releases, the same for every generation.

use std::sync::Arc;

use navaid_config::{RemoveRequest, RemoveTarget};
use navaid_core::{
    ConfigKey, GrayName, GrayRelease,
    access::{Action, Resource},
};

use super::{Dialect, dialect, failure};
use crate::http::{call::Call, failure::Failure};

/// What a removal of a beta that is not there says.
pub(crate) const NO_BETA: &str = "remove beta data error";

/// Publishes the release that the call describes.
pub(crate) async fn publish(call: &Call, dialect: &Dialect) -> Result<(), Failure> {
    let published = call.node.configs.publish(dialect.publish(call)?).await;
    published.map(drop).map_err(|error| failure::of_publish(error, &call.params))
}

/// Publishes an item's content again with what the call says about it, unless the content has changed meanwhile;
/// answers whether there is such an item.
pub(crate) async fn describe(call: &Call, dialect: &Dialect) -> Result<bool, Failure> {
    let Some(item) = call.node.configs.item(&dialect.key(&call.params)?) else { return Ok(false) };
    let request = dialect.describe(call, &item);
    let published = call.node.configs.publish(request).await;
    published.map_err(|error| failure::of_publish(error, &call.params))?;
    Ok(true)
}

/// Removes the release that the call names; that there was none is no error.
pub(crate) async fn remove(call: &Call, dialect: &Dialect) -> Result<(), Failure> {
    call.node.configs.remove(dialect.remove(call)?).await?;
    Ok(())
}

/// Removes the items with the ids of the call.
pub(crate) async fn remove_ids(call: &Call, dialect: &Dialect) -> Result<(), Failure> {
    let ids = dialect::ids(&call.params)?;
    for item in ids.iter().filter_map(|id| call.node.configs.item_by_id(*id)) {
        call.node.guard.admit(&Resource::Config(item.key.clone()), Action::Write)?;
    }
    let (configs, operator) = (call.node.configs.clone(), dialect.operator(call));
    call.to_the_end(async move { Ok(configs.remove_ids(&ids, &operator).await?) }).await?;
    Ok(())
}

/// Ends the beta of an item; answers whether there was one.
pub(crate) async fn remove_beta(call: &Call, dialect: &Dialect) -> Result<bool, Failure> {
    let (key, operator) = (dialect.key(&call.params)?, dialect.operator(call));
    Ok(call.node.configs.remove(RemoveRequest { key, target: RemoveTarget::Beta, operator }).await?)
}

/// A beta release with what answers show of its item.
pub(crate) struct Beta {
    /// Row id of the formal release; 0 without one.
    pub(crate) id: u64,
    pub(crate) key: ConfigKey,
    pub(crate) release: Arc<GrayRelease>,
}

/// The beta of the item that the call names.
pub(crate) fn beta(call: &Call, dialect: &Dialect) -> Result<Option<Beta>, Failure> {
    let key = dialect.key(&call.params)?;
    let release = call.node.configs.gray(&key, &GrayName::beta());
    let id = call.node.configs.item(&key).map_or(0, |item| item.id);
    Ok(release.map(|release| Beta { id, key, release }))
}
