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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::{http::v2::config::item, testbed::Testbed};

    /// The comparison of each row of an item, oldest first: what was, and what came of it.
    async fn comparisons(bed: &Testbed) -> Vec<[String; 2]> {
        let listed = answer(list(bed.call("dataId=a&group=G", &[])).await);
        let rows = listed["data"]["pageItems"].as_array().unwrap();
        let mut comparisons = Vec::new();
        for row in rows.iter().rev() {
            let form = format!("dataId=a&group=G&nid={}", row["id"].as_str().unwrap());
            let compared = answer(compare(bed.call(&form, &[])).await);
            let text = |name: &str| compared["data"][name].as_str().unwrap().to_owned();
            comparisons.push([text("originalContent"), text("updatedContent")]);
        }
        comparisons
    }

    fn answer(reply: Result<Reply, Failure>) -> Value {
        serde_json::from_slice(&reply.unwrap().body).unwrap()
    }

    async fn publish(bed: &Testbed, content: &str) {
        let form = format!("dataId=a&group=G&content={content}");
        item::publish(bed.call(&form, &[])).await.unwrap();
    }

    #[tokio::test]
    async fn a_row_is_compared_with_what_replaced_its_version() {
        let bed = Testbed::start();
        for content in ["one", "two", "three"] {
            publish(&bed, content).await;
        }
        let expected = [["", "one"], ["one", "two"], ["two", "three"]];
        assert_eq!(comparisons(&bed).await, expected.map(|pair| pair.map(str::to_owned)));
        item::remove(bed.call("dataId=a&group=G", &[])).await.unwrap();
        assert_eq!(
            comparisons(&bed).await[2..],
            [["two", "three"], ["three", ""]].map(|p| p.map(str::to_owned))
        );
    }
}
