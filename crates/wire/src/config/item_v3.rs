//! Configuration items as v3 shows them (`spec/http-config-auth` §3.1; recorded: `cs3-admin-*`, `cs3-client-read`).

use std::borrow::Cow;

use navaid_core::{ConfigItem, ConfigKey, GrayRelease};
use serde::Serialize;

use super::{gray_rule, item::shown_data_key};

/// Identity and kind of an item in v3 lists.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BasicV3<'a> {
    /// Row id as decimal text.
    pub id: String,
    pub namespace_id: &'a str,
    pub group_name: &'a str,
    pub data_id: &'a str,
    pub md5: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<&'static str>,
    pub app_name: &'a str,
    /// Milliseconds since 1970; 0 in lists.
    pub create_time: u64,
    /// As above.
    pub modify_time: u64,
}

impl<'a> BasicV3<'a> {
    pub fn of(item: &'a ConfigItem) -> Self {
        Self {
            id: item.id.to_string(),
            namespace_id: item.key.namespace(),
            group_name: item.key.group(),
            data_id: item.key.data_id(),
            md5: Some(item.md5.to_string()),
            kind: item.description.kind.map(|kind| kind.as_word()),
            app_name: item.description.app_name.as_deref().unwrap_or_default(),
            create_time: item.created_at.as_millis(),
            modify_time: item.modified_at.as_millis(),
        }
    }

    /// The item in a list: without times. A search by tags shows no digest either.
    pub fn listed(item: &'a ConfigItem) -> Self {
        Self { create_time: 0, modify_time: 0, ..Self::of(item) }
    }

    /// What `…/history/configs` lists for each item of a namespace.
    pub fn of_namespace(item: &'a ConfigItem) -> Self {
        Self { id: "0".into(), md5: None, create_time: 0, ..Self::of(item) }
    }
}

/// An item with its content in v3.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DetailV3<'a> {
    #[serde(flatten)]
    pub basic: BasicV3<'a>,
    pub content: Cow<'a, str>,
    pub desc: Option<&'a str>,
    pub encrypted_data_key: Option<&'a str>,
    pub create_user: Option<&'a str>,
    pub create_ip: Option<&'a str>,
    pub config_tags: Option<String>,
}

impl<'a> DetailV3<'a> {
    pub fn of(item: &'a ConfigItem) -> Self {
        Self {
            basic: BasicV3::of(item),
            content: item.content.text(),
            desc: item.description.desc.as_deref(),
            encrypted_data_key: Some(&item.encrypted_data_key),
            create_user: item.operator.user.as_deref(),
            create_ip: Some(&item.operator.ip),
            config_tags: super::item::tags(item),
        }
    }
}

/// A gray release in v3.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GrayV3<'a> {
    #[serde(flatten)]
    pub detail: DetailV3<'a>,
    pub gray_name: &'a str,
    /// The rule as JSON text.
    pub gray_rule: String,
}

impl<'a> GrayV3<'a> {
    /// The release `gray` of the item `key`; `id` is the formal item's row, 0 without one. Its type is shown by the
    /// console (`text`) but not by the admin paths.
    pub fn of(id: u64, key: &'a ConfigKey, gray: &'a GrayRelease) -> Self {
        let basic = BasicV3 {
            id: id.to_string(),
            namespace_id: key.namespace(),
            group_name: key.group(),
            data_id: key.data_id(),
            md5: Some(gray.md5.to_string()),
            kind: None,
            app_name: gray.app_name.as_deref().unwrap_or_default(),
            create_time: 0,
            modify_time: gray.modified_at.as_millis(),
        };
        let detail = DetailV3 {
            basic,
            content: gray.content.text(),
            desc: None,
            encrypted_data_key: shown_data_key(&gray.encrypted_data_key),
            create_user: None,
            create_ip: None,
            config_tags: None,
        };
        Self { detail, gray_name: gray.name.as_str(), gray_rule: gray_rule::v3_text(&gray.rule) }
    }
}

/// A configuration read of v3 clients: the gRPC answer as an object, its nulls written
/// (recorded: `cs3-client-read` on 3.1).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientReadV3<'a> {
    pub result_code: i32,
    pub error_code: i32,
    pub message: Option<&'a str>,
    pub request_id: Option<&'a str>,
    pub content: Cow<'a, str>,
    /// Null for a gray release that is not encrypted.
    pub encrypted_data_key: Option<&'a str>,
    pub content_type: &'static str,
    pub md5: String,
    pub last_modified: u64,
    pub tag: Option<&'a str>,
    pub beta: bool,
    pub success: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::item::tests::{beta, check, item, key};

    #[test]
    fn a_listed_item_is_shown_as_recorded() {
        check(
            &BasicV3::listed(&item()),
            concat!(
                r#"{"id":"7","namespaceId":"public","groupName":"DEFAULT_GROUP","dataId":"a.yaml","#,
                r#""md5":"e0ccdaf42c593022e15b18cc0e96d201","type":"yaml","appName":"","createTime":0,"#,
                r#""modifyTime":0}"#
            ),
        );
    }

    #[test]
    fn an_item_with_its_content_is_shown_as_recorded() {
        check(
            &DetailV3::of(&item()),
            concat!(
                r#"{"id":"7","namespaceId":"public","groupName":"DEFAULT_GROUP","dataId":"a.yaml","#,
                r#""md5":"e0ccdaf42c593022e15b18cc0e96d201","type":"yaml","appName":"","createTime":1000,"#,
                r#""modifyTime":2000,"content":"a: 1\n","desc":null,"encryptedDataKey":"","createUser":null,"#,
                r#""createIp":"10.44.0.1","configTags":"t-one,t-two"}"#
            ),
        );
    }

    #[test]
    fn a_gray_release_is_shown_as_recorded() {
        let (key, gray) = (key(), beta());
        check(
            &GrayV3::of(7, &key, &gray),
            concat!(
                r#"{"id":"7","namespaceId":"public","groupName":"DEFAULT_GROUP","dataId":"a.yaml","#,
                r#""md5":"58723627fcebc230ab0d53ddf5f16e34","type":null,"appName":"","createTime":0,"#,
                r#""modifyTime":2000,"content":"trial","desc":null,"encryptedDataKey":null,"createUser":null,"#,
                r#""createIp":null,"configTags":null,"grayName":"beta","#,
                r#""grayRule":"{\"type\":\"beta\",\"version\":\"1.0.0\",\"expr\":\"10.45.0.1,10.45.0.2\",\"priority\":2147483647}"}"#
            ),
        );
    }
}
