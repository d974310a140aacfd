//! The path under which a listener serves everything.

use std::fmt;

/// Empty, or `/` and one or more segments without a closing `/`: put a route behind it and it is a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextPath(String);

impl ContextPath {
    /// Takes `/nacos`, `/nacos/` (the closing `/` is dropped), `/` and the empty text (both mean none).
    /// `None` for anything else: a path without `/` in front, empty segments, characters that a URL would
    /// have to escape.
    pub fn parse(text: &str) -> Option<Self> {
        let path = text.trim();
        let path = path.strip_suffix('/').unwrap_or(path);
        if path.is_empty() {
            return Some(Self(String::new()));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
        let mut segments = path.strip_prefix('/')?.split('/');
        segments.all(|s| !s.is_empty() && s.chars().all(plain)).then(|| Self(path.to_owned()))
    }

    /// The path, without a closing `/`; may be empty.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContextPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_path_is_empty_or_starts_with_one_slash() {
        for (text, path) in
            [("/nacos", "/nacos"), ("/nacos/", "/nacos"), ("/", ""), ("", ""), ("/a/b-1", "/a/b-1")]
        {
            assert_eq!(ContextPath::parse(text).expect("it is accepted").as_str(), path);
        }
        for text in ["nacos", "//", "/a//b", "/a b", "/ä", "/a?b", "/a/%2e"] {
            assert_eq!(ContextPath::parse(text), None, "{text}");
        }
    }
}
