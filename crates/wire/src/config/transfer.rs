//! What came of an import or a clone (`spec/http-config-auth` §7.3; recorded: `cs1-import-*`, `cs3-admin-*`).

use navaid_core::ConfigKey;
use serde::{Deserialize, Serialize};

use super::archive::Unrecognized;
use crate::http::ErrorCode;

/// Why an import or a clone did nothing. These are answered with status 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferRefusal {
    /// The target namespace does not exist.
    NamespaceAbsent,
    /// The metadata of the archive cannot be used.
    Metadata,
    /// An entry of the archive cannot be read.
    Unreadable,
    /// No file, no archive, or nothing in it; no item with the ids of a clone.
    Empty,
    /// A clone without items.
    NothingSelected,
}

impl TransferRefusal {
    /// Code and text of v1, whose texts are Chinese (`ResultCodeEnum` of 2.5.1).
    pub fn v1(self) -> (i32, &'static str) {
        match self {
            Self::NamespaceAbsent => (100_001, "\u{76EE}\u{6807} namespace \u{4E0D}\u{5B58}\u{5728}"),
            Self::Metadata => (100_002, "\u{5BFC}\u{5165}\u{7684}\u{5143}\u{6570}\u{636E}\u{975E}\u{6CD5}"),
            Self::Unreadable => (100_004, "\u{89E3}\u{6790}\u{6570}\u{636E}\u{5931}\u{8D25}"),
            Self::Empty => {
                (100_005, "\u{5BFC}\u{5165}\u{7684}\u{6587}\u{4EF6}\u{6570}\u{636E}\u{4E3A}\u{7A7A}")
            }
            Self::NothingSelected => {
                (100_006, "\u{6CA1}\u{6709}\u{9009}\u{62E9}\u{4EFB}\u{4F55}\u{914D}\u{7F6E}")
            }
        }
    }

    /// Code and text of v3.
    pub fn v3(self) -> ErrorCode {
        match self {
            Self::NamespaceAbsent => ErrorCode::NAMESPACE_NOT_EXIST,
            Self::Metadata => ErrorCode::METADATA_ILLEGAL,
            Self::Unreadable => ErrorCode::PARSING_DATA_FAILED,
            Self::Empty => ErrorCode::DATA_EMPTY,
            Self::NothingSelected => ErrorCode::NO_SELECTED_CONFIG,
        }
    }
}

/// An item in such an answer. Its group is called so in every generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferName<'a> {
    pub data_id: &'a str,
    pub group: &'a str,
}

impl<'a> TransferName<'a> {
    pub fn of(key: &'a ConfigKey) -> Self {
        Self { data_id: key.data_id(), group: key.group() }
    }
}

/// An entry of an archive that was not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnrecognizedName {
    pub item_name: String,
}

impl UnrecognizedName {
    /// As v1 words it: "not found in the metadata", "not found in the files", in Chinese.
    pub fn v1(entry: &Unrecognized) -> Self {
        Self::worded(
            entry,
            "\u{672A}\u{5728}\u{5143}\u{6570}\u{636E}\u{4E2D}\u{627E}\u{5230}",
            "\u{672A}\u{5728}\u{6587}\u{4EF6}\u{4E2D}\u{627E}\u{5230}",
        )
    }

    pub fn v3(entry: &Unrecognized) -> Self {
        Self::worded(entry, "Item not found in metadata", "Item not found in file")
    }

    fn worded(entry: &Unrecognized, not_in_metadata: &str, not_in_files: &str) -> Self {
        let item_name = match entry {
            Unrecognized::NotInMetadata(name) => format!("{not_in_metadata}: {name}"),
            Unrecognized::NotInFiles(name) => format!("{not_in_files}: {name}"),
        };
        Self { item_name }
    }
}

/// Counts and lists; what does not apply is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferAnswer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub succ_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_count: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fail_data: Vec<TransferName<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skip_data: Vec<TransferName<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unrecognized_count: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unrecognized_data: Vec<UnrecognizedName>,
}

/// One item to be cloned, as v1 and the console name the fields, and as the admin paths of v3 do.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CloneItem {
    #[serde(alias = "cfgId", alias = "configId")]
    pub id: RowId,
    /// Data id of the copy; absent or blank keeps the item's own.
    #[serde(default, alias = "dataId", alias = "targetDataId")]
    pub data_id: Option<String>,
    /// Group of the copy, likewise.
    #[serde(default, alias = "group", alias = "targetGroupName")]
    pub group: Option<String>,
}

/// A row id, which clients send as a number or as its decimal text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "NumberOrText")]
pub struct RowId(pub u64);

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(u64),
    Text(String),
}

impl TryFrom<NumberOrText> for RowId {
    type Error = std::num::ParseIntError;

    fn try_from(id: NumberOrText) -> Result<Self, Self::Error> {
        match id {
            NumberOrText::Number(id) => Ok(Self(id)),
            NumberOrText::Text(text) => text.trim().parse().map(Self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded: `cs3-admin-batch-and-clone` and `cs3-admin-import-export` on 3.1.
    #[test]
    fn answers_leave_out_what_does_not_apply() {
        let text = |answer: &TransferAnswer<'_>| serde_json::to_string(answer).unwrap();
        assert_eq!(text(&TransferAnswer::default()), "{}");
        let skipped = TransferAnswer {
            succ_count: Some(0),
            skip_count: Some(1),
            skip_data: vec![TransferName { data_id: "a", group: "G" }],
            ..TransferAnswer::default()
        };
        assert_eq!(
            text(&skipped),
            r#"{"succCount":0,"skipCount":1,"skipData":[{"dataId":"a","group":"G"}]}"#
        );
    }

    #[test]
    fn items_to_clone_are_read_in_both_wordings() {
        let read = |text| serde_json::from_str::<Vec<CloneItem>>(text);
        let item = &read(r#"[{"cfgId":"7","dataId":"a","group":"G"}]"#).unwrap()[0];
        assert_eq!(
            (item.id, item.data_id.as_deref(), item.group.as_deref()),
            (RowId(7), Some("a"), Some("G"))
        );
        let item = &read(r#"[{"configId":8,"targetDataId":"b"}]"#).unwrap()[0];
        assert_eq!((item.id, item.data_id.as_deref(), item.group.as_deref()), (RowId(8), Some("b"), None));
        assert!(read(r#"[{"cfgId":"x"}]"#).is_err());
        assert!(read(r#"[{"cfgId":-1}]"#).is_err());
    }
}
