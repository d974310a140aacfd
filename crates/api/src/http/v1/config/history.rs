//! `/v1/cs/history` (recorded: `cs1-history`, `cs1-rollback`, `cs1-operator`).

use navaid_wire::{
    config::{HistoryRowV1, item::NamespaceItemV2},
    http::ErrorCode,
};

use super::nothing;
use crate::http::{
    call::Call,
    config::{dialect::V1, history, paging},
    failure::Failure,
    reply::Reply,
};

/// A list with `search=accurate`, else one row.
pub(super) async fn read(call: Call) -> Result<Reply, Failure> {
    if call.params.get("search") == Some("accurate") {
        let (rows, page) = history::list(&call, &V1, paging::defaulted(&call.params)?).await?;
        return Ok(Reply::json(&paging::shown(&rows, page, HistoryRowV1::listed)));
    }
    let row = history::row(&call, &V1).await;
    row.map_or_else(bare, |row| Ok(row.map_or_else(nothing, |row| Reply::json(&HistoryRowV1::of(&row)))))
}

pub(super) async fn previous(call: Call) -> Result<Reply, Failure> {
    let row = history::previous(&call, &V1).await;
    row.map_or_else(bare, |row| Ok(row.map_or_else(nothing, |row| Reply::json(&HistoryRowV1::of(&row)))))
}

/// The row of another item is refused by the text alone, without `caused:`.
fn bare(failure: Failure) -> Result<Reply, Failure> {
    match failure {
        Failure::Refused { status, code: ErrorCode::ACCESS_DENIED, text } => Ok(Reply::text(status, text)),
        other => Err(other),
    }
}

pub(super) async fn items(call: Call) -> Result<Reply, Failure> {
    let items = history::items(&call, &V1).await?;
    Ok(Reply::json(&items.iter().map(|item| NamespaceItemV2::of(item)).collect::<Vec<_>>()))
}
