//! Validated names. Limits and character sets are those of the parameter check of Nacos 2.3 and later
//! (`spec/naming-semantics` §1.2 layer A, `spec/config-semantics` §1.2); every generation meets the same rules here.

use std::{borrow::Borrow, fmt, sync::Arc};

/// The namespace every generation falls back to; shown as `public`, and as an empty text by older answers.
pub const DEFAULT_NAMESPACE: &str = "public";
/// The group that clients and servers fill in when none is given.
pub const DEFAULT_GROUP: &str = "DEFAULT_GROUP";
/// The cluster of an instance that names none.
pub const DEFAULT_CLUSTER: &str = "DEFAULT";
/// Separates group and service in a grouped name.
pub const GROUP_SEPARATOR: &str = "@@";

/// Which name was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NameField {
    Namespace,
    Group,
    Service,
    Cluster,
    DataId,
    Ip,
}

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NameProblem {
    /// Nothing, or nothing but white space, where a name is required.
    Blank,
    /// More characters than `max`.
    TooLong { max: usize },
    /// A character outside the field's set.
    IllegalCharacters,
}

/// A name that the rules refuse: which field, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field:?} is not a valid name: {problem:?}")]
pub struct InvalidName {
    pub field: NameField,
    pub problem: NameProblem,
}

fn refuse(field: NameField, problem: NameProblem) -> InvalidName {
    InvalidName { field, problem }
}

/// Checks length in UTF-16 units (what the reference counts) and a per-character rule.
fn check(text: &str, field: NameField, max: usize, allowed: fn(char) -> bool) -> Result<(), InvalidName> {
    if text.trim().is_empty() {
        return Err(refuse(field, NameProblem::Blank));
    }
    if text.encode_utf16().count() > max {
        return Err(refuse(field, NameProblem::TooLong { max }));
    }
    if !text.chars().all(allowed) {
        return Err(refuse(field, NameProblem::IllegalCharacters));
    }
    Ok(())
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

fn is_dotted_word(c: char) -> bool {
    is_word(c) || c == ':' || c == '.'
}

fn is_plain(c: char) -> bool {
    !c.is_whitespace() && !('\u{4E00}'..='\u{9FA5}').contains(&c)
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Arc<str>);

        impl $type {
            /// The name as written on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

name! {
    /// A namespace id: 1 to 64 characters of `[A-Za-z0-9_-]`. It need not be in the namespace table.
    NamespaceId
}
name! {
    /// A group of services or configuration items: 1 to 128 characters of `[A-Za-z0-9_:.-]`.
    GroupName
}
name! {
    /// A service name without its group: 1 to 512 characters, no white space, no `@@`, no leading `@`, and no
    /// CJK ideograph (U+4E00 to U+9FA5) after the first character.
    ServiceName
}
name! {
    /// A cluster of instances inside a service: 1 to 64 characters of `[A-Za-z0-9_-]`.
    ClusterName
}
name! {
    /// The id of a configuration item inside its group: 1 to 256 characters of `[A-Za-z0-9_:.-]`.
    DataId
}

impl NamespaceId {
    /// Longest namespace id, in UTF-16 units.
    pub const MAX: usize = 64;

    /// Parses an id; blank means the default namespace.
    ///
    /// # Errors
    /// Too long, or a character outside the set.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        check(text, NameField::Namespace, Self::MAX, is_word)?;
        Ok(Self(text.into()))
    }

    /// Parses what a v1, v2 or gRPC configuration call sends as `tenant`: blank, `public` and `null` in any case
    /// are the default namespace (`spec/config-semantics` §1.3).
    ///
    /// # Errors
    /// As [`NamespaceId::parse`].
    pub fn parse_tenant(text: &str) -> Result<Self, InvalidName> {
        if text.eq_ignore_ascii_case("null") || text.eq_ignore_ascii_case(DEFAULT_NAMESPACE) {
            return Ok(Self::default());
        }
        Self::parse(text)
    }

    /// Whether this is the default namespace.
    pub fn is_default(&self) -> bool {
        self.as_str() == DEFAULT_NAMESPACE
    }

    /// The form of older configuration answers: the default namespace is an empty text there.
    pub fn as_tenant(&self) -> &str {
        if self.is_default() { "" } else { self.as_str() }
    }
}

impl Default for NamespaceId {
    fn default() -> Self {
        Self(DEFAULT_NAMESPACE.into())
    }
}

impl GroupName {
    /// Longest group name, in UTF-16 units.
    pub const MAX: usize = 128;

    /// # Errors
    /// Blank, too long, or a character outside the set.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        check(text, NameField::Group, Self::MAX, is_dotted_word)?;
        Ok(Self(text.into()))
    }
}

impl Default for GroupName {
    fn default() -> Self {
        Self(DEFAULT_GROUP.into())
    }
}

