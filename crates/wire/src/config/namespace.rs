//! Namespaces as the generations show them (recorded: `nsp-v1-*`, `nsp-v2-*` on 2.5.1, `nsp-v3-*` on 3.1).

use navaid_core::{Namespace, name::DEFAULT_NAMESPACE};
use serde::Serialize;

/// Items that a namespace may hold, as every answer says; nothing enforces it.
pub const QUOTA: u32 = 200;

/// Which generation shows a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamespaceFace {
    /// v1 and v2: the default namespace has an empty id, created ones are of type 2.
    V1,
    /// v3: the default namespace is `public`, created ones are of type 1.
    V3,
}

/// A namespace in lists and reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NamespaceRow<'a> {
    pub namespace: &'a str,
    pub namespace_show_name: &'a str,
    pub namespace_desc: &'a str,
    pub quota: u32,
    /// Items in it.
    pub config_count: u64,
    /// 0 for the default namespace.
    #[serde(rename = "type")]
    pub kind: u8,
}

impl<'a> NamespaceRow<'a> {
    /// A namespace that somebody created.
    pub fn created(face: NamespaceFace, namespace: &'a Namespace, config_count: u64) -> Self {
        Self {
            namespace: namespace.id.as_str(),
            namespace_show_name: &namespace.name,
            namespace_desc: &namespace.desc,
            quota: QUOTA,
            config_count,
            kind: match face {
                NamespaceFace::V1 => 2,
                NamespaceFace::V3 => 1,
            },
        }
    }
}

impl NamespaceRow<'static> {
    /// The namespace that always is.
    pub fn default_one(face: NamespaceFace, config_count: u64) -> Self {
        Self {
            namespace: match face {
                NamespaceFace::V1 => "",
                NamespaceFace::V3 => DEFAULT_NAMESPACE,
            },
            namespace_show_name: DEFAULT_NAMESPACE,
            namespace_desc: "Default Namespace",
            quota: QUOTA,
            config_count,
            kind: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::{NamespaceId, Timestamp};

    use super::*;

    #[test]
    fn namespaces_are_shown_as_recorded() {
        let namespace = Namespace {
            id: NamespaceId::parse("n1").unwrap(),
            name: "space".into(),
            desc: "first words".into(),
            created_at: Timestamp(0),
        };
        let shown = |row| serde_json::to_string::<NamespaceRow<'_>>(&row).unwrap();
        assert_eq!(
            shown(NamespaceRow::created(NamespaceFace::V1, &namespace, 0)),
            r#"{"namespace":"n1","namespaceShowName":"space","namespaceDesc":"first words","quota":200,"#
                .to_owned()
                + r#""configCount":0,"type":2}"#
        );
        assert_eq!(NamespaceRow::created(NamespaceFace::V3, &namespace, 1).kind, 1);
        assert_eq!(
            shown(NamespaceRow::default_one(NamespaceFace::V1, 3)),
            r#"{"namespace":"","namespaceShowName":"public","namespaceDesc":"Default Namespace","quota":200,"#
                .to_owned() + r#""configCount":3,"type":0}"#
        );
        assert_eq!(NamespaceRow::default_one(NamespaceFace::V3, 0).namespace, "public");
    }
}
