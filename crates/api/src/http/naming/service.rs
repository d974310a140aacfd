//! Calls about services: create, change, read, and lists of their names (`spec/http-naming-core` §9.2, §10.2).

use std::collections::BTreeMap;

use navaid_core::{Lifetime, ServiceMetadata, command::ServiceUpdate};
use navaid_naming::Page;
use navaid_wire::{
    http::{RestResult, flag, page},
    naming::{
        selector,
        service_list::{PAGE_SIZE_MAX_V2, ServiceListV1, ServiceListV2, ServiceNames},
    },
};

use super::{
    dialect::{Dialect, Generation},
    failure::{About, absent_service, refusal, unlisted_service},
    service_params::{self, PageParams, group, named_service, namespace, page_or, service},
    shown::ShownService,
};
use crate::http::{
    call::Call,
    failure::Failure,
    params::{Params, parse_number},
    reply::Reply,
};

/// v1: makes a service of persistent instances.
pub(crate) async fn create(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    create_with(call, dialect, Lifetime::Persistent).await
}

/// v2 and v3: makes a service of persistent instances, unless the call says otherwise.
pub(crate) async fn create_any(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let ephemeral = call.params.text("ephemeral").is_some_and(flag::lenient);
    create_with(call, dialect, Lifetime::from_ephemeral(ephemeral)).await
}

/// 2.0, on its way from 1.x: makes a service of the kind that the call names, or else of the kind that instances have
/// by default.
pub(crate) async fn create_by_default(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let default = call.node.naming.switches().default_lifetime;
    let named = call.params.text("ephemeral").map(flag::lenient).map(Lifetime::from_ephemeral);
    create_with(call, dialect, named.unwrap_or(default)).await
}

async fn create_with(call: Call, dialect: Dialect, lifetime: Lifetime) -> Result<Reply, Failure> {
    let metadata = service_params::metadata(&call.params, dialect)?;
    let key = service(&call.params, dialect)?;
    let metadata = ServiceMetadata {
        protect_threshold: bound_threshold(&call.params, dialect)?,
        selector: selector::parse(call.params.get("selector").unwrap_or_default())?,
        metadata,
        ..ServiceMetadata::new(lifetime)
    };
    let created = call.node.naming.create_service(&key, metadata).await;
    created.map_err(|error| refusal(error, &key, About::Service))?;
    Ok(dialect.done())
}

/// v1: replaces what is set on a service; the threshold must be there.
pub(crate) async fn update(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let params = &call.params;
    named_service(params, dialect)?.ok_or_else(|| dialect.missing("serviceName", "String"))?;
    let text = params.text("protectThreshold").ok_or_else(|| dialect.missing("protectThreshold", "Float"))?;
    let threshold = checked_threshold(parse_number(text)?)?;
    update_with(call, dialect, threshold).await
}

/// v2 and v3: replaces what is set on a service; what the call leaves out is reset.
pub(crate) async fn update_any(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let threshold = bound_threshold(&call.params, dialect)?;
    update_with(call, dialect, threshold).await
}

async fn update_with(call: Call, dialect: Dialect, protect_threshold: f32) -> Result<Reply, Failure> {
    let metadata = service_params::metadata(&call.params, dialect)?;
    let key = service(&call.params, dialect)?;
    let selector = selector::parse(call.params.get("selector").unwrap_or_default())?;
    let update = ServiceUpdate { protect_threshold, selector, metadata };
    let updated = call.node.naming.update_service(&key, update).await;
    updated.map_err(|error| refusal(error, &key, About::Service))?;
    Ok(dialect.done())
}

/// The threshold, 0 when absent. For a form of v2 or v3 that holds no number the reference prints its own innards; we
/// name the field.
fn bound_threshold(params: &Params, dialect: Dialect) -> Result<f32, Failure> {
    let Some(text) = params.text("protectThreshold") else { return Ok(0.0) };
    let threshold = text.parse().map_err(|_| match dialect.generation {
        Generation::V1 => Failure::Unconvertible { text: text.to_owned(), kind: "float" },
        Generation::V2 | Generation::V3 => {
            Failure::illegal(format!("parameter 'protectThreshold' must be a number: {text:?}"))
        }
    })?;
    checked_threshold(threshold)
}