impl ServiceName {
    /// Longest service name, in UTF-16 units.
    pub const MAX: usize = 512;

    /// # Errors
    /// Blank, too long, or illegal characters.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        check(text, NameField::Service, Self::MAX, |_| true)?;
        let rest_is_plain = text.chars().skip(1).all(is_plain);
        if text.starts_with('@') || text.contains(GROUP_SEPARATOR) || !rest_is_plain {
            return Err(refuse(NameField::Service, NameProblem::IllegalCharacters));
        }
        Ok(Self(text.into()))
    }
}

impl ClusterName {
    /// Longest cluster name, in UTF-16 units.
    pub const MAX: usize = 64;

    /// Parses a name; blank means [`DEFAULT_CLUSTER`].
    ///
    /// # Errors
    /// Too long, or a character outside the set.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        check(text, NameField::Cluster, Self::MAX, is_word)?;
        Ok(Self(text.into()))
    }
}

impl Default for ClusterName {
    fn default() -> Self {
        Self(DEFAULT_CLUSTER.into())
    }
}

impl DataId {
    /// Longest data id, in UTF-16 units.
    pub const MAX: usize = 256;

    /// # Errors
    /// Blank, too long, or a character outside the set.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        check(text, NameField::DataId, Self::MAX, is_dotted_word)?;
        Ok(Self(text.into()))
    }
}

/// Whether a name is a path, `.` or `..`, and so must not become a file or a folder.
pub fn is_path(name: &str) -> bool {
    matches!(name, "." | "..")
}

/// Longest ip or host name of an instance, in UTF-16 units.
pub const IP_MAX: usize = 128;

/// Checks the address of an instance: an ip or a host name of 1 to [`IP_MAX`] characters, no white space, no CJK, no
/// control character, and no `#`, which separates the parts of client and instance ids.
///
/// # Errors
/// Blank, too long, or illegal characters.
pub fn parse_ip(text: &str) -> Result<Arc<str>, InvalidName> {
    check(text, NameField::Ip, IP_MAX, |c| is_plain(c) && !c.is_control() && c != '#')?;
    Ok(text.into())
}

/// As [`parse_ip`], for an address that was stored when control characters and `#` were still taken.
///
/// # Errors
/// Blank, too long, or characters that were never taken.
pub fn parse_stored_ip(text: &str) -> Result<Arc<str>, InvalidName> {
    check(text, NameField::Ip, IP_MAX, is_plain)?;
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem<T: fmt::Debug>(parsed: Result<T, InvalidName>) -> NameProblem {
        parsed.unwrap_err().problem
    }

    #[test]
    fn names_over_the_limit_are_refused() {
        assert_eq!(problem(ServiceName::parse(&"s".repeat(513))), NameProblem::TooLong { max: 512 });
        assert_eq!(problem(GroupName::parse(&"g".repeat(129))), NameProblem::TooLong { max: 128 });
        assert_eq!(problem(NamespaceId::parse(&"n".repeat(65))), NameProblem::TooLong { max: 64 });
        assert!(DataId::parse(&"d".repeat(256)).is_ok());
    }

    #[test]
    fn service_names_follow_the_reference_pattern() {
        for bad in ["@s", "a@@b", "a b", "a\u{4E2D}", "a\t"] {
            assert_eq!(problem(ServiceName::parse(bad)), NameProblem::IllegalCharacters, "{bad}");
        }
        for good in ["s", "a@b", "\u{4E2D}", "com.acme:Order/v1"] {
            assert!(ServiceName::parse(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn an_ip_has_no_character_that_would_make_ids_ambiguous() {
        for bad in ["10.0.0.1#80", "10.0.0.1\0", "\u{1b}[0m", "a b"] {
            assert_eq!(problem(parse_ip(bad)), NameProblem::IllegalCharacters, "{bad:?}");
        }
        for good in ["10.0.0.1", "fe80::1%eth0", "host-1.local"] {
            assert!(parse_ip(good).is_ok(), "{good}");
        }
        assert!(parse_stored_ip("10.0.0.1#80").is_ok(), "what was taken once must load");
    }

    #[test]
    fn blank_namespace_is_public_and_null_is_so_only_as_tenant() {
        assert!(NamespaceId::parse(" ").unwrap().is_default());
        assert!(NamespaceId::parse_tenant("NULL").unwrap().is_default());
        assert_eq!(NamespaceId::parse("null").unwrap().as_str(), "null");
        assert_eq!(NamespaceId::default().as_tenant(), "");
    }

    #[test]
    fn a_blank_required_name_says_so() {
        assert_eq!(problem(DataId::parse("")), NameProblem::Blank);
        assert_eq!(problem(GroupName::parse(" ")), NameProblem::Blank);
        assert_eq!(ClusterName::parse("").unwrap().as_str(), DEFAULT_CLUSTER);
    }
}
