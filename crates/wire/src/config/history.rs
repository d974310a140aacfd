//! History rows as the generations show them (`spec/config-semantics` §7; recorded: `cs1-history`, `cs2-history`,
//! `cs3-admin-history`).

use std::borrow::Cow;

use navaid_core::{ConfigItem, GrayRelease, HistoryEntry, Timestamp};
use serde::Serialize;

use super::{ext, item::tenant_of};
use crate::http::time_text;

/// Creation time in every history answer of the reference: the default of its table, never set by it.
pub const CREATED_TIME: Timestamp = Timestamp(1_273_017_600_000);

/// Words of `publishType`.
fn publish_type(entry: &HistoryEntry) -> &'static str {
    if entry.gray.is_some() { "gray" } else { "formal" }
}

fn gray_name(entry: &HistoryEntry) -> &str {
    entry.gray.as_ref().map(|(name, _)| name.as_str()).unwrap_or_default()
}

fn app_name(entry: &HistoryEntry) -> &str {
    entry.description.app_name.as_deref().unwrap_or_default()
}

/// A row in v1 and v2.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryRowV1<'a> {
    /// Row number as decimal text.
    pub id: String,
    /// -1 always.
    pub last_id: i64,
    pub data_id: &'a str,
    pub group: &'a str,
    pub tenant: &'a str,
    pub app_name: &'a str,
    pub md5: Option<String>,
    pub content: Option<Cow<'a, str>>,
    pub src_ip: &'a str,
    pub src_user: Option<&'a str>,
    pub op_type: &'static str,
    pub publish_type: &'static str,
    pub gray_name: &'a str,
    pub ext_info: String,
    pub created_time: String,
    pub last_modified_time: String,
    pub encrypted_data_key: Option<&'a str>,
}

impl<'a> HistoryRowV1<'a> {
    pub fn of(entry: &'a HistoryEntry) -> Self {
        Self {
            id: entry.id.0.to_string(),
            last_id: -1,
            data_id: entry.key.data_id(),
            group: entry.key.group(),
            tenant: tenant_of(&entry.key),
            app_name: app_name(entry),
            md5: Some(entry.md5.to_string()),
            content: Some(entry.content.text()),
            src_ip: &entry.operator.ip,
            src_user: entry.operator.user.as_deref(),
            op_type: entry.op.letter(),
            publish_type: publish_type(entry),
            gray_name: gray_name(entry),
            ext_info: ext::of(entry),
            created_time: time_text::iso(CREATED_TIME),
            last_modified_time: time_text::iso(entry.modified_at),
            encrypted_data_key: Some(&entry.encrypted_data_key),
        }
    }

    /// The row in a list: without content, digest and data key.
    pub fn listed(entry: &'a HistoryEntry) -> Self {
        Self { md5: None, content: None, encrypted_data_key: None, ..Self::of(entry) }
    }
}

/// A row in v3 lists.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryRowV3<'a> {
    pub id: String,
    pub namespace_id: &'a str,
    pub group_name: &'a str,
    pub data_id: &'a str,
    /// Null in lists.
    pub md5: Option<String>,
    /// Null always.
    #[serde(rename = "type")]
    pub kind: Option<&'static str>,
    pub app_name: &'a str,
    pub create_time: u64,
    pub modify_time: u64,
    pub src_ip: &'a str,
    pub src_user: Option<&'a str>,
    pub op_type: &'static str,
    pub publish_type: &'static str,
}

impl<'a> HistoryRowV3<'a> {
    pub fn of(entry: &'a HistoryEntry) -> Self {
        Self {
            id: entry.id.0.to_string(),
            namespace_id: entry.key.namespace(),
            group_name: entry.key.group(),
            data_id: entry.key.data_id(),
            md5: Some(entry.md5.to_string()),
            kind: None,
            app_name: app_name(entry),
            create_time: CREATED_TIME.as_millis(),
            modify_time: entry.modified_at.as_millis(),
            src_ip: &entry.operator.ip,
            src_user: entry.operator.user.as_deref(),
            op_type: entry.op.letter(),
            publish_type: publish_type(entry),
        }
    }

