//! What the DNS plugins of 1.x ask (`spec/dns` §3, `spec/http-naming-core` §9.6; recorded: `ns1-api-dns` on 1.4.8). Later
//! servers dropped these paths, and the plugins did not learn others.

use std::collections::{BTreeMap, BTreeSet};

use navaid_core::{NamespaceId, ServiceKey};
use navaid_naming::Page;
use navaid_wire::{naming::service_list::DomNames, param};

use super::{
    dialect::Dialect,
    instance::{datagram_port, subscribe, with_filter},
    service_params::dom,
};
use crate::{
    http::{call::Call, failure::Failure, reply::Reply},
    views,
};

/// The instances of a service as lists of 1.4 show them. Who is told of changes asks less often.
pub(crate) async fn list_hosts(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let key = dom(&call.params, dialect)?;
    let clusters = call.params.get("clusters").unwrap_or_default();
    param::check_clusters(clusters)?;
    let now = call.now();
    let is_told = datagram_port(&call, dialect).is_some_and(|port| subscribe(&call, &key, clusters, port));
    let switches = call.node.naming.switches();
    let cache = if is_told { switches.push_cache } else { switches.idle.default_cache };
    let selection = with_filter(&call, clusters, |filter| call.node.naming.query(&key, filter, now));
    let shown_at = selection.last_ref_time.max(now.wall.as_millis());
    Ok(dialect.encoded(views::dns(&selection, cache).to_json(shown_at)))
}

/// 1.1 and before say that they are there.
pub(crate) async fn greet(_: Call) -> Result<Reply, Failure> {
    Ok(Reply::ok("ok"))
}

/// The names of all services, without their groups.
pub(crate) async fn list_names(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let naming = &call.node.naming;
    let is_flat = call.agent().reads_names_of_one_namespace();
    let namespaces: Vec<_> = if is_flat {
        vec![NamespaceId::default()]
    } else {
        let known = naming.namespaces();
        known.iter().filter_map(|(name, _)| NamespaceId::parse(name).ok()).collect()
    };
    let pages: Vec<_> =
        namespaces.iter().map(|name| (name.as_str(), naming.services(name, None, Page::ALL).keys)).collect();
    let doms =
        pages.iter().map(|(namespace, keys)| (*namespace, keys.iter().map(ServiceKey::name).collect()));
    let mut doms: BTreeMap<&str, BTreeSet<&str>> = doms.collect();
    Ok(if is_flat {
        dialect.answer(&DomNames::flat(doms.pop_first().map(|(_, names)| names).unwrap_or_default()))
    } else {
        dialect.answer(&DomNames::by_namespace(doms))
    })
}
