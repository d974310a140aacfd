//! `/v2/cs/history` (recorded: `cs2-history`).

use navaid_wire::config::{
    HistoryRowV1,
    history::{HistoryDiffV2, Version},
    item::NamespaceItemV2,
};

use crate::http::{
    call::Call,
    config::{dialect::V2, history, paging},
    failure::Failure,
    reply::Reply,
};

pub(super) async fn list(call: Call) -> Result<Reply, Failure> {
    let (rows, page) = history::list(&call, &V2, paging::defaulted(&call.params)?).await?;
    Ok(Reply::success(&paging::shown(&rows, page, HistoryRowV1::listed)))
}

pub(super) async fn row(call: Call) -> Result<Reply, Failure> {
    let row = history::row(&call, &V2).await?;
    Ok(Reply::success(&row.as_ref().map(HistoryRowV1::of)))
}

pub(super) async fn previous(call: Call) -> Result<Reply, Failure> {
    let row = history::previous(&call, &V2).await?.ok_or_else(|| history::no_previous(&call))?;
    Ok(Reply::success(&HistoryRowV1::of(&row)))
}

/// A row beside what came of it.
pub(super) async fn compare(call: Call) -> Result<Reply, Failure> {
    let Some(row) = history::row(&call, &V2).await? else { return Ok(Reply::success(&())) };
    let outcome = history::outcome(&call, &row).await?;
    let (original, updated) = match &outcome {
        history::Outcome::Inserted => (Version::none(), Version::of_row(&row)),
        history::Outcome::Removed => (Version::of_row(&row), Version::none()),
        history::Outcome::ReplacedBy(next) => (Version::of_row(&row), Version::of_row(next)),
        history::Outcome::ReplacedByItem(item) => (Version::of_row(&row), Version::of_item(item)),
        history::Outcome::ReplacedByGray(gray) => (Version::of_row(&row), Version::of_gray(gray)),
    };
    Ok(Reply::success(&HistoryDiffV2::of(&row, original, updated)))
}

pub(super) async fn items(call: Call) -> Result<Reply, Failure> {
    let items = history::items(&call, &V2).await?;
    Ok(Reply::success(&items.iter().map(|item| NamespaceItemV2::of(item)).collect::<Vec<_>>()))
}
