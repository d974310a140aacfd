//! History in v3 (recorded: `cs3-admin-history`, `cs3-console-beta-history`).

use http::StatusCode;
use navaid_wire::{
    config::{BasicV3, HistoryRowV3, history::HistoryDetailV3},
    http::ErrorCode,
};

use crate::http::{
    call::Call,
    config::{dialect::V3, history, paging},
    failure::Failure,
    reply::Reply,
};

pub(super) async fn list(call: Call) -> Result<Reply, Failure> {
    let (rows, page) = history::list(&call, &V3, paging::positive(&call.params)?).await?;
    Ok(Reply::success(&paging::shown(&rows, page, HistoryRowV3::listed)))
}

pub(super) async fn row(call: Call) -> Result<Reply, Failure> {
    let row = history::row(&call, &V3).await?.ok_or_else(|| {
        let nid = call.params.get("nid").unwrap_or_default();
        let text = format!("certain config history for nid = {nid} not exist");
        Failure::refused(StatusCode::NOT_FOUND, ErrorCode::RESOURCE_NOT_FOUND, text)
    })?;
    Ok(Reply::success(&HistoryDetailV3::of(&row)))
}

pub(super) async fn previous(call: Call) -> Result<Reply, Failure> {
    let row = history::previous(&call, &V3).await?.ok_or_else(|| history::no_previous(&call))?;
    Ok(Reply::success(&HistoryDetailV3::of(&row)))
}

pub(super) async fn items(call: Call) -> Result<Reply, Failure> {
    let items = history::items(&call, &V3).await?;
    Ok(Reply::success(&items.iter().map(|item| BasicV3::of_namespace(item)).collect::<Vec<_>>()))
}
