//! Lists of items in v3 (recorded: `cs3-admin-list`, `cs3-console-config`).

use navaid_config::Matching;
use navaid_core::ConfigItem;
use navaid_wire::config::BasicV3;

use crate::http::{
    call::Call,
    config::{
        dialect::V3,
        paging::{self, Found},
    },
    failure::Failure,
    reply::Reply,
};

/// Blur unless the call asks for accuracy.
pub(super) async fn list(call: Call) -> Result<Reply, Failure> {
    let page = paging::positive(&call.params)?;
    let matching =
        if call.params.text("search") == Some("accurate") { Matching::Accurate } else { Matching::Blur };
    let query = V3.search(&call.params, matching)?;
    let by_label = !query.tags.is_empty();
    let found = call.node.configs.search(query, page).await?;
    let show = move |found: &Found| Reply::success(&paging::shown(found, page, |item| row(item, by_label)));
    paging::answer(&call, found, show).await
}

/// Searches by label go another way through the reference and show no digest.
fn row(item: &ConfigItem, by_label: bool) -> BasicV3<'_> {
    let row = BasicV3::listed(item);
    if by_label { BasicV3 { md5: None, ..row } } else { row }
}
