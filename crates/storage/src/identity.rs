//! Who this node is: written at the first start, never changed. Addresses are data and may change; this may not.

use std::{
    fmt, fs,
    hash::{BuildHasher, RandomState},
    io::ErrorKind,
    path::Path,
};

use crate::{
    directory::{Directory, write_whole},
    error::{OpenError, WayOut},
    stored::StoredError,
};

const FILE: &str = "identity";
const FORMAT: &str = "navaid-data";
/// Version of the whole directory's layout. 1 since 0.1.0.
const VERSION: u32 = 1;

/// The identity of a node and of the cluster it belongs to.
///
/// On disk four lines of text: `navaid-data 1`, `cluster <32 hex digits>`, `node <16 hex digits>`, and
/// `check <CRC-32 of the lines before, 8 hex digits>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    pub cluster: ClusterId,
    pub node: NodeId,
}

/// 128 random bits, made with the cluster's first node.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClusterId(pub u128);

/// 64 random bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u64);

impl fmt::Display for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Identity {
    /// Reads the identity, or makes one where there is none.
    ///
    /// # Errors
    /// The file is damaged, of a newer release, or cannot be read or written.
    pub(crate) fn open(directory: &Directory) -> Result<Self, OpenError> {
        let path = directory.path().join(FILE);
        match fs::read(&path) {
            Ok(bytes) => Self::parse(&String::from_utf8_lossy(&bytes))
                .map_err(OpenError::stored(&path, WayOut::ForgetIdentity)),
            Err(error) if error.kind() == ErrorKind::NotFound => Self::create(&path),
            Err(error) => Err(OpenError::io("read", &path)(error)),
        }
    }

    fn create(path: &Path) -> Result<Self, OpenError> {
        let identity = Self {
            cluster: ClusterId(u128::from(random()) << 64 | u128::from(random())),
            node: NodeId(random()),
        };
        write_whole(path, identity.text().as_bytes()).map_err(OpenError::io("write", path))?;
        Ok(identity)
    }

    fn text(self) -> String {
        let lines = format!("{FORMAT} {VERSION}\ncluster {}\nnode {}\n", self.cluster, self.node);
        let check = crc32fast::hash(lines.as_bytes());
        format!("{lines}check {check:08x}\n")
    }

    fn parse(text: &str) -> Result<Self, StoredError> {
        let mut lines = text.lines();
        let mut field = |name: &'static str| {
            let line = lines.next().and_then(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.ok_or(StoredError::Missing(name))
        };
        let version = field(FORMAT)?;
        if version.parse::<u32>().is_ok_and(|version| version > VERSION) {
            return Err(StoredError::Newer { what: format!("directory version {version}") });
        }
        let missing = |name| move |_| StoredError::Missing(name);
        let cluster = u128::from_str_radix(field("cluster")?, 16).map_err(missing("cluster"))?;
        let node = u64::from_str_radix(field("node")?, 16).map_err(missing("node"))?;
        let identity = Self { cluster: ClusterId(cluster), node: NodeId(node) };
        if identity.text() == text { Ok(identity) } else { Err(StoredError::Missing("check")) }
    }
}

/// 64 bits from the operating system's random source, which is what keys the standard hasher.
fn random() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_is_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let directory = Directory::open(dir.path()).unwrap();
        let made = Identity::open(&directory).unwrap();
        assert_eq!(Identity::open(&directory).unwrap(), made);
    }

    #[test]
    fn every_changed_byte_of_an_identity_is_noticed() {
        let text = Identity { cluster: ClusterId(0xC1), node: NodeId(7) }.text();
        assert!(Identity::parse(&text).is_ok());
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            assert!(Identity::parse(&String::from_utf8_lossy(&bytes)).is_err(), "byte {at}");
            assert!(Identity::parse(&text[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_newer_directory_is_not_called_damaged() {
        let dir = tempfile::tempdir().unwrap();
        let directory = Directory::open(dir.path()).unwrap();
        fs::write(dir.path().join(FILE), "navaid-data 2\nwhatever\n").unwrap();
        assert!(matches!(Identity::open(&directory), Err(OpenError::Newer { .. })));
    }
}
