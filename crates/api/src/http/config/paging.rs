//! Pages of configuration lists: three ways to ask for one, one shape to show it.

use std::sync::Arc;

use navaid_config::{Page, PageRequest};
use navaid_core::ConfigItem;
use navaid_wire::http;

use crate::http::{
    call::Call,
    failure::{Failure, Missing},
    params::{Params, check_positive, named_number},
    reply::Reply,
};

/// Entries of a page whose size is not said.
const SIZE_DEFAULT: i32 = 100;

/// The page of a search in v1 and v2, which must say both numbers. A refusal is the cause of a wider one there
/// (recorded: `cs1-search-errors`).
pub(crate) fn demanded(params: &Params) -> Result<PageRequest, Failure> {
    let number = |name| int(name, params.present(name, Missing::Request("int"))?.trim());
    let (page, size) = (number("pageNo")?, number("pageSize")?);
    PageRequest::new(page, size).map_err(|invalid| {
        let [data_id, group] = ["dataId", "group"].map(|name| params.get(name).unwrap_or_default());
        let outer = format!("serialize page error, dataId={data_id}, group={group}");
        match invalid.into() {
            Failure::Illegal(inner) => Failure::Illegal(format!("{outer};caused: {inner}")),
            other => other,
        }
    })
}

/// The page of a history in v1 and v2: the first one of 100 unless said otherwise.
pub(crate) fn defaulted(params: &Params) -> Result<PageRequest, Failure> {
    Ok(PageRequest::new(int_or(params, "pageNo", 1)?, int_or(params, "pageSize", SIZE_DEFAULT)?)?)
}

/// The page of any list in v3 (recorded: `cs3-admin-refused`).
pub(crate) fn positive(params: &Params) -> Result<PageRequest, Failure> {
    for (name, default) in [("pageNo", 1), ("pageSize", SIZE_DEFAULT)] {
        check_positive(name, int_or(params, name, default)?)?;
    }
    defaulted(params)
}

/// A number of the range that Nacos has for pages, whose refusal names its parameter.
fn int(name: &str, text: &str) -> Result<i64, Failure> {
    named_number::<i32>(name, text).map(i64::from)
}

fn int_or(params: &Params, name: &str, default: i32) -> Result<i64, Failure> {
    params.number(name, default).map(i64::from)
}

/// Shows a page of what the engine found.
pub(crate) fn shown<'f, T, S>(
    found: &'f Page<T>,
    request: PageRequest,
    show: impl Fn(&'f T) -> S,
) -> http::Page<S> {
    let items = found.items.iter().map(show).collect();
    http::Page::new(found.total, request.number() as u64, request.size() as u64, items)
}

/// Items of a page whose answer is made on a runtime worker; a larger one is made when its turn comes, because a page of
/// tens of thousands of contents takes seconds and gigabytes.
const INLINE_ITEMS_MAX: usize = 1_000;

/// What a search has found of a page.
pub(crate) type Found = Page<Arc<ConfigItem>>;

/// The answer to a search.
pub(crate) async fn answer(
    call: &Call,
    found: Found,
    show: impl FnOnce(&Found) -> Reply + Send + 'static,
) -> Result<Reply, Failure> {
    if found.items.len() <= INLINE_ITEMS_MAX {
        return Ok(show(&found));
    }
    Ok(call.node.configs.in_turn(move || show(&found)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testbed::params;

    #[test]
    fn a_search_must_say_a_page_that_is_one() {
        let refused = |query| demanded(&params(query)).unwrap_err();
        let missing = Failure::Missing { name: "pageSize", missing: Missing::Request("int") };
        assert_eq!(refused("pageNo=1"), missing);
        assert_eq!(
            refused("pageNo=0&pageSize=5&dataId=a&group=g"),
            Failure::illegal(
                "serialize page error, dataId=a, group=g;caused: pageNo and pageSize must be greater than zero"
            )
        );
    }

    #[test]
    fn other_pages_default_and_must_be_positive() {
        let page = defaulted(&params("")).unwrap();
        assert_eq!((page.number(), page.size()), (1, 100));
        assert!(defaulted(&params("pageNo=-1")).is_err());
        for (query, text) in [
            ("pageNo=2147483648", "parameter 'pageNo': For input string: \"2147483648\""),
            ("pageSize=x", "parameter 'pageSize': For input string: \"x\""),
        ] {
            assert_eq!(defaulted(&params(query)).unwrap_err(), Failure::illegal(text));
            assert_eq!(positive(&params(query)).unwrap_err(), Failure::illegal(text));
        }
        assert_eq!(
            positive(&params("pageNo=0")).unwrap_err(),
            Failure::illegal("Required parameter 'pageNo' should be positive integer, current is 0")
        );
    }
}
