//! Lists of service names (recorded: `ns1-service-list-paging`, `ns1-service-names-subscribers`,
//! `ns2-service-list-errors` on 2.5.1).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// Most names of one v2 page.
pub const PAGE_SIZE_MAX_V2: i64 = 500;

/// Bare names of a group in v1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceListV1<'a> {
    /// Services of the group, all pages together.
    pub count: usize,
    pub doms: Vec<&'a str>,
}

/// Bare names of a group in v2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceListV2<'a> {
    /// Services of the group, all pages together.
    pub count: usize,
    pub services: Vec<&'a str>,
}

/// Grouped names by namespace. 2.5 and 3.1 write them under a key that an accident made; older servers, and clients
/// of theirs, have `services`. Both are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceNames<'a> {
    #[serde(rename = "META-INF/services")]
    by_namespace: BTreeMap<&'a str, Vec<&'a str>>,
    services: BTreeMap<&'a str, Vec<&'a str>>,
    count: usize,
}

impl<'a> ServiceNames<'a> {
    pub fn new(by_namespace: BTreeMap<&'a str, Vec<&'a str>>) -> Self {
        let count = by_namespace.values().map(Vec::len).sum();
        Self { services: by_namespace.clone(), by_namespace, count }
    }
}

/// Bare names for the DNS plugins (recorded: `ns1-api-dns` on 1.4.8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DomNames<T> {
    pub count: usize,
    pub doms: T,
}

impl<'a> DomNames<BTreeMap<&'a str, BTreeSet<&'a str>>> {
    /// By namespace; a name that several groups have is one.
    pub fn by_namespace(doms: BTreeMap<&'a str, BTreeSet<&'a str>>) -> Self {
        Self { count: doms.values().map(BTreeSet::len).sum(), doms }
    }
}

impl<'a> DomNames<BTreeSet<&'a str>> {
    /// Of one namespace, as the first plugins read it.
    pub fn flat(doms: BTreeSet<&'a str>) -> Self {
        Self { count: doms.len(), doms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_for_dns_are_by_namespace_or_flat() {
        let names = BTreeSet::from(["a", "b"]);
        assert_eq!(
            serde_json::to_string(&DomNames::by_namespace(BTreeMap::from([("public", names.clone())])))
                .unwrap(),
            r#"{"count":2,"doms":{"public":["a","b"]}}"#
        );
        assert_eq!(serde_json::to_string(&DomNames::flat(names)).unwrap(), r#"{"count":2,"doms":["a","b"]}"#);
    }

    #[test]
    fn lists_are_shown_as_recorded() {
        assert_eq!(
            serde_json::to_string(&ServiceListV1 { count: 5, doms: vec!["a"] }).unwrap(),
            r#"{"count":5,"doms":["a"]}"#
        );
        assert_eq!(
            serde_json::to_string(&ServiceListV2 { count: 3, services: vec![] }).unwrap(),
            r#"{"count":3,"services":[]}"#
        );
        let names = ServiceNames::new(BTreeMap::from([("n", vec!["g@@a", "g@@b"])]));
        assert_eq!(
            serde_json::to_string(&names).unwrap(),
            r#"{"META-INF/services":{"n":["g@@a","g@@b"]},"services":{"n":["g@@a","g@@b"]},"count":2}"#
        );
    }
}
