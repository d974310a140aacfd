//! Search over the items of one namespace (`spec/http-config-auth` §7.2).

use std::{ops::Range, sync::Arc};

use memchr::memmem::Finder;
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

/// Items whose names are looked at under one hold of the catalogue's lock (some 50 µs).
const CHUNK: usize = 256;

/// Finds one page, by row id. The total is of all that match, so every page looks at every item of the namespace.
pub(crate) fn search(catalog: &Catalog, query: &SearchQuery, page: PageRequest) -> Page<Arc<ConfigItem>> {
    if query.is_everything() {
        let (total, items) = catalog.slice(&query.namespace, page.skip(), page.size());
        return Page { total: total as u64, items };
    }
    let filter = Filter::new(query);
    let mut found = Found::new(page);
    match query.key() {
        Some(key) => {
            if let Some(item) = catalog.item(&key).filter(|item| filter.is_match(item)) {
                found.count(&item);
            }
        }
        None => scan(catalog, &query.namespace, &filter, &mut found),
    }
    Page { total: found.total as u64, items: found.items }
}

/// Looks at every item of a namespace by row id, a chunk at a time; contents are read without the lock. Changes made
/// meanwhile may be seen or not.
fn scan(catalog: &Catalog, namespace: &NamespaceId, filter: &Filter<'_>, found: &mut Found) {
    let (mut named, mut after) = (Vec::new(), 0);
    loop {
        let look_at = |item: &Arc<ConfigItem>| match filter.content {
            _ if !filter.is_described(item) => {}
            Text::Any => found.count(item),
            Text::Exactly(_) | Text::Pattern(_) => named.push(Arc::clone(item)),
        };
        let Some(last) = catalog.visit(namespace, (after, CHUNK), look_at) else { return };
        after = last;
        for item in named.drain(..).filter(|item| filter.has_content(item)) {
            found.count(&item);
        }
    }
}

/// The page as far as it has been found.
struct Found {
    window: Range<usize>,
    total: usize,
    items: Vec<Arc<ConfigItem>>,
}

impl Found {
    fn new(page: PageRequest) -> Self {
        let window = page.skip()..page.skip().saturating_add(page.size());
        Self { window, total: 0, items: Vec::new() }
    }

    /// The next item that matches.
    fn count(&mut self, item: &Arc<ConfigItem>) {
        if self.window.contains(&self.total) {
            self.items.push(Arc::clone(item));
        }
        self.total += 1;
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
        self.is_described(item) && self.has_content(item)
    }

    /// Whether everything fits but the content, which is not read.
    fn is_described(&self, item: &ConfigItem) -> bool {
        self.data_id.is_match(item.key.data_id())
            && self.group.is_match(item.key.group())
            && self.app_name.is_match(item.description.app_name.as_deref().unwrap_or_default())
            && self.has_tag(item)
            && self
                .kinds
                .as_ref()
                .is_none_or(|kinds| kinds.contains(&item.description.kind.unwrap_or_default()))
    }

    fn has_content(&self, item: &ConfigItem) -> bool {
        matches!(self.content, Text::Any) || self.content.is_match(&item.content.text())
    }

    fn has_tag(&self, item: &ConfigItem) -> bool {
        self.tags.is_empty() || item.description.tags.iter().flatten().any(|tag| self.tags.contains(tag))
    }
}

/// A condition on one text.
enum Text<'q> {
    Any,
    Exactly(&'q str),
    Pattern(Pattern<'q>),
}

impl<'q> Text<'q> {
    fn exactly(text: &'q str) -> Self {
        if text.is_empty() { Self::Any } else { Self::Exactly(text) }
    }

    fn pattern(text: &'q str) -> Self {
        if text.bytes().all(|b| b == b'*') {
            return Self::Any;
        }
        Pattern::new(text).map_or(Self::Exactly(text), Self::Pattern)
    }

    fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(wanted) => *wanted == text,
            Self::Pattern(pattern) => pattern.is_match(text),
        }
    }
}

/// What is between the stars of a text that has some.
struct Pattern<'q> {
    first: &'q str,
    /// Made ready once for all texts. UTF-8 is found in UTF-8 at characters only, so bytes will do.
    inner: Vec<Finder<'q>>,
    last: &'q str,
}

impl<'q> Pattern<'q> {
    /// None of a text without a star.
    fn new(text: &'q str) -> Option<Self> {
        let (first, rest) = text.split_once('*')?;
        let (inner, last) = rest.rsplit_once('*').unwrap_or(("", rest));
        let inner = inner.split('*').filter(|part| !part.is_empty()).map(Finder::new).collect();
        Some(Self { first, inner, last })
    }

    /// Leftmost match of each inner part: without single-character wildcards that finds a match if there is one.
    fn is_match(&self, text: &str) -> bool {
        let ends = text.strip_prefix(self.first).and_then(|rest| rest.strip_suffix(self.last));
        let Some(mut rest) = ends.map(str::as_bytes) else { return false };
        for part in &self.inner {
            let Some(at) = part.find(rest) else { return false };
            rest = &rest[at + part.needle().len()..];
        }
        true
    }
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