/// A share. The reference takes any number, and shows one that is none as `null` or as a text.
fn checked_threshold(threshold: f32) -> Result<f32, Failure> {
    if (0.0..=1.0).contains(&threshold) {
        return Ok(threshold);
    }
    Err(Failure::illegal(format!("parameter 'protectThreshold' must be from 0 to 1: {threshold}")))
}

pub(crate) async fn remove(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let key = service(&call.params, dialect)?;
    let removed = call.node.naming.remove_service(&key).await;
    removed.map_err(|error| refusal(error, &key, About::Service))?;
    Ok(dialect.done())
}

pub(crate) async fn show(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let key = service(&call.params, dialect)?;
    if call.node.naming.service(&key).is_none() {
        return Err(absent_service(&key));
    }
    Ok(ShownService::of(&call, &key).detail(dialect))
}

/// The console of 3.x words a missing service as its catalog does.
pub(crate) async fn show_in_console(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let key = service(&call.params, dialect)?;
    if call.node.naming.service(&key).is_none() {
        return Err(unlisted_service(key.grouped()));
    }
    Ok(ShownService::of(&call, &key).detail(dialect))
}

/// v1: a page of the names of a group. Numbers that are none count as 0, which is the first page.
pub(crate) async fn list(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let params = &call.params;
    let number = |name| {
        let text = params.text(name).ok_or_else(|| dialect.missing(name, "int"))?;
        Ok::<i64, Failure>(text.parse().unwrap_or(0))
    };
    let (number, size) = (number("pageNo")?, number("pageSize")?);
    let page =
        Page { skip: page::entries_before(number, size), take: usize::try_from(size).unwrap_or_default() };
    let found = call.node.naming.services(&namespace(params)?, Some(&group(params)?), page);
    let doms = found.keys.iter().map(|key| key.name()).collect();
    Ok(dialect.answer(&ServiceListV1 { count: found.count, doms }))
}

/// v2: a page of the names of a group, of at most [`PAGE_SIZE_MAX_V2`].
pub(crate) async fn list_page(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let asked = page_or(&call.params, PageParams { number: 1, size: 20 })?;
    let size = i64::from(asked.size).min(PAGE_SIZE_MAX_V2);
    let page = Page {
        skip: page::entries_before(asked.number.into(), size),
        take: usize::try_from(size).unwrap_or_default(),
    };
    let (namespace, group) = (namespace(&call.params)?, group(&call.params)?);
    let found = call.node.naming.services(&namespace, Some(&group), page);
    let services = found.keys.iter().map(|key| key.name()).collect();
    Ok(dialect.answer(&ServiceListV2 { count: found.count, services }))
}

/// v1: grouped names of one namespace, or of every one, that contain an expression.
pub(crate) async fn names(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let naming = &call.node.naming;
    let namespaces: Vec<_> = match call.params.text("namespaceId") {
        Some(_) => vec![namespace(&call.params)?],
        None => naming
            .namespaces()
            .iter()
            .filter_map(|(name, _)| navaid_core::NamespaceId::parse(name).ok())
            .collect(),
    };
    let expression = call.params.text("expr").unwrap_or_default();
    let pages: Vec<_> =
        namespaces.iter().map(|name| (name, naming.services(name, None, Page::ALL))).collect();
    let names: BTreeMap<_, Vec<_>> = pages
        .iter()
        .map(|(namespace, page)| {
            let names = page.keys.iter().map(|key| key.grouped());
            (namespace.as_str(), names.filter(|name| name.contains(expression)).collect())
        })
        .collect();
    Ok(dialect.answer(&ServiceNames::new(names)))
}

/// v1 puts the selector types into an envelope of their own.
pub(crate) async fn selector_types_v1(_: Call) -> Result<Reply, Failure> {
    Ok(Reply::json(&RestResult::success(selector::TYPES)))
}

pub(crate) async fn selector_types(_: Call, dialect: Dialect) -> Result<Reply, Failure> {
    Ok(dialect.answer(&selector::TYPES))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        http::naming::dialect::{V1, V2},
        testbed::{Testbed, params},
    };

    /// `spec/naming-semantics` §20, line 113.
    #[tokio::test]
    async fn an_update_without_threshold_is_refused_in_v1_and_means_zero_in_v2() {
        let bed = Testbed::start();
        let refused = update(bed.call("serviceName=s", &[]), V1).await.unwrap_err();
        assert_eq!(refused.text(), "Param 'protectThreshold' is required.");
        assert_eq!(bound_threshold(&params("serviceName=s"), V2).unwrap(), 0.0);
    }
}
