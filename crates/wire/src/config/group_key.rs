//! Group keys: an item's identity as one text, for fuzzy watches and client metrics (`spec/grpc` §10.1).

use navaid_core::{ConfigKey, name::DEFAULT_NAMESPACE};

/// `dataId+group+namespace`, with `%` and `+` inside the parts escaped; the namespace is always there, as in 3.x.
pub fn of(key: &ConfigKey) -> String {
    [key.data_id(), key.group(), key.namespace()].map(escape).join("+")
}

/// As [`of`], but without the default namespace, which 1.x and 2.x leave out.
pub fn of_1x_2x(key: &ConfigKey) -> String {
    if key.namespace() == DEFAULT_NAMESPACE {
        return [key.data_id(), key.group()].map(escape).join("+");
    }
    of(key)
}

/// Splits a group key into data id, group and tenant (empty when there is none).
///
/// None when it has neither two nor three parts.
pub fn split(text: &str) -> Option<(String, String, String)> {
    let mut parts = text.split('+').map(unescape);
    let (data_id, group, tenant) = (parts.next()?, parts.next()?, parts.next().unwrap_or_default());
    parts.next().is_none().then_some((data_id, group, tenant))
}

fn escape(part: &str) -> String {
    part.replace('%', "%25").replace('+', "%2B")
}

fn unescape(part: &str) -> String {
    part.replace("%2B", "+").replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use navaid_core::{DataId, GroupName, NamespaceId};

    use super::*;

    #[test]
    fn a_group_key_names_data_id_group_and_namespace() {
        let key = ConfigKey::new(
            &NamespaceId::default(),
            &GroupName::parse("G").unwrap(),
            &DataId::parse("a.yml").unwrap(),
        );
        assert_eq!(of(&key), "a.yml+G+public");
        assert_eq!(of_1x_2x(&key), "a.yml+G");
        assert_eq!(split("a.yml+G+public"), Some(("a.yml".into(), "G".into(), "public".into())));
    }

    #[test]
    fn escaped_parts_split_and_join_back() {
        assert_eq!(split("a%2Bb%25+G"), Some(("a+b%".into(), "G".into(), String::new())));
        assert_eq!(split("a"), None);
        assert_eq!(split("a+b+c+d"), None);
    }
}
