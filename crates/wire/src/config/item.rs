//! Configuration items as v1 and v2 show them (`spec/http-config-auth` §3.1; recorded: `cs1-search-*`,
//! `cs1-all-fields`, `cs1-beta`, `cs2-history`).

use std::borrow::Cow;

use navaid_core::{ConfigItem, ConfigKey, GrayRelease, GrayRule, name::DEFAULT_NAMESPACE};
use serde::Serialize;

/// Namespace of a key as older answers show it: empty for the default one.
pub fn tenant_of(key: &ConfigKey) -> &str {
    if key.namespace() == DEFAULT_NAMESPACE { "" } else { key.namespace() }
}

/// A data key where answers show none for what is not encrypted.
pub(super) fn shown_data_key(data_key: &str) -> Option<&str> {
    (!data_key.is_empty()).then_some(data_key)
}

/// An item in v1 and v2 search results.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemV1<'a> {
    /// Row id as decimal text.
    pub id: String,
    pub data_id: &'a str,
    pub group: &'a str,
    pub content: Option<Cow<'a, str>>,
    /// Null in searches.
    pub md5: Option<String>,
    /// Of an item that is not encrypted: null in accurate searches, empty in fuzzy ones.
    pub encrypted_data_key: Option<&'a str>,
    pub tenant: &'a str,
    pub app_name: &'a str,
    #[serde(rename = "type")]
    pub kind: Option<&'static str>,
}

impl<'a> ItemV1<'a> {
    /// The item with everything that a read of it alone shows.
    pub fn of(item: &'a ConfigItem) -> Self {
        Self {
            id: item.id.to_string(),
            data_id: item.key.data_id(),
            group: item.key.group(),
            content: Some(item.content.text()),
            md5: Some(item.md5.to_string()),
            encrypted_data_key: Some(&item.encrypted_data_key),
            tenant: tenant_of(&item.key),
            app_name: item.description.app_name.as_deref().unwrap_or_default(),
            kind: item.description.kind.map(|kind| kind.as_word()),
        }
    }

    /// The item in the result of an accurate search: without digest, and without a data key where there is none.
    pub fn found_accurately(item: &'a ConfigItem) -> Self {
        Self { md5: None, encrypted_data_key: shown_data_key(&item.encrypted_data_key), ..Self::of(item) }
    }

    /// The item in the result of a fuzzy search: without digest.
    pub fn found_fuzzily(item: &'a ConfigItem) -> Self {
        Self { md5: None, ..Self::of(item) }
    }
}

/// What v1 tells of an item beside its content (`…/catalog`).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdvanceV1<'a> {
    pub create_time: u64,
    pub modify_time: u64,
    pub create_user: Option<&'a str>,
    pub create_ip: &'a str,
    pub desc: Option<&'a str>,
    #[serde(rename = "use")]
    pub usage: Option<&'a str>,
    pub effect: Option<&'a str>,
    #[serde(rename = "type")]
    pub kind: Option<&'static str>,
    pub schema: Option<&'a str>,
    /// Comma-separated.
    pub config_tags: Option<String>,
}

impl<'a> AdvanceV1<'a> {
    pub fn of(item: &'a ConfigItem) -> Self {
        let description = &item.description;
        Self {
            create_time: item.created_at.as_millis(),
            modify_time: item.modified_at.as_millis(),
            create_user: item.operator.user.as_deref(),
            create_ip: &item.operator.ip,
            desc: description.desc.as_deref(),
            usage: description.usage.as_deref(),
            effect: description.effect.as_deref(),
            kind: description.kind.map(|kind| kind.as_word()),
            schema: description.schema.as_deref(),
            config_tags: tags(item),
        }
    }
}

pub(super) fn tags(item: &ConfigItem) -> Option<String> {
    item.description.tags.as_deref().filter(|tags| !tags.is_empty()).map(|tags| tags.join(","))
}

/// An item with all its fields (v1 `show=all`).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FullItemV1<'a> {
    #[serde(flatten)]
    pub item: ItemV1<'a>,
    pub create_time: u64,
    pub modify_time: u64,
    pub create_user: Option<&'a str>,
    pub create_ip: &'a str,
    pub desc: Option<&'a str>,
    #[serde(rename = "use")]
    pub usage: Option<&'a str>,
    pub effect: Option<&'a str>,
    pub schema: Option<&'a str>,
    pub config_tags: Option<String>,
}

impl<'a> FullItemV1<'a> {
    pub fn of(item: &'a ConfigItem) -> Self {
        let advance = AdvanceV1::of(item);
        Self {
            item: ItemV1::of(item),
            create_time: advance.create_time,
            modify_time: advance.modify_time,
            create_user: advance.create_user,
            create_ip: advance.create_ip,
            desc: advance.desc,
            usage: advance.usage,
            effect: advance.effect,
            schema: advance.schema,
            config_tags: advance.config_tags,
        }
    }
}

/// A beta release in v1.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BetaItemV1<'a> {
    #[serde(flatten)]
    pub item: ItemV1<'a>,
    pub beta_ips: &'a str,
}

impl<'a> BetaItemV1<'a> {
    /// The release `gray` of the item `key`; `id` is the formal item's row, 0 without one. None for a release that
    /// is not a beta.
    pub fn of(id: u64, key: &'a ConfigKey, gray: &'a GrayRelease) -> Option<Self> {
        let GrayRule::Beta { ips } = &gray.rule else { return None };
        let item = ItemV1 {
            id: id.to_string(),
            data_id: key.data_id(),
            group: key.group(),
            content: Some(gray.content.text()),
            md5: Some(gray.md5.to_string()),
            encrypted_data_key: shown_data_key(&gray.encrypted_data_key),
            tenant: tenant_of(key),
            app_name: gray.app_name.as_deref().unwrap_or_default(),
            kind: None,
        };
        Some(Self { item, beta_ips: ips })
    }
}

