//! Configuration items: what users publish and listen to.

use std::{fmt, sync::Arc};

use md5::{Digest, Md5};

use crate::{
    command::Operator,
    content::Content,
    name::{DataId, GroupName, NamespaceId},
    time::Timestamp,
};

/// Identity of a configuration item: (namespace, group, data id).
///
/// One shared text, parts joined by byte 0x02 (which no part can hold). Order: by namespace, group, data id.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConfigKey {
    text: Arc<str>,
    group_at: u16,
    data_id_at: u16,
}

const PART_SEPARATOR: char = '\u{2}';

impl ConfigKey {
    pub fn new(namespace: &NamespaceId, group: &GroupName, data_id: &DataId) -> Self {
        let text: Arc<str> = format!("{namespace}{PART_SEPARATOR}{group}{PART_SEPARATOR}{data_id}").into();
        let after = |at: usize| u16::try_from(at + 1).expect("names are at most 256 characters");
        let group_at = after(namespace.as_str().len());
        let data_id_at = after(usize::from(group_at) + group.as_str().len());
        Self { text, group_at, data_id_at }
    }

    pub fn namespace(&self) -> &str {
        &self.text[..usize::from(self.group_at) - 1]
    }

    pub fn group(&self) -> &str {
        &self.text[usize::from(self.group_at)..usize::from(self.data_id_at) - 1]
    }

    pub fn data_id(&self) -> &str {
        &self.text[usize::from(self.data_id_at)..]
    }

    /// The stored text: namespace, group, data id, joined by 0x02.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for ConfigKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.namespace(), self.group(), self.data_id())
    }
}

impl fmt::Debug for ConfigKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// MD5 of a content's UTF-8 bytes (of the ciphertext where a client encrypts); shown as 32 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentMd5(pub [u8; 16]);

impl ContentMd5 {
    pub fn of(content: &str) -> Self {
        Self(Md5::digest(content.as_bytes()).into())
    }

    /// The digest that a text of 32 hex digits names; none for any other text.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 32 {
            return None;
        }
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |c: u8| char::from(c).to_digit(16);
            *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for ContentMd5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentMd5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The declared kind of a content. The server never parses by it (`spec/config-semantics` §1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ConfigType {
    Properties,
    Xml,
    Json,
    #[default]
    Text,
    Html,
    Yaml,
    Toml,
    Unset,
}

impl ConfigType {
    /// Exact lower-case words only; anything else is none of them, which publishing stores as `text`.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "properties" => Self::Properties,
            "xml" => Self::Xml,
            "json" => Self::Json,
            "text" => Self::Text,
            "html" => Self::Html,
            "yaml" => Self::Yaml,
            "toml" => Self::Toml,
            "unset" => Self::Unset,
            _ => return None,
        })
    }

    pub fn as_word(self) -> &'static str {
        match self {
            Self::Properties => "properties",
            Self::Xml => "xml",
            Self::Json => "json",
            Self::Text => "text",
            Self::Html => "html",
            Self::Yaml => "yaml",
            Self::Toml => "toml",
            Self::Unset => "unset",
        }
    }
}

/// What a publisher may say about an item beside its content. `None` means "not said", which an update treats
/// field by field (`spec/config-semantics` §6.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Description {
    /// Kept on update when not said.
    pub app_name: Option<Arc<str>>,
    /// ≤ 128 characters; wiped on update when not said, as are the next four.
    pub desc: Option<Arc<str>>,
    /// ≤ 32 characters.
    pub usage: Option<Arc<str>>,
    /// ≤ 32 characters.
    pub effect: Option<Arc<str>>,
    /// ≤ 32 characters.
    pub kind: Option<ConfigType>,
    /// ≤ 32 768 characters.
    pub schema: Option<Arc<str>>,
    /// ≤ 5 labels of ≤ 64 characters, in the order given; kept on update when not said, emptied by an empty list.
    pub tags: Option<Vec<Arc<str>>>,
}

/// A stored configuration item (its formal release; gray releases stand beside it, see [`crate::gray`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigItem {
    /// Row id, given in order of creation from 1; answers show it as a decimal text.
    pub id: u64,
    pub key: ConfigKey,
    pub content: Content,
    pub md5: ContentMd5,
    /// Data key of a client-side encryption plugin; empty when there is none.
    pub encrypted_data_key: Arc<str>,
    pub description: Description,
    pub created_at: Timestamp,
    pub modified_at: Timestamp,
    /// Who published last.
    pub operator: Operator,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn config_key_gives_its_parts_back() {
        let key = ConfigKey::new(
            &NamespaceId::default(),
            &GroupName::parse("g:1").unwrap(),
            &DataId::parse("a.yml").unwrap(),
        );
        assert_eq!((key.namespace(), key.group(), key.data_id()), ("public", "g:1", "a.yml"));
    }

    #[test]
    fn md5_prints_and_reads_lower_case_hex() {
        let md5 = ContentMd5::of("");
        assert_eq!(md5.to_string(), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(ContentMd5::from_hex("d41d8cd98f00b204e9800998ecf8427e"), Some(md5));
        assert_eq!(ContentMd5::from_hex("d41d"), None);
        assert_eq!(ContentMd5::from_hex(&"\u{4E2D}".repeat(11)), None);
    }
}
