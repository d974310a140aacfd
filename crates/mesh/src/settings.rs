//! What the operator decides of the mesh edge.

use std::{path::PathBuf, sync::Arc, time::Duration};

/// Settings of the whole edge, all valid.
#[derive(Debug, Clone, Default)]
pub struct MeshSettings {
    pub translation: Translation,
    pub timing: PushTiming,
    pub limits: Limits,
    pub tls: Option<TlsFiles>,
    /// What callers must send as `authorization`; none: everybody may call.
    pub token: Option<Token>,
}

/// How services become mesh resources (`spec/mesh` §10.3 to §10.13).
#[derive(Debug, Clone)]
pub struct Translation {
    /// Last labels of every host name, without a leading dot.
    pub suffix: Arc<str>,
    /// Namespaces that are shown; empty for all.
    pub namespaces: Vec<Arc<str>>,
    /// Groups that are shown; empty for all.
    pub groups: Vec<Arc<str>>,
    /// The Istio namespace of every entry; none: each has that of its Nacos namespace.
    pub istio_namespace: Option<Arc<str>>,
    /// `export_to` of every entry; empty for all namespaces of the mesh.
    pub export_to: Vec<Arc<str>>,
    /// Whether a host name that instances ask for (`istio.hostname`) and that has a dot is taken as it is.
    pub is_hostname_verbatim: bool,
    /// Whether a service has one port, whatever protocols its instances speak, as up to Nacos 2.5.
    pub is_single_port: bool,
}

impl Default for Translation {
    fn default() -> Self {
        Self {
            suffix: "nacos".into(),
            namespaces: Vec::new(),
            groups: Vec::new(),
            istio_namespace: None,
            export_to: Vec::new(),
            is_hostname_verbatim: false,
            is_single_port: false,
        }
    }
}

/// When changes are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PushTiming {
    /// A service that changed is sent once it has not changed for this long.
    pub quiet: Duration,
    /// It is sent after this long even if it goes on changing.
    pub quiet_max: Duration,
    /// Least time between two answers of different content on one stream of Istio, whose own wait for quiet would
    /// otherwise never end (`spec/istiod-as-seen` §5).
    pub spacing: Duration,
}

impl Default for PushTiming {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(100),
            quiet_max: Duration::from_secs(5),
            spacing: Duration::from_millis(200),
        }
    }
}

/// What peers may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections in all; more wait until one ends.
    pub connections: usize,
    /// Streams in all; more are refused.
    pub streams: usize,
    /// Bytes of a request.
    pub request: usize,
    /// Names that one stream may subscribe to, over all its types.
    pub names_per_stream: usize,
    /// Types or collections that one stream may ask for.
    pub types_per_stream: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            streams: 4096,
            request: 4 * 1024 * 1024,
            names_per_stream: 50_000,
            types_per_stream: 128,
        }
    }
}

/// Files of the certificate by which the listener is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// Authorities whose certificates callers must show; none: callers show none.
    pub client_authorities: Option<PathBuf>,
}

/// What callers send as `authorization`. Its `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Arc<str>);

impl Token {
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Whether a header's value is the token, bare or after `Bearer`. Takes as long whatever is wrong with it.
    pub(crate) fn admits(&self, header: Option<&[u8]>) -> bool {
        let given = header.unwrap_or_default();
        let given = given.strip_prefix(b"Bearer ").unwrap_or(given);
        let wanted = self.0.as_bytes();
        let differences = wanted.iter().zip(given).fold(0, |sum, (a, b)| sum | (a ^ b));
        given.len() == wanted.len() && differences == 0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_admitted_bare_and_as_bearer_and_nothing_else_is() {
        let token = Token::new("s3cret");
        assert!(token.admits(Some(b"s3cret")));
        assert!(token.admits(Some(b"Bearer s3cret")));
        for wrong in [None, Some(b"".as_slice()), Some(b"s3cre"), Some(b"s3cretx"), Some(b"Bearer s3creT")] {
            assert!(!token.admits(wrong));
        }
        assert_eq!(format!("{token:?}"), "Token(***)");
    }
}
