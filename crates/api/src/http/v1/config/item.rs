//! `/v1/cs/configs`: several questions on one path, told apart by one parameter each.

use http::StatusCode;
use navaid_config::Matching;
use navaid_wire::{
    config::{
        FullItemV1,
        archive::Layout,
        item::{AdvanceV1, BetaItemV1},
    },
    http::RestResult,
};

use super::{done, nothing, search, transfer};
use crate::http::{
    call::Call,
    config::{dialect::V1, item, release},
    failure::Failure,
    params::Params,
    reply::{JSON_UTF8, Reply, TEXT},
};

/// What a read is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Content,
    AllFields,
    Beta,
    Search(Matching),
    Archive(Layout),
}

impl Question {
    fn of(params: &Params) -> Self {
        match params.get("search") {
            Some("accurate") => return Self::Search(Matching::Accurate),
            Some("blur") => return Self::Search(Matching::Blur),
            _ => {}
        }
        if params.get("show") == Some("all") {
            Self::AllFields
        } else if is_true(params, "beta") {
            Self::Beta
        } else if is_true(params, "export") {
            Self::Archive(Layout::Lines)
        } else if is_true(params, "exportV2") {
            Self::Archive(Layout::List)
        } else {
            Self::Content
        }
    }
}

/// A selector counts only when it is written exactly so.
fn is_true(params: &Params, name: &str) -> bool {
    params.get(name) == Some("true")
}

pub(super) async fn read(call: Call) -> Result<Reply, Failure> {
    match Question::of(&call.params) {
        Question::Content => content(&call),
        Question::AllFields => all_fields(&call),
        Question::Beta => beta(&call),
        Question::Search(matching) => search(&call, matching).await,
        Question::Archive(layout) => transfer::export(&call, layout).await,
    }
}

fn content(call: &Call) -> Result<Reply, Failure> {
    let key = V1.key(&call.params)?;
    let Some(served) = release::read(call, &key, call.params.get("tag")) else {
        let absent = Reply::new(StatusCode::NOT_FOUND, JSON_UTF8, format!("{}\n", release::ABSENT));
        return Ok(absent.unstored());
    };
    let reply = Reply::new(StatusCode::OK, TEXT, release::body(&served.content));
    Ok(release::with_headers(reply, &served))
}

fn all_fields(call: &Call) -> Result<Reply, Failure> {
    let item = call.node.configs.item(&V1.key(&call.params)?);
    Ok(item.map_or_else(nothing, |item| Reply::json(&FullItemV1::of(&item))))
}

fn beta(call: &Call) -> Result<Reply, Failure> {
    let beta = item::beta(call, &V1)?;
    let shown = beta.as_ref().and_then(|beta| BetaItemV1::of(beta.id, &beta.key, &beta.release));
    Ok(Reply::json(&RestResult::said("query beta ok", shown)))
}

/// `…/catalog`: an item without its content.
pub(super) async fn describe(call: Call) -> Result<Reply, Failure> {
    let item = call.node.configs.item(&V1.key(&call.params)?);
    Ok(Reply::json(&RestResult::success(item.as_deref().map(AdvanceV1::of))))
}

pub(super) async fn publish(call: Call) -> Result<Reply, Failure> {
    if is_true(&call.params, "import") {
        return transfer::import(&call).await;
    }
    if is_true(&call.params, "clone") {
        return transfer::clone(&call).await;
    }
    item::publish(&call, &V1).await?;
    Ok(done())
}

pub(super) async fn remove(call: Call) -> Result<Reply, Failure> {
    if is_true(&call.params, "beta") {
        return remove_beta(&call).await;
    }
    if call.params.get("delType") == Some("ids") {
        item::remove_ids(&call, &V1).await?;
        return Ok(Reply::json(&RestResult::success(true)));
    }
    item::remove(&call, &V1).await?;
    Ok(done())
}

async fn remove_beta(call: &Call) -> Result<Reply, Failure> {
    let answer = if item::remove_beta(call, &V1).await? {
        RestResult::said("stop beta ok", true)
    } else {
        RestResult::failure(500, item::NO_BETA, false)
    };
    Ok(Reply::json(&answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testbed::params;

    #[test]
    fn one_parameter_selects_the_question() {
        let of = |query: &str| Question::of(&params(query));
        assert_eq!(of("dataId=a"), Question::Content);
        assert_eq!(of("search=nonsense"), Question::Content);
        assert_eq!(of("search=blur"), Question::Search(Matching::Blur));
        assert_eq!(of("show=all"), Question::AllFields);
        assert_eq!(of("beta=true"), Question::Beta);
        assert_eq!(of("beta=false"), Question::Content);
        assert_eq!(of("exportV2=true"), Question::Archive(Layout::List));
    }
}