/// What `…/history/configs` of v2 lists for each item of a namespace.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NamespaceItemV2<'a> {
    #[serde(flatten)]
    pub item: ItemV1<'a>,
    pub last_modified: u64,
}

impl<'a> NamespaceItemV2<'a> {
    pub fn of(item: &'a ConfigItem) -> Self {
        let shown =
            ItemV1 { id: "0".into(), content: None, md5: None, encrypted_data_key: None, ..ItemV1::of(item) };
        Self { item: shown, last_modified: item.modified_at.as_millis() }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use navaid_core::{
        ConfigType, ContentMd5, DataId, GrayName, GroupName, NamespaceId, Operator, Timestamp,
        config_item::Description,
    };

    use super::*;

    pub(crate) fn key() -> ConfigKey {
        let group = GroupName::default();
        ConfigKey::new(&NamespaceId::default(), &group, &DataId::parse("a.yaml").unwrap())
    }

    pub(crate) fn item() -> ConfigItem {
        ConfigItem {
            id: 7,
            key: key(),
            content: "a: 1\n".into(),
            md5: ContentMd5::of("a: 1\n"),
            encrypted_data_key: "".into(),
            description: Description {
                kind: Some(ConfigType::Yaml),
                usage: Some("demo".into()),
                tags: Some(vec!["t-one".into(), "t-two".into()]),
                ..Description::default()
            },
            created_at: Timestamp(1_000),
            modified_at: Timestamp(2_000),
            operator: Operator { user: None, ip: "10.44.0.1".into() },
        }
    }

    pub(crate) fn beta() -> GrayRelease {
        GrayRelease {
            name: GrayName::beta(),
            rule: GrayRule::Beta { ips: "10.45.0.1,10.45.0.2".into() },
            content: "trial".into(),
            md5: ContentMd5::of("trial"),
            encrypted_data_key: "".into(),
            app_name: None,
            created_at: Timestamp(1_000),
            modified_at: Timestamp(2_000),
            operator: Operator::default(),
        }
    }

    pub(crate) fn check(shape: &impl Serialize, expected: &str) {
        assert_eq!(serde_json::to_string(shape).unwrap(), expected);
    }

    #[test]
    fn an_item_found_is_shown_as_recorded() {
        check(
            &ItemV1::found_accurately(&item()),
            concat!(
                r#"{"id":"7","dataId":"a.yaml","group":"DEFAULT_GROUP","content":"a: 1\n","md5":null,"#,
                r#""encryptedDataKey":null,"tenant":"","appName":"","type":"yaml"}"#
            ),
        );
        assert_eq!(ItemV1::found_fuzzily(&item()).encrypted_data_key, Some(""));
    }

    #[test]
    fn what_is_encrypted_is_shown_with_its_data_key() {
        let item = ConfigItem { encrypted_data_key: "k1".into(), ..item() };
        assert_eq!(ItemV1::found_accurately(&item).encrypted_data_key, Some("k1"));
        let (key, gray) = (key(), GrayRelease { encrypted_data_key: "k2".into(), ..beta() });
        let shown = BetaItemV1::of(7, &key, &gray).unwrap();
        assert_eq!(shown.item.encrypted_data_key, Some("k2"));
        let shown = crate::config::item_v3::GrayV3::of(7, &key, &gray);
        assert_eq!(shown.detail.encrypted_data_key, Some("k2"));
    }

    #[test]
    fn an_item_with_all_fields_is_shown_as_recorded() {
        check(
            &FullItemV1::of(&item()),
            concat!(
                r#"{"id":"7","dataId":"a.yaml","group":"DEFAULT_GROUP","content":"a: 1\n","#,
                r#""md5":"e0ccdaf42c593022e15b18cc0e96d201","encryptedDataKey":"","tenant":"","appName":"","#,
                r#""type":"yaml","createTime":1000,"modifyTime":2000,"createUser":null,"createIp":"10.44.0.1","#,
                r#""desc":null,"use":"demo","effect":null,"schema":null,"configTags":"t-one,t-two"}"#
            ),
        );
        check(
            &AdvanceV1::of(&item()),
            concat!(
                r#"{"createTime":1000,"modifyTime":2000,"createUser":null,"createIp":"10.44.0.1","desc":null,"#,
                r#""use":"demo","effect":null,"type":"yaml","schema":null,"configTags":"t-one,t-two"}"#
            ),
        );
    }

    #[test]
    fn a_beta_is_shown_as_recorded_and_a_tag_is_none() {
        let (key, mut gray) = (key(), beta());
        check(
            &BetaItemV1::of(7, &key, &gray).unwrap(),
            concat!(
                r#"{"id":"7","dataId":"a.yaml","group":"DEFAULT_GROUP","content":"trial","#,
                r#""md5":"58723627fcebc230ab0d53ddf5f16e34","encryptedDataKey":null,"tenant":"","appName":"","#,
                r#""type":null,"betaIps":"10.45.0.1,10.45.0.2"}"#
            ),
        );
        gray.rule = GrayRule::Tag { tag: "blue".into() };
        assert_eq!(BetaItemV1::of(7, &key, &gray), None);
    }

    #[test]
    fn an_item_of_a_namespace_has_no_id_and_no_content() {
        check(
            &NamespaceItemV2::of(&item()),
            concat!(
                r#"{"id":"0","dataId":"a.yaml","group":"DEFAULT_GROUP","content":null,"md5":null,"#,
                r#""encryptedDataKey":null,"tenant":"","appName":"","type":"yaml","lastModified":2000}"#
            ),
        );
    }
}
