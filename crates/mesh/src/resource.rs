//! One resource, encoded once and shared by all streams.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// A digest of a resource's content: the same on every server, and after a restart. Shown as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(crate) struct Version(u64);

impl Version {
    pub(crate) fn of(content: &[u8]) -> Self {
        let digest = Sha256::digest(content);
        Self(u64::from_be_bytes(digest[..8].try_into().expect("eight of 32 bytes")))
    }

    /// Reads what [`fmt::Display`] wrote.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_whole = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_whole.then(|| u64::from_str_radix(text, 16).ok().map(Self)).flatten()
    }

    /// The version of a set, whatever its order: a member is added by adding, removed by [`Version::without`].
    pub(crate) fn with(self, member: Self) -> Self {
        Self(self.0.wrapping_add(member.0))
    }

    pub(crate) fn without(self, member: Self) -> Self {
        Self(self.0.wrapping_sub(member.0))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A resource as its peers take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) name: Arc<str>,
    pub(crate) version: Version,
    /// The encoded message, without the `Any` around it.
    pub(crate) message: Bytes,
}

impl Resource {
    /// A resource whose version is the digest of its name and message.
    pub(crate) fn new(name: Arc<str>, message: Bytes) -> Self {
        let version = Version::of(&message).with(Version::of(name.as_bytes()));
        Self { name, version, message }
    }
}
