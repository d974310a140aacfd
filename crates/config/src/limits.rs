//! The limits of what can be published (`spec/config-semantics` §1.2). Lengths are UTF-16 units, as the reference
//! counts. Names are checked where they are parsed (`navaid_core::name`); here only whether one is a path.

use std::sync::Arc;

use navaid_core::{
    command::PublishTarget,
    config_item::{ConfigKey, Description},
    gray::{GrayName, GrayRule, LABEL_PRIORITY_MAX},
    label_rule::InvalidLabelRule,
    name::is_path,
};

use crate::{publish::PublishRequest, settings::ConfigSettings};

/// Longest description.
pub const DESC_MAX: usize = 128;
/// Longest statement of use, effect, or type.
pub const WORD_MAX: usize = 32;
/// Longest schema.
pub const SCHEMA_MAX: usize = 32_768;
/// Most labels of an item.
pub const TAGS_MAX: usize = 5;
/// Longest label of an item.
pub const TAG_LABEL_MAX: usize = 64;
/// Longest tag of a gray release.
pub const GRAY_TAG_MAX: usize = 16;
/// Longest name of a gray release: the column of a Nacos database.
pub const GRAY_NAME_MAX: usize = 128;
/// Longest address list of a beta release; what fits the rule column of a Nacos database in any case.
pub const BETA_IPS_MAX: usize = 32_768;
/// Longest application name: the column of a Nacos database.
pub const APP_NAME_MAX: usize = 128;
/// Longest encrypted data key: the column of a Nacos database.
pub const DATA_KEY_MAX: usize = 1_024;
/// Longest name of an operator. The reference has no limit, but every history row keeps this text.
pub const OPERATOR_MAX: usize = 512;

/// Which value of a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConfigField {
    Group,
    DataId,
    Content,
    /// Tag of a gray release.
    Tag,
    BetaIps,
    /// Name of a gray release by labels; `beta` and what begins with `tag_` is taken.
    GrayName,
    GrayRule,
    GrayPriority,
    GrayVersion,
    AppName,
    Desc,
    Use,
    Effect,
    Schema,
    /// The list of labels.
    ConfigTags,
    /// One label of the list.
    ConfigTag,
    EncryptedDataKey,
    Operator,
    /// Page number or page size.
    Page,
}

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConfigProblem {
    /// Nothing, or nothing but white space.
    #[error("it is blank")]
    Blank,
    /// More characters than `max`.
    #[error("it is longer than {max} characters")]
    TooLong { max: usize },
    /// More entries than `max`.
    #[error("it has more than {max} entries")]
    TooMany { max: usize },
    /// A character outside the field's set.
    #[error("it has characters that are not allowed")]
    IllegalCharacters,
    /// A name that is a path: `.` or `..`.
    #[error("it is a path")]
    Path,
    /// A number below 1.
    #[error("it is below 1")]
    NotPositive,
    /// A number over `max`, or below 0.
    #[error("it is not between 0 and {max}")]
    OutOfRange { max: i64 },
    /// A name that only the server gives.
    #[error("the server alone gives this name")]
    Reserved,
    /// A rule over labels that cannot be read.
    #[error("{0}")]
    NoRule(InvalidLabelRule),
}

/// A value that the rules refuse: which field, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field:?} is not valid: {problem}")]
pub struct InvalidConfig {
    pub field: ConfigField,
    pub problem: ConfigProblem,
}

/// Checks everything that a publish carries, in the order of the reference.
pub(crate) fn check(request: &PublishRequest, settings: &ConfigSettings) -> Result<(), InvalidConfig> {
    check_key(&request.key)?;
    if request.content.trim().is_empty() {
        return Err(InvalidConfig { field: ConfigField::Content, problem: ConfigProblem::Blank });
    }
    within(ConfigField::Content, &request.content, settings.max_content)?;
    check_target(&request.target)?;
    check_description(&request.description)?;
    check_data_key(&request.encrypted_data_key)?;
    within_if_said(ConfigField::Operator, request.operator.user.as_ref(), OPERATOR_MAX)
}

