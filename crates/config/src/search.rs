//! Search over the items of one namespace (`spec/http-config-auth` §7.2).

use std::sync::Arc;

use navaid_core::{
    config_item::{ConfigItem, ConfigKey, ConfigType},
    name::{DataId, GroupName, NamespaceId},
};

use crate::{
    catalog::Catalog,
    page::{Page, PageRequest},
};

/// How names are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// As they are.
    Accurate,
    /// `*` stands for any characters, also none; every other character for itself.
    Blur,
}

/// What is looked for. An empty text or list asks for nothing; all that is asked for must hold.
#[derive(Debug, Clone)]
pub struct SearchQuery {
    pub namespace: NamespaceId,
    pub matching: Matching,
    pub data_id: String,
    pub group: String,
    /// Always compared as it is.
    pub app_name: String,
    /// The item has one of these labels.
    pub tags: Vec<Arc<str>>,
    /// The item is of one of these kinds; a word that is none matches nothing.
    pub kinds: Vec<String>,
    /// Pattern of the whole content, with `*` in either matching.
    pub content: String,
}

impl SearchQuery {
    /// Everything in a namespace.
    pub fn all(namespace: NamespaceId) -> Self {
        Self {
            namespace,
            matching: Matching::Accurate,
            data_id: String::new(),
            group: String::new(),
            app_name: String::new(),
            tags: Vec::new(),
            kinds: Vec::new(),
            content: String::new(),
        }
    }

    /// Whether only a look at the items tells which match, rather than the index.
    pub(crate) fn is_scan(&self) -> bool {
        !self.is_everything() && self.key().is_none()
    }

    /// Whether contents have to be read.
    pub(crate) fn reads_contents(&self) -> bool {
        !self.content.is_empty()
    }

    /// The one item that can match, if both names are given as they are.
    fn key(&self) -> Option<ConfigKey> {
        if self.matching != Matching::Accurate {
            return None;
        }
        let (group, data_id) = (GroupName::parse(&self.group).ok()?, DataId::parse(&self.data_id).ok()?);
        Some(ConfigKey::new(&self.namespace, &group, &data_id))
    }

    fn is_everything(&self) -> bool {
        self.data_id.is_empty()
            && self.group.is_empty()
            && self.app_name.is_empty()
            && self.tags.is_empty()
            && self.kinds.is_empty()
            && self.content.is_empty()
    }
}

/// Items looked at under one hold of the catalogue's lock (some 20 µs).
const CHUNK: usize = 256;

/// Finds one page, by row id.
pub(crate) fn search(catalog: &Catalog, query: &SearchQuery, page: PageRequest) -> Page<Arc<ConfigItem>> {
    if query.is_everything() {
        let (total, items) = catalog.slice(&query.namespace, page.skip(), page.size());
        return Page { total: total as u64, items };
    }
    let filter = Filter::new(query);
    let window = page.skip()..page.skip().saturating_add(page.size());
    let (mut total, mut items) = (0, Vec::new());
    let mut look_at = |item: Arc<ConfigItem>| {
        if filter.is_match(&item) {
            if window.contains(&total) {
                items.push(item);
            }
            total += 1;
        }
    };
    match query.key() {
        Some(key) => catalog.item(&key).into_iter().for_each(&mut look_at),
        None => for_each(catalog, &query.namespace, look_at),
    }
    Page { total: total as u64, items }
}

/// Visits every item of a namespace by row id, a chunk at a time. Changes made meanwhile may be seen or not.
fn for_each(catalog: &Catalog, namespace: &NamespaceId, mut visit: impl FnMut(Arc<ConfigItem>)) {
    let mut after = 0;
    loop {
        let chunk = catalog.chunk(namespace, after, CHUNK);
        let Some(last) = chunk.last() else { return };
        after = last.id;
        chunk.into_iter().for_each(&mut visit);
    }
}

/// A query made ready for many items.
struct Filter<'q> {
    data_id: Text<'q>,
    group: Text<'q>,
    app_name: Text<'q>,
    tags: &'q [Arc<str>],
    kinds: Option<Vec<ConfigType>>,
    content: Text<'q>,
}

impl<'q> Filter<'q> {
    fn new(query: &'q SearchQuery) -> Self {
        let name = |text: &'q str| match query.matching {
            Matching::Accurate => Text::exactly(text),
            Matching::Blur => Text::pattern(text),
        };
        let kinds = query.kinds.iter().filter_map(|word| ConfigType::from_word(word)).collect();
        Self {
            data_id: name(&query.data_id),
            group: name(&query.group),
            app_name: Text::exactly(&query.app_name),
            tags: &query.tags,
            kinds: (!query.kinds.is_empty()).then_some(kinds),
            content: Text::pattern(&query.content),
        }
    }

    fn is_match(&self, item: &ConfigItem) -> bool {
        self.data_id.is_match(item.key.data_id())
            && self.group.is_match(item.key.group())
            && self.app_name.is_match(item.description.app_name.as_deref().unwrap_or_default())
            && self.has_tag(item)
            && self
                .kinds
                .as_ref()
                .is_none_or(|kinds| kinds.contains(&item.description.kind.unwrap_or_default()))
            && self.content.is_match(&item.content)
    }

    fn has_tag(&self, item: &ConfigItem) -> bool {
        self.tags.is_empty() || item.description.tags.iter().flatten().any(|tag| self.tags.contains(tag))
    }
}

/// A condition on one text.
enum Text<'q> {
    Any,
    Exactly(&'q str),
    /// Parts between stars; the first and the last are anchored.
    Pattern(Vec<&'q str>),
}

impl<'q> Text<'q> {
    fn exactly(text: &'q str) -> Self {
        if text.is_empty() { Self::Any } else { Self::Exactly(text) }
    }

    fn pattern(text: &'q str) -> Self {
        if !text.contains('*') {
            return Self::exactly(text);
        }
        if text.bytes().all(|b| b == b'*') {
            return Self::Any;
        }
        Self::Pattern(text.split('*').collect())
    }

    fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(wanted) => *wanted == text,
            Self::Pattern(parts) => matches_parts(parts, text),
        }
    }
}

/// Leftmost match of each inner part: without single-character wildcards that finds a match if there is one.
fn matches_parts(parts: &[&str], text: &str) -> bool {
    let [first, inner @ .., last] = parts else { return false };
    let Some(rest) = text.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else { return false };
    let mut rest = rest;
    for part in inner {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_match(pattern: &str, text: &str) -> bool {
        Text::pattern(pattern).is_match(text)
    }

    #[test]
    fn pattern_matches_by_stars_only() {
        for (pattern, text) in [
            ("", "x"),
            ("*", ""),
            ("**", "x"),
            ("a*", "a"),
            ("a*", "abc"),
            ("*c", "abc"),
            ("*b*", "abc"),
            ("a*c", "ac"),
            ("a*b*c", "a-b-b-c"),
            ("a_b", "a_b"),
            ("*\u{4E2D}*", "x\u{4E2D}y"),
        ] {
            assert!(is_match(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("a", "ab"), ("a_b", "axb"), ("a%", "ab"), ("ab*ba", "aba"), ("a*b*c", "a-c-b"), ("*x", "xy")]
        {
            assert!(!is_match(pattern, text), "{pattern} {text}");
        }
    }
}
