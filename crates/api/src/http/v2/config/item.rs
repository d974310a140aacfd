//! `/v2/cs/config` (recorded: `cs2-config-cycle`, `cs2-gray`, `cs2-search-detail`).

use http::StatusCode;
use navaid_config::Matching;
use navaid_wire::http::ErrorCode;

use crate::http::{
    call::Call,
    config::{
        dialect::{V2, V2_FORM},
        item, release,
    },
    failure::{Failure, Missing},
    reply::{JSON, JSON_UTF8, Reply},
    v1,
};

pub(super) async fn read(call: Call) -> Result<Reply, Failure> {
    let key = V2.key(&call.params)?;
    let served = release::read(&call, &key, call.params.get("tag")).ok_or_else(|| {
        Failure::refused(StatusCode::NOT_FOUND, ErrorCode::RESOURCE_NOT_FOUND, release::ABSENT)
    })?;
    let reply = Reply::success(&served.content.text()).with_type(JSON_UTF8);
    Ok(release::with_headers(reply, &served))
}

pub(super) async fn publish(call: Call) -> Result<Reply, Failure> {
    item::publish(&call, &V2_FORM).await?;
    Ok(Reply::success(&true))
}

pub(super) async fn remove(call: Call) -> Result<Reply, Failure> {
    item::remove(&call, &V2).await?;
    Ok(Reply::success(&true))
}

/// A search that reads contents as well, with the parameters and the answer of v1.
pub(super) async fn search(call: Call) -> Result<Reply, Failure> {
    call.params.present("config_detail", Missing::Request("String"))?;
    let matching =
        if call.params.text("search") == Some("accurate") { Matching::Accurate } else { Matching::Blur };
    Ok(v1::config::search(&call, matching).await?.with_type(JSON))
}