/// Group and data id are folder and file of an archive, which must not lead out of it. Only what is written is held to
/// this: such an item of an older store can still be read and removed.
fn check_key(key: &ConfigKey) -> Result<(), InvalidConfig> {
    for (field, name) in [(ConfigField::Group, key.group()), (ConfigField::DataId, key.data_id())] {
        if is_path(name) {
            return Err(InvalidConfig { field, problem: ConfigProblem::Path });
        }
    }
    Ok(())
}

/// HTTP answers carry a data key in a header, so it may have only what a header can hold.
fn check_data_key(data_key: &str) -> Result<(), InvalidConfig> {
    within(ConfigField::EncryptedDataKey, data_key, DATA_KEY_MAX)?;
    if data_key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    Err(InvalidConfig { field: ConfigField::EncryptedDataKey, problem: ConfigProblem::IllegalCharacters })
}

fn check_target(target: &PublishTarget) -> Result<(), InvalidConfig> {
    match target {
        PublishTarget::Formal => Ok(()),
        PublishTarget::Gray { rule: GrayRule::Beta { ips }, .. } => {
            within(ConfigField::BetaIps, ips, BETA_IPS_MAX)
        }
        PublishTarget::Gray { rule: GrayRule::Tag { tag }, .. } => {
            within(ConfigField::Tag, tag, GRAY_TAG_MAX)?;
            legal(ConfigField::Tag, tag)
        }
        PublishTarget::Gray { name, rule: GrayRule::Labels { priority, .. } } => {
            check_gray_name(name)?;
            if (0..=LABEL_PRIORITY_MAX).contains(priority) {
                return Ok(());
            }
            let problem = ConfigProblem::OutOfRange { max: LABEL_PRIORITY_MAX.into() };
            Err(InvalidConfig { field: ConfigField::GrayPriority, problem })
        }
    }
}

fn check_gray_name(name: &GrayName) -> Result<(), InvalidConfig> {
    let (field, text) = (ConfigField::GrayName, name.as_str());
    within(field, text, GRAY_NAME_MAX)?;
    legal(field, text)?;
    if *name == GrayName::beta() || text.starts_with(GrayName::tag("").as_str()) {
        return Err(InvalidConfig { field, problem: ConfigProblem::Reserved });
    }
    Ok(())
}

fn legal(field: ConfigField, text: &str) -> Result<(), InvalidConfig> {
    if text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':')) {
        return Ok(());
    }
    Err(InvalidConfig { field, problem: ConfigProblem::IllegalCharacters })
}

fn check_description(description: &Description) -> Result<(), InvalidConfig> {
    if let Some(tags) = &description.tags {
        if tags.len() > TAGS_MAX {
            let problem = ConfigProblem::TooMany { max: TAGS_MAX };
            return Err(InvalidConfig { field: ConfigField::ConfigTags, problem });
        }
        for tag in tags {
            within(ConfigField::ConfigTag, tag, TAG_LABEL_MAX)?;
        }
    }
    within_if_said(ConfigField::Desc, description.desc.as_ref(), DESC_MAX)?;
    within_if_said(ConfigField::Use, description.usage.as_ref(), WORD_MAX)?;
    within_if_said(ConfigField::Effect, description.effect.as_ref(), WORD_MAX)?;
    within_if_said(ConfigField::Schema, description.schema.as_ref(), SCHEMA_MAX)?;
    within_if_said(ConfigField::AppName, description.app_name.as_ref(), APP_NAME_MAX)
}

fn within_if_said(field: ConfigField, text: Option<&Arc<str>>, max: usize) -> Result<(), InvalidConfig> {
    text.map_or(Ok(()), |text| within(field, text, max))
}

fn within(field: ConfigField, text: &str, max: usize) -> Result<(), InvalidConfig> {
    // A text has at most as many UTF-16 units as bytes: only long ones need counting.
    if text.len() > max && text.encode_utf16().count() > max {
        return Err(InvalidConfig { field, problem: ConfigProblem::TooLong { max } });
    }
    Ok(())
}
