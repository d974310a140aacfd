//! One item with all its releases, and the choice among them.

use std::{collections::BTreeMap, sync::Arc};

use navaid_core::{
    config_item::{ConfigItem, ConfigType, ContentMd5},
    content::Content,
    gray::{GrayName, GrayRelease, GrayRule},
    time::Timestamp,
};

/// The releases of one key. Immutable: a change puts a new entry in its place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    formal: Option<Arc<ConfigItem>>,
    /// By priority, highest first, then by name; names are unique.
    grays: Vec<Arc<GrayRelease>>,
}

/// What a client says about itself that decides which release it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClientLabels<'a> {
    /// Its address, as the edge sees it.
    pub ip: &'a str,
    pub tag: RequestedTag<'a>,
    /// What its application says of itself, if it does.
    pub app: Option<&'a AppLabels>,
}

/// Labels of a client's application: unverified, as everything that a client says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppLabels(BTreeMap<Arc<str>, Arc<str>>);

impl AppLabels {
    /// The name of the application, under which a client without gRPC can say it too.
    pub const APP_NAME: &'static str = "AppName";
    /// Kind and version of the SDK.
    pub const CLIENT_VERSION: &'static str = "ClientVersion";

    pub fn new<'t>(labels: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        Self(labels.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| &**value)
    }
}

/// Names of the labels that are not the application's.
const CLIENT_IP: &str = "ClientIp";
const TAG: &str = "Vipserver-Tag";

impl<'a> ClientLabels<'a> {
    /// The value of a label, as rules call it.
    fn value_of(&self, name: &str) -> Option<&'a str> {
        match name {
            CLIENT_IP => Some(self.ip).filter(|ip| !ip.is_empty()),
            TAG => self.tag.text(),
            _ => self.app?.get(name),
        }
    }
}

/// The tag that a client asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RequestedTag<'a> {
    #[default]
    None,
    /// By the header `Vipserver-Tag`: preferred if there is such a release.
    Preferred(&'a str),
    /// By the parameter `tag`: nothing else will do.
    Required(&'a str),
}

impl<'a> RequestedTag<'a> {
    /// The parameter wins over the header; blank ones count as not given.
    pub fn of(parameter: Option<&'a str>, header: Option<&'a str>) -> Self {
        let said = |text: Option<&'a str>| text.filter(|text| !text.trim().is_empty());
        match (said(parameter), said(header)) {
            (Some(tag), _) => Self::Required(tag),
            (None, Some(tag)) => Self::Preferred(tag),
            (None, None) => Self::None,
        }
    }

    pub(crate) fn text(self) -> Option<&'a str> {
        match self {
            Self::None => None,
            Self::Preferred(tag) | Self::Required(tag) => Some(tag),
        }
    }
}

/// What a client is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    pub release: ServedRelease,
    pub content: Content,
    pub md5: ContentMd5,
    /// Kind of the formal release; `text` where there is none.
    pub kind: ConfigType,
    /// Empty when the content is not encrypted.
    pub encrypted_data_key: Arc<str>,
    pub modified_at: Timestamp,
}

/// Which release it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServedRelease {
    Formal,
    Gray { name: GrayName, rule: GrayRule },
}

impl Entry {
    /// The release that everybody gets for whom there is no gray one.
    pub fn formal(&self) -> Option<&Arc<ConfigItem>> {
        self.formal.as_ref()
    }

    /// The gray releases in the order in which they are tried.
    pub fn grays(&self) -> &[Arc<GrayRelease>] {
        &self.grays
    }

    pub fn gray(&self, name: &GrayName) -> Option<&Arc<GrayRelease>> {
        self.grays.iter().find(|gray| gray.name == *name)
    }

    /// The release for a client: the first matching gray one; then, if it required a tag, none; then the formal one.
    pub fn serve(&self, labels: &ClientLabels<'_>) -> Option<Served> {
        match self.choose(labels)? {
            Choice::Formal(item) => Some(Served {
                release: ServedRelease::Formal,
                content: item.content.clone(),
                md5: item.md5,
                kind: item.description.kind.unwrap_or_default(),
                encrypted_data_key: Arc::clone(&item.encrypted_data_key),
                modified_at: item.modified_at,
            }),
            Choice::Gray(gray) => Some(Served {
                release: ServedRelease::Gray { name: gray.name.clone(), rule: gray.rule.clone() },
                content: gray.content.clone(),
                md5: gray.md5,
                kind: self.formal.as_ref().and_then(|item| item.description.kind).unwrap_or_default(),
                encrypted_data_key: Arc::clone(&gray.encrypted_data_key),
                modified_at: gray.modified_at,
            }),
        }
    }

    /// Digest of what [`Entry::serve`] would give.
    pub fn md5(&self, labels: &ClientLabels<'_>) -> Option<ContentMd5> {
        Some(match self.choose(labels)? {
            Choice::Formal(item) => item.md5,
            Choice::Gray(gray) => gray.md5,
        })
    }

    fn choose(&self, labels: &ClientLabels<'_>) -> Option<Choice<'_>> {
        if let Some(gray) = self.grays.iter().find(|gray| is_for(&gray.rule, labels)) {
            return Some(Choice::Gray(gray));
        }
        match labels.tag {
            RequestedTag::Required(_) => None,
            RequestedTag::None | RequestedTag::Preferred(_) => self.formal.as_deref().map(Choice::Formal),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.formal.is_none() && self.grays.is_empty()
    }

    pub(super) fn with_formal(&self, formal: Option<Arc<ConfigItem>>) -> Self {
        Self { formal, grays: self.grays.clone() }
    }

    pub(super) fn with_gray(&self, gray: Arc<GrayRelease>) -> Self {
        let mut entry = self.without_gray(&gray.name);
        let order = |gray: &GrayRelease| (std::cmp::Reverse(gray.rule.priority()), gray.name.clone());
        let at = entry.grays.partition_point(|other| order(other) < order(&gray));
        entry.grays.insert(at, gray);
        entry
    }

    pub(super) fn without_gray(&self, name: &GrayName) -> Self {
        let grays = self.grays.iter().filter(|gray| gray.name != *name).cloned().collect();
        Self { formal: self.formal.clone(), grays }
    }
}

enum Choice<'e> {
    Formal(&'e ConfigItem),
    Gray(&'e GrayRelease),
}

/// Blanks around an address of a beta list do not matter, unlike in the reference, where they silently break it.
fn is_for(rule: &GrayRule, labels: &ClientLabels<'_>) -> bool {
    match rule {
        GrayRule::Beta { ips } => !labels.ip.is_empty() && ips.split(',').any(|ip| ip.trim() == labels.ip),
        GrayRule::Tag { tag } => labels.tag.text() == Some(tag),
        GrayRule::Labels { rule, .. } => rule.holds(|name| labels.value_of(name)),
    }
}
