//! Patterns by which clients watch names that need not exist yet (`spec/naming-semantics` §14).

use std::{fmt, sync::Arc};

use crate::name::DEFAULT_NAMESPACE;

/// Between the three parts of a pattern.
pub const PATTERN_SEPARATOR: &str = ">>";
/// Longest pattern in bytes: more than the three longest names together.
pub const PATTERN_MAX: usize = 1024;

/// `namespace>>group>>name`: the namespace exactly, blank for the default one; group and name each exactly, or by a
/// star at either end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchPattern {
    text: Arc<str>,
    namespace: Arc<str>,
    group: Part,
    name: Part,
}

/// A text that is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot watch the pattern: it must be namespace>>group>>name, of {PATTERN_MAX} bytes at most")]
pub struct InvalidPattern;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Any,
    Exactly(Arc<str>),
    StartsWith(Arc<str>),
    EndsWith(Arc<str>),
    Contains(Arc<str>),
    /// A star in the middle matches nothing.
    Nothing,
}

impl WatchPattern {
    /// Reads a pattern as clients write it.
    ///
    /// # Errors
    /// [`InvalidPattern`]
    pub fn parse(text: &str) -> Result<Self, InvalidPattern> {
        let mut parts = text.split(PATTERN_SEPARATOR);
        let (Some(namespace), Some(group), Some(name), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(InvalidPattern);
        };
        if text.len() > PATTERN_MAX || group.is_empty() || name.is_empty() {
            return Err(InvalidPattern);
        }
        let namespace = if namespace.trim().is_empty() { DEFAULT_NAMESPACE } else { namespace };
        Ok(Self {
            text: text.into(),
            namespace: namespace.into(),
            group: Part::parse(group),
            name: Part::parse(name),
        })
    }

    /// As the client wrote it: what it calls its watch by.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    pub fn matches(&self, key: &impl WatchedKey) -> bool {
        let [namespace, group, name] = key.parts();
        *self.namespace == *namespace && self.group.matches(group) && self.name.matches(name)
    }
}

impl fmt::Display for WatchPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Part {
    fn parse(text: &str) -> Self {
        // (!) Java 3.1 writes `.*` for every name of a group, which its own rules do not mean.
        if text == "*" || text == ".*" {
            return Self::Any;
        }
        let (start, end) = (text.strip_prefix('*'), text.strip_suffix('*'));
        let part = match (start, end) {
            (Some(rest), Some(_)) => Self::Contains(rest.strip_suffix('*').unwrap_or(rest).into()),
            (Some(rest), None) => Self::EndsWith(rest.into()),
            (None, Some(rest)) => Self::StartsWith(rest.into()),
            (None, None) => Self::Exactly(text.into()),
        };
        match &part {
            Self::Contains(rest) | Self::EndsWith(rest) | Self::StartsWith(rest) | Self::Exactly(rest)
                if rest.contains('*') =>
            {
                Self::Nothing
            }
            _ => part,
        }
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(text) => **text == *name,
            Self::StartsWith(text) => name.starts_with(&**text),
            Self::EndsWith(text) => name.ends_with(&**text),
            Self::Contains(text) => name.contains(&**text),
            Self::Nothing => false,
        }
    }
}

/// What can be watched by pattern.
pub trait WatchedKey: Clone + Eq + std::hash::Hash + 'static {
    /// Namespace, group, and name in the group.
    fn parts(&self) -> [&str; 3];
}

impl WatchedKey for crate::ServiceKey {
    fn parts(&self) -> [&str; 3] {
        [self.namespace(), self.group(), self.name()]
    }
}

impl WatchedKey for crate::ConfigKey {
    fn parts(&self) -> [&str; 3] {
        [self.namespace(), self.group(), self.data_id()]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{GroupName, NamespaceId, ServiceKey, ServiceName};

    fn service(group: &str, name: &str) -> ServiceKey {
        let (group, name) = (GroupName::parse(group).unwrap(), ServiceName::parse(name).unwrap());
        ServiceKey::new(&NamespaceId::default(), &group, &name)
    }

    #[test]
    fn stars_at_the_ends_match_and_others_do_not() {
        for (pattern, matching) in [
            ("public>>g>>order", true),
            (">>g>>order", true),
            ("dev>>g>>order", false),
            ("public>>*>>*", true),
            ("public>>g>>.*", true),
            ("public>>g>>or*", true),
            ("public>>g>>*der", true),
            ("public>>g>>*rde*", true),
            ("public>>g>>*rdx*", false),
            ("public>>g>>o*r", false),
            ("public>>g>>*o*r", false),
            ("public>>g>>**", true),
            ("public>>h*>>order", false),
        ] {
            let parsed = WatchPattern::parse(pattern).unwrap();
            assert_eq!(parsed.matches(&service("g", "order")), matching, "{pattern}");
        }
    }

    #[test]
    fn texts_without_three_parts_are_no_patterns() {
        let long = format!("public>>g>>{}", "x".repeat(PATTERN_MAX));
        for bad in ["", "a", "a>>b", "a>>b>>", "a>>>>c", "a>>b>>c>>d", &long] {
            assert_eq!(WatchPattern::parse(bad), Err(InvalidPattern), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_pattern_panics(text in "[>*.a-c]{0,12}", name in "[a-c.]{1,6}") {
            if let Ok(pattern) = WatchPattern::parse(&text) {
                pattern.matches(&service("a", &name));
            }
        }
    }
}
