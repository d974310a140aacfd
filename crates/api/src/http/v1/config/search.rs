//! `/v1/cs/configs?search=…`, and what v2 shares of it (recorded: `cs1-search-*`, `cs2-search-detail`).

use navaid_config::Matching;
use navaid_core::ConfigItem;
use navaid_wire::config::ItemV1;

use crate::http::{
    call::Call,
    config::{
        dialect::V1,
        paging::{self, Found},
    },
    failure::{Failure, Missing},
    reply::Reply,
};

pub(in crate::http) async fn search(call: &Call, matching: Matching) -> Result<Reply, Failure> {
    for name in ["dataId", "group"] {
        call.params.present(name, Missing::Request("String"))?;
    }
    let page = paging::demanded(&call.params)?;
    let query = V1.search(&call.params, matching)?;
    let by_label = !query.tags.is_empty();
    let found = call.node.configs.search(query, page).await?;
    let show =
        move |found: &Found| Reply::json(&paging::shown(found, page, |item| row(item, matching, by_label)));
    paging::answer(call, found, show).await
}

/// Searches by label go another way through the reference and show less.
fn row(item: &ConfigItem, matching: Matching, by_label: bool) -> ItemV1<'_> {
    match (matching, by_label) {
        (Matching::Accurate, false) => ItemV1::found_accurately(item),
        (Matching::Accurate, true) => ItemV1 { kind: None, ..ItemV1::found_accurately(item) },
        (Matching::Blur, false) => ItemV1::found_fuzzily(item),
        (Matching::Blur, true) => {
            let found = ItemV1::found_fuzzily(item);
            ItemV1 { encrypted_data_key: found.encrypted_data_key.filter(|key| !key.is_empty()), ..found }
        }
    }
}
