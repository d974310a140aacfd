//! The two forms of metadata, as text.

use std::{collections::BTreeMap, fmt::Write as _};

use navaid_core::{ConfigItem, ConfigType, config_item::Description};
use serde::Deserialize;

use super::ArchiveError;
use crate::config::item::shown_data_key;

/// What the list says of an item.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    pub(super) data_id: Option<String>,
    pub(super) group: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    app_name: Option<String>,
    desc: Option<String>,
    config_tags: Option<String>,
    encrypted_data_key: Option<String>,
}

impl Listed {
    /// Data id, group and type must be there.
    pub(super) fn is_complete(&self) -> bool {
        let said = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
        said(&self.data_id) && said(&self.group) && said(&self.kind)
    }

    /// Empty where none is said.
    pub(super) fn encrypted_data_key(&self) -> &str {
        self.encrypted_data_key.as_deref().unwrap_or_default()
    }

    pub(super) fn description(&self) -> Description {
        let tags = self.config_tags.as_deref().filter(|tags| !tags.trim().is_empty());
        Description {
            app_name: self.app_name.as_deref().map(Into::into),
            desc: self.desc.as_deref().map(Into::into),
            kind: self.kind.as_deref().and_then(ConfigType::from_word),
            tags: tags.map(|tags| tags.split(',').map(Into::into).collect()),
            ..Description::default()
        }
    }
}

/// The list, which is the value of the first key, whatever that is called.
pub(super) fn parse_list(text: &str) -> Result<Vec<Listed>, ArchiveError> {
    let lists: BTreeMap<String, Vec<Listed>> =
        serde_saphyr::from_str(text).map_err(|_| ArchiveError::Metadata)?;
    let list = lists.into_values().next().ok_or(ArchiveError::Metadata)?;
    if list.iter().all(Listed::is_complete) { Ok(list) } else { Err(ArchiveError::Metadata) }
}

/// Application names by the mangled names of their items.
pub(super) fn parse_lines(text: &str) -> Result<BTreeMap<&str, &str>, ArchiveError> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| line.split_once('=').ok_or(ArchiveError::Metadata)).collect()
}

/// Under which the lines have the application of an item.
pub(super) fn line_key(group: &str, data_id: &str) -> String {
    let mangled = match data_id.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}~{extension}"),
        None => data_id.to_owned(),
    };
    format!("{group}.{mangled}.app")
}

/// The lines for some items; empty when none has an application.
pub(super) fn lines<'i>(items: impl Iterator<Item = &'i ConfigItem>) -> String {
    let mut out = String::new();
    for item in items {
        if let Some(app) = item.description.app_name.as_deref().filter(|app| !app.is_empty()) {
            let key = line_key(item.key.group(), item.key.data_id());
            write!(out, "{key}={app}\r\n").expect("writing to a string cannot fail");
        }
    }
    out
}

/// The list for some items, as a block with its keys in order.
pub(super) fn list<'i>(items: impl Iterator<Item = &'i ConfigItem>) -> String {
    let mut items = items.peekable();
    if items.peek().is_none() {
        // With nothing after the colon it would be no list.
        return "metadata: []\n".to_owned();
    }
    let mut out = "metadata:\n".to_owned();
    for item in items {
        let description = &item.description;
        let tags = description.tags.as_deref().filter(|tags| !tags.is_empty()).map(|tags| tags.join(","));
        let fields = [
            ("appName", Some(description.app_name.as_deref().unwrap_or_default())),
            ("configTags", tags.as_deref()),
            ("dataId", Some(item.key.data_id())),
            ("desc", description.desc.as_deref()),
            ("encryptedDataKey", shown_data_key(&item.encrypted_data_key)),
            ("group", Some(item.key.group())),
            ("type", description.kind.map(ConfigType::as_word)),
        ];
        let said = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
        for (at, (name, value)) in said.enumerate() {
            let lead = if at == 0 { "- " } else { "  " };
            writeln!(out, "{lead}{name}: {}", scalar(value)).expect("writing to a string cannot fail");
        }
    }
    out
}

/// A text as a YAML scalar: plain where nothing could take it for something else, else in quotes.
fn scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    if text.chars().any(char::is_control) {
        // A JSON text is a double-quoted YAML scalar.
        return serde_json::to_string(text).expect("a text is JSON");
    }
    format!("'{}'", text.replace('\'', "''"))
}

fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let starts_well = text.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let is_harmless = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ',' | ' ');
    starts_well
        && !text.ends_with(' ')
        && text.chars().all(is_harmless)
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_quoted_where_they_could_be_misread() {
        for plain in ["a.yaml", "DEFAULT_GROUP", "first words", "\u{4E2D}\u{6587}", "a,b"] {
            assert_eq!(scalar(plain), plain);
        }
        for (text, quoted) in [
            ("", "''"),
            ("12", "'12'"),
            ("true", "'true'"),
            ("a: b", "'a: b'"),
            ("it's", "'it''s'"),
            ("- a", "'- a'"),
            ("a ", "'a '"),
            ("a\nb", "\"a\\nb\""),
        ] {
            assert_eq!(scalar(text), quoted);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_scalar_reads_back(text in "\\PC*|[a-z:'\"#\\n -]*") {
            let yaml = format!("metadata:\n- dataId: a\n  desc: {}\n  group: g\n  type: text\n", scalar(&text));
            let list = parse_list(&yaml).unwrap();
            proptest::prop_assert_eq!(list[0].desc.as_deref().unwrap_or_default(), &*text);
        }

        #[test]
        fn arbitrary_metadata_never_panics(text in "\\PC*|[a-z:\\n -]*") {
            let _ = parse_list(&text); // Ok or Err, both are fine
            let _ = parse_lines(&text); // likewise
        }
    }
}
