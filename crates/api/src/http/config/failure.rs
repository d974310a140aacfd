//! What a refusal of the configuration engine is called on HTTP, in the words of the reference
//! (`spec/config-semantics` §1.2, `spec/http-config-auth` §4; recorded: `cs1-too-long`, `cs1-blank-content`,
//! `cs1-compare-and-set`, `cs2-config-refused`).

use http::StatusCode;
use navaid_config::{ConfigError, ConfigField, ConfigProblem, InvalidConfig};
use navaid_wire::{
    config::capacity,
    http::{ErrorCode, error_text},
};

use crate::http::{failure::Failure, params::Params};

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        match error {
            ConfigError::Invalid(invalid) => invalid.into(),
            ConfigError::InvalidItem { key, invalid } => {
                Self::Illegal(format!("cannot use {}/{}: {}", key.group(), key.data_id(), words(invalid, "")))
            }
            ConfigError::Conflict { .. } => Self::refused(
                StatusCode::INTERNAL_SERVER_ERROR,
                ErrorCode::RESOURCE_CONFLICT,
                "Cas publish fail, server md5 may have changed.",
            ),
            ConfigError::Exists => {
                Self::refused(StatusCode::CONFLICT, ErrorCode::RESOURCE_CONFLICT, error.to_string())
            }
            ConfigError::TooManyGrays { .. } => {
                Self::refused(StatusCode::BAD_REQUEST, ErrorCode::GRAY_OVER_MAX, error.to_string())
            }
            // v1 has the code in its text alone.
            ConfigError::OverCapacity(over) => {
                let code = capacity::code_of(&over);
                let text = error_text::coded(code.code, &over.to_string());
                Self::refused(StatusCode::FORBIDDEN, code, text)
            }
            ConfigError::ForeignHistory => Self::refused(
                StatusCode::FORBIDDEN,
                ErrorCode::ACCESS_DENIED,
                "Please check dataId, group or namespaceId.",
            ),
            ConfigError::TooManyKeys { .. } | ConfigError::TooManyListeners { .. } => {
                Self::Unavailable(error.to_string())
            }
            ConfigError::Busy { .. } => Self::Unavailable("server limit match.".to_owned()),
            ConfigError::Commit(error) => error.into(),
            ConfigError::Read(error) => Self::refused(
                StatusCode::INTERNAL_SERVER_ERROR,
                ErrorCode::DATA_ACCESS_ERROR,
                error.to_string(),
            ),
        }
    }
}

impl From<InvalidConfig> for Failure {
    fn from(invalid: InvalidConfig) -> Self {
        let code = match invalid.field {
            ConfigField::GrayName => ErrorCode::GRAY_NAME_UNKNOWN,
            ConfigField::GrayRule | ConfigField::GrayPriority => ErrorCode::GRAY_RULE_FORMAT,
            ConfigField::GrayVersion => ErrorCode::GRAY_RULE_VERSION,
            _ => return Self::Illegal(words(invalid, "")),
        };
        Self::refused(StatusCode::BAD_REQUEST, code, words(invalid, ""))
    }
}

/// A publish that was refused; the texts repeat what was sent.
pub(super) fn of_publish(error: ConfigError, params: &Params) -> Failure {
    let ConfigError::Invalid(invalid) = error else { return error.into() };
    let sent = match invalid.field {
        ConfigField::Content => params.get("content"),
        ConfigField::Tag => params.get("tag"),
        _ => return invalid.into(),
    };
    Failure::Illegal(words(invalid, sent.unwrap_or_default()))
}

/// `sent` is the value in question, for the texts that repeat it.
fn words(invalid: InvalidConfig, sent: &str) -> String {
    let name = name(invalid.field);
    match (invalid.field, invalid.problem) {
        (ConfigField::Page, _) => "pageNo and pageSize must be greater than zero".to_owned(),
        (ConfigField::Content, ConfigProblem::TooLong { max }) => format!("invalid content, over {max}"),
        (_, ConfigProblem::Blank) => format!("{name} is blank : {sent}"),
        (_, ConfigProblem::TooLong { max }) => format!("too long {name}, over {max}"),
        (_, ConfigProblem::TooMany { max }) => format!("too much {name}, over {max}"),
        (ConfigField::EncryptedDataKey, ConfigProblem::IllegalCharacters) => {
            format!("invalid {name}: only visible ASCII characters")
        }
        (_, ConfigProblem::IllegalCharacters) => format!("invalid {name} : {sent}"),
        (_, ConfigProblem::NotPositive) => format!("{name} must be greater than zero"),
        (_, ConfigProblem::OutOfRange { max }) => format!("{name} must be between 0 and {max}"),
        (_, ConfigProblem::Path) => format!("{name} must not be '.' or '..'"),
        (_, ConfigProblem::Reserved) => format!("{name} 'beta' and those that begin with 'tag_' are taken"),
        (_, ConfigProblem::NoRule(why)) => format!("invalid {name} : {why}"),
    }
}

/// What the reference calls a field. A label is a `tag` to it, as the tag of a gray release is.
fn name(field: ConfigField) -> &'static str {
    match field {
        ConfigField::Group => "group",
        ConfigField::DataId => "dataId",
        ConfigField::Content => "content",
        ConfigField::Tag | ConfigField::ConfigTag => "tag",
        ConfigField::BetaIps => "betaIps",
        ConfigField::GrayName => "grayName",
        ConfigField::GrayRule => "grayRuleExp",
        ConfigField::GrayPriority => "grayPriority",
        ConfigField::GrayVersion => "grayVersion",
        ConfigField::AppName => "appName",
        ConfigField::Desc => "desc",
        ConfigField::Use => "use",
        ConfigField::Effect => "effect",
        ConfigField::Schema => "schema",
        ConfigField::ConfigTags => "config_tags",
        ConfigField::EncryptedDataKey => "encryptedDataKey",
        ConfigField::Operator => "src_user",
        ConfigField::Page => "pageNo",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_values_read_as_recorded() {
        let check = |field, problem, text: &str| {
            assert_eq!(words(InvalidConfig { field, problem }, "a b"), text);
        };
        check(ConfigField::Content, ConfigProblem::Blank, "content is blank : a b");
        check(ConfigField::Content, ConfigProblem::TooLong { max: 9 }, "invalid content, over 9");
        check(ConfigField::Tag, ConfigProblem::IllegalCharacters, "invalid tag : a b");
        let text = "invalid encryptedDataKey: only visible ASCII characters";
        check(ConfigField::EncryptedDataKey, ConfigProblem::IllegalCharacters, text);
        check(ConfigField::ConfigTags, ConfigProblem::TooMany { max: 5 }, "too much config_tags, over 5");
        check(ConfigField::ConfigTag, ConfigProblem::TooLong { max: 64 }, "too long tag, over 64");
        check(ConfigField::Desc, ConfigProblem::TooLong { max: 128 }, "too long desc, over 128");
        check(ConfigField::Page, ConfigProblem::NotPositive, "pageNo and pageSize must be greater than zero");
    }
}
