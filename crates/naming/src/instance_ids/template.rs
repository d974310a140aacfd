//! Generators of instance ids that a setting defines: a name and a text with fields, such as
//! `{ip}-{port}-{cluster}-{service}-{sequence}`.

use std::{fmt, str::FromStr, sync::Arc};

use super::{IdSubject, InstanceIdGenerator, SIMPLE, SNOWFLAKE};

/// Longest text of a generator, in bytes: the id is in every answer and every push.
const TEXT_MAX: usize = 256;

/// Makes ids by filling the fields of a text. Written `NAME=TEXT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdTemplate {
    name: Arc<str>,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(Box<str>),
    Field(Field),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Ip,
    Port,
    Cluster,
    Namespace,
    Group,
    Service,
    /// A number that nothing else is given; it grows.
    Sequence,
}

impl Field {
    const ALL: [Self; 7] =
        [Self::Ip, Self::Port, Self::Cluster, Self::Namespace, Self::Group, Self::Service, Self::Sequence];

    fn as_word(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::Port => "port",
            Self::Cluster => "cluster",
            Self::Namespace => "namespace",
            Self::Group => "group",
            Self::Service => "service",
            Self::Sequence => "sequence",
        }
    }
}

/// Why a text defines no generator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdTemplateError {
    #[error("{0:?} is not NAME=TEXT")]
    Form(String),
    #[error("the name {0:?} must be letters, digits, - and _, and neither simple nor snowflake")]
    Name(String),
    #[error("the text of {name} must be 1 to {TEXT_MAX} characters")]
    Length { name: String },
    #[error("unknown field {field:?} in {name}")]
    Field { name: String, field: String },
}

impl FromStr for IdTemplate {
    type Err = IdTemplateError;

    fn from_str(written: &str) -> Result<Self, IdTemplateError> {
        let (name, text) =
            written.split_once('=').ok_or_else(|| IdTemplateError::Form(written.to_owned()))?;
        let (name, text) = (name.trim(), text.trim());
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || !name.chars().all(is_word) || [SIMPLE, SNOWFLAKE].contains(&name) {
            return Err(IdTemplateError::Name(name.to_owned()));
        }
        if text.is_empty() || text.len() > TEXT_MAX {
            return Err(IdTemplateError::Length { name: name.to_owned() });
        }
        Ok(Self { name: name.into(), parts: parts(name, text)? })
    }
}

fn parts(name: &str, text: &str) -> Result<Vec<Part>, IdTemplateError> {
    let unknown = |field: &str| IdTemplateError::Field { name: name.to_owned(), field: field.to_owned() };
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (word, after) = after.split_once('}').ok_or_else(|| unknown(after))?;
        let field = Field::ALL.into_iter().find(|field| field.as_word() == word);
        if !before.is_empty() {
            parts.push(Part::Text(before.into()));
        }
        parts.push(Part::Field(field.ok_or_else(|| unknown(word))?));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.into()));
    }
    Ok(parts)
}

impl fmt::Display for IdTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.name)?;
        self.parts.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Field(field) => write!(f, "{{{}}}", field.as_word()),
        })
    }
}

impl InstanceIdGenerator for IdTemplate {
    fn name(&self) -> &str {
        &self.name
    }

    fn id(&self, subject: &IdSubject<'_>) -> Arc<str> {
        let IdSubject { key, instance, .. } = subject;
        let fill = |part: &Part| match part {
            Part::Text(text) => text.to_string(),
            Part::Field(Field::Ip) => instance.endpoint.ip.to_string(),
            Part::Field(Field::Port) => instance.endpoint.port.to_string(),
            Part::Field(Field::Cluster) => instance.cluster.to_string(),
            Part::Field(Field::Namespace) => key.namespace().to_owned(),
            Part::Field(Field::Group) => key.group().to_owned(),
            Part::Field(Field::Service) => key.name().to_owned(),
            Part::Field(Field::Sequence) => subject.number().to_string(),
        };
        self.parts.iter().map(fill).collect::<String>().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_shown_again() {
        let written = "order={ip}-{port}-{cluster}-{namespace}.{group}/{service}-{sequence}!";
        assert_eq!(written.parse::<IdTemplate>().unwrap().to_string(), written);
        assert_eq!(" x = fixed ".parse::<IdTemplate>().unwrap().to_string(), "x=fixed");
    }

    #[test]
    fn a_text_that_defines_nothing_says_why() {
        let refused = |written: &str| written.parse::<IdTemplate>().unwrap_err().to_string();
        assert_eq!(refused("order"), "\"order\" is not NAME=TEXT");
        for name in ["", "a b", "simple", "snowflake"] {
            assert!(refused(&format!("{name}=x")).contains("the name"), "{name}");
        }
        assert!(refused("order=").contains("order"));
        assert!(refused(&format!("order={}", "x".repeat(TEXT_MAX + 1))).contains("256"));
        assert_eq!(refused("order={ip}-{zone}"), "unknown field \"zone\" in order");
        assert_eq!(refused("order={ip"), "unknown field \"ip\" in order");
    }
}
