//! Stored forms of configuration: items, gray releases, history rows, and the commands about them.

use navaid_core as domain;
use navaid_core::{
    command::{PublishCondition, PublishTarget},
    config_item::{ConfigType, ContentMd5, Description},
    history::{HistoryId, HistoryOp},
    name::{DataId, GroupName, NamespaceId},
    time::Timestamp,
};
use prost::{Message, Oneof};

use super::{
    capacity::CapacityRules,
    error::{StoredError, required},
};

/// Joins the parts of a [`domain::ConfigKey`] in its text.
const KEY_SEPARATOR: char = '\u{2}';

/// The key that a table key holds.
///
/// # Errors
/// Not three valid names.
pub(crate) fn config_key_of_text(text: &str) -> Result<domain::ConfigKey, StoredError> {
    let mut parts = text.splitn(3, KEY_SEPARATOR);
    let mut part = || required("key", parts.next());
    config_key(part()?, part()?, part()?)
}

fn config_key(namespace: &str, group: &str, data_id: &str) -> Result<domain::ConfigKey, StoredError> {
    let (namespace, group) = (NamespaceId::parse(namespace)?, GroupName::parse(group)?);
    Ok(domain::ConfigKey::new(&namespace, &group, &DataId::parse(data_id)?))
}

fn md5(bytes: &[u8]) -> Result<ContentMd5, StoredError> {
    let found = bytes.len() as u64;
    bytes.try_into().map(ContentMd5).map_err(|_| StoredError::Value { field: "md5 length", found })
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Operator {
    #[prost(string, optional, tag = "1")]
    user: Option<String>,
    #[prost(string, tag = "2")]
    ip: String,
}

impl From<&domain::Operator> for Operator {
    fn from(operator: &domain::Operator) -> Self {
        Self { user: operator.user.as_deref().map(String::from), ip: operator.ip.to_string() }
    }
}

impl From<Operator> for domain::Operator {
    fn from(stored: Operator) -> Self {
        Self { user: stored.user.map(Into::into), ip: stored.ip.into() }
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Tags {
    #[prost(string, repeated, tag = "1")]
    tags: Vec<String>,
}

/// Absent fields are "not said".
#[derive(Clone, PartialEq, Message)]
pub(crate) struct StoredDescription {
    #[prost(string, optional, tag = "1")]
    app_name: Option<String>,
    #[prost(string, optional, tag = "2")]
    desc: Option<String>,
    #[prost(string, optional, tag = "3")]
    usage: Option<String>,
    #[prost(string, optional, tag = "4")]
    effect: Option<String>,
    /// 1 properties, 2 xml, 3 json, 4 text, 5 html, 6 yaml, 7 toml, 8 unset.
    #[prost(uint32, optional, tag = "5")]
    kind: Option<u32>,
    #[prost(string, optional, tag = "6")]
    schema: Option<String>,
    #[prost(message, optional, tag = "7")]
    tags: Option<Tags>,
}

impl From<&Description> for StoredDescription {
    fn from(said: &Description) -> Self {
        let text = |field: &Option<std::sync::Arc<str>>| field.as_deref().map(String::from);
        Self {
            app_name: text(&said.app_name),
            desc: text(&said.desc),
            usage: text(&said.usage),
            effect: text(&said.effect),
            kind: said.kind.map(kind_number),
            schema: text(&said.schema),
            tags: said
                .tags
                .as_ref()
                .map(|tags| Tags { tags: tags.iter().map(|tag| tag.to_string()).collect() }),
        }
    }
}

impl TryFrom<StoredDescription> for Description {
    type Error = StoredError;

    fn try_from(stored: StoredDescription) -> Result<Self, StoredError> {
        Ok(Self {
            app_name: stored.app_name.map(Into::into),
            desc: stored.desc.map(Into::into),
            usage: stored.usage.map(Into::into),
            effect: stored.effect.map(Into::into),
            kind: stored.kind.map(kind_of_number).transpose()?,
            schema: stored.schema.map(Into::into),
            tags: stored.tags.map(|tags| tags.tags.into_iter().map(Into::into).collect()),
        })
    }
}

fn kind_number(kind: ConfigType) -> u32 {
    match kind {
        ConfigType::Properties => 1,
        ConfigType::Xml => 2,
        ConfigType::Json => 3,
        ConfigType::Text => 4,
        ConfigType::Html => 5,
        ConfigType::Yaml => 6,
        ConfigType::Toml => 7,
        ConfigType::Unset => 8,
    }
}

fn kind_of_number(number: u32) -> Result<ConfigType, StoredError> {
    Ok(match number {
        1 => ConfigType::Properties,
        2 => ConfigType::Xml,
        3 => ConfigType::Json,
        4 => ConfigType::Text,
        5 => ConfigType::Html,
        6 => ConfigType::Yaml,
        7 => ConfigType::Toml,
        8 => ConfigType::Unset,
        found => return Err(StoredError::Value { field: "kind", found: found.into() }),
    })
}

/// A content that stays in memory.
fn at_rest(text: String) -> domain::Content {
    domain::Content::from(text).packed()
}

/// A formal release; its key is the table's.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ItemValue {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(string, tag = "2")]
    content: String,
    #[prost(bytes = "vec", tag = "3")]
    md5: Vec<u8>,
    #[prost(string, tag = "4")]
    encrypted_data_key: String,
    #[prost(message, optional, tag = "5")]
    description: Option<StoredDescription>,
    #[prost(uint64, tag = "6")]
    created_at: u64,
    #[prost(uint64, tag = "7")]
    modified_at: u64,
    #[prost(message, optional, tag = "8")]
    operator: Option<Operator>,
}

impl From<&domain::ConfigItem> for ItemValue {
    fn from(item: &domain::ConfigItem) -> Self {
        Self {
            id: item.id,
            content: item.content.text().into_owned(),
            md5: item.md5.0.to_vec(),
            encrypted_data_key: item.encrypted_data_key.to_string(),
            description: Some((&item.description).into()),
            created_at: item.created_at.0,
            modified_at: item.modified_at.0,
            operator: Some((&item.operator).into()),
        }
    }
}

impl ItemValue {
    /// # Errors
    /// A field that cannot be.
    pub(crate) fn into_item(self, key: domain::ConfigKey) -> Result<domain::ConfigItem, StoredError> {
        Ok(domain::ConfigItem {
            id: self.id,
            key,
            content: at_rest(self.content),
            md5: md5(&self.md5)?,
            encrypted_data_key: self.encrypted_data_key.into(),
            description: required("description", self.description)?.try_into()?,
            created_at: Timestamp(self.created_at),
            modified_at: Timestamp(self.modified_at),
            operator: required("operator", self.operator)?.into(),
        })
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct GrayRule {
    #[prost(oneof = "Rule", tags = "1, 2, 3")]
    rule: Option<Rule>,
}

#[derive(Clone, PartialEq, Oneof)]
enum Rule {
    /// Since 0.1.0: addresses, comma-separated.
    #[prost(string, tag = "1")]
    Beta(String),
    /// Since 0.1.0.
    #[prost(string, tag = "2")]
    Tag(String),
    /// Since 0.2.0.
    #[prost(message, tag = "3")]
    Labels(LabelRule),
}

#[derive(Clone, PartialEq, Message)]
struct LabelRule {
    #[prost(string, tag = "1")]
    text: String,
    #[prost(int32, tag = "2")]
    priority: i32,
}

impl From<&domain::GrayRule> for GrayRule {
    fn from(rule: &domain::GrayRule) -> Self {
        Self {
            rule: Some(match rule {
                domain::GrayRule::Beta { ips } => Rule::Beta(ips.to_string()),
                domain::GrayRule::Tag { tag } => Rule::Tag(tag.to_string()),
                domain::GrayRule::Labels { rule, priority } => {
                    Rule::Labels(LabelRule { text: rule.text().to_string(), priority: *priority })
                }
            }),
        }
    }
}

impl TryFrom<GrayRule> for domain::GrayRule {
    type Error = StoredError;

    fn try_from(stored: GrayRule) -> Result<Self, StoredError> {
        match stored.rule {
            Some(Rule::Beta(ips)) => Ok(Self::Beta { ips: ips.into() }),
            Some(Rule::Tag(tag)) => Ok(Self::Tag { tag: tag.into() }),
            Some(Rule::Labels(LabelRule { text, priority })) => {
                Ok(Self::Labels { rule: domain::LabelRule::parse(&text)?, priority })
            }
            None => Err(StoredError::Newer { what: "unknown gray rule".into() }),
        }
    }
}

/// Which gray release, and for whom.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct NamedGray {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    rule: Option<GrayRule>,
}

impl NamedGray {
    fn of(name: &domain::GrayName, rule: &domain::GrayRule) -> Self {
        Self { name: name.as_str().into(), rule: Some(rule.into()) }
    }

    fn into_parts(self) -> Result<(domain::GrayName, domain::GrayRule), StoredError> {
        Ok((domain::GrayName::new(&self.name), required("gray rule", self.rule)?.try_into()?))
    }
}

/// A gray release; item and name are the table's key.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct GrayValue {
    #[prost(message, optional, tag = "1")]
    rule: Option<GrayRule>,
    #[prost(string, tag = "2")]
    content: String,
    #[prost(bytes = "vec", tag = "3")]
    md5: Vec<u8>,
    #[prost(string, tag = "4")]
    encrypted_data_key: String,
    #[prost(string, optional, tag = "5")]
    app_name: Option<String>,
    #[prost(uint64, tag = "6")]
    created_at: u64,
    #[prost(uint64, tag = "7")]
    modified_at: u64,
    #[prost(message, optional, tag = "8")]
    operator: Option<Operator>,
}

impl From<&domain::GrayRelease> for GrayValue {
    fn from(gray: &domain::GrayRelease) -> Self {
        Self {
            rule: Some((&gray.rule).into()),
            content: gray.content.text().into_owned(),
            md5: gray.md5.0.to_vec(),
            encrypted_data_key: gray.encrypted_data_key.to_string(),
            app_name: gray.app_name.as_deref().map(String::from),
            created_at: gray.created_at.0,
            modified_at: gray.modified_at.0,
            operator: Some((&gray.operator).into()),
        }
    }
}

impl GrayValue {
    /// # Errors
    /// A field that cannot be.
    pub(crate) fn into_release(self, name: &str) -> Result<domain::GrayRelease, StoredError> {
        Ok(domain::GrayRelease {
            name: domain::GrayName::new(name),
            rule: required("gray rule", self.rule)?.try_into()?,
            content: at_rest(self.content),
            md5: md5(&self.md5)?,
            encrypted_data_key: self.encrypted_data_key.into(),
            app_name: self.app_name.map(Into::into),
            created_at: Timestamp(self.created_at),
            modified_at: Timestamp(self.modified_at),
            operator: required("operator", self.operator)?.into(),
        })
    }
}

/// A history row; its id is the table's key.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct HistoryValue {
    #[prost(uint64, tag = "1")]
    pub(crate) item_id: u64,
    /// The item's key text.
    #[prost(string, tag = "2")]
    pub(crate) key: String,
    /// 1 insert, 2 update, 3 delete.
    #[prost(uint32, tag = "3")]
    op: u32,
    #[prost(string, tag = "4")]
    content: String,
    #[prost(bytes = "vec", tag = "5")]
    md5: Vec<u8>,
    #[prost(string, tag = "6")]
    encrypted_data_key: String,
    #[prost(message, optional, tag = "7")]
    description: Option<StoredDescription>,
    #[prost(message, optional, tag = "8")]
    operator: Option<Operator>,
    /// Absent for the formal release.
    #[prost(message, optional, tag = "9")]
    gray: Option<NamedGray>,
    #[prost(uint64, tag = "10")]
    created_at: u64,
    #[prost(uint64, tag = "11")]
    modified_at: u64,
    #[prost(string, optional, tag = "12")]
    author: Option<String>,
}

impl From<&domain::HistoryEntry> for HistoryValue {
    fn from(entry: &domain::HistoryEntry) -> Self {
        Self {
            item_id: entry.item_id,
            key: entry.key.as_str().into(),
            op: match entry.op {
                HistoryOp::Insert => 1,
                HistoryOp::Update => 2,
                HistoryOp::Delete => 3,
            },
            content: entry.content.text().into_owned(),
            md5: entry.md5.0.to_vec(),
            encrypted_data_key: entry.encrypted_data_key.to_string(),
            description: Some((&entry.description).into()),
            operator: Some((&entry.operator).into()),
            gray: entry.gray.as_ref().map(|(name, rule)| NamedGray::of(name, rule)),
            created_at: entry.created_at.0,
            modified_at: entry.modified_at.0,
            author: entry.author.as_deref().map(Into::into),
        }
    }
}

impl HistoryValue {
    /// # Errors
    /// A field that cannot be.
    pub(crate) fn into_entry(self, id: HistoryId) -> Result<domain::HistoryEntry, StoredError> {
        Ok(domain::HistoryEntry {
            id,
            item_id: self.item_id,
            key: config_key_of_text(&self.key)?,
            op: match self.op {
                1 => HistoryOp::Insert,
                2 => HistoryOp::Update,
                3 => HistoryOp::Delete,
                found => return Err(StoredError::Value { field: "op", found: found.into() }),
            },
            content: self.content.into(),
            md5: md5(&self.md5)?,
            encrypted_data_key: self.encrypted_data_key.into(),
            description: required("description", self.description)?.try_into()?,
            author: self.author.map(Into::into),
            operator: required("operator", self.operator)?.into(),
            gray: self.gray.map(NamedGray::into_parts).transpose()?,
            created_at: Timestamp(self.created_at),
            modified_at: Timestamp(self.modified_at),
        })
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ConfigKey {
    #[prost(string, tag = "1")]
    namespace: String,
    #[prost(string, tag = "2")]
    group: String,
    #[prost(string, tag = "3")]
    data_id: String,
}

impl From<&domain::ConfigKey> for ConfigKey {
    fn from(key: &domain::ConfigKey) -> Self {
        Self { namespace: key.namespace().into(), group: key.group().into(), data_id: key.data_id().into() }
    }
}

impl TryFrom<ConfigKey> for domain::ConfigKey {
    type Error = StoredError;

    fn try_from(stored: ConfigKey) -> Result<Self, StoredError> {
        config_key(&stored.namespace, &stored.group, &stored.data_id)
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct PublishConfig {
    #[prost(message, optional, tag = "1")]
    key: Option<ConfigKey>,
    /// Absent for the formal release.
    #[prost(message, optional, tag = "2")]
    gray: Option<NamedGray>,
    #[prost(string, tag = "3")]
    content: String,
    #[prost(bytes = "vec", tag = "4")]
    md5: Vec<u8>,
    #[prost(string, tag = "5")]
    encrypted_data_key: String,
    #[prost(message, optional, tag = "6")]
    description: Option<StoredDescription>,
    #[prost(oneof = "Condition", tags = "7, 8, 9")]
    condition: Option<Condition>,
    #[prost(message, optional, tag = "10")]
    operator: Option<Operator>,
    /// Since 0.2.0; commands from before went by the setting, whose default they are given.
    #[prost(uint32, optional, tag = "11")]
    max_grays: Option<u32>,
    /// Since the sample `v3`, at level 2; absent where nothing limits the number and size of items.
    #[prost(message, optional, tag = "12")]
    capacity: Option<CapacityRules>,
}

/// The default of the setting when 0.1.0 did not write it.
const MAX_GRAYS_BEFORE: u32 = 10;

#[derive(Clone, PartialEq, Oneof)]
enum Condition {
    /// Since 0.1.0; the value says nothing.
    #[prost(bool, tag = "7")]
    Always(bool),
    /// Since 0.1.0.
    #[prost(string, tag = "8")]
    Md5(String),
    /// Since 0.1.0; the value says nothing.
    #[prost(bool, tag = "9")]
    Absent(bool),
}

impl From<&domain::command::PublishConfig> for PublishConfig {
    fn from(publish: &domain::command::PublishConfig) -> Self {
        Self {
            key: Some((&publish.key).into()),
            gray: match &publish.target {
                PublishTarget::Formal => None,
                PublishTarget::Gray { name, rule } => Some(NamedGray::of(name, rule)),
            },
            content: publish.content.text().into_owned(),
            md5: publish.md5.0.to_vec(),
            encrypted_data_key: publish.encrypted_data_key.to_string(),
            description: Some((&publish.description).into()),
            condition: Some(match &publish.condition {
                PublishCondition::Always => Condition::Always(true),
                PublishCondition::Md5(md5) => Condition::Md5(md5.to_string()),
                PublishCondition::Absent => Condition::Absent(true),
            }),
            operator: Some((&publish.operator).into()),
            max_grays: Some(u32::try_from(publish.max_grays).unwrap_or(u32::MAX)),
            capacity: publish.capacity.as_ref().map(Into::into),
        }
    }
}

impl TryFrom<PublishConfig> for domain::command::PublishConfig {
    type Error = StoredError;

    fn try_from(stored: PublishConfig) -> Result<Self, StoredError> {
        Ok(Self {
            key: required("key", stored.key)?.try_into()?,
            target: match stored.gray.map(NamedGray::into_parts).transpose()? {
                None => PublishTarget::Formal,
                Some((name, rule)) => PublishTarget::Gray { name, rule },
            },
            content: at_rest(stored.content),
            md5: md5(&stored.md5)?,
            encrypted_data_key: stored.encrypted_data_key.into(),
            description: required("description", stored.description)?.try_into()?,
            condition: match stored.condition {
                Some(Condition::Always(_)) => PublishCondition::Always,
                Some(Condition::Md5(md5)) => PublishCondition::Md5(md5.into()),
                Some(Condition::Absent(_)) => PublishCondition::Absent,
                None => return Err(StoredError::Newer { what: "unknown publish condition".into() }),
            },
            operator: required("operator", stored.operator)?.into(),
            max_grays: stored.max_grays.unwrap_or(MAX_GRAYS_BEFORE) as usize,
            capacity: stored.capacity.map(Into::into),
        })
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct RemoveConfig {
    #[prost(message, optional, tag = "1")]
    key: Option<ConfigKey>,
    /// Absent for the formal release.
    #[prost(string, optional, tag = "2")]
    gray: Option<String>,
    #[prost(message, optional, tag = "3")]
    operator: Option<Operator>,
}

impl From<&domain::command::RemoveConfig> for RemoveConfig {
    fn from(remove: &domain::command::RemoveConfig) -> Self {
        Self {
            key: Some((&remove.key).into()),
            gray: remove.gray.as_ref().map(|name| name.as_str().into()),
            operator: Some((&remove.operator).into()),
        }
    }
}

impl TryFrom<RemoveConfig> for domain::command::RemoveConfig {
    type Error = StoredError;

    fn try_from(stored: RemoveConfig) -> Result<Self, StoredError> {
        Ok(Self {
            key: required("key", stored.key)?.try_into()?,
            gray: stored.gray.map(|name| domain::GrayName::new(&name)),
            operator: required("operator", stored.operator)?.into(),
        })
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct PurgeHistory {
    #[prost(uint64, tag = "1")]
    pub(crate) before: u64,
}
