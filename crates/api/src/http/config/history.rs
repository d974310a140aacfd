//! History, the same for every generation (`spec/config-semantics` §7).

use std::sync::Arc;

use http::StatusCode;
use navaid_config::{
    Page, PageRequest, SearchQuery,
    page::{HISTORY_PAGE_MAX, SEARCH_PAGE_MAX},
};
use navaid_core::{ConfigItem, GrayRelease, HistoryEntry, HistoryId, HistoryOp};
use navaid_wire::http::ErrorCode;

use super::{Dialect, dialect};
use crate::http::{call::Call, failure::Failure};

/// A page of the rows of an item, and the page that it is.
pub(crate) async fn list(
    call: &Call,
    dialect: &Dialect,
    page: PageRequest,
) -> Result<(Page<HistoryEntry>, PageRequest), Failure> {
    let page = page.capped(HISTORY_PAGE_MAX);
    Ok((call.node.configs.history(&dialect.key(&call.params)?, page).await?, page))
}

/// The row that the call names by its `nid`.
pub(crate) async fn row(call: &Call, dialect: &Dialect) -> Result<Option<HistoryEntry>, Failure> {
    let key = dialect.key(&call.params)?;
    let nid = HistoryId(dialect::row_id(&call.params, "nid")?);
    Ok(call.node.configs.history_entry(&key, nid).await?)
}

/// The newest row of the item whose id the call names.
pub(crate) async fn previous(call: &Call, dialect: &Dialect) -> Result<Option<HistoryEntry>, Failure> {
    let key = dialect.key(&call.params)?;
    let id = dialect::row_id(&call.params, "id")?;
    Ok(call.node.configs.previous(&key, id).await?)
}

/// The items of the namespace that the call names, as many as a page may have.
pub(crate) async fn items(call: &Call, dialect: &Dialect) -> Result<Vec<Arc<ConfigItem>>, Failure> {
    let everything = SearchQuery::all(dialect.demanded_namespace(&call.params)?);
    let page = PageRequest::new(1, SEARCH_PAGE_MAX as i64)?;
    Ok(call.node.configs.search(everything, page).await?.items)
}

/// What became of the version that a history row holds.
pub(crate) enum Outcome {
    /// The row holds what an insert brought.
    Inserted,
    Removed,
    /// Replaced by the version that the next row of the release holds.
    ReplacedBy(Box<HistoryEntry>),
    /// Replaced by the formal release as it stands.
    ReplacedByItem(Arc<ConfigItem>),
    /// Replaced by the gray release as it stands.
    ReplacedByGray(Arc<GrayRelease>),
}

/// Looks for what replaced the version of an update's row: the next row of the same release, else the release itself.
/// A release that has gone without a trace counts as removed.
pub(crate) async fn outcome(call: &Call, row: &HistoryEntry) -> Result<Outcome, Failure> {
    match row.op {
        HistoryOp::Insert => return Ok(Outcome::Inserted),
        HistoryOp::Delete => return Ok(Outcome::Removed),
        HistoryOp::Update => {}
    }
    let configs = &call.node.configs;
    if let Some(next) = configs.successor(row).await? {
        return Ok(Outcome::ReplacedBy(Box::new(next)));
    }
    let standing = match &row.gray {
        None => configs.item(&row.key).map(Outcome::ReplacedByItem),
        Some((name, _)) => configs.gray(&row.key, name).map(Outcome::ReplacedByGray),
    };
    Ok(standing.unwrap_or(Outcome::Removed))
}

/// The refusal of v2 and v3 where an item has no row.
pub(crate) fn no_previous(call: &Call) -> Failure {
    let id = call.params.get("id").unwrap_or_default();
    let text = format!("previous config history for id = {id} not exist");
    Failure::refused(StatusCode::NOT_FOUND, ErrorCode::RESOURCE_NOT_FOUND, text)
}
