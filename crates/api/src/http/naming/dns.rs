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
    let shown_at = selection.ref_time(call.node.naming.ref_time(now));
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        http::naming::{beat::beat_of_dom, dialect::V1, instance::register},
        testbed::Testbed,
    };

    async fn bed() -> Testbed {
        let bed = Testbed::start();
        for service in ["serviceName=s", "serviceName=s&groupName=g", "serviceName=t&namespaceId=n"] {
            register(bed.call(&format!("{service}&ip=10.0.0.1&port=80"), &[]), V1).await.unwrap();
        }
        bed
    }

    fn body(reply: &Reply) -> Value {
        serde_json::from_slice(&reply.body).unwrap()
    }

    #[tokio::test]
    async fn hosts_are_those_of_the_default_group_and_as_1_4_shows_them() {
        let shown = body(&list_hosts(bed().await.call("dom=s", &[]), V1).await.unwrap());
        assert_eq!((&shown["dom"], &shown["name"]), (&json!("s"), &json!("DEFAULT_GROUP@@s")));
        assert_eq!(shown["cacheMillis"], 3000);
        let hosts = shown["hosts"].as_array().unwrap();
        assert_eq!((hosts.len(), &hosts[0]["serviceName"]), (1, &json!("s")));
        assert_eq!(hosts[0]["valid"], true);
    }

    #[tokio::test]
    async fn names_are_told_by_namespace_and_to_the_first_plugins_as_one_array() {
        let bed = bed().await;
        let names =
            async |agent| body(&list_names(bed.call("", &[("user-agent", agent)]), V1).await.unwrap());
        let all = json!({"count": 2, "doms": {"n": ["t"], "public": ["s"]}});
        assert_eq!(names("Nacos-DNS:v1.0.2").await, all);
        assert_eq!(names("Nacos-DNS:v1.0.1").await, json!({"count": 1, "doms": ["s"]}));
    }

    #[tokio::test]
    async fn a_beat_of_a_dom_is_one_of_the_default_group() {
        let bed = bed().await;
        let code =
            async |call: &str| body(&beat_of_dom(bed.call(call, &[]), V1).await.unwrap())["code"].clone();
        assert_eq!(code("dom=s&ip=10.0.0.1&port=80").await, 10200);
        assert_eq!(code("dom=t&ip=10.0.0.1&port=80").await, 20404);
        assert!(beat_of_dom(bed.call("serviceName=s", &[]), V1).await.is_err());
    }
}
