//! Lists of service names (recorded: `ns1-service-list-paging`, `ns1-service-names-subscribers`,
//! `ns2-service-list-errors` on 2.5.1).

use std::collections::BTreeMap;

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

#[cfg(test)]
mod tests {
    use super::*;

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
