//! `extInfo` of history rows: a JSON text with the description of the version that the row holds
//! (`spec/config-semantics` §7; recorded: `cs1-operator`, `grpc-cs-publish-fields`, `cs2-gray` on 2.5.1).

use navaid_core::{HistoryEntry, HistoryOp};
use serde::Serialize;

use super::gray_rule;

/// The text for a row. The order of keys is that of the reference, which differs for inserts.
pub fn of(entry: &HistoryEntry) -> String {
    match (&entry.gray, entry.op) {
        (Some((name, rule)), _) => text(&Gray {
            gray_name: name.as_str(),
            gray_rule: gray_rule::v2_text(rule),
            src_user: entry.author.as_deref(),
        }),
        (None, HistoryOp::Insert) => text(&Inserted::of(entry)),
        (None, HistoryOp::Update | HistoryOp::Delete) => text(&Replaced::of(entry)),
    }
}

fn text(ext: &impl Serialize) -> String {
    serde_json::to_string(ext).expect("texts are JSON")
}

fn tags_of(entry: &HistoryEntry) -> Option<String> {
    entry.description.tags.as_deref().filter(|tags| !tags.is_empty()).map(|tags| tags.join(","))
}

#[derive(Serialize)]
struct Gray<'a> {
    gray_name: &'a str,
    gray_rule: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    src_user: Option<&'a str>,
}

#[derive(Serialize)]
struct Inserted<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    src_user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c_schema: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c_use: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    config_tags: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c_desc: Option<&'a str>,
}

impl<'a> Inserted<'a> {
    fn of(entry: &'a HistoryEntry) -> Self {
        let description = &entry.description;
        Self {
            src_user: entry.author.as_deref(),
            c_schema: description.schema.as_deref(),
            c_use: description.usage.as_deref(),
            effect: description.effect.as_deref(),
            r#type: description.kind.map(|kind| kind.as_word()),
            config_tags: tags_of(entry),
            c_desc: description.desc.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct Replaced<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    config_tags: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    src_user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c_desc: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c_use: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c_schema: Option<&'a str>,
}

impl<'a> Replaced<'a> {
    fn of(entry: &'a HistoryEntry) -> Self {
        let description = &entry.description;
        Self {
            r#type: description.kind.map(|kind| kind.as_word()),
            config_tags: tags_of(entry),
            effect: description.effect.as_deref(),
            src_user: entry.author.as_deref(),
            c_desc: description.desc.as_deref(),
            c_use: description.usage.as_deref(),
            c_schema: description.schema.as_deref(),
        }
    }
}
