//! What a client says it holds of an item.

use std::{fmt, sync::Arc};

use navaid_core::{config_item::ContentMd5, time::Timestamp};

/// Longest text kept of what is no digest: only subscriber queries show it.
const ODD_TEXT_MAX: usize = 64;

/// What a client says it holds of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldMd5 {
    /// Nothing: an empty digest.
    Nothing,
    Md5(ContentMd5),
    /// A text that is no digest as we write it (upper case, too short, …): it equals none.
    Other(Arc<str>),
}

impl HeldMd5 {
    pub fn parse(text: &str) -> Self {
        if text.is_empty() {
            return Self::Nothing;
        }
        match ContentMd5::from_hex(text) {
            Some(md5) if !text.bytes().any(|b| b.is_ascii_uppercase()) => Self::Md5(md5),
            _ => Self::Other(text.chars().take(ODD_TEXT_MAX).collect::<String>().into()),
        }
    }

    /// Whether a client that holds this is up to date when `current` is what it would be given.
    pub fn is_current(&self, current: Option<ContentMd5>) -> bool {
        match (self, current) {
            (Self::Nothing, None) => true,
            (Self::Md5(held), Some(md5)) => *held == md5,
            (Self::Nothing | Self::Md5(_) | Self::Other(_), _) => false,
        }
    }
}

impl From<Option<ContentMd5>> for HeldMd5 {
    fn from(md5: Option<ContentMd5>) -> Self {
        md5.map_or(Self::Nothing, Self::Md5)
    }
}

impl fmt::Display for HeldMd5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Md5(md5) => md5.fmt(f),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// Seconds since 1970.
type Seconds = u32;

/// What a listener holds of one key, and since when, to the second. There is one for each (listener, key), so the time
/// lies where a [`HeldMd5`] has padding.
#[derive(Debug, Clone)]
pub(super) enum Holding {
    Nothing { since: Seconds },
    Md5 { since: Seconds, md5: ContentMd5 },
    Other { since: Seconds, text: Arc<str> },
}

/// Three machine words, as much as a digest without a time.
const _: () = assert!(size_of::<Holding>() == size_of::<HeldMd5>());

impl Holding {
    pub(super) fn new(held: HeldMd5, since: Timestamp) -> Self {
        // Saturates in the year 2106.
        let since = Seconds::try_from(since.as_millis() / 1_000).unwrap_or(Seconds::MAX);
        match held {
            HeldMd5::Nothing => Self::Nothing { since },
            HeldMd5::Md5(md5) => Self::Md5 { since, md5 },
            HeldMd5::Other(text) => Self::Other { since, text },
        }
    }

    pub(super) fn held(&self) -> HeldMd5 {
        match self {
            Self::Nothing { .. } => HeldMd5::Nothing,
            Self::Md5 { md5, .. } => HeldMd5::Md5(*md5),
            Self::Other { text, .. } => HeldMd5::Other(Arc::clone(text)),
        }
    }

    pub(super) fn since(&self) -> Timestamp {
        let (Self::Nothing { since } | Self::Md5 { since, .. } | Self::Other { since, .. }) = self;
        Timestamp(u64::from(*since) * 1_000)
    }

    /// What is held now: the same as before is held as long as before.
    pub(super) fn update(&mut self, held: HeldMd5, now: Timestamp) {
        if self.held() != held {
            *self = Self::new(held, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_still_is_held_since_it_was_first_said() {
        let mut holding = Holding::new(HeldMd5::Nothing, Timestamp(5_900));
        assert_eq!((holding.held(), holding.since()), (HeldMd5::Nothing, Timestamp(5_000)));
        holding.update(HeldMd5::Nothing, Timestamp(9_000));
        assert_eq!(holding.since(), Timestamp(5_000));
        for held in [HeldMd5::Md5(ContentMd5::of("a")), HeldMd5::parse("odd"), HeldMd5::Nothing] {
            holding.update(held.clone(), Timestamp(9_000));
            assert_eq!((holding.held(), holding.since()), (held, Timestamp(9_000)));
        }
    }
}