    /// The row in a list: without digest.
    pub fn listed(entry: &'a HistoryEntry) -> Self {
        Self { md5: None, ..Self::of(entry) }
    }
}

/// A row with its content in v3.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryDetailV3<'a> {
    #[serde(flatten)]
    pub row: HistoryRowV3<'a>,
    pub content: Cow<'a, str>,
    pub encrypted_data_key: &'a str,
    pub gray_name: &'a str,
    pub ext_info: String,
}

impl<'a> HistoryDetailV3<'a> {
    pub fn of(entry: &'a HistoryEntry) -> Self {
        Self {
            row: HistoryRowV3::of(entry),
            content: entry.content.text(),
            encrypted_data_key: &entry.encrypted_data_key,
            gray_name: gray_name(entry),
            ext_info: ext::of(entry),
        }
    }
}

/// One side of a comparison; a side that is not there has empty texts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Version<'a> {
    pub md5: String,
    pub content: Cow<'a, str>,
    pub encrypted_data_key: &'a str,
    /// Null for the item as it stands now.
    pub ext_info: Option<String>,
}

impl<'a> Version<'a> {
    /// What a row holds.
    pub fn of_row(entry: &'a HistoryEntry) -> Self {
        Self {
            md5: entry.md5.to_string(),
            content: entry.content.text(),
            encrypted_data_key: &entry.encrypted_data_key,
            ext_info: Some(ext::of(entry)),
        }
    }

    /// The item as it stands now.
    pub fn of_item(item: &'a ConfigItem) -> Self {
        Self {
            md5: item.md5.to_string(),
            content: item.content.text(),
            encrypted_data_key: &item.encrypted_data_key,
            ext_info: None,
        }
    }

    /// A gray release as it stands now.
    pub fn of_gray(gray: &'a GrayRelease) -> Self {
        Self {
            md5: gray.md5.to_string(),
            content: gray.content.text(),
            encrypted_data_key: &gray.encrypted_data_key,
            ext_info: None,
        }
    }

    /// Nothing: before an insert, after a delete.
    pub fn none() -> Self {
        Self { ext_info: Some(String::new()), ..Self::default() }
    }
}

/// A row compared with what came of it (v2 `…/history/detail`).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryDiffV2<'a> {
    /// A number, unlike elsewhere.
    pub id: u64,
    pub last_id: i64,
    pub data_id: &'a str,
    pub group: &'a str,
    pub tenant: &'a str,
    pub op_type: &'static str,
    pub publish_type: &'static str,
    pub gray_name: &'a str,
    pub app_name: &'a str,
    pub src_ip: &'a str,
    pub src_user: Option<&'a str>,
    pub original_md5: String,
    pub original_content: Cow<'a, str>,
    pub original_encrypted_data_key: &'a str,
    pub original_ext_info: Option<String>,
    pub updated_md5: String,
    pub updated_content: Cow<'a, str>,
    pub updated_encrypted_data_key: &'a str,
    /// Spelled without the `d` of its siblings.
    pub update_ext_info: Option<String>,
    pub created_time: String,
    pub last_modified_time: String,
}

impl<'a> HistoryDiffV2<'a> {
    pub fn of(entry: &'a HistoryEntry, original: Version<'a>, updated: Version<'a>) -> Self {
        let row = HistoryRowV1::of(entry);
        Self {
            id: entry.id.0,
            last_id: row.last_id,
            data_id: row.data_id,
            group: row.group,
            tenant: row.tenant,
            op_type: row.op_type,
            publish_type: row.publish_type,
            gray_name: row.gray_name,
            app_name: row.app_name,
            src_ip: row.src_ip,
            src_user: row.src_user,
            original_md5: original.md5,
            original_content: original.content,
            original_encrypted_data_key: original.encrypted_data_key,
            original_ext_info: original.ext_info,
            updated_md5: updated.md5,
            updated_content: updated.content,
            updated_encrypted_data_key: updated.encrypted_data_key,
            update_ext_info: updated.ext_info,
            created_time: row.created_time,
            last_modified_time: row.last_modified_time,
        }
    }
}

#[cfg(test)]
mod tests;
