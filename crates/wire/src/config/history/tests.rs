use navaid_core::{GrayName, GrayRule, HistoryId, HistoryOp};
use serde_json::{Value, json};

use super::*;
use crate::config::item::tests::item;

fn entry(op: HistoryOp) -> HistoryEntry {
    let item = item();
    HistoryEntry {
        id: HistoryId(12),
        item_id: 7,
        key: item.key,
        op,
        content: item.content,
        md5: item.md5,
        encrypted_data_key: item.encrypted_data_key,
        description: item.description,
        author: (op == HistoryOp::Insert).then(|| "alice".into()),
        operator: navaid_core::Operator { user: Some("alice".into()), ip: "10.44.0.7".into() },
        gray: None,
        created_at: Timestamp(1_000),
        modified_at: Timestamp(2_000),
    }
}

fn shown(shape: &impl Serialize) -> Value {
    serde_json::to_value(shape).unwrap()
}

#[test]
fn a_row_is_shown_as_recorded() {
    let entry = entry(HistoryOp::Update);
    let row = serde_json::to_string(&HistoryRowV1::of(&entry)).unwrap();
    assert_eq!(
        row,
        concat!(
            r#"{"id":"12","lastId":-1,"dataId":"a.yaml","group":"DEFAULT_GROUP","tenant":"","appName":"","#,
            r#""md5":"e0ccdaf42c593022e15b18cc0e96d201","content":"a: 1\n","srcIp":"10.44.0.7","srcUser":"alice","#,
            r#""opType":"U","publishType":"formal","grayName":"","#,
            r#""extInfo":"{\"type\":\"yaml\",\"config_tags\":\"t-one,t-two\",\"c_use\":\"demo\"}","#,
            r#""createdTime":"2010-05-05T00:00:00.000+00:00","#,
            r#""lastModifiedTime":"1970-01-01T00:00:02.000+00:00","encryptedDataKey":""}"#
        )
    );
    let listed = shown(&HistoryRowV1::listed(&entry));
    assert!(["md5", "content", "encryptedDataKey"].iter().all(|key| listed[key].is_null()));
}

#[test]
fn a_v3_row_is_shown_as_recorded() {
    let entry = entry(HistoryOp::Update);
    let detail = shown(&HistoryDetailV3::of(&entry));
    assert_eq!(detail["createTime"], 1_273_017_600_000_u64);
    assert_eq!(detail["namespaceId"], "public");
    assert_eq!(detail["type"], Value::Null);
    assert_eq!(detail["content"], "a: 1\n");
    assert_eq!(shown(&HistoryRowV3::listed(&entry))["md5"], Value::Null);
}

/// Recorded: `cs1-operator` and `cs2-gray` on 2.5.1.
#[test]
fn ext_info_tells_of_the_version_in_the_row() {
    assert_eq!(
        ext::of(&entry(HistoryOp::Insert)),
        r#"{"src_user":"alice","c_use":"demo","type":"yaml","config_tags":"t-one,t-two"}"#
    );
    let mut gray = entry(HistoryOp::Delete);
    gray.gray = Some((GrayName::tag("blue"), GrayRule::Tag { tag: "blue".into() }));
    let row = shown(&HistoryRowV1::of(&gray));
    assert_eq!((&row["publishType"], &row["grayName"]), (&json!("gray"), &json!("tag_blue")));
    assert_eq!(
        row["extInfo"],
        concat!(
            r#"{"gray_name":"tag_blue","gray_rule":"{\"type\":\"tag\",\"expr\":\"blue\",\"version\":\"1.0.0\","#,
            r#"\"priority\":\"2147483646\"}"}"#
        )
    );
}

/// Recorded: `cs2-history` on 2.5.1.
#[test]
fn a_comparison_has_empty_texts_where_nothing_was() {
    let entry = entry(HistoryOp::Insert);
    let diff = shown(&HistoryDiffV2::of(&entry, Version::none(), Version::of_row(&entry)));
    assert_eq!(diff["id"], 12);
    for key in ["originalMd5", "originalContent", "originalEncryptedDataKey", "originalExtInfo"] {
        assert_eq!(diff[key], "", "{key}");
    }
    assert_eq!(diff["updatedContent"], "a: 1\n");
    let item = item();
    let now = shown(&HistoryDiffV2::of(&entry, Version::of_row(&entry), Version::of_item(&item)));
    assert_eq!(now["updateExtInfo"], Value::Null);
}
